"""The question "who can do this?" as SQL: what narrows and ranks the lines before each is held against it exactly.

Django's compiler takes longer over the two statements of a question than the database over their answer, and a plan
asks for dozens of items. Questions of one shape (with a family or without, over a range or not, …) differ in their
values alone: their statements are put into SQL once, and the values put in their places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection, connections
from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from quanheng.kernel.base.paging import Statement, keys_statement
from quanheng.kernel.competence.asking import SLACK, Ask, Place
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.requirements.models import Item, ProductFamily
from quanheng.kernel.requirements.queries import with_status
from quanheng.science.identifiers.standard_number import parse_standard_number
from quanheng.science.quantities import parse_range

# Near misses are sought among so many lines for the item: they explain an answer, they are not one.
SOUGHT = 3000
KM_PER_DEGREE = 111.0  # less than a degree of latitude anywhere, so that a box holds its circle

# What stands for the values of a question while its shape is put into SQL: nothing that is ever asked for, each unlike
# the others and unlike anything else in a statement.
_ITEM, _FAMILY, _HOLDER = 9_100_000_000_000_000_001, 9_100_000_000_000_000_002, 9_100_000_000_000_000_003
_ACTIVITY, _SCHEME, _DIMENSION = "…activity…", "…scheme…", "…dimension…"
_DAY = date(1901, 2, 3)
_LOW, _HIGH = -1.2345678901e300, 1.2345678901e300
_POINT = (12.345678901, 98.765432109)
_POLAR = (89.87654321, 98.765432108)
_REGION, _RADIUS = "987654", 12.345678902
_EDITION, _UNDATED = parse_standard_number("GB/T 987654.3-1901"), parse_standard_number("GB/T 987654.3")


def fitting(ask: Ask, start: int, count: int) -> Statement | None:
    """Keys of the lines that meet every criterion as far as SQL can tell, best first, from a place in that order."""
    return _statement(ask, ("fitting", start, count), lambda one: _fitting(one)[start : start + count])


def missing(ask: Ask, count: int) -> Statement | None:
    """Keys of some lines that fail one criterion alone, best first."""
    return _statement(ask, ("missing", count), lambda one: _missing(one)[:count])


def _fitting(ask: Ask) -> QuerySet[ScopeLine]:
    return _ranked(_base(ask).filter(*_conditions(ask)), ask.place)


def _missing(ask: Ask) -> QuerySet[ScopeLine]:
    base, conditions = _base(ask), _conditions(ask)
    some = base.filter(pk__in=base.values("pk")[:SOUGHT])
    return _ranked(some.annotate(missed=_missed(conditions)).filter(missed=1), ask.place)


# --- statements that are kept ----------------------------------------------------------------------------


def _statement(ask: Ask, kind: tuple[Any, ...], build: Callable[[Ask], QuerySet[ScopeLine]]) -> Statement | None:
    if ask.uncertainty is not None or (ask.place.radius_km is not None and ask.place.point is None):
        # Seldom asked, and what is derived from these values is no plain value any more.
        return keys_statement(build(ask))
    shape = _shape(ask)
    kept: dict[Any, Statement] = connections["default"].__dict__.setdefault("_who_can", {})
    if (kind, shape) not in kept:
        statement = keys_statement(build(_stand_in(ask)))
        if statement is None:
            return None
        kept[kind, shape] = statement
    sql, params = kept[kind, shape]
    given = _values(ask)
    return sql, [given.get(value, value) for value in params]


def _shape(ask: Ask) -> tuple[Any, ...]:
    """What of a question decides the words of its statements."""
    low, high = ask.si
    return (
        ask.family is None,
        ask.holder is None,
        ask.method and bool(ask.method.year),
        ask.range and (low is None, high is None, bool(ask.dimension)),
        bool(ask.scheme),
        _place_like(ask.place),
    )


def _stand_in(ask: Ask) -> Ask:
    """A question of the same shape whose values can be told apart in the statement."""
    low, high = ask.si
    one = replace(
        ask,
        item=Item(pk=_ITEM),
        activity=_ACTIVITY,
        on=_DAY,
        family=ask.family and ProductFamily(pk=_FAMILY),
        holder=ask.holder and _HOLDER,
        method=ask.method and (_EDITION if ask.method.year else _UNDATED),
        range=ask.range and parse_range("(1~2) m"),
        scheme=ask.scheme and _SCHEME,
        place=_place_like(ask.place),
    )
    # The ends in SI are counted from the range where nobody gives them.
    one.__dict__["si"] = (None if low is None else _LOW, None if high is None else _HIGH)
    one.__dict__["dimension"] = ask.dimension and _DIMENSION
    return one


def _place_like(place: Place) -> Place:
    """A place of the same shape: the same for all places that make the same words of a statement."""
    everywhere = place.radius_km is not None and len(_box(place)) == 2
    point = _POLAR if everywhere else _POINT
    return Place(place.region and _REGION, place.point and point, None if place.radius_km is None else _RADIUS)


def _values(ask: Ask) -> Mapping[Any, Any]:
    """For each value that stands in, that of the question, as the driver takes it."""
    as_day = connection.ops.adapt_datefield_value
    given: dict[Any, Any] = {
        _ITEM: ask.item.pk,
        _ACTIVITY: ask.activity,
        as_day(_DAY): as_day(ask.on),
        _SCHEME: ask.scheme,
        _DIMENSION: ask.dimension,
        f"{_REGION}%": f"{ask.place.prefix}%",
    }
    if ask.family is not None:
        given[_FAMILY] = ask.family.pk
    if ask.holder is not None:
        given[_HOLDER] = ask.holder
    if ask.method:
        given[_EDITION.text], given[_UNDATED.key] = ask.method.text, ask.method.key
    given[_LOW], given[_HIGH] = ask.si
    if ask.place.point:
        like = _place_like(ask.place)
        (north, east), (latitude, longitude) = like.point or _POINT, ask.place.point
        given |= {north: latitude, east: longitude, _narrowing(north): _narrowing(latitude)}
        given |= zip(_box(like), _box(ask.place), strict=True)
    return given


def _narrowing(latitude: float) -> float:
    """How much shorter a degree of longitude is than one of latitude."""
    return math.cos(math.radians(latitude))


# --- conditions and order --------------------------------------------------------------------------------


def _base(ask: Ask) -> QuerySet[ScopeLine]:
    rows = ScopeLine.objects.filter(item_id=ask.item.pk, activity=ask.activity)
    if ask.holder is not None:
        rows = rows.filter(organisation_id=ask.holder)
    if ask.family is not None:
        # "For it or for none", said without an OR: SQLite would gather rows by its arms and read each one,
        # where the index alone can decide.
        rows = rows.filter(~(Q(family__isnull=False) & ~Q(family_id=ask.family.pk)))
    if ask.hardest:
        rows = rows.alias(u_hardest=F("u_constant_si") + F("u_slope") * Value(ask.hardest[0]))
    return rows


def _conditions(ask: Ask) -> list[Q]:
    """One condition for each criterion; each holds wherever the exact criterion does."""
    conditions = [with_status("in_force", ask.on, "method__")]
    if ask.method:
        year = ask.method.year
        conditions.append(Q(method__number=ask.method.text) if year else Q(method__key=ask.method.key))
    if ask.range:
        low, high = ask.si
        below = Q(lower_si=None) if low is None else Q(lower_si=None) | Q(lower_si__lte=low)
        above = Q(upper_si=None) if high is None else Q(upper_si=None) | Q(upper_si__gte=high)
        conditions.append(below & above & Q(dimension__in=("", ask.dimension)))
    if ask.uncertainty:
        most = ask.most_si
        well = Q(u_min_si__isnull=False) if most is None else Q(u_min_si__lte=most * SLACK)
        if ask.hardest:
            # Only a sum, and only within the line's range, is decided here; the rest by its formula.
            outside = Q(lower_si__gt=ask.si[0]) | Q(upper_si__lt=ask.si[1])
            well &= Q(u_slope=None) | outside | Q(u_hardest__lte=ask.hardest[1] * SLACK * SLACK)
        conditions.append(well)
    if ask.place.binding:
        conditions.append(_inside(ask.place))
    if ask.scheme:
        conditions.append(Q(recognition__scheme=ask.scheme))
    conditions.append(
        Q(
            recognition__state=Recognition.State.VALID,
            recognition__valid_from__lte=ask.on,
            recognition__valid_until__gte=ask.on,
        )
    )
    conditions.append(Q(valid_from__lte=ask.on, valid_until__gte=ask.on))
    return conditions


def _inside(place: Place) -> Q:
    """In the region, or in a box around the circle."""
    inside = Q(organisation__region_code__startswith=place.prefix) if place.prefix else Q(pk__in=())
    if place.radius_km is None or place.point is None:
        return inside
    south, north, *sides = _box(place)
    box = Q(organisation__latitude__range=(south, north))
    if sides:
        box &= Q(organisation__longitude__range=tuple(sides))
    return inside | box


def _box(place: Place) -> tuple[float, ...]:
    """South, north, west and east of a box around the circle; the former two where longitudes cut nothing off."""
    if place.point is None or place.radius_km is None:
        return ()
    latitude, longitude = place.point
    up = place.radius_km / KM_PER_DEGREE
    reach = max(abs(latitude - up), abs(latitude + up))
    aside = up / math.cos(math.radians(reach)) if reach < 89 else 360.0
    # Near the poles or across the date line a box of longitudes would cut off: latitude alone narrows.
    if abs(longitude) + aside < 180:
        return latitude - up, latitude + up, longitude - aside, longitude + aside
    return latitude - up, latitude + up


def _missed(conditions: Sequence[Q]) -> Any:
    """How many of the conditions a line fails."""
    counts = [Case(When(one, then=0), default=1, output_field=IntegerField()) for one in conditions]
    total: Any = counts[0]
    for count in counts[1:]:
        total = total + count
    return total


def _ranked(rows: QuerySet[ScopeLine], place: Place) -> QuerySet[ScopeLine]:
    if place.point is None:
        return rows.order_by("price_cents", "days", "pk")
    latitude, longitude = place.point
    north = F("organisation__latitude") - Value(latitude)
    east = (F("organisation__longitude") - Value(longitude)) * Value(_narrowing(latitude))
    # On the plane, in degrees squared: puts neighbours in order; the distance told is the great circle's.
    away = Coalesce(north * north + east * east, Value(1e9), output_field=FloatField())
    return rows.annotate(away=away).order_by("away", "price_cents", "days", "pk")
