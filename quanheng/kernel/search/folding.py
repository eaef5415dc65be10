"""Texts as they are compared: full-width and compatibility forms, case, accents and traditional characters folded.

>>> fold("ＧＢ／Ｔ 電動自行車 Müller ㎡")
'gb/t 电动自行车 muller m2'
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Traditional character, simplified character: those of registers, names and addresses. Where one simplified character
# stands for several, each has its pair. (Characters are folded in the index and in the question alike, so that a pair
# missing here costs a match between the two scripts and nothing else.)
_PAIRS = (
    "電电動动車车壓压錶表儀仪錄录測测試试驗验檢检鑑鉴監监質质標标準准計计規规範范證证認认審审許许機机構构關关係系統统術术業业產产廠厂場场園园區区國国際际東东華华漢汉濱滨遼辽寧宁廣广陝陕蘇苏蘭兰瀋沈陽阳撫抚"
    "順顺錦锦營营蘆芦盤盘鐵铁嶺岭長长門门開开發发報报導导書书號号碼码編编製制訂订訓训練练習习學学醫医藥药療疗護护衛卫環环節节熱热氣气體体積积溫温濕湿風风雲云達达線线纜缆絕绝緣缘纖纤維维紡纺織织絲丝綢绸網网"
    "絡络紙纸張张筆笔劑剂膠胶樹树葉叶糧粮穀谷麥麦麵面豬猪雞鸡鴨鸭魚鱼蝦虾貝贝蠶蚕鳥鸟獸兽獎奖飲饮飼饲館馆飯饭餅饼鹽盐醬酱釀酿煙烟備备設设廢废棄弃處处資资礦矿鋼钢鋁铝銅铜鉛铅鋅锌錫锡鎳镍鉻铬錳锰鈷钴鎘镉銻锑"
    "鉍铋鎢钨鉬钼鈦钛鋯锆鈾铀釷钍鈉钠鉀钾鈣钙鎂镁鋇钡鍶锶鋰锂銫铯銀银鉑铂鈀钯銠铑釕钌鋨锇銥铱鎵镓銦铟鉈铊鍺锗錸铼釩钒鈮铌鉭钽鈧钪釔钇鑭镧鈰铈鐠镨釹钕釤钐銪铕釓钆鋱铽鏑镝鈥钬鉺铒銩铥鐿镱鑥镥鐳镭氫氢矽硅銨铵"
    "氬氩燈灯爐炉鍋锅閥阀軸轴輪轮齒齿釘钉鏈链鎖锁鑰钥彈弹橋桥樑梁樓楼牆墙磚砖塊块層层頂顶頭头腳脚顆颗類类別别種种圖图畫画輕轻輸输輔辅輻辐輯辑轉转軌轨載载較较軟软濃浓淨净淺浅滲渗潔洁潤润濾滤澱淀澤泽濟济災灾"
    "烏乌無无煉炼燒烧爾尔牽牵犧牺狀状獨独獲获獻献現现瑪玛瓏珑甌瓯畢毕異异當当癥症瘋疯癒愈皺皱盜盗盡尽盧卢睜睁瞭了矯矫磯矶禮礼禍祸禦御稅税稱称穩稳窯窑竄窜競竞籃篮籌筹簡简簽签籠笼粵粤糾纠紀纪約约紅红紋纹純纯"
    "紐纽級级紛纷細细紳绅終终組组結结給给絨绒經经綁绑綜综綠绿綱纲綿绵緊紧緒绪締缔緩缓縣县縫缝縮缩總总績绩繃绷繞绕繩绳繪绘繼继續续纏缠罰罚羅罗義义聖圣聞闻聯联聲声職职聽听肅肃脈脉脫脱腦脑臟脏臨临臺台與与興兴"
    "舉举舊旧艙舱艦舰艱艰藝艺莊庄莖茎菸烟萬万葒荭蓋盖蓮莲蔥葱蔣蒋蕩荡薦荐薩萨藍蓝虛虚蟲虫蝕蚀蠟蜡補补裝装裡里複复襯衬見见視视覺觉覽览觀观觸触訊讯討讨記记訪访訴诉診诊註注詞词詢询該该詳详誌志誤误說说課课調调"
    "談谈請请論论諮咨諾诺謀谋謂谓講讲謝谢識识譜谱譯译議议讓让豐丰負负財财貢贡貨货販贩貧贫責责貯贮貴贵買买費费貼贴貿贸賀贺賃赁賈贾賓宾賞赏賠赔賢贤賣卖賬账購购賽赛贈赠趕赶趙赵跡迹踐践躍跃輛辆農农連连進进運运"
    "過过遊游違违遙遥遞递遠远適适遲迟選选遺遗還还邊边郵邮鄉乡鄭郑鄧邓鄰邻釋释針针鈔钞鉤钩鉚铆鋒锋鋪铺錢钱錯错鍊炼鍍镀鍛锻鍵键鎔熔鏡镜鐘钟鑄铸鑽钻閃闪閉闭間间閱阅闊阔隊队階阶隨随險险隱隐隻只雖虽雙双雜杂離离"
    "難难霧雾靈灵靜静韌韧韓韩響响頁页項项預预頒颁領领頻频題题額额顏颜願愿顯显飛飞驅驱駕驾駛驶騎骑騰腾驚惊髒脏鬆松鬥斗鮮鲜麗丽黃黄點点黨党齊齐龍龙龜龟個个倉仓們们偉伟側侧偵侦傑杰傘伞傢家傳传債债傷伤傾倾僅仅"
    "價价億亿優优償偿儲储兒儿兩两冊册軍军凍冻幾几凱凯剛刚創创劃划劇剧劉刘劍剑勁劲務务勝胜勞劳勢势勵励勻匀匯汇單单卻却厭厌參参叢丛員员問问啟启喪丧喬乔嗎吗嘗尝噸吨噴喷嚴严囑嘱圍围圓圆團团執执堅坚堯尧塗涂塵尘"
    "墊垫墳坟壇坛壞坏壯壮壽寿夢梦夾夹奪夺奮奋婦妇媽妈嬰婴孫孙宮宫寢寝實实寬宽寶宝專专將将尋寻對对屆届屬属岡冈島岛峽峡崗岗嶄崭帥帅師师帳帐帶带幣币幫帮幹干庫库應应廂厢廈厦廚厨廟庙廳厅強强彌弥彙汇徑径從从徵征"
    "恆恒恥耻悅悦惡恶愛爱態态慣惯慶庆憂忧憑凭憲宪懸悬戀恋戰战戶户採采捲卷掃扫掛挂揀拣換换損损搖摇搶抢摯挚撥拨擁拥擇择擊击擋挡據据擠挤擬拟擴扩擺摆攜携攝摄攪搅敵敌數数斂敛斷断於于時时晉晋晝昼暈晕暢畅曆历曉晓"
    "會会朧胧極极榮荣槍枪樣样樁桩樂乐橢椭檔档櫃柜欄栏權权欖榄歐欧歡欢歲岁歷历歸归殘残殺杀殼壳毀毁氈毡決决沒没況况洩泄涼凉淚泪淵渊減减渦涡湯汤溝沟滅灭滿满漁渔漸渐漿浆潛潜澆浇瀝沥瀘泸灑洒灘滩灣湾為为甯宁裏里"
    "齡龄鏽锈銹锈塩盐衆众羣群後后乾干髮发復复颱台繫系鍾钟週周麼么這这來来變变評评確确樞枢狹狭爭争錨锚鑲镶釐厘緻致錐锥鉗钳鋸锯鎚锤鐮镰鈴铃纔才佈布佔占併并倣仿僑侨僱雇凈净刪删勳勋協协吳吴喫吃壘垒夥伙妝妆婁娄"
    "嬌娇寫写嶽岳巖岩廬庐彎弯憶忆懶懒戲戏掙挣撲扑撐撑敘叙斬斩條条棟栋楊杨槓杠樸朴殯殡氾泛漲涨瀏浏烴烃煩烦燙烫爛烂瑩莹盪荡矚瞩硯砚碩硕礎础禿秃穎颖窩窝筍笋篩筛糞粪紗纱絞绞緯纬繡绣翹翘腎肾腫肿膚肤膽胆膩腻艷艳"
    "蘋苹虧亏衝冲襪袜謹谨貓猫賴赖軋轧輥辊轎轿轟轰鄒邹醞酝鈍钝鉸铰銑铣錘锤鍬锹鐸铎閘闸闡阐陳陈陸陆隕陨頓顿頸颈飾饰餘余駐驻驟骤鬧闹魯鲁鴻鸿鵝鹅黴霉"
)
_SIMPLIFIED = {ord(old): new for old, new in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)}
_MARKS = re.compile(r"[\u0300-\u036f]")


@lru_cache(maxsize=32768)
def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().translate(_SIMPLIFIED)
    if any("\u00c0" <= char < "\u0370" for char in text):
        # Accents of Latin letters alone: taking a character of Korean or Japanese apart would change its reading.
        text = "".join(
            _MARKS.sub("", unicodedata.normalize("NFD", char)) if "\u00c0" <= char < "\u0370" else char for char in text
        )
    return text


def fold(text: str) -> str:
    """The text in the form in which it is indexed and asked for. Its length may change."""
    return text.lower() if text.isascii() else _folded(text)
