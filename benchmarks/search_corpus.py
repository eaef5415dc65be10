"""A register as large as a city's, made up: organisations, 62,000 standards, items, and 600,000 scope lines.

Names are put together from the words of the field, so that there are very common words (检测, 标准) and rare ones;
lines of one organisation lie together and are of its field, as they do where organisations enter their scopes one
after the other: a word may be common and still be missing among the newest hundred thousand lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from quanheng.kernel.base.bulk import load
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.base.planner import refresh_statistics
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.science.identifiers.standard_number import parse_standard_number

SEED = 20260301


def _words(text: str) -> list[str]:
    return text.split()


_MATTER = _words(
    """
    铅 镉 汞 砷 铬 镍 锌 铜 铁 锰 铝 锡 锑 硒 钡 锶 钠 钾 钙 镁 甲醛 苯 甲苯 二甲苯 氨 氡 二氧化硫 氮氧化物 臭氧
    一氧化碳 二氧化碳 硫化氢 氯化氢 氟化物 氰化物 挥发酚 石油类 亚硝酸盐 硝酸盐 硫酸盐 氯化物 总磷 总氮
    邻苯二甲酸酯 多环芳烃 多氯联苯 六六六 滴滴涕 敌敌畏 乐果 毒死蜱 氯霉素 磺胺 四环素 孔雀石绿 苏丹红 三聚氰胺
    黄曲霉毒素 赭曲霉毒素 沙门氏菌 大肠菌群 菌落总数 金黄色葡萄球菌 霉菌 酵母 蛋白质 脂肪 水分 灰分 还原糖
    维生素 胆固醇 氨基酸 咖啡因 甜蜜素 糖精钠 苯甲酸 山梨酸 挥发性有机化合物 可溶性固形物 过氧化值 酸价 溶剂残留
    游离甲醛
    """
)
_MANNER = _words(
    """
    总 可溶性 游离 残留 限量 迁移量 含量 总迁移 特定迁移 浸出 蒸发残渣 释放量 吸附 析出
    """
)
_PROPERTY = _words(
    """
    拉伸强度 断裂伸长率 弯曲强度 冲击韧性 硬度 耐磨性 耐热性 耐寒性 耐腐蚀性 阻燃性 氧指数 熔体流动速率 密度
    粘度 闪点 凝点 倾点 馏程 水含量 酸值 示值误差 重复性 回程误差 分度值 绝缘电阻 泄漏电流 接地电阻 耐压 温升
    噪声 振动 照度 色牢度 起球 缩水率 撕破强力 断裂强力 透气性 透湿性 防水性 甲醛释放 尺寸偏差 外观质量 净含量
    标志标识 跌落 堆码 密封性 气密性 爆破压力 疲劳寿命 开关寿命 电磁兼容 静电放电 浪涌 辐射骚扰 传导骚扰
    额定功率 能效等级 待机功率 光通量 色温 显色指数
    """
)
_PRODUCT = _words(
    """
    电动自行车 锂离子电池 充电桩 光伏组件 逆变器 电线电缆 低压电器 变压器 电动机 水泵 阀门 压力容器 锅炉 电梯
    起重机 压力表 温度计 电子天平 衡器 水表 电能表 燃气表 热量表 流量计 加油机 出租车计价器 血压计 心电图机
    声级计 测速仪 卡尺 千分尺 量块 砝码 钢卷尺 玩具 童车 服装 羽绒制品 皮革 鞋类 家具 人造板 涂料 胶粘剂
    塑料管材 橡胶制品 轮胎 玻璃 陶瓷 水泥 混凝土 钢筋 砖瓦 防水卷材 保温材料 门窗 幕墙 消防器材 灭火器 安全帽
    安全带 防护服 口罩 医用手套 一次性餐具 食品包装 饮用水 饮料 白酒 葡萄酒 食用油 大米 小麦粉 乳制品 肉制品
    水产品 蔬菜 水果 茶叶 蜂蜜 饲料 化肥 农药 种子 土壤 污水 废气 环境空气 室内空气 车用汽油 柴油 润滑油 煤炭
    焦炭 铁矿石 钢材 铝合金 铜材 焊条 紧固件 轴承 齿轮 液压件 数控机床 机器人 传感器 集成电路 计算机 显示器
    路由器
    """
)
_TOPIC = _words(
    """
    安全技术规范 通用技术条件 技术要求 试验方法 检测方法 测定方法 检定规程 校准规范 质量要求 分类与命名
    术语和定义 验收规则 抽样检验 包装运输和贮存 安全要求 性能要求 能效限定值及能效等级 有害物质限量
    污染物排放标准 设计规范 施工质量验收规范 环境试验 可靠性试验 电磁兼容要求 型式评价大纲 第1部分：总则
    第2部分：特殊要求 第3部分：试验方法
    """
)
_TECHNIQUE = _words(
    """
    原子吸收分光光度法 电感耦合等离子体质谱法 气相色谱法 高效液相色谱法 分光光度法 滴定法 重量法 离子色谱法
    荧光法 比色法 电位法 X射线荧光光谱法 红外光谱法 气相色谱质谱联用法 液相色谱串联质谱法 酶联免疫法 平板计数法
    """
)
_PREFIXES = ["GB", "GB/T", "GB/T", "GB/T", "HJ", "JJG", "JJF", "SN/T", "NY/T", "HG/T", "YB/T", "DB12/T", "QB/T", "JB/T"]
_PLACES = ["120101", "120102", "120103", "120104", "120110", "120111", "120112", "120114", "120116"]
_TRADES = [
    "检测技术有限公司",
    "计量检定所",
    "质量检验研究院",
    "环境监测中心",
    "食品检验所",
    "建材检测中心",
    "认证服务公司",
]
_NAMES = _words(
    """
    海河 津门 渤湾 启航 明衡 精准 方圆 恒信 博测 卓越 云帆 正度 天衡 立信 瑞测 华标 中量 源溯 知微 锦程 泰和
    宏图 新港 长芦 蓟州 宝坻 武清 静海 宁河 滨城 汉沽 塘沽 大港 津南 东丽 西青 北辰
    """
)


def make(lines: int = 600_000, standards: int = 62_000, organisations: int = 605) -> None:
    """All of it, without its index."""
    random = Random(SEED)
    for code in ["120000", *_PLACES]:
        Region.objects.get_or_create(
            code=code, defaults={"name_zh": "天津市", "name_en": "Tianjin", "level": "county", "source": "-"}
        )
    facts = {"source": "made up", "confidence": "platform"}
    _standards(random, standards)
    families = [
        ProductFamily(code=f"f{at}", name_zh=name, name_en=f"product {at}", aliases=[f"{name}类"], **facts)
        for at, name in enumerate(_PRODUCT)
    ]
    ProductFamily.objects.bulk_create(families)
    names = list(dict.fromkeys([*_MATTER, *_PROPERTY, *(m + k for m in _MATTER for k in _MANNER)]))
    names += [f"{product}{quality}" for product in _PRODUCT for quality in random.sample(_PROPERTY, 12)]
    Item.objects.bulk_create(
        [Item(code=f"i{at}", name_zh=name, name_en=f"item {at}", **facts) for at, name in enumerate(names)],
        batch_size=500,
    )
    held = _bodies(random, organisations)
    load(ScopeLine, _COLUMNS, _lines(random, lines, held))
    refresh_statistics(ScopeLine, Recognition, Organisation, Standard, Item, ProductFamily)


def _standards(random: Random, count: int) -> None:
    rows, numbers = [], set()
    while len(rows) < count:
        year = random.randint(1988, 2026)
        part = f".{random.randint(1, 30)}" if random.random() < 0.3 else ""
        number = parse_standard_number(f"{random.choice(_PREFIXES)} {random.randint(1, 45000)}{part}-{year}")
        if number.text in numbers:
            continue
        numbers.add(number.text)
        about = random.choice(_PRODUCT)
        if random.random() < 0.5:
            title = f"{about} {random.choice(_TOPIC)}"
        else:
            title = f"{about}中{random.choice(_MATTER)}的测定 {random.choice(_TECHNIQUE)}"
        day = date(year, random.randint(1, 12), 1)
        rows.append((new_uid(), timezone.now(), number.text, number.key, title, f"Standard about product {len(rows)}",
                     "gb", False, day, day + timedelta(days=180), "made up", "platform"))  # fmt: skip
    load(
        Standard,
        ("uid", "created_at", "number", "key", "title_zh", "title_en", "kind", "mandatory", "published", "effective",
         "source", "confidence"),
        rows,
    )  # fmt: skip


def _bodies(random: Random, count: int) -> list[Recognition]:
    named: set[str] = set()
    while len(named) < count:
        named.add(f"天津{''.join(random.sample(_NAMES, 2))}{random.choice(_TRADES)}")
    made = []
    for at, name in enumerate(sorted(named)):
        region = random.choice(_PLACES)
        made.append(
            Organisation(uscc=f"91120000QH{at:08d}", name_zh=name, name_en=f"Body {at}", kind="laboratory",
                         region_id=region, region_code=region)
        )  # fmt: skip
    Organisation.objects.bulk_create(made, batch_size=500)
    today = timezone.localdate()
    held = [
        Recognition(organisation=one, scheme="CMA", number=f"2302{at:08d}", valid_from=today - timedelta(days=400),
                    valid_until=today + timedelta(days=1000))
        for at, one in enumerate(made)
    ]  # fmt: skip
    Recognition.objects.bulk_create(held, batch_size=500)
    return held


_COLUMNS = (
    *("uid", "created_at", "organisation_id", "recognition_id", "activity", "family_id", "item_id", "method_id"),
    *("method_clause", "quantity", "unit", "range_lower", "range_upper", "lower_open", "upper_open", "dimension"),
    *("uncertainty", "k", "restriction_zh", "restriction_en", "valid_from", "valid_until", "price_cents", "days"),
    *("region_code", "scheme"),
)


def _lines(random: Random, count: int, held: list[Recognition]) -> Iterator[tuple[Any, ...]]:
    families = list(ProductFamily.objects.order_by("pk").values_list("pk", "name_zh"))
    items = list(Item.objects.order_by("pk").values_list("pk", flat=True))
    by_product: dict[str, list[int]] = {}
    for key, title in Standard.objects.order_by("pk").values_list("pk", "title_zh"):
        by_product.setdefault(title.split("中")[0].split()[0], []).append(key)
    now, today = timezone.now(), timezone.localdate()
    each = count // len(held)
    activities = list(Activity.values)[:3]
    for place, recognition in enumerate(held):
        # Neighbours are of one field: what is common in one part of the register is rare in another.
        first = place * len(families) // len(held)
        mine = families[first : first + 6] or families[-6:]
        until = today + timedelta(days=random.randint(-30, 900))
        for _line in range(each + (count % len(held) if recognition is held[-1] else 0)):
            family, name = random.choice(mine)
            methods = by_product.get(name) or next(iter(by_product.values()))
            note = f"不测{random.choice(_MATTER)}" if random.random() < 0.1 else ""
            yield (new_uid(), now, recognition.organisation_id, recognition.pk, random.choice(activities), family,
                   random.choice(items), random.choice(methods), "", "", "", "", "", False, False, "", "", "", note, "",
                   today - timedelta(days=300), until, 10000, 5,
                   recognition.organisation.region_code, recognition.scheme)  # fmt: skip
