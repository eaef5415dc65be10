"""Acceptance limits by rule: from the menu of ILAC-G8, from the test uncertainty ratio, from a risk that is allowed.

Sources: ILAC-G8:09/2019, 4.2; NCSLI RP-10; ANSI/NCSL Z540.3 handbook, method 6 (M. Dobbert, A guard-band strategy for
managing false-accept risk, 2008); D. Deaver, Managing calibration confidence in the real world (1995); JCGM 106:2012,
8.3 and 9.5. Factors that would put acceptance outside the tolerance are clamped at 1 unless asked.

>>> round(tur_factor("rss", 2.0), 6), tur_factor("dobbert", 10.0), round(tur_factor("dobbert", 10.0, clamp=False), 6)
(0.866025, 1.0, 1.035792)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from quanheng.science.decisions.priors import Prior
from quanheng.science.decisions.risks import normal_global_risks, production_risks
from quanheng.science.errors import ScienceError
from quanheng.science.special import normal_quantile
from quanheng.science.uncertainty.conformity import nonconformity_probability
from quanheng.science.uncertainty.decision import RULES

#: Rules by a factor on the tolerance, from the test uncertainty ratio TUR = (T_U − T_L)/(2U), U with k = 2.
TUR_RULES = ("dobbert", "rss", "test_95", "rp10", "same_as_4_to_1", "pfa_at_itp")
#: Rules by an allowed risk: of any item at the limit, of the production, or the least cost of wrong decisions.
RISK_RULES = ("specific_risk", "global_risk", "cost")
ACCEPTANCE_RULES = (*RULES, "custom", *TUR_RULES, *RISK_RULES)


class AcceptanceRefused(ScienceError):
    """A rule that cannot be used with these limits."""


@dataclass(frozen=True)
class Acceptance:
    """Acceptance limits by a rule; ±inf where there is no limit. ``lower`` > ``upper``: nothing can be accepted.

    ``guard_band`` is w of A_U = T_U − w (negative: acceptance outside the tolerance), ``factor`` the width of
    acceptance by that of tolerance (None with a single limit), ``clamped`` whether the rule asked for more than 1.
    """

    rule: str
    lower: float
    upper: float
    guard_band: float
    factor: float | None
    clamped: bool

    @property
    def interval(self) -> tuple[float, float] | None:
        """(lower, upper), None where nothing can be accepted."""
        return (self.lower, self.upper) if self.lower <= self.upper else None


def tur_factor(rule: str, tur: float, *, itp: float = 0.95, pfa: float = 0.02, clamp: bool = True) -> float:
    """The factor on a symmetric tolerance by a rule of ``TUR_RULES``; 0 at least.

    dobbert: 1 − (1.04 − e^(0.38 ln TUR − 0.54))/TUR; rss: √(1 − 1/TUR²); test_95: 1 − 1/TUR, off above TUR 4; rp10:
    1.25 − 1/TUR; same_as_4_to_1: the false-accept risk that 4:1 has without guard band; pfa_at_itp: the risk ``pfa``;
    the last two for centred normal items of which ``itp`` are in tolerance. Raises AcceptanceRefused.
    """
    if rule not in TUR_RULES:
        there = ", ".join(TUR_RULES)
        raise AcceptanceRefused(f"没有规则“{rule}”，可选：{there}", f"there is no rule '{rule}'; take {there}", "rule")
    if not 0 < tur < math.inf:
        raise AcceptanceRefused("TUR 须大于 0", "the test uncertainty ratio must be above 0", "u")
    if not (0.5 < itp < 1 and 0 < pfa < 1):
        raise AcceptanceRefused(
            "itp 须在 0.5 与 1 之间，pfa 在 0 与 1 之间", "itp must lie between 0.5 and 1, pfa between 0 and 1", "itp"
        )
    if rule == "dobbert":
        factor = 1 - (1.04 - math.exp(0.38 * math.log(tur) - 0.54)) / tur
    elif rule == "rss":
        factor = math.sqrt(max(0.0, 1 - 1 / tur**2))
    elif rule == "test_95":
        factor = 1 - 1 / tur if tur <= 4 else 1.0
    elif rule == "rp10":
        factor = min(1.0, 1.25 - 1 / tur)
    else:
        sd = 1 / normal_quantile(0.5 + itp / 2)
        allowed = _false_accept(sd, 4.0, 1.0) if rule == "same_as_4_to_1" else pfa
        if rule == "same_as_4_to_1" and tur >= 4 and clamp:
            return 1.0
        factor = _falling(lambda one: -_false_accept(sd, tur, one), -allowed, 0.0, 3.0)
    return min(max(factor, 0.0), 1.0) if clamp else max(factor, 0.0)


def _false_accept(sd: float, tur: float, factor: float) -> float:
    return normal_global_risks(0.0, sd, 1 / (2 * tur), (-1.0, 1.0), (-factor, factor)).consumer


def _falling(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a falling function reaches a target; the nearer end where it does not."""
    if function(low) <= target:
        return low
    if function(high) >= target:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        if middle in (low, high) or high - low < 1e-13 * max(1.0, abs(high)):
            break
        low, high = (middle, high) if function(middle) > target else (low, middle)
    return (low + high) / 2


