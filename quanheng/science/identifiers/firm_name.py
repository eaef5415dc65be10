"""Names of firms in the many ways in which one name is written, brought to one form so that they can be compared.

Sources: Regulations on the Administration of Enterprise Name Registration (State Council Order 734, 2020), article
6: a name is made of the area, the firm's own word, its trade and its form of organisation; Company Law (2023),
article 7: a limited company says 有限责任公司 or 有限公司, a company limited by shares 股份有限公司 or 股份公司.

>>> one, other = read_firm_name("天津市華信檢測有限责任公司"), read_firm_name("华信检测（天津）有限公司")
>>> one.core, one.place, one.form
('华信检测', '天津', 'limited')
>>> one.key == other.key
True
"""

import re
from functools import lru_cache
from typing import NamedTuple

from quanheng.science.text import flatten

# Longer texts are read as far as this: no name in a register is longer.
MAX_CHARACTERS = 200

# Traditional and variant characters that names of firms are made of, each followed by its simplified form.
_PAIRS = """
東东 車车 電电 機机 國国 華华 業业 與与 貿贸 實实 驗验 檢检 測测 設设 計计 製制 術术 開开 發发
農农 產产 産产 藥药 醫医 療疗 儀仪 錶表 訊讯 號号 網网 絡络 線线 體体 廠厂 學学 聯联 環环 節节
龍龙 鋼钢 鐵铁 銅铜 鋁铝 錫锡 銀银 錦锦 鎮镇 長长 門门 關关 園园 圓圆 團团 際际 陽阳 陰阴 陸陆
陳陈 險险 雲云 靈灵 順顺 領领 頭头 顯显 風风 飛飞 飲饮 館馆 馬马 駿骏 魚鱼 鳳凤 鴻鸿 鵬鹏 麗丽
麥麦 黃黄 點点 齊齐 齒齿 豐丰 賓宾 財财 貨货 質质 費费 資资 賽赛 購购 賢贤 趙赵 躍跃 軍军 軌轨
軟软 轉转 輪轮 輸输 辦办 達达 運运 過过 遠远 選选 遼辽 鄭郑 郵邮 醬酱 釀酿 鈦钛 鍋锅 鍛锻 鑄铸
鑽钻 鏈链 鎂镁 鋰锂 閥阀 陝陕 雙双 雜杂 雞鸡 離离 難难 霧雾 靜静 韓韩 響响 頂顶 項项 預预 顧顾
養养 餘余 駕驾 騰腾 驅驱 鹽盐 麵面 黨党 齡龄 優优 億亿 價价 儲储 償偿 兒儿 兩两 冊册 凍冻 劃划
劑剂 動动 務务 勝胜 勞劳 勢势 區区 協协 單单 衛卫 參参 員员 啟启 喬乔 嚴严 圖图 場场 塊块 塗涂
塵尘 墊垫 壓压 壩坝 壯壮 壽寿 夢梦 奧奥 奮奋 婦妇 媽妈 嬰婴 孫孙 寧宁 審审 寫写 寬宽 寶宝 將将
專专 尋寻 對对 導导 層层 屬属 岡冈 島岛 峽峡 嶺岭 巖岩 幣币 帶带 幫帮 師师 廣广 慶庆 庫库 應应
廟庙 張张 強强 彈弹 徑径 從从 復复 恆恒 愛爱 態态 憲宪 憶忆 懷怀 戰战 戲戏 戶户 拋抛 揚扬 換换
損损 據据 擇择 擔担 擴扩 攝摄 敵敌 數数 斷断 時时 晉晋 曉晓 暢畅 曆历 會会 條条 楊杨 構构 槍枪
樓楼 標标 樣样 樹树 橋桥 櫃柜 權权 歐欧 歲岁 歷历 歸归 殼壳 毀毁 氣气 氫氢 決决 沖冲 況况 淨净
淺浅 湯汤 準准 溝沟 溫温 滅灭 滬沪 漁渔 漢汉 潔洁 潤润 澤泽 濟济 濱滨 濾滤 瀋沈 灣湾 灑洒 烏乌
無无 煉炼 煙烟 熱热 燈灯 燒烧 爐炉 爾尔 牆墙 獅狮 獎奖 獨独 獲获 獻献 瑪玛 瑤瑶 瓊琼 甌瓯 畢毕
異异 當当 疊叠 盤盘 盜盗 監监 盧卢 眾众 礦矿 碼码 磚砖 礎础 禮礼 種种 稱称 積积 穩稳 窩窝 窯窑
競竞 筆笔 築筑 簡简 簽签 籃篮 糧粮 糾纠 紅红 約约 紀纪 紋纹 純纯 紗纱 紙纸 級级 紡纺 細细 終终
組组 經经 結结 給给 統统 絲丝 絕绝 綠绿 維维 綱纲 緊紧 緣缘 編编 練练 縣县 總总 織织 繼继 續续
纖纤 罰罚 羅罗 義义 習习 聖圣 聞闻 聲声 職职 肅肃 膠胶 腦脑 膚肤 臨临 臺台 興兴 舉举 舊旧 艦舰
艙舱 藝艺 莊庄 葉叶 蓋盖 蓮莲 薩萨 蘇苏 蘭兰 處处 虛虚 蝦虾 蟲虫 衝冲 裝装 補补 複复 襯衬 見见
規规 視视 覽览 觀观 觸触 訂订 認认 訓训 託托 記记 許许 評评 詞词 試试 詩诗 話话 該该 詳详 誠诚
語语 誤误 說说 課课 調调 談谈 請请 論论 諮咨 諾诺 謀谋 講讲 謝谢 證证 識识 譯译 議议 護护 讀读
變变 讓让 豬猪 貝贝 負负 責责 販贩 貫贯 貴贵 買买 賀贺 賣卖 賴赖 贏赢 贛赣 趕赶 跡迹 踐践 軸轴
較较 載载 輔辅 輕轻 輛辆 輝辉 輯辑 遊游 違违 遙遥 遞递 還还 邁迈 邊边 鄉乡 鄰邻 釋释 針针 釘钉
鈉钠 鈞钧 鉅巨 鉑铂 鉛铅 鉤钩 銘铭 銳锐 銷销 鋪铺 鋒锋 錄录 錢钱 錳锰 鍍镀 鍵键 鎖锁 鎢钨 鏡镜
鐘钟 鑒鉴 鑑鉴 閃闪 閉闭 間间 閩闽 闊阔 闆板 隊队 階阶 隨随 隱隐 隻只 靂雳 韌韧 頁页 頻频 題题
額额 顆颗 類类 飄飘 飯饭 飾饰 餅饼 駁驳 駐驻 駱骆 騎骑 驛驿 髮发 鬥斗 魯鲁 鮮鲜 鯊鲨 鯨鲸 鳥鸟
鴨鸭 鵝鹅 鷹鹰
"""
_SIMPLE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})

