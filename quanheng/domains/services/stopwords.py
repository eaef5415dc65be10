"""Words that carry no meaning of their own in a stated need, and the search for those that do."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ZH = """
我们 我司 我公司 本公司 公司 我厂 本厂 工厂 厂里 厂家 厂 企业 单位 你们 您好 您 你 我 咱们 咱 他们 客户 老板
用户 需要 想要 想 要求 要 希望 打算 准备 计划 请问 请 麻烦 帮忙 帮我们 帮我 帮 做个 做一个 做一次 做一下 做 办理
办 弄 搞 申请 委托 找 一家 一个 一下 一次 一份 个 一 有没有 有 没有 是否 是不是 能否 能不能 能 可以 可不可以
可否 会 应该 必须 得 须 哪些 哪家 哪里 哪个 什么 怎么 如何 多少钱 多少 多久 几天 几个 几 吗 呢 吧 啊 呀 了 的话
的 地 着 过 得 和 与 及 以及 还有 还 或者 或 并且 并 而且 也 都 再 又 另外 同时 然后 但是 但 因为 所以 如果 用于
用来 用 为了 为 给 对于 对 关于 在 到 去 从 由 按照 按 根据 依据 以 把 被 让 使 向 往 于 里 中 上 下 内 外 后 前
之后 之前 以内 左右 大概 大约 差不多 最好 尽量 新款 新 这批 这个 这些 这 那 该 此 本 一批 每 各 全部 全套 全
所有 相关 有关 项目 指标 标准 产品 样品 货 东西 报告 证书 服务 机构 生产的 生产 出来 出具 出 拿到 拿 取得 获得
符合 满足 达到 是 不是 不需要 不要 不用 无需 不必 不 没 已经 已 刚 正在 目前 现在 马上 完成 结束 交付 预算 经费
费用 价格 钱 贵 便宜 附近 当地 区 市 省 等等 等 之类 谢谢 送 寄 天 之 方面 情况 问题 进行 开展 提供 要的 均 含
包括 包含 资质 带 章 盖 顺便 顺带 新国标 国标 国家标准 强标 赶在 赶 销售 出售 售卖 上架
"""
_EN = """
a an the and or of for to in on at by with from as is are was be been being it its this that these those we us our
i my me you your they their need needs needed want wants wanted would like could can please help must should shall have
has had do does done get getting got make made made some any all new our company factory plant firm customer client
send sent give given which what who where when how much many long before after within about around under over up
into out not no if so then than also too very more most just only there here will may might one ones per each via
report reports certificate certificates product products sample samples standard standards service services
requirement requirements according meet meets comply complies required requested looking find laboratory lab labs
institution institutions against item items thank thanks hello hi dear required price cost budget their let know
two three four five six seven eight nine ten dozen delivered done ready made shipment near nearby urgently value
sell sells selling sold sale sales
"""
_PHRASES = re.compile("|".join(sorted((w for w in set(_ZH.split()) if len(w) > 1), key=len, reverse=True)))
_PARTICLES = "".join(word for word in set(_ZH.split()) if len(word) == 1)
_STOP_EN = frozenset(_EN.split())
# Begins or ends like words of no weight, but is none.
_WHOLE = re.compile("新能源|不锈钢|一次性|能量|能耗|性能|新型|天然|区域|含量|进口")
_TOKEN = re.compile(r"[a-z0-9μω][a-z0-9μω.\-+/%#²³·]*|[\u4e00-\u9fff]+")
_NUMBER = re.compile(r"[\d.\-+/%]+")


def is_stopword(token: str) -> bool:
    """Whether a folded English word carries no meaning of its own."""
    return token in _STOP_EN


def meaningful(folded: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans outside ``taken`` that still say something; neighbours are joined, lone characters dropped."""
    current: tuple[int, int, bool] | None = None
    for start, end, strong in _tokens(folded, taken):
        if current and folded[current[1] : start] in {"", " "}:
            current = (current[0], end, current[2] or strong)
            continue
        if current and current[2]:
            yield current[:2]
        current = (start, end, strong)
    if current and current[2]:
        yield current[:2]


def _tokens(folded: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Tokens left over: start, end, and whether the token says something without a neighbour (numbers do not)."""
    for gap_start, gap_end in _gaps(len(folded), taken):
        for match in _TOKEN.finditer(folded, gap_start, gap_end):
            word = match[0]
            if "\u4e00" <= word[0] <= "\u9fff":
                yield from _chinese(folded, match.start(), match.end())
            elif not is_stopword(word.rstrip(".-")) and (len(word) > 1 or word.isdigit()):
                yield match.start(), match.start() + len(word.rstrip(".-/")), not _NUMBER.fullmatch(word)


def _chinese(folded: str, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Parts of a Chinese run between phrases, without the particles at their ends (能 goes, 能效 stays)."""
    wholes = [whole.span() for whole in _WHOLE.finditer(folded, at, end)]
    phrases = [
        one
        for one in _PHRASES.finditer(folded, at, end)
        if not any(one.start() < b and a < one.end() for a, b in wholes)
    ]
    for phrase in [*phrases, None]:
        until = phrase.start() if phrase else end
        part = folded[at:until]
        inside = [span for span in wholes if at <= span[0] and span[1] <= until]
        start = at + len(part) - len(part.lstrip(_PARTICLES))
        stop = at + len(part.rstrip(_PARTICLES))
        start = min([start, *(a for a, _b in inside)])
        stop = max([stop, *(b for _a, b in inside)])
        if stop - start > 1:
            yield start, stop, True
        at = phrase.end() if phrase else until


def _gaps(length: int, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in sorted(taken):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < length:
        yield at, length
