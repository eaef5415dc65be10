"""Why a scope line answers a question or does not: the exact check, criterion by criterion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.competence.asking import SLACK, Ask, Candidate, Criterion
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import COMMON_K
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


def consider(ask: Ask, line: ScopeLine, successors: Successors) -> Candidate:
    """The line held against every part of the question. ``line`` comes with its relations."""
    where = line.organisation
    distance = ask.place.distance_km(where.latitude, where.longitude)
    own = line.range() if ask.range or ask.uncertainty else None
    criteria = (
        *_method(ask, line, successors),
        *_range(ask, line, own),
        *_uncertainty(ask, line, own),
        *_place(ask, line, distance),
        *_recognition(ask, line),
        *_validity(ask, line),
        *_restriction(line),
    )
    return Candidate(line, criteria, distance)


def _method(ask: Ask, line: ScopeLine, successors: Successors) -> Iterator[Criterion]:
    method = line.method
    if ask.method:
        same = method.number == ask.method.text if ask.method.year else method.key == ask.method.key
        sentence = _("方法为 %(number)s") if same else _("方法为 %(number)s，而要求的是 %(asked)s")
        yield Criterion("method", same, filled(sentence, number=method.number, asked=ask.method.text))
    status = method.status_on(ask.on)
    facts = {"number": method.number, "day": method.withdrawn}
    if status == "superseded":
        by = listed(one.number for one in successors.get(method.pk, ()))
        sentence = _("方法 %(number)s 自 %(day)s 起已被 %(by)s 代替")
        facts = {"number": method.number, "day": method.superseded_on, "by": by}
    elif status == "withdrawn":
        sentence = _("方法 %(number)s 已于 %(day)s 废止")
    elif status == "upcoming":
        sentence = _("方法 %(number)s 自 %(day)s 起实施，届时尚未生效")
        facts["day"] = method.effective
    else:
        sentence = _("方法 %(number)s 现行有效")
    yield Criterion("method_in_force", status == "in_force", filled(sentence, **facts))


def _range(ask: Ask, line: ScopeLine, own: Range | None) -> Iterator[Criterion]:
    if ask.range is None:
        return
    if own is None:
        yield Criterion("range", True, _("能力未限定范围"))
        return
    texts = {"own": told(own), "asked": told(ask.range)}
    if line.dimension != ask.dimension:
        yield Criterion("range", False, filled(_("能力范围 %(own)s 与要求的 %(asked)s 不可比较"), **texts))
        return
    low, high = ask.si
    below = line.lower_si is not None and (low is None or low < line.lower_si)
    above = line.upper_si is not None and (high is None or high > line.upper_si)
    # The ends of the competence, as they read in the unit of the question.
    ends = {name: told_end(own, name, ask.range.unit) for name in ("lower", "upper")}
    if below and above:
        sentence = _("能力范围 %(own)s 不足：%(asked)s 中低于 %(lower)s 和高于 %(upper)s 的部分未覆盖")
    elif below:
        sentence = _("能力范围 %(own)s 不足：%(asked)s 中低于 %(lower)s 的部分未覆盖")
    elif above:
        sentence = _("能力范围 %(own)s 不足：%(asked)s 中高于 %(upper)s 的部分未覆盖")
    else:
        sentence = _("能力范围 %(own)s 覆盖 %(asked)s")
    yield Criterion("range", not (below or above), filled(sentence, **texts, **ends))


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


def _uncertainty(ask: Ask, line: ScopeLine, own: Range | None) -> Iterator[Criterion]:
    wanted = ask.uncertainty
    if wanted is None:
        return
    u_si = uncertainty_at(ask, line, own)
    shown = {"wanted": told_number(wanted.value, wanted.unit)}
    if u_si is None:
        yield Criterion("uncertainty", False, filled(_("未给出不确定度，而要求 U ≤ %(wanted)s"), **shown))
        return
    most = ask.most_si
    ok = u_si <= most * SLACK if most is not None else _relative(ask, line, own) <= wanted.si * SLACK
    shown["own"] = told_si(u_si, line.unit)
    sentence = _("最佳不确定度 U = %(own)s（k = 2），满足 U ≤ %(wanted)s")
    if not ok:
        sentence = _("最佳不确定度 U = %(own)s（k = 2），大于要求的 %(wanted)s")
    yield Criterion("uncertainty", ok, filled(sentence, **shown))


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


def _place(ask: Ask, line: ScopeLine, distance: float | None) -> Iterator[Criterion]:
    place = ask.place
    if not place.binding:
        if distance is not None:
            yield Criterion("place", True, filled(_("距离 %(km)s 千米"), km=f"{distance:.1f}"))
        return
    inside = bool(place.prefix) and line.organisation.region_code.startswith(place.prefix)
    near = place.radius_km is not None and distance is not None and distance <= place.radius_km
    facts = {"km": "" if distance is None else f"{distance:.1f}", "most": f"{place.radius_km or 0:g}"}
    if inside:
        sentence = _("位于所要求的区域内")
    elif near:
        sentence = _("距离 %(km)s 千米，在 %(most)s 千米以内")
    elif place.radius_km is None:
        sentence = _("不在所要求的区域内")
    elif distance is None:
        sentence = _("未登记位置，无法确认距离在 %(most)s 千米以内")
    else:
        sentence = _("距离 %(km)s 千米，超出 %(most)s 千米")
    yield Criterion("place", inside or near, filled(sentence, **facts))


def _recognition(ask: Ask, line: ScopeLine) -> Iterator[Criterion]:
    recognition = line.recognition
    if ask.scheme:
        same = recognition.scheme == ask.scheme
        label = Recognition.Scheme(ask.scheme).label
        sentence = _("具有%(asked)s") if same else _("此项能力不在%(asked)s之下")
        yield Criterion("scheme", same, filled(sentence, asked=label))
    valid = recognition.state == Recognition.State.VALID
    current = recognition.valid_from <= ask.on <= recognition.valid_until
    facts = {
        "number": recognition.number,
        "state": Recognition.State(recognition.state).label,
        "first": recognition.valid_from,
        "last": recognition.valid_until,
    }
    if not valid:
        sentence = _("资质 %(number)s 处于“%(state)s”状态")
    elif not current:
        sentence = _("资质 %(number)s 的有效期为 %(first)s 至 %(last)s，不含该日")
    else:
        sentence = _("资质 %(number)s 有效期至 %(last)s")
    yield Criterion("recognition", valid and current, filled(sentence, **facts))


def _validity(ask: Ask, line: ScopeLine) -> Iterator[Criterion]:
    if not line.valid_from <= ask.on <= line.valid_until:
        sentence = _("该条能力的有效期为 %(first)s 至 %(last)s，不含该日")
        yield Criterion("validity", False, filled(sentence, first=line.valid_from, last=line.valid_until))


def _restriction(line: ScopeLine) -> Iterator[Criterion]:
    if line.restriction_zh:
        text = bilingual(line.restriction_zh, line.restriction_en or line.restriction_zh)
        yield Criterion("restriction", True, filled(_("限制：%(text)s"), text=text))