# First-level areas, and the cities whose names stand at the head of many firms' names without 市.
_AREAS = """
北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南
广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门
"""
_CITIES = """
石家庄 唐山 秦皇岛 保定 太原 呼和浩特 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦
铁岭 朝阳 葫芦岛 长春 哈尔滨 大庆 南京 苏州 无锡 常州 南通 扬州 徐州 杭州 宁波 温州 绍兴 合肥
芜湖 福州 厦门 泉州 南昌 济南 青岛 烟台 潍坊 郑州 洛阳 武汉 宜昌 长沙 株洲 广州 深圳 佛山
东莞 珠海 南宁 桂林 海口 成都 绵阳 贵阳 昆明 拉萨 西安 兰州 西宁 银川 乌鲁木齐 滨海新区
"""
_KNOWN = "|".join(sorted(f"{_AREAS} {_CITIES}".split(), key=len, reverse=True))
# An area: one that is known, or any other that says what it is. 超市, 都市, 城市 … are no cities.
_AREA = re.compile(
    rf"(?:(?P<known>{_KNOWN})(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)?"
    r"|(?P<city>[一-鿿]{2,3}(?<![超都城股集菜门夜上花楼车])(?:省|市))"
    r"|(?P<district>[一-鿿]{2,4}?(?:新区|开发区|自治县|区|县)))"
)
_DISTRICT_NEEDS = 2  # so many characters have to be left of the name
_BRANCH = re.compile(r"(?:分公司|分厂|分店|办事处|代表处|门市部|营业部|经营部)$")
_FORMS = (
    ("joint_stock", re.compile(r"股份(?:有限(?:责任)?)?公司$|股份有限责任公司$")),
    ("limited", re.compile(r"有限(?:责任)?公司$")),
    ("company", re.compile(r"公司$")),
)
_LATIN_FORMS = (
    ("joint_stock", re.compile(r"\s(?:joint stock (?:company|co)|plc|jsc|ag)$")),
    ("limited", re.compile(r"\s(?:(?:company|co|pte|pty)\s(?:limited|ltd)|limited|ltd|llc|gmbh|inc|incorporated)$")),
    ("company", re.compile(r"\s(?:corporation|corp|company|co)$")),
)
_CHINESE = re.compile(r"[一-鿿]")
_MARKS = re.compile(r"[^0-9a-z一-鿿]+")


