"""Needs and results: the matches of one post among 5,000 needs and 5,000 results, from both sides, and what keeping
the words costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from benchmarks.frame import Figure, cpu_ms, percentile

CITY = "test"
POSTS = 5000
ASKED = 60

_THINGS = """
电池极片 齿轮箱 充电桩 食用油 扭矩扳手 渗碳炉 永磁电机 探伤机房 车载镜头 采集器 物联网模块 再生塑料 压力容器
输液泵 污水处理 包装机械 功率器件 碳纤维蒙皮 汽车衡 光伏组件 电能表 加工中心 阀门密封 轴承套圈 玻璃纤维
水泥熟料 焊接钢管 混凝土 锂盐溶液 不锈钢板 橡胶密封圈 液压油缸 变压器 电缆绝缘 空气滤芯 奶粉基料 海水养殖
药用玻璃 疫苗冷链 起重机械
"""
_MATTERS = """
毛刺 齿形误差 负载能力 塑化剂含量 加载力矩 温度均匀性 异响 剂量率 膜层反射率 时间同步 天线方向图 成分鉴别
气孔 低速流量 化学需氧量 风险评估 键合强度 分层缺陷 作弊信号 隐裂 互感器误差 定位精度 微小泄漏 振动频谱
含水率 残余应力 游离氧化钙 壁厚 氯离子 杂质粒径 晶粒度 老化寿命 回弹 局部放电 火花缺陷 过滤效率 菌落总数
溶解氧 颗粒脱落 温度记录
"""
_WAYS = """
机器视觉 激光跟踪 超声相控阵 同位素稀释 自动加载 无线测温 波束形成 死时间修正 显微光谱 精密时钟 近场测量
近红外 深度学习 动态称重 现场比对 有限元分析 空气耦合 信号存证 电致发光 统计推断 误差补偿 氦质谱 声发射 微波
衍射 电位滴定 涡流 离子色谱
"""
_WHERE = """
在线 现场 车间 户外 高温 低温 强磁场 高湿 洁净室 移动 批量 小批量 无人值守 远程
"""


class W:
    """The words that posts are made of."""

    THINGS, MATTERS, WAYS, WHERE = _THINGS.split(), _MATTERS.split(), _WAYS.split(), _WHERE.split()


def figures() -> Iterator[Figure]:
    """Milliseconds of CPU for one page of matches; the slowest of many, and the middle one."""
    from django.db import connection, transaction

    from quanheng.domains.exchange import finding
    from quanheng.domains.exchange.models import Offering, TechnicalNeed, Word
    from quanheng.domains.exchange.services import post_need
    from quanheng.domains.exchange.stating import NeedFacts
    from quanheng.kernel.base.actor import Actor

    Word.objects.all().delete()
    with transaction.atomic():
        _make()
    yield Figure("posts that are open", TechnicalNeed.objects.count() + Offering.objects.count(), "", 2 * POSTS)
    began = time.process_time()
    finding.weigh()
    figure = (time.process_time() - began) * 1000
    yield Figure("all words weighed anew, hourly: CPU", figure, "ms", 3000, higher_is_better=False)
    random = Random(3)
    for model, other in ((TechnicalNeed, "results for a need"), (Offering, "needs for a result")):
        keys = random.sample(list(model.objects.order_by("pk").values_list("pk", flat=True)), ASKED)
        rows = list(finding.full(model).filter(pk__in=keys))
        spent = [_ms(lambda row=row: finding.matches_of(row)) for row in rows]  # type: ignore[misc]
        yield Figure(f"{other}, middle of {ASKED}: CPU", percentile(spent, 0.5), "ms", 50, higher_is_better=False)
        yield Figure(f"{other}, 95 of 100: CPU", percentile(spent, 0.95), "ms", 50, higher_is_better=False)
    yield Figure("right one among the first three", _recall(), "of 1", 0.9)
    need = TechnicalNeed.objects.order_by("pk").first()
    assert need is not None
    facts = NeedFacts(title=need.title, text=need.text, field="energy")
    owner = need.organisation
    figure = cpu_ms(lambda: post_need(Actor.platform(), owner, facts=facts))
    yield Figure("posting a need: CPU", figure, "ms", 50, higher_is_better=False)
    connection.close()


def _ms(act: Any) -> float:
    """The slower of two runs: in the first no text has been read yet."""
    spent = []
    for _turn in range(2):
        began = time.process_time()
        act()
        spent.append((time.process_time() - began) * 1000)
    return max(spent)


def _text(random: Random, thing: str, matter: str, way: str) -> str:
    """A few sentences around a matter, with other words as people use them."""
    where = random.sample(W.WHERE, 2)
    aside = f"{random.choice(W.THINGS)}也有类似的{random.choice(W.MATTERS)}问题"
    return (
        f"{thing}的{matter}需要{where[0]}检测，{where[1]}条件下重复性不好。考虑过{way}，"
        f"{aside}。目前每天抽检{random.randint(2, 90)}件，希望做到全检，误差不超过{random.randint(1, 9)} %。"
    )


def _make() -> None:
    """Posts whose partner is known: need n and result n are of the same thing and matter, in other words."""
    from django.utils import timezone

    from quanheng.domains.exchange.finding import words_of
    from quanheng.domains.exchange.models import Offering, TechnicalNeed, Word
    from quanheng.domains.exchange.vocabulary import fields
    from quanheng.kernel.base.storing import insert_all
    from quanheng.kernel.parties.models import Organisation

    random, codes = Random(20260101), list(fields())
    firms = list(Organisation.objects.filter(kind="enterprise").order_by("pk"))
    houses = list(
        Organisation.objects.filter(kind__in=("research", "metrology_institute", "laboratory")).order_by("pk")
    )
    until = timezone.localdate().replace(year=timezone.localdate().year + 1, day=1)
    TechnicalNeed.objects.update(state="withdrawn")
    Offering.objects.update(state="withdrawn")
    words: list[Word] = []
    for place in range(POSTS):
        thing, matter = W.THINGS[place % len(W.THINGS)], random.choice(W.MATTERS)
        ways, field = random.sample(W.WAYS, 2), codes[place % len(codes)]
        shared = {"field": field, "open_until": until}
        firm, house = firms[place % len(firms)], houses[place % len(houses)]
        need = TechnicalNeed(
            organisation=firm, title=f"{thing}{matter}检测", text=_text(random, thing, matter, ways[0]), **shared
        )
        offering = Offering(
            organisation=house,
            title=f"{ways[1]}{matter}测量装置",
            text=f"适用于{thing}。采用{ways[1]}与{ways[0]}结合，{random.choice(W.WHERE)}安装，测量{matter}。",
            kind="instrument",
            maturity=1 + place % 9,
            terms="service",
            **shared,
        )
        need.save()
        offering.save()
        words += [Word(side="n", word=word, post=need.pk) for word in words_of(need, ())]
        words += [Word(side="o", word=word, post=offering.pk) for word in words_of(offering, ())]
        if len(words) > 20_000:
            insert_all(words)
            words = []
    insert_all(words)


def _recall() -> float:
    """How often a result of the same thing and matter is among the first three of a need."""
    from quanheng.domains.exchange import finding
    from quanheng.domains.exchange.models import TechnicalNeed

    right = 0
    rows = list(finding.full(TechnicalNeed).filter(state="open").order_by("pk")[:: POSTS // ASKED][:ASKED])
    for row in rows:
        thing = next(one for one in W.THINGS if row.title.startswith(one))
        matter = row.title.removeprefix(thing).removesuffix("检测")
        found = finding.matches_of(row, 3)
        right += any(matter in one.post.title and thing in one.post.text for one in found)
    return right / len(rows)
