"""Reads of competence: who can do this, and why; what a scope holds; what in it is out of date."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import (
    Count,
    F,
    Model,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.paging import Statement, keys_of_each
from quanheng.kernel.base.statements import Asked, row_with, rows_by_key, share_related
from quanheng.kernel.competence.asking import Answer, Ask, Candidate, Place
from quanheng.kernel.competence.explaining import Judge
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.narrowing import fitting, missing
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.kernel.requirements.queries import numbered, successors, with_status

K = TypeVar("K", bound=Hashable)
ABLE, UNABLE = 50, 50
# One statement carries the questions of a whole plan; SQLite takes 500 parts.
MANY = 200


@dataclass
class _Open:
    """A question under way: how far its candidates were read."""

    ask: Ask
    able: list[Candidate] = field(default_factory=list)
    unable: dict[int, Candidate] = field(default_factory=dict)
    read: int = 0
    done: bool = False


def who_can(ask: Ask, *, able: int = ABLE, unable: int = UNABLE) -> Answer:
    """Who can do what is asked, best first, and who fails one criterion alone; each with the reasons.

    Five queries, and one more where a method is superseded.
    """
    return who_can_many({0: ask}, able=able, unable=unable)[0]


def who_can_many(asks: Mapping[K, Ask], *, able: int = ABLE, unable: int = UNABLE) -> dict[K, Answer]:
    """The same for many questions at once, in six queries for up to 200 of them.

    SQL narrows and ranks; what it cannot decide exactly (a formula at a value, a distance) is decided here.
    Where that excludes some of a full page, the next page is read, so that nobody able is missed.
    """
    open_asks = {key: _Open(ask) for key, ask in asks.items()}
    waiting = list(open_asks.values())
    judge = Judge()
    while waiting:
        for start in range(0, len(waiting), MANY):
            _read(waiting[start : start + MANY], able, unable, judge)
        waiting = [one for one in waiting if not one.done]
    return {key: _answer(one, able, unable) for key, one in open_asks.items()}


def _read(group: Sequence[_Open], able: int, unable: int, judge: Judge) -> None:
    page = able + 1
    slots: list[tuple[int, bool]] = []
    parts: list[Statement | None] = []
    for slot, one in enumerate(group):
        slots.append((slot, True))
        parts.append(fitting(one.ask, one.read, page))
        if one.read == 0 and unable:
            slots.append((slot, False))
            parts.append(missing(one.ask, unable))
    found = [(*which, key) for which, keys in zip(slots, keys_of_each(parts), strict=True) for key in keys]
    lines = _lines({key for _slot, _fits, key in found}, (one.ask for one in group))
    days = {line.method_id: line.method.superseded_on for line in lines.values()}
    latest = max((one.ask.on for one in group), default=date.max)
    judge.successors |= successors(key for key, day in days.items() if day and day <= latest)
    fits: dict[int, int] = dict.fromkeys(range(len(group)), 0)
    for slot, fit_by_sql, key in found:
        fits[slot] += fit_by_sql
        one = group[slot]
        candidate = judge.consider(one.ask, lines[key])
        if candidate.ok:
            one.able.append(candidate)
        elif len(candidate.failed) == 1:
            one.unable[key] = candidate
    for slot, one in enumerate(group):
        one.read += fits[slot]
        one.done = fits[slot] < page or len(one.able) > able


def _lines(keys: set[int], asks: Iterable[Ask]) -> dict[int, ScopeLine]:
    """The lines with all that an answer tells of them; items and families come from the questions themselves.

    Hundreds of lines are of few institutions, recognitions and methods: each of those is read once, and shared.
    """
    asks = list(asks)
    known: dict[str, list[Model]] = {
        "item": [ask.item for ask in asks],
        "family": [ask.family for ask in asks if ask.family],
    }
    lines = rows_by_key(ScopeLine.objects.only(*_TOLD), list(keys))
    for name, rows in _TOLD_OF.items():
        share_related(lines, (name,), rows, known.get(name, ()))
    return {line.pk: line for line in lines}


def _answer(one: _Open, able: int, unable: int) -> Answer:
    found = sorted(one.able, key=lambda each: _rank(each, one.ask.place))
    missed = sorted(one.unable.values(), key=lambda each: _rank(each, one.ask.place))
    return Answer(one.ask, tuple(found[:able]), tuple(missed[:unable]), len(found) > able)


def _rank(candidate: Candidate, place: Place) -> tuple[float, int, int, int]:
    """Nearest first where a point is given; then the cheapest, the soonest, the first registered."""
    far = math.inf if candidate.distance_km is None else candidate.distance_km
    return (far if place.point else 0.0, candidate.line.price_cents, candidate.line.days, candidate.line.pk)


def scope_lines(
    *,
    organisation: str = "",
    item: str = "",
    family: str = "",
    activity: str = "",
    method: str = "",
    recognition: str = "",
    region: str = "",
    scheme: str = "",
    outdated: bool | None = None,
    on: date | None = None,
) -> QuerySet[ScopeLine]:
    """Scope lines in force on the day (today), with what a list shows of them; ``method`` in any spelling.

    ``region`` is a GB/T 2260 code, with all below it. What is named is looked up first, each by one small query:
    both planners then know how rare it is, and which index leads to it.
    """
    day = on or timezone.localdate()
    rows = ScopeLine.objects.filter(valid_until__gte=day)
    if organisation:
        rows = rows.filter(organisation=key_of(Organisation, uid=organisation))
    if item:
        rows = rows.filter(item=key_of(Item, code=item))
    if family:
        rows = rows.filter(family=key_of(ProductFamily, code=family))
    if recognition:
        held = Recognition.objects.filter(uid=recognition).values_list("pk", "organisation_id").first()
        # The lines of a recognition are among those of its holder.
        rows = rows.filter(recognition=held[0], organisation=held[1]) if held else rows.none()
    rows = rows.filter(**{name: value for name, value in {"activity": activity, "scheme": scheme}.items() if value})
    if region:
        rows = rows.filter(in_region(region))
    if method.strip():
        rows = rows.filter(method__in=keys_of(Standard.objects.filter(numbered(method))))
    if outdated is not None:
        gone = list(methods_gone(day))
        rows = rows.filter(method__in=gone) if outdated else rows.exclude(method__in=gone)
    return with_shown(rows).defer(*_NOT_LISTED)


def as_listed(rows: QuerySet[ScopeLine]) -> QuerySet[ScopeLine]:
    """The rows with what a register tells of them and nothing else: columns to unpack cost more than the search.

    Of a method that is no longer in force the successors are not read.
    """
    return rows.select_related(*_SHOWN).only(*_LISTED)


_SHOWN = ("organisation", "recognition", "method", "item", "family")
_NOT_LISTED = (
    *(f"organisation__{name}" for name in ("introduction_zh", "introduction_en", "address", "phone", "created_at")),
    *(f"method__{name}" for name in ("title_en", "source", "confidence", "created_at")),
    *(f"item__{name}" for name in ("aliases", "source", "confidence", "created_at")),
    *(f"family__{name}" for name in ("aliases", "schemes", "hs", "ccs", "source", "confidence", "created_at")),
    *("created_at", "dimension", "u_min_si", "u_max_si", "u_constant_si", "u_slope"),
)
_NAMES = ("name_zh", "name_en")
_LISTED = (
    *("uid", "region_code", "scheme", "activity", "method_clause", "quantity", "unit", "range_lower", "range_upper"),
    *("lower_open", "upper_open", "uncertainty", "k", "restriction_zh", "valid_from", "valid_until", "price_cents"),
    "days",
    *(f"organisation__{name}" for name in ("uid", "region_code", *_NAMES)),
    *(f"recognition__{name}" for name in ("scheme", "number", "state", "valid_from", "valid_until")),
    # What its status is computed from.
    *(f"method__{name}" for name in ("number", "published", "effective", "superseded_on", "withdrawn", "stage")),
    *(f"{named}__{name}" for named in ("item", "family") for name in ("code", *_NAMES)),
)

# What an answer tells: of a line, and of what many lines share.
_TOLD = (
    *(name for name in _LISTED if "__" not in name),
    *("organisation_id", "recognition_id", "method_id", "item_id", "family_id"),
    *("dimension", "lower_si", "upper_si", "u_min_si", "restriction_en"),
)


def _of(name: str, model: type[Model], *more: str) -> QuerySet[Any]:
    listed = [one.removeprefix(f"{name}__") for one in _LISTED if one.startswith(f"{name}__")]
    return model._default_manager.only(*listed, *more)


_TOLD_OF = {
    "organisation": _of("organisation", Organisation, "latitude", "longitude"),
    "recognition": _of("recognition", Recognition, "uid"),
    "method": _of("method", Standard, "uid", "key", "title_zh", "title_en"),
    "item": _of("item", Item),
    "family": _of("family", ProductFamily),
}


def key_of(model: type[Model], **named: str) -> int:
    """The key of what is named; one that nothing has where there is no such thing."""
    return next(iter(_named(model, tuple(named))(*named.values())), 0)


@cache
def _named(model: type[Model], names: tuple[str, ...]) -> Asked[int]:
    return Asked(
        lambda *values: (
            model._default_manager.filter(**dict(zip(names, values, strict=True)))
            .order_by("pk")
            .values_list("pk", flat=True)[:1]
        )
    )


def keys_of(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def in_region(code: str) -> Q:
    """Lines of institutions in the region with a GB/T 2260 code or below it, as regions in which there are any."""
    within = region_prefix(code)
    if len(within) == 6:
        return Q(region_code=within)
    cited = _regions_with_lines()
    inside = [one for one in cited if one.startswith(within)]
    return Q() if len(inside) == len(cited) else Q(region_code__in=inside)


# Jumps from one value to the next in the index: as many steps as values, however many lines.
_REGIONS = """
WITH RECURSIVE cited (value) AS (
    SELECT min(region_code) FROM competence_scopeline
    UNION ALL
    SELECT (SELECT min(region_code) FROM competence_scopeline WHERE region_code > cited.value)
    FROM cited WHERE cited.value IS NOT NULL
)
SELECT value FROM cited WHERE value IS NOT NULL
"""


def _regions_with_lines() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_REGIONS)
        return [value for (value,) in cursor.fetchall()]


def methods_gone(day: date) -> dict[int, int]:
    """Methods that are superseded or withdrawn on the day and that scope lines stand on, by key: the newest such line.

    One query: each method that is gone takes one look at the index of the lines.
    """
    return {method: line for method, line in _GONE(day) if line is not None}


def _gone(day: date) -> QuerySet[Standard, tuple[int, int | None]]:
    newest = ScopeLine.objects.filter(method=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    gone = Standard.objects.filter(with_status("superseded", day) | with_status("withdrawn", day))
    return gone.order_by().values_list("pk", Subquery(newest))


_GONE = Asked(_gone)


def with_shown(rows: QuerySet[ScopeLine]) -> QuerySet[ScopeLine]:
    """The rows with what a list shows of them, the successors of their methods too."""
    successors_named = Prefetch("method__replaced_by", Standard.objects.only("number"))
    return rows.select_related(*_SHOWN).prefetch_related(successors_named)


def scope_line_by_uid(uid: str) -> ScopeLine:
    """One scope line for its page. Raises NotFound."""
    found = row_with(with_shown(ScopeLine.objects.all()), "uid", uid)
    if found is None:
        raise NotFound(_("没有找到该条能力范围，请核对编号。"))
    return found


def recognitions(*, organisation: str = "", scheme: str = "", state: str = "") -> QuerySet[Recognition]:
    """Recognitions with their holders."""
    given = {"organisation__uid": organisation, "scheme": scheme, "state": state}
    rows = Recognition.objects.filter(**{name: value for name, value in given.items() if value})
    return rows.select_related("organisation")


_HELD = Asked(
    lambda owner: (
        Recognition.objects.filter(organisation=owner).select_related("organisation").order_by("scheme", "-valid_until")
    )
)


def held_by(organisation: Organisation) -> list[Recognition]:
    """The recognitions that an organisation holds or held, by scheme, the one that lasts longest first."""
    return _HELD(organisation.pk)


def recognised(scheme: str, day: date) -> QuerySet[Any]:
    """The organisations (by key) that hold a recognition of a scheme that is valid on a day."""
    valid = Recognition.objects.filter(
        scheme=scheme, state=Recognition.State.VALID, valid_from__lte=day, valid_until__gte=day
    )
    return valid.values("organisation")


def recognition_by_uid(uid: str) -> Recognition:
    """One recognition. Raises NotFound."""
    found = Recognition.objects.select_related("organisation").filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该资质，请核对编号。"))
    return found


def superseded_methods(on: date) -> list[dict[str, Any]]:
    """Each (organisation, method) whose method is no longer in force while lines still stand on it.

    Rows with ``organisation``, ``method``, ``number``, ``since`` and ``lines``: one query.
    """
    gone = with_status("superseded", on, "method__") | with_status("withdrawn", on, "method__")
    rows = (
        ScopeLine.objects.filter(gone, valid_until__gte=on, recognition__state=Recognition.State.VALID)
        .values("organisation", "method", number=F("method__number"))
        .annotate(
            lines=Count("pk"),
            # Either may be unknown; where both are known, what ended it first counts.
            since=Least(
                Coalesce("method__withdrawn", "method__superseded_on"),
                Coalesce("method__superseded_on", "method__withdrawn"),
            ),
        )
        .order_by("organisation", "method")
    )
    return [dict(row) for row in rows]
