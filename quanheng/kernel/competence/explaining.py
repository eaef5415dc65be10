"""Why a scope line answers a question or does not: the exact check, criterion by criterion.

A city has many lines under one recognition, by one method, of one institution: what they have in common is judged once.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.texts import Sentence, listed
from quanheng.kernel.competence.asking import SLACK, Ask, Candidate, Criterion, Place
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import COMMON_K
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Standard
from quanheng.science.errors import ScienceError
from quanheng.science.quantities import (
    Range,
    Unit,
    convert,
    decimal_of,
    format_number,
    round_significant,
    to_si,
    with_unit,
)
from quanheng.science.quantities.units import difference_kind
from quanheng.science.uncertainty.formula import parse_formula

Successors = Mapping[int, list[Standard]]


Criteria = tuple[Criterion, ...]


def _if(ok: bool, code: str, holds: Sentence, fails: Sentence, **facts: Any) -> Criterion:
    return Criterion(code, ok, holds if ok else fails, facts)


class Judge:
    """Holds lines against questions; ``successors`` are those of superseded methods, by key."""

    def __init__(self) -> None:
        self.successors: dict[int, list[Standard]] = {}
        self._methods: dict[Hashable, Criteria] = {}
        self._places: dict[Hashable, tuple[float | None, Criteria]] = {}
        self._recognitions: dict[Hashable, Criteria] = {}

    def consider(self, ask: Ask, line: ScopeLine) -> Candidate:
        """The line held against every part of the question. ``line`` comes with its relations."""
        method = ask.on, ask.method, line.method_id
        if (by_method := self._methods.get(method)) is None:
            by_method = self._methods[method] = tuple(_method(ask, line.method, self.successors))
        recognition = ask.on, ask.scheme, line.recognition_id
        if (by_recognition := self._recognitions.get(recognition)) is None:
            by_recognition = self._recognitions[recognition] = tuple(_recognition(ask, line.recognition))
        place = ask.place, line.organisation_id
        if (by_place := self._places.get(place)) is None:
            by_place = self._places[place] = _place(ask.place, line.organisation)
        distance, near = by_place
        criteria = by_method
        if ask.range or ask.uncertainty:
            own = line.range()
            criteria = (*criteria, *_range(ask, line, own), *_uncertainty(ask, line, own))
        criteria = (*criteria, *near, *by_recognition, *_validity(ask, line), *_restriction(line))
        return Candidate(line, criteria, distance)


_METHOD = Sentence(_("方法为 %(number)s"))
_OTHER_METHOD = Sentence(_("方法为 %(number)s，而要求的是 %(asked)s"))
_SUPERSEDED = Sentence(_("方法 %(number)s 自 %(day)s 起已被 %(by)s 代替"))
_WITHDRAWN = Sentence(_("方法 %(number)s 已于 %(day)s 废止"))
_UPCOMING = Sentence(_("方法 %(number)s 自 %(day)s 起实施，届时尚未生效"))
_IN_FORCE = Sentence(_("方法 %(number)s 现行有效"))


def _method(ask: Ask, method: Standard, successors: Successors) -> Iterator[Criterion]:
    if ask.method:
        same = method.number == ask.method.text if ask.method.year else method.key == ask.method.key
        yield _if(same, "method", _METHOD, _OTHER_METHOD, number=method.number, asked=ask.method.text)
    status = method.status_on(ask.on)
    sentence, facts = _IN_FORCE, {"number": method.number, "day": method.withdrawn}
    if status == "superseded":
        by = listed(one.number for one in successors.get(method.pk, ()))
        sentence, facts = _SUPERSEDED, {"number": method.number, "day": method.superseded_on, "by": by}
    elif status == "withdrawn":
        sentence = _WITHDRAWN
    elif status == "upcoming":
        sentence, facts["day"] = _UPCOMING, method.effective
    yield Criterion("method_in_force", status == "in_force", sentence, facts)


_UNLIMITED = Sentence(_("能力未限定范围"))
_INCOMPARABLE = Sentence(_("能力范围 %(own)s 与要求的 %(asked)s 不可比较"))
_OUTSIDE = Sentence(_("能力范围 %(own)s 不足：%(asked)s 中低于 %(lower)s 和高于 %(upper)s 的部分未覆盖"))
_BELOW = Sentence(_("能力范围 %(own)s 不足：%(asked)s 中低于 %(lower)s 的部分未覆盖"))
_ABOVE = Sentence(_("能力范围 %(own)s 不足：%(asked)s 中高于 %(upper)s 的部分未覆盖"))
_COVERS = Sentence(_("能力范围 %(own)s 覆盖 %(asked)s"))


def _range(ask: Ask, line: ScopeLine, own: Range | None) -> Iterator[Criterion]:
    if ask.range is None:
        return
    if own is None:
        yield Criterion("range", True, _UNLIMITED, {})
        return
    facts = {"own": told(own), "asked": told(ask.range)}
    if line.dimension != ask.dimension:
        yield Criterion("range", False, _INCOMPARABLE, facts)
        return
    low, high = ask.si
    below = line.lower_si is not None and (low is None or low < line.lower_si)
    above = line.upper_si is not None and (high is None or high > line.upper_si)
    if not (below or above):
        yield Criterion("range", True, _COVERS, facts)
        return
    # The ends of the competence, as they read in the unit of the question.
    facts |= {name: told_end(own, name, ask.range.unit) for name in ("lower", "upper")}
    yield Criterion("range", False, _OUTSIDE if below and above else _BELOW if below else _ABOVE, facts)


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _range_text(found: Range) -> str:
    return found.text(_language())


def _end_text(own: Range, name: str, unit: Unit) -> str:
    end: Decimal | None = getattr(own, name)
    if end is None:
        return ""
    number = convert(end, own.unit, unit, own.kind)
    return with_unit(format_number(_short(number, 8)), unit, _language())


def _short(number: Decimal, digits: int) -> Decimal:
    return number if len(number.as_tuple().digits) <= digits else round_significant(number, digits)


def _si_text(si: float, unit: str) -> str:
    """An uncertainty given in SI, as two digits in ``unit``."""
    if math.isinf(si):
        return "∞"
    number = decimal_of(repr(si / to_si(1, unit, difference_kind(unit))))
    return with_unit(f"{round_significant(number, 2):f}", unit, _language())


def _number_text(number: Decimal, unit: Unit) -> str:
    return with_unit(f"{number:f}", unit, _language())


# Typeset only when read, and in the reader's language: most candidates are judged and never shown.
told = lazy(_range_text, str)
told_end = lazy(_end_text, str)
told_si = lazy(_si_text, str)
told_number = lazy(_number_text, str)


def uncertainty_at(ask: Ask, line: ScopeLine, own: Range | None) -> float | None:
    """The line's best expanded uncertainty (k = 2, SI) where it is asked: its greatest over the asked range.

    Without an asked range, its least. Nothing is extrapolated: outside the line's own range, its nearest end
    counts. None where the line states no uncertainty, or none that compares.
    """
    if not line.uncertainty:
        return None
    if ask.range is None:
        return line.u_min_si
    if own is None or line.dimension != ask.dimension:
        return None
    try:
        _low, high = parse_formula(line.uncertainty, line.unit).bounds_si(_within(ask.range, own))
    except ScienceError:
        return None
    return high * float(COMMON_K / decimal_of(line.k))


def _within(asked: Range, own: Range) -> Range:
    """The asked range drawn into the line's own, in the line's unit."""

    def drawn(end: Decimal | None, open_end: Decimal | None) -> Decimal | None:
        if end is None:
            return open_end
        inside = convert(end, asked.unit, own.unit, own.kind)
        if own.lower is not None:
            inside = max(inside, own.lower)
        return inside if own.upper is None else min(inside, own.upper)

    return Range(drawn(asked.lower, own.lower), drawn(asked.upper, own.upper), own.unit, own.kind)


_NO_UNCERTAINTY = Sentence(_("未给出不确定度，而要求 U ≤ %(wanted)s"))
_WELL_ENOUGH = Sentence(_("最佳不确定度 U = %(own)s（k = 2），满足 U ≤ %(wanted)s"))
_NOT_WELL_ENOUGH = Sentence(_("最佳不确定度 U = %(own)s（k = 2），大于要求的 %(wanted)s"))


def _uncertainty(ask: Ask, line: ScopeLine, own: Range | None) -> Iterator[Criterion]:
    wanted = ask.uncertainty
    if wanted is None:
        return
    u_si = uncertainty_at(ask, line, own)
    asked = told_number(wanted.value, wanted.unit)
    if u_si is None:
        yield Criterion("uncertainty", False, _NO_UNCERTAINTY, {"wanted": asked})
        return
    most = ask.most_si
    ok = u_si <= most * SLACK if most is not None else _relative(ask, line, own) <= wanted.si * SLACK
    yield _if(ok, "uncertainty", _WELL_ENOUGH, _NOT_WELL_ENOUGH, wanted=asked, own=told_si(u_si, line.unit))


def _relative(ask: Ask, line: ScopeLine, own: Range | None) -> float:
    """The greatest U(x)/|x| over the asked range, drawn into the line's own.

    U/|x| of a sum a + b·|x|, or of a root sum square of such, is convex in 1/|x|: greatest at one of the ends.
    """
    if own is None or ask.range is None:
        return math.inf
    over = _within(ask.range, own)
    formula = parse_formula(line.uncertainty, line.unit)
    lower, upper = over.lower, over.upper
    if lower is None or upper is None or lower <= 0 <= upper:
        return math.inf
    found = max(formula.at_si(end) / abs(to_si(end, over.unit, over.kind)) for end in (lower, upper))
    return found * float(COMMON_K / decimal_of(line.k))


_AWAY = Sentence(_("距离 %(km)s 千米"))
_INSIDE = Sentence(_("位于所要求的区域内"))
_NEAR = Sentence(_("距离 %(km)s 千米，在 %(most)s 千米以内"))
_ELSEWHERE = Sentence(_("不在所要求的区域内"))
_UNPLACED = Sentence(_("未登记位置，无法确认距离在 %(most)s 千米以内"))
_FAR = Sentence(_("距离 %(km)s 千米，超出 %(most)s 千米"))


def _place(place: Place, where: Organisation) -> tuple[float | None, Criteria]:
    """How far away an institution is, and what is told of that."""
    distance = place.distance_km(where.latitude, where.longitude)
    km = "" if distance is None else f"{distance:.1f}"
    if not place.binding:
        return distance, () if distance is None else (Criterion("place", True, _AWAY, {"km": km}),)
    inside = bool(place.prefix) and where.region_code.startswith(place.prefix)
    near = place.radius_km is not None and distance is not None and distance <= place.radius_km
    if inside:
        sentence = _INSIDE
    elif near:
        sentence = _NEAR
    elif place.radius_km is None:
        sentence = _ELSEWHERE
    else:
        sentence = _UNPLACED if distance is None else _FAR
    facts = {"km": km, "most": f"{place.radius_km or 0:g}"}
    return distance, (Criterion("place", inside or near, sentence, facts),)


_IN_SCHEME = Sentence(_("具有%(asked)s"))
_NOT_IN_SCHEME = Sentence(_("此项能力不在%(asked)s之下"))
_STATE = Sentence(_("资质 %(number)s 处于“%(state)s”状态"))
_NOT_CURRENT = Sentence(_("资质 %(number)s 的有效期为 %(first)s 至 %(last)s，不含该日"))
_VALID = Sentence(_("资质 %(number)s 有效期至 %(last)s"))


def _recognition(ask: Ask, recognition: Recognition) -> Iterator[Criterion]:
    if ask.scheme:
        same = recognition.scheme == ask.scheme
        yield _if(same, "scheme", _IN_SCHEME, _NOT_IN_SCHEME, asked=Recognition.Scheme(ask.scheme).label)
    number, first, last = recognition.number, recognition.valid_from, recognition.valid_until
    if recognition.state != Recognition.State.VALID:
        state = Recognition.State(recognition.state).label
        yield Criterion("recognition", False, _STATE, {"number": number, "state": state})
    else:
        facts = {"number": number, "first": first, "last": last}
        yield _if(first <= ask.on <= last, "recognition", _VALID, _NOT_CURRENT, **facts)


_LINE_NOT_CURRENT = Sentence(_("该条能力的有效期为 %(first)s 至 %(last)s，不含该日"))
_RESTRICTION = Sentence(_("限制：%(text)s"))


def _validity(ask: Ask, line: ScopeLine) -> Criteria:
    if line.valid_from <= ask.on <= line.valid_until:
        return ()
    return (Criterion("validity", False, _LINE_NOT_CURRENT, {"first": line.valid_from, "last": line.valid_until}),)


def _restriction(line: ScopeLine) -> Criteria:
    if not line.restriction_zh:
        return ()
    text = bilingual(line.restriction_zh, line.restriction_en or line.restriction_zh)
    return (Criterion("restriction", True, _RESTRICTION, {"text": text}),)
