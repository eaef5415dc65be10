"""Statements of conformity: is a measured value with its uncertainty within its limits, by which rule?

Sources: ILAC-G8:09/2019, clause 4 (simple acceptance, guard band w = r·U, non-binary statements) and its table 1;
JCGM 106:2012, 8.2 and 8.3; ISO/IEC 17025:2017, 7.8.6 (the rule is documented with the statement). CNAS-GL015
follows the same menu.

>>> from quanheng.science.quantities import parse_range
>>> decide("0.098", "0.006", parse_range("≤0.1 mg/kg"), "guarded").verdict
'fail'
>>> decide("0.098", "0.006", parse_range("≤0.1 mg/kg"), "nonbinary").verdict
'conditional_pass'
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanheng.science.errors import ScienceError
from quanheng.science.quantities import Range, Unit, convert, decimal_of
from quanheng.science.quantities.decimals import EXACT
from quanheng.science.quantities.units import as_unit, difference_kind
from quanheng.science.uncertainty.conformity import capability_index, nonconformity_probability

Verdict = Literal["pass", "conditional_pass", "conditional_fail", "fail"]

#: ILAC-G8:09/2019, 4.2: the words of the statement
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "pass": ("符合", "Pass"),
    "conditional_pass": ("有条件符合", "Conditional pass"),
    "conditional_fail": ("有条件不符合", "Conditional fail"),
    "fail": ("不符合", "Fail"),
}


class DecisionRefused(ScienceError):
    """A result on which no statement of conformity can be made as asked."""


@dataclass(frozen=True)
class DecisionRule:
    """A decision rule: guard band w = ``r``·U inside the limits, binary or with conditional zones."""

    code: str
    zh: str
    en: str
    source: str
    r: Decimal
    binary: bool = True

    def __post_init__(self) -> None:
        if not -1 <= self.r <= 3 or (not self.binary and self.r <= 0):
            raise DecisionRefused(
                f"保护带系数 r = {self.r} 不可用：应在 −1 与 3 之间，非二元规则须大于 0",
                f"the guard band factor r = {self.r} cannot be used: take −1 to 3, above 0 for a non-binary rule",
            )


#: the menu of ILAC-G8:09/2019, 4.2 and table 1
RULES: dict[str, DecisionRule] = {
    rule.code: rule
    for rule in (
        DecisionRule("simple", "简单接受", "simple acceptance", "ILAC-G8:09/2019, 4.2.1", Decimal(0)),
        DecisionRule(
            "guarded", "保护带接受（w = U）", "guarded acceptance (w = U)", "ILAC-G8:09/2019, 4.2.2", Decimal(1)
        ),
        DecisionRule(
            "guarded_5",
            "保护带接受（w = 0.83U）",
            "guarded acceptance (w = 0.83 U)",
            "ISO 14253-1:2017",
            Decimal("0.83"),
        ),
        DecisionRule(
            "guarded_rejection",
            "保护带拒绝（w = −U）",
            "guarded rejection (w = −U)",
            "JCGM 106:2012, 8.3.3",
            Decimal(-1),
        ),
        DecisionRule(
            "nonbinary",
            "非二元判定（w = U）",
            "non-binary statement (w = U)",
            "ILAC-G8:09/2019, 4.2.3",
            Decimal(1),
            False,
        ),
    )
}


@dataclass(frozen=True)
class Decision:
    """A statement of conformity and what it rests on; numbers are in the unit of the limits.

    ``acceptance`` is None when the guard bands leave no room between the limits. ``p_conformity`` is the
    probability of conformity, ``risk`` the specific risk that this verdict is wrong (JCGM 106, 9.3: of a
    consumer when accepted, of a producer when rejected), ``Cm`` the measurement capability index; None where
    the uncertainty (for Cm: or one limit) is not given.
    """

    verdict: Verdict
    rule: DecisionRule | None
    guard_band: Decimal
    acceptance: Range | None
    p_conformity: float | None
    risk: float | None
    Cm: float | None

    def text(self, lang: str = "zh") -> str:
        """The statement with its rule, for a certificate or report.

        >>> from quanheng.science.quantities import parse_range
        >>> decide("0.05", "0.006", parse_range("≤0.1 mg/kg")).text("en")
        'Pass (decision rule: simple acceptance, ILAC-G8:09/2019, 4.2.1)'
        """
        zh, en = VERDICTS[self.verdict]
        if self.rule is None:
            return en if lang.startswith("en") else zh
        if lang.startswith("en"):
            return f"{en} (decision rule: {self.rule.en}, {self.rule.source})"
        return f"{zh}（判定规则：{self.rule.zh}，{self.rule.source}）"


def decide(
    value: Decimal | str,
    U: Decimal | str | None,
    limits: Range,
    rule: DecisionRule | str = "simple",
    k: Decimal | str = "2",
    unit: Unit | str | None = None,
) -> Decision:
    """State whether ``value`` with expanded uncertainty ``U`` = k·u (both in ``unit``, default that of the
    limits) conforms to ``limits``.

    Compared in exact decimals; a limit belongs to what it allows unless the range leaves it out. Simple
    acceptance also works without ``U``, where the rule for the uncertainty lies in the method; then there are no
    probabilities. Raises DecisionRefused, UnitMismatch, DecimalRefused.

    >>> from quanheng.science.quantities import parse_range
    >>> found = decide("13.6", "3.6", parse_range("12.5~16.3 mm²/s"))
    >>> found.verdict, round(found.p_conformity, 2), round(found.Cm, 2)
    ('pass', 0.66, 0.53)
    """
    chosen = rule if isinstance(rule, DecisionRule) else _rule(rule)
    if limits.lower is None and limits.upper is None:
        raise DecisionRefused(
            "没有限值，不能判定，请先给出上限或下限", "without a limit nothing can be decided; give one"
        )
    y, expanded = decimal_of(value), None if U is None else decimal_of(U)
    if expanded is not None and expanded < 0:
        raise DecisionRefused("扩展不确定度不能为负，请核对", "the expanded uncertainty cannot be negative; check it")
    if unit is not None and (given := as_unit(unit)) is not limits.unit:
        y = convert(y, given, limits.unit, limits.kind)
        if expanded is not None:
            expanded = convert(expanded, given, limits.unit, difference_kind(given))
    if chosen.r and expanded is None:
        raise DecisionRefused(
            f"规则“{chosen.zh}”需要扩展不确定度 U，请填写",
            f"the rule '{chosen.en}' needs the expanded uncertainty U; give it",
        )
    guard = EXACT.multiply(chosen.r, expanded) if expanded is not None and chosen.r else Decimal(0)
    verdict = _verdict(y, limits, guard, chosen.binary)
    acceptance = _narrowed(limits, guard)
    if expanded is None:
        return Decision(verdict, chosen, guard, acceptance, None, None, None)
    return Decision(verdict, chosen, guard, acceptance, *_probabilities(y, expanded, decimal_of(k), limits, verdict))


def decide_bounded(result: Range, limits: Range) -> Decision:
    """State conformity for a result known only to lie in a range, such as "<0.01 mg/kg" (not detected).

    The whole range must lie within the limits, or wholly outside; else no statement is possible and
    DecisionRefused is raised. Raises UnitMismatch.

    >>> from quanheng.science.quantities import parse_range
    >>> decide_bounded(parse_range("<0.01 mg/kg"), parse_range("≤0.1 mg/kg")).verdict
    'pass'
    """
    if limits.contains(result):
        return Decision("pass", None, Decimal(0), limits, None, None, None)
    (low, high), (allowed_low, allowed_high) = result.si, limits.si
    above = low > allowed_high or (low == allowed_high and (result.lower_open or limits.upper_open))
    below = high < allowed_low or (high == allowed_low and (result.upper_open or limits.lower_open))
    if above or below:
        return Decision("fail", None, Decimal(0), limits, None, None, None)
    raise DecisionRefused(
        f"结果 {result.text('zh')} 与限值 {limits.text('zh')} 不可比，请用检出限更低的方法或给出测得值",
        f"the result {result.text('en')} does not settle the limit {limits.text('en')}; "
        "use a method with a lower limit of detection or give a measured value",
    )


def decide_qualitative(observed: str, accepted: Sequence[str], rejected: Sequence[str] = ()) -> Decision:
    """State conformity of an observed nominal property (VIM 1.30), such as 未检出 or V-0.

    ``accepted`` and ``rejected`` list the properties that conform and those that do not; common words
    (检出/未检出, 符合/不符合, 有/无, 阴性/阳性, English likewise) know their opposites. What is in neither list raises
    DecisionRefused, for it must not silently fail or pass.

    >>> decide_qualitative("ND", ["不得检出"]).verdict, decide_qualitative("V-1", ["V-0"], ["V-1", "V-2"]).verdict
    ('pass', 'fail')
    """
    seen = _property(observed)
    conforming = {_property(text) for text in accepted}
    opposed = {_property(text) for text in rejected} | {_OPPOSITES[p] for p in conforming if p in _OPPOSITES}
    if (seen in conforming) == (seen in opposed - conforming):
        known = "、".join([*accepted, *rejected])
        raise DecisionRefused(
            f"“{observed[:40]}”不能与要求对照，请填写其中之一：{known}",
            f"'{observed[:40]}' cannot be judged against the requirement; give one of: {known}",
        )
    return Decision("pass" if seen in conforming else "fail", None, Decimal(0), None, None, None, None)


def _rule(code: str) -> DecisionRule:
    try:
        return RULES[code]
    except KeyError:
        known = "、".join(RULES)
        raise DecisionRefused(
            f"不认识的判定规则“{code}”，可用：{known}", f"unknown decision rule '{code}'; use one of: {known}"
        ) from None


def _within(y: Decimal, limits: Range, guard: Decimal) -> bool:
    if limits.lower is not None:
        edge = EXACT.add(limits.lower, guard)
        if y < edge or (limits.lower_open and y == edge):
            return False
    if limits.upper is not None:
        edge = EXACT.subtract(limits.upper, guard)
        if y > edge or (limits.upper_open and y == edge):
            return False
    return True


def _verdict(y: Decimal, limits: Range, guard: Decimal, binary: bool) -> Verdict:
    if _within(y, limits, guard):
        return "pass"
    if binary:
        return "fail"
    if _within(y, limits, Decimal(0)):
        return "conditional_pass"
    return "conditional_fail" if _within(y, limits, -guard) else "fail"


def _narrowed(limits: Range, guard: Decimal) -> Range | None:
    if not guard:
        return limits
    lower = None if limits.lower is None else EXACT.add(limits.lower, guard)
    upper = None if limits.upper is None else EXACT.subtract(limits.upper, guard)
    open_end = limits.lower_open or limits.upper_open
    if lower is not None and upper is not None and (lower > upper or (lower == upper and open_end)):
        return None
    return Range(lower, upper, limits.unit, limits.kind, limits.lower_open, limits.upper_open)


def _probabilities(
    y: Decimal, expanded: Decimal, k: Decimal, limits: Range, verdict: Verdict
) -> tuple[float, float, float | None]:
    """Probability of conformity, specific risk of the verdict, measurement capability index."""
    if k <= 0:
        raise DecisionRefused("包含因子 k 须大于 0", "the coverage factor k must be above 0")
    u = float(expanded) / float(k)
    lower = float("-inf") if limits.lower is None else float(limits.lower)
    upper = float("inf") if limits.upper is None else float(limits.upper)
    nonconforming = nonconformity_probability(float(y), u, lower, upper)
    accepted = verdict in ("pass", "conditional_pass")
    two_sided = limits.lower is not None and limits.upper is not None and limits.lower < limits.upper
    index = capability_index(upper - lower, u) if two_sided and u > 0 else None
    return 1.0 - nonconforming, nonconforming if accepted else 1.0 - nonconforming, index


_OPPOSITES = {"absent": "present", "present": "absent", "conforming": "nonconforming", "nonconforming": "conforming"}
_WORDS = {
    "absent": "未检出 不得检出 无 没有 阴性 nd n.d. absent none negative notdetected",
    "present": "检出 有 阳性 detected present positive",
    "conforming": "符合 合格 通过 符合要求 p pass passed conforms conforming ok",
    "nonconforming": "不符合 不合格 未通过 不通过 不符合要求 f fail failed nonconforming doesnotconform ng",
}
_PROPERTIES = {word: code for code, words in _WORDS.items() for word in words.split()}


def _property(text: str) -> str:
    folded = "".join(text.casefold().split())
    return _PROPERTIES.get(folded, folded)
