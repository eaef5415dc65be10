"""How near an institution has to be: within some kilometres of the enterprise, in an area, or wherever it likes.

A limit that cannot be checked is told, never kept in silence: an institution whose position is not on file is left out
and says so; where nobody knows where the enterprise is, the limit is not applied and the plan says that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanheng.domains.services import chips
from quanheng.domains.services.composing.choice import Limits
from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.models import Need
from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.texts import Sentence, Told, both
from quanheng.kernel.competence.asking import Candidate, Place
from quanheng.kernel.region.models import Region

Pair = tuple[str, str]
OWN_DISTRICT, OWN_CITY = "own_district", "own_city"
_BEYOND = Sentence(_("距离 %(km)s 千米，超出要求的 %(most)s 千米"))
_UNPLACED = Sentence(_("未登记位置，无法确认距离在 %(most)s 千米以内"))
_OUTSIDE = Sentence(_("在%(where)s，不在要求的%(area)s内"))


@dataclass(frozen=True)
class Nearness:
    """``origin``: where distances are counted from (``of``: "place" that was named, "firm", its "district", or "" where
    nobody knows); ``km`` and ``area`` (a region's code) are what was asked, None and "" for anywhere."""

    origin: Place
    of: str = ""
    name: Pair = ("", "")
    km: float | None = None
    area: str = ""

    @property
    def binding(self) -> bool:
        """Whether it leaves anybody out."""
        return bool(self.area) or (self.km is not None and self.origin.point is not None)

    def refuses(self, one: Candidate) -> Told | None:
        """Why an institution is not near enough; None where it is."""
        where = one.line.organisation.region_code
        if self.area and not where.startswith(region_prefix(self.area)):
            return _OUTSIDE.told(where=place_name(where), area=place_name(self.area))
        if self.km is None or self.origin.point is None:
            return None
        if one.distance_km is None:
            return _UNPLACED.told(most=f"{self.km:g}")
        if one.distance_km > self.km:
            return _BEYOND.told(km=f"{up(one.distance_km):.1f}", most=f"{self.km:g}")
        return None

    def kept(self) -> dict[str, Any]:
        """What a plan keeps of it for its map."""
        return {"origin": self.origin.point, "origin_of": self.of, "origin_zh": self.name[0], "origin_en": self.name[1],
                "km": self.km if self.origin.point else None, "area": self.area}  # fmt: skip

    def told(self) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        """What has to be known of a limit that was asked: kind, sentence, facts."""
        if self.km is None:
            return
        most = f"{self.km:g}"
        if self.origin.point is None:
            yield (
                "place",
                _("贵单位未登记位置，无法计算距离，“%(most)s 千米以内”未能执行。请补登位置。"),
                {"most": most},
            )
        elif self.of == "district":
            sentence = _("贵单位未登记位置，距离暂按%(name)s的代表点计算，可能有出入。请补登位置。")
            yield "place", sentence, {"name": self.name}
        elif self.of == "place":
            yield "place", _("距离从您提到的%(name)s的代表点算起。"), {"name": self.name}


def nearness_of(need: Need) -> Nearness:
    """What a need asks of nearness. A place that was named counts, but not one around an enterprise that is on file."""
    codes = {kind: chips.codes(need.understanding, kind) for kind in ("place", "distance", "area")}
    firm = need.organisation
    km = float(codes["distance"][0]) if codes["distance"] else None
    area = _area(codes["area"][0], firm.region_code) if codes["area"] else ""
    named = codes["place"][0] if codes["place"] else ""
    latitude, longitude = firm.latitude, firm.longitude
    if None not in (latitude, longitude) and (not named or firm.region_code.startswith(region_prefix(named))):
        return Nearness(_place(latitude, longitude), "firm", (firm.name_zh, firm.name_en or firm.name_zh), km, area)
    code = named or firm.region_code
    found = Region.objects.filter(code=code).values_list("latitude", "longitude", "name_zh", "name_en").first()
    if found is None or None in found[:2]:
        return Nearness(Place(), km=km, area=area)
    return Nearness(_place(found[0], found[1]), "place" if named else "district", (found[2], found[3]), km, area)


def _place(latitude: float | None, longitude: float | None) -> Place:
    assert latitude is not None and longitude is not None
    return Place(point=(latitude, longitude))


def _area(code: str, firm: str) -> str:
    """The code of the area: "our own" is that of the enterprise."""
    if code == OWN_DISTRICT:
        return firm
    if code == OWN_CITY:
        above = Region.objects.filter(code=firm).values_list("level", "parent_id").first()
        return (above[1] or firm) if above and above[0] == Region.Level.COUNTY else firm
    return code


def place_name(code: str) -> Pair:
    """What a region is called, in both languages."""
    found = dictionary().meaning("place", code)
    return (found.zh, found.en) if found else (code, code)


def up(km: float) -> float:
    """Kilometres with one decimal, never less than they are: what is told as far enough must be."""
    return math.ceil(round(km * 10, 6)) / 10


_KEPT = {
    (True, False): Sentence(pgettext_lazy("kept", "预算")),
    (False, True): Sentence(pgettext_lazy("kept", "期限")),
    (True, True): Sentence(pgettext_lazy("kept", "预算和期限")),
}


def farther(area: str, km: float, keeping: Limits | None) -> Told:
    """What would be possible a little farther away; ``keeping``: the limits that would be kept too."""
    facts: dict[str, Any] = {"km": f"{km:.1f}", "area": place_name(area) if area else ("", "")}
    if keeping:
        asked = (keeping.budget_cents is not None, keeping.days is not None)
        facts["kept"] = tuple(_KEPT[asked].told().values())
    if area:
        sentence = (
            _("不限于%(area)s、%(km)s 千米以内的机构也可选时，要的项目都能做，%(kept)s也能守住。")
            if keeping
            else _("不限于%(area)s、%(km)s 千米以内的机构也可选时，因范围做不了的项目就都能做。")
        )
    else:
        sentence = (
            _("距离放宽到 %(km)s 千米，要的项目都能做，%(kept)s也能守住。")
            if keeping
            else _("距离放宽到 %(km)s 千米，因距离做不了的项目就都能做。")
        )
    return both(sentence, **facts)
