"""The question "who can do this?" and what an answer to it is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import Sentence, Told
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.competence.scope import dimension_of, si_ends
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.loading import fitting
from quanheng.kernel.requirements.models import Item, ProductFamily
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number
from quanheng.science.quantities import Range, Unit, parse_range, parse_unit, to_si
from quanheng.science.quantities.units import difference_kind

EARTH_KM = 6371.0088  # mean radius, IUGG
# Two ways to the same number may differ in the last digits of a float; an uncertainty has two digits.
SLACK = 1 + 1e-9


@dataclass(frozen=True)
class Wanted:
    """The greatest acceptable expanded uncertainty (k = 2): absolute in a unit, or relative to the value."""

    value: Decimal
    unit: Unit
    relative: bool

    @property
    def si(self) -> float:
        """The uncertainty in SI; a fraction (of the value) where it is relative."""
        return to_si(self.value, self.unit, difference_kind(self.unit))


@dataclass(frozen=True)
class Place:
    """In a region, or within a distance of a point (latitude, longitude in degrees); either suffices."""

    region: str = ""
    point: tuple[float, float] | None = None
    radius_km: float | None = None

    @property
    def binding(self) -> bool:
        """Whether it excludes anyone: a bare point only puts the nearest first."""
        return bool(self.region) or self.radius_km is not None

    @property
    def prefix(self) -> str:
        """What the codes of all regions inside begin with; "" for none."""
        return region_prefix(self.region) if self.region else ""

    def distance_km(self, latitude: float | None, longitude: float | None) -> float | None:
        """Great-circle distance of a position from the point."""
        if self.point is None or latitude is None or longitude is None:
            return None
        phi0, phi = math.radians(self.point[0]), math.radians(latitude)
        half = math.sin((phi - phi0) / 2) ** 2
        half += math.cos(phi0) * math.cos(phi) * math.sin(math.radians(longitude - self.point[1]) / 2) ** 2
        return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


@dataclass(frozen=True)
class Ask:
    """Who can do this item (on this family, by this method) over this range, this well, here, on this day?

    ``range`` may be one value (equal ends). ``method`` with a year is that edition alone. Without a family,
    lines for any family count; with one, those for it and those for no family in particular. ``holder`` is the
    key of the one institution that is asked; None: all of them. ``Ask.read`` makes an Ask of texts.
    """

    item: Item
    activity: str
    on: date
    family: ProductFamily | None = None
    method: StandardNumber | None = None
    range: Range | None = None
    uncertainty: Wanted | None = None
    place: Place = Place()
    scheme: str = ""
    holder: int | None = None

    @classmethod
    def read(
        cls,
        item: Item,
        activity: str,
        *,
        on: date | None = None,
        family: ProductFamily | None = None,
        method: str = "",
        range: str = "",
        unit: str = "",
        uncertainty: str = "",
        place: Place | None = None,
        scheme: str = "",
        holder: int | None = None,
    ) -> Ask:
        """An Ask of texts: "10 MPa" or "(0~60) MPa", "0.02 MPa" or "0.5%". Raises Invalid by field."""
        cells = Cells({"activity": activity, "range": range, "uncertainty": uncertainty, "scheme": scheme})
        cells.choice("activity", Activity.values)
        if scheme:
            cells.choice("scheme", Recognition.Scheme.values)
        number = cells.science("method", lambda: parse_standard_number(method)) if method.strip() else None
        asked = _asked_range(cells, item, cells.text("range", 120, required=False), unit)
        wanted = _wanted(cells, item, cells.text("uncertainty", 120, required=False), unit)
        if wanted and wanted.relative and asked is None and not cells.errors:
            cells.wrong("uncertainty", _("相对不确定度须与数值或范围一起给出，请填写 range。"))
        refuse(cells.errors)
        day = on or timezone.localdate()
        return cls(item, activity, day, family, number, asked, wanted, place or Place(), scheme, holder)

    @cached_property
    def si(self) -> tuple[float | None, float | None]:
        """Ends of the asked range in SI, None where it is unbounded."""
        return si_ends(self.range) if self.range else (None, None)

    @cached_property
    def dimension(self) -> str:
        return dimension_of(self.range.unit) if self.range else ""

    @cached_property
    def most_si(self) -> float | None:
        """The greatest acceptable U in SI; None where it is relative to every value of a range, or not asked."""
        if self.uncertainty is None:
            return None
        if not self.uncertainty.relative:
            return self.uncertainty.si
        if self.range and self.range.lower is not None and self.range.lower == self.range.upper:
            return self.uncertainty.si * abs(self.range.si[0])
        return None

    @cached_property
    def hardest(self) -> tuple[float, float] | None:
        """(|x|, greatest U there) in SI, at the value where U = constant + slope × |x|, slope ≥ 0, is hardest put.

        For an absolute uncertainty the far end of the asked range, for a relative one the near end. None where
        there is no such value.
        """
        low, high = self.si
        if self.uncertainty is None or low is None or high is None:
            return None
        if self.most_si is not None:
            return max(abs(low), abs(high)), self.most_si
        near = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        return near, self.uncertainty.si * near


def _asked_range(cells: Cells, item: Item, text: str, unit: str) -> Range | None:
    if not text:
        return None
    if not item.unit:
        cells.wrong("range", _("定性项目没有数值范围，请留空。"))
        return None
    default = cells.science("unit", lambda: fitting(unit, item).symbol) if unit else item.unit
    if default is None:
        return None
    found = cells.science("range", lambda: parse_range(text, default, item.quantity or None))
    if found and cells.science("range", lambda: fitting(found.unit.symbol, item)) is None:
        return None
    return found


def _wanted(cells: Cells, item: Item, text: str, unit: str) -> Wanted | None:
    if not text:
        return None
    if not item.unit:
        cells.wrong("uncertainty", _("定性项目没有不确定度，请留空。"))
        return None
    number = cells.science("uncertainty", lambda: parse_range(text, unit or item.unit))
    if number is None:
        return None
    value = number.upper
    if value is None or value <= 0 or (number.lower is not None and number.lower != value):
        cells.wrong("uncertainty", _("请写成一个大于 0 的量，如 0.02 MPa 或 0.5%。"))
        return None
    relative = not number.unit.dimension and bool(parse_unit(item.unit).dimension)
    if not relative and cells.science("uncertainty", lambda: fitting(number.unit.symbol, item)) is None:
        return None
    return Wanted(value, number.unit, relative)


@dataclass(frozen=True)
class Criterion:
    """One thing that was asked of a candidate: whether it holds, and in a sentence why (or why not).

    ``facts`` fill the sentence; they may be lazy.
    """

    code: str
    ok: bool
    sentence: Sentence
    facts: Mapping[str, Any]

    @property
    def text(self) -> Any:
        """The sentence as a lazy text."""
        return self.sentence.filled(**self.facts)

    @cached_property
    def told(self) -> Told:
        """The sentence in both languages, for a record to keep."""
        return self.sentence.told(**self.facts)


@dataclass(frozen=True)
class Candidate:
    """A scope line that was considered, with its criteria in order."""

    line: ScopeLine
    criteria: tuple[Criterion, ...]
    distance_km: float | None

    @cached_property
    def failed(self) -> tuple[Criterion, ...]:
        return tuple(one for one in self.criteria if not one.ok)

    @property
    def ok(self) -> bool:
        return not self.failed


@dataclass(frozen=True)
class Answer:
    """Who can (best first) and who nearly can: those that fail one criterion alone, to a bounded number."""

    ask: Ask
    able: tuple[Candidate, ...]
    unable: tuple[Candidate, ...]
    # Whether there are more who can than are told.
    more: bool


def read_place(
    *, region: str = "", latitude: float | None = None, longitude: float | None = None, radius_km: float | None = None
) -> Place:
    """A Place of its parts. "Near a region" is a distance from where its seat lies. Raises Invalid by field."""
    if (latitude is None) != (longitude is None):
        raise Invalid.field("latitude", _("纬度和经度须一起给出。"))
    if latitude is not None and longitude is not None:
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise Invalid.field("latitude", _("纬度应在 ±90、经度应在 ±180 以内。"))
        point: tuple[float, float] | None = (latitude, longitude)
    else:
        point = None
    if radius_km is not None and not 0 < radius_km <= 20_100:
        raise Invalid.field("radius_km", _("距离应大于 0 且不超过 20100 千米。"))
    if region:
        found = Region.objects.filter(code=region).values_list("latitude", "longitude").first()
        if found is None:
            raise Invalid.field("region", _("没有这个区划代码，请按 GB/T 2260 填写六位代码。"))
        if point is None and found[0] is not None and found[1] is not None:
            point = (found[0], found[1])
    if radius_km is not None and point is None:
        raise Invalid.field("radius_km", _("给出距离时须同时给出位置或区划。"))
    return Place(region, point, radius_km)