class FirmName(NamedTuple):
    """A firm's name taken apart: ``core`` is what is its own, ``place`` the areas at its head or in brackets.

    ``form`` is limited, joint_stock, company or "". A branch keeps its 分公司 and what stands before it in its core.
    """

    core: str
    place: str
    form: str

    @property
    def key(self) -> str:
        """What all spellings of one name share, the place and the form aside."""
        return self.core


@lru_cache(maxsize=4096)
def read_firm_name(text: str) -> FirmName:
    """A Chinese or English firm name taken apart. Any text is read; an empty one gives an empty core.

    >>> read_firm_name("TIANJIN Huaxin Testing Co., Ltd.")
    FirmName(core='tianjinhuaxintesting', place='', form='limited')
    >>> read_firm_name("大连 ＡＢＣ 阀门股份公司").form
    'joint_stock'
    """
    flat = flatten(text[:MAX_CHARACTERS]).translate(_SIMPLE).lower()
    return _chinese(flat) if _CHINESE.search(flat) else _latin(flat)


def _latin(flat: str) -> FirmName:
    words = " " + _MARKS.sub(" ", flat.replace("&", " and ")).strip()
    for form, pattern in _LATIN_FORMS:
        cut = pattern.sub("", words)
        if cut != words and cut.strip():
            return FirmName(cut.replace(" ", ""), "", form)
    return FirmName(words.replace(" ", ""), "", "")


def _chinese(flat: str) -> FirmName:
    places: list[str] = []

    def bracketed(found: re.Match[str]) -> str:
        inside = _MARKS.sub("", found[1])
        area = _AREA.fullmatch(inside)
        if area is None:
            return inside
        places.append(_name_of(area))
        return ""

    text = _MARKS.sub("", re.sub(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]", bracketed, flat))
    # A branch is another body than its head: only the spelling of the head's form is evened out.
    text = text.replace("有限责任公司", "有限公司")
    form = ""
    if not _BRANCH.search(text):
        for name, pattern in _FORMS:
            cut = pattern.sub("", text)
            if cut != text:
                text, form = cut, name
                break
    heads: list[str] = []
    while (area := _AREA.match(text)) and len(text) - area.end() >= _DISTRICT_NEEDS:
        # A district without its city may as well be a firm's own word.
        if area["district"] and not heads:
            break
        heads.append(_name_of(area))
        text = text[area.end() :]
    return FirmName(text, "".join(heads or places), form)


def _name_of(area: re.Match[str]) -> str:
    """An area's name without what kind of area it is, so that 天津 and 天津市 meet."""
    if area["known"]:
        return area["known"]
    return (area["city"] or area["district"]).removesuffix("省").removesuffix("市")


def places_agree(one: str, other: str) -> bool:
    """Whether two names can be of one place: one says no more than the other.

    >>> places_agree("天津", "天津滨海新区"), places_agree("天津", ""), places_agree("天津", "北京")
    (True, True, False)
    """
    return one.startswith(other) or other.startswith(one)


def alike(one: str, other: str) -> float:
    """How much two cores share, from 0 to 1: twice the common pairs of characters over all of them (Dice).

    >>> alike("华信检测", "华信检测"), alike("华信检测", "华兴检测"), alike("", "华信")
    (1.0, 0.3333333333333333, 0.0)
    """
    if one == other:
        return 1.0 if one else 0.0
    left, right = _pairs(one), _pairs(other)
    if not left or not right:
        return 0.0
    return 2 * len(left & right) / (len(left) + len(right))


@lru_cache(maxsize=4096)
def _pairs(core: str) -> frozenset[str]:
    return frozenset(core[place : place + 2] for place in range(len(core) - 1))