def acceptance_limits(
    rule: str,
    u: float,
    lower: float = -math.inf,
    upper: float = math.inf,
    *,
    k: float = 2.0,
    r: float = 1.0,
    risk: float = 0.05,
    prior: Prior | None = None,
    itp: float = 0.95,
    costs: tuple[float, float] = (1.0, 1.0),
    clamp: bool = True,
) -> Acceptance:
    """Acceptance limits for tolerance limits and the standard uncertainty of the measurements.

    The menu and ``custom`` take w = r·k·u; ``specific_risk`` leaves at most ``risk`` to any accepted item,
    ``global_risk`` to the production of ``prior``; ``cost`` makes the expected cost least, ``costs`` being those of a
    false acceptance and of a false rejection. Guarded rejection of the menu is outside by name and not clamped.
    Raises AcceptanceRefused, PriorRefused.

    >>> round(acceptance_limits("specific_risk", 0.1, upper=1.0).upper, 4)
    0.8355
    """
    if not (0 <= u < math.inf and 0 < k < math.inf):
        raise AcceptanceRefused(
            "标准不确定度须为有限数且不能为负，k 须大于 0", "u must be finite and not negative, k above 0", "u"
        )
    if math.isinf(lower) and math.isinf(upper):
        raise AcceptanceRefused("没有限值，请给出 lower 或 upper", "there is no limit; give lower or upper", "upper")
    if not lower < upper:
        raise AcceptanceRefused(
            "下限须小于上限，请核对", "the lower limit must lie below the upper one; check them", "lower"
        )
    if rule in RULES or rule == "custom":
        return _by_menu(rule, u, lower, upper, k, r, clamp)
    half = (upper - lower) / 2
    if rule in TUR_RULES:
        if math.isinf(half):
            raise AcceptanceRefused(
                f"规则 {rule} 需要上下两个限值，单侧限值请用 specific_risk 或 global_risk",
                f"the rule {rule} needs both limits; for a single one take specific_risk or global_risk",
                "rule",
            )
        factor = 1.0 if u == 0 else tur_factor(rule, half / (2 * u), itp=itp, pfa=risk, clamp=False)
        return _limited(rule, lower, upper, half * (1 - factor), clamp)
    if not 0 < risk < 1:
        raise AcceptanceRefused("允许的风险须在 0 与 1 之间", "the allowed risk must lie between 0 and 1", "risk")
    most = half if math.isfinite(half) else 40 * u + (prior.support[1] - prior.support[0] if prior else 0.0)
    least = -most if not clamp else 0.0
    if rule == "specific_risk":
        return _by_specific_risk(u, lower, upper, risk, least, most, clamp)
    if rule not in RISK_RULES:
        there = ", ".join(ACCEPTANCE_RULES)
        raise AcceptanceRefused(f"没有规则“{rule}”，可选：{there}", f"there is no rule '{rule}'; take {there}", "rule")
    if prior is None:
        raise AcceptanceRefused(
            f"规则 {rule} 需要先验分布 prior，请补上", f"the rule {rule} needs a prior; add it", "prior"
        )
    known = prior

    def risks(w: float) -> tuple[float, float]:
        found = production_risks(known, u, (lower, upper), (lower + w, upper - w))
        return found.consumer, found.producer

    if rule == "global_risk":
        return _limited(rule, lower, upper, _falling(lambda w: risks(w)[0], risk, least, most), clamp)
    return _limited(rule, lower, upper, _cheapest(risks, costs, least, most), clamp)


def _by_menu(rule: str, u: float, lower: float, upper: float, k: float, r: float, clamp: bool) -> Acceptance:
    """In decimals, so that a value typed as the limit less U is at the acceptance limit exactly."""
    factor = RULES[rule].r if rule in RULES else Decimal(repr(float(r)))
    band = factor * Decimal(repr(float(k))) * Decimal(repr(float(u)))
    outside = rule == "custom" and band < 0 and clamp
    if outside:
        band = Decimal(0)
    low = lower if math.isinf(lower) else float(Decimal(repr(float(lower))) + band)
    high = upper if math.isinf(upper) else float(Decimal(repr(float(upper))) - band)
    return Acceptance(rule, low, high, float(band), _width(lower, upper, float(band)), outside)


def _width(lower: float, upper: float, band: float) -> float | None:
    half = (upper - lower) / 2
    return None if math.isinf(half) else max(0.0, 1 - band / half)


def _limited(rule: str, lower: float, upper: float, band: float, clamp: bool) -> Acceptance:
    clamped = clamp and band < 0
    band = max(band, 0.0) if clamp else band
    return Acceptance(rule, lower + band, upper - band, band, _width(lower, upper, band), clamped)


def _by_specific_risk(
    u: float, lower: float, upper: float, risk: float, least: float, most: float, clamp: bool
) -> Acceptance:
    if u == 0.0:
        return _limited("specific_risk", lower, upper, 0.0, clamp)
    if math.isinf(lower) or math.isinf(upper):
        return _limited("specific_risk", lower, upper, normal_quantile(1 - risk) * u, clamp)

    def at_the_limit(w: float) -> float:
        return nonconformity_probability(upper - w, u, lower, upper)

    band = _falling(at_the_limit, risk, least, most)
    if at_the_limit(most) > risk:
        # Not even the middle is safe enough: nothing can be accepted.
        return Acceptance("specific_risk", math.inf, -math.inf, math.inf, 0.0, False)
    return _limited("specific_risk", lower, upper, band, clamp)


def _cheapest(
    risks: Callable[[float], tuple[float, float]], costs: tuple[float, float], low: float, high: float
) -> float:
    """The guard band of least expected cost: a coarse search, then golden section."""
    if not (costs[0] >= 0 and costs[1] >= 0 and sum(costs) > 0):
        raise AcceptanceRefused("费用不能为负，且不能都为 0", "costs must not be negative, nor both 0", "costs")

    def cost(w: float) -> float:
        consumer, producer = risks(w)
        return costs[0] * consumer + costs[1] * producer

    steps = [low + (high - low) * n / 24 for n in range(25)]
    best = min(range(25), key=lambda n: cost(steps[n]))
    low, high = steps[max(best - 1, 0)], steps[min(best + 1, 24)]
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        first, second = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, second) if cost(first) < cost(second) else (first, high)
    return (low + high) / 2
