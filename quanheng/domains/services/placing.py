"""A plan as a map: the enterprise, who was chosen and who was considered, over the outlines of the districts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quanheng.domains.services.near import place_name
from quanheng.domains.services.outlines import STEPS, corner, outlines
from quanheng.kernel.competence.asking import EARTH_KM, Place
from quanheng.kernel.parties.models import Organisation

WIDTH, LOWEST, HIGHEST = 360, 220, 420
_KM_PER_DEGREE = math.pi / 180 * EARTH_KM
_MARGIN, _LEAST_KM = 0.12, 4.0
_RANKS = {"firm": 0, "chosen": 1, "able": 2, "unable": 3}
# Outlines are drawn as finely as a third of a unit of the picture.
_FINE = 3
_TOLERANCES = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)


@dataclass(frozen=True)
class Mark:
    """``kind``: firm, chosen, able (considered) or unable; ``number`` of a chosen one, as in the table; ``km`` None
    where nobody knows; ``x`` and ``y`` are "" for an institution whose position is not on file."""

    kind: str
    name: Mapping[str, Any]
    uid: str = ""
    number: int = 0
    km: float | None = None
    x: str = ""
    y: str = ""


@dataclass(frozen=True)
class Map:
    """The picture, in units of which it is ``WIDTH`` wide. ``districts``: paths under ``transform``; ``names``: where
    the names of districts stand; ``circle``: the radius of the distance asked for; ``bar``: the length of the scale."""

    height: int
    marks: list[Mark]
    transform: str
    districts: list[str]
    names: list[tuple[str, str, dict[str, str]]]
    circle: str
    bar: str
    bar_km: str

    @property
    def drawn(self) -> list[Mark]:
        """The marks with a position, those last that must not be hidden."""
        return sorted((one for one in self.marks if one.x), key=lambda one: -_RANKS[one.kind])


def place_map(schedule: Mapping[str, Any], lines: Sequence[Any]) -> Map | None:
    """The map of a plan's lines; one query. None where no position is on file, or the plan keeps no place."""
    if "origin" not in schedule:
        return None
    considered = _considered(lines)
    rows = Organisation.objects.filter(uid__in=considered, latitude__isnull=False, longitude__isnull=False)
    places: dict[str, tuple[float, float]] = {
        uid: (north or 0.0, east or 0.0) for uid, north, east in rows.values_list("uid", "latitude", "longitude")
    }
    origin = tuple(schedule["origin"]) if schedule["origin"] else None
    points = [*places.values(), *([origin] if origin else [])]
    if not points:
        return None
    view = _View(points, origin)
    start = Place(point=origin)
    marks = []
    if origin:
        name: Mapping[str, Any] = {"name_zh": schedule["origin_zh"], "name_en": schedule["origin_en"]}
        marks.append(Mark("firm", name, "", 0, 0.0, *view.at(*origin)))
    for uid, (kind, number, one) in considered.items():
        place = places.get(uid)
        km = start.distance_km(*place) if place else None
        marks.append(Mark(kind, one, uid, number, km, *(view.at(*place) if place else ("", ""))))
    marks.sort(key=lambda mark: (_RANKS[mark.kind], mark.number, math.inf if mark.km is None else mark.km))
    drawn = view.districts()
    bar_km = view.bar_km()
    return Map(
        view.height,
        marks,
        view.transform(),
        [district.path for district in drawn],
        view.names([(district.code, district.at) for district in drawn]),
        f"{schedule['km'] * view.scale:.1f}" if schedule.get("km") and origin else "",
        f"{bar_km * view.scale:.1f}",
        f"{bar_km:g}",
    )


def _considered(lines: Sequence[Any]) -> dict[str, tuple[str, int, Mapping[str, Any]]]:
    """Institutions by uid: as what they were considered at best, and the number of those that were chosen."""
    found: dict[str, tuple[str, int, Mapping[str, Any]]] = {}
    chosen: dict[str, int] = {}
    for line in lines:
        for one in line.considered:
            kind = "chosen" if one["chosen"] else "able" if one["able"] else "unable"
            uid = one["institution"]
            if kind == "chosen":
                chosen.setdefault(uid, len(chosen) + 1)
            if uid not in found or _RANKS[kind] < _RANKS[found[uid][0]]:
                found[uid] = (kind, chosen.get(uid, 0), one)
    return found


class _View:
    """The part of the earth that is shown, flat: a degree of longitude as long as it is in the middle of it."""

    def __init__(self, points: Sequence[tuple[float, float]], origin: tuple[float, float] | None) -> None:
        norths, easts = [one[0] for one in points], [one[1] for one in points]
        self._middle = origin[0] if origin else (min(norths) + max(norths)) / 2
        self._narrow = math.cos(math.radians(self._middle)) or 1e-6
        wide = max(_LEAST_KM, (max(easts) - min(easts)) * _KM_PER_DEGREE * self._narrow) * (1 + 2 * _MARGIN)
        high = max(_LEAST_KM, (max(norths) - min(norths)) * _KM_PER_DEGREE) * (1 + 2 * _MARGIN)
        self.scale = min(WIDTH / wide, HIGHEST / high)
        self.height = round(min(HIGHEST, max(LOWEST, high * self.scale)))
        self._x = self.scale * _KM_PER_DEGREE * self._narrow
        self._y = self.scale * _KM_PER_DEGREE
        self._west = (min(easts) + max(easts)) / 2 - WIDTH / 2 / self._x
        self._north = (min(norths) + max(norths)) / 2 + self.height / 2 / self._y

    def at(self, latitude: float, longitude: float) -> tuple[str, str]:
        """Where a position lies in the picture."""
        return f"{(longitude - self._west) * self._x:.1f}", f"{(self._north - latitude) * self._y:.1f}"

    def transform(self) -> str:
        """From the steps of the outlines to the picture."""
        base = corner()
        left, top = self.at(base[1], base[0])
        return f"matrix({self._x / STEPS:.5f} 0 0 {-self._y / STEPS:.5f} {left} {top})"

    def districts(self) -> list[Any]:
        """The outlines that reach into the picture."""
        fine = 1 / _FINE / self._y
        tolerance = max((one for one in _TOLERANCES if one <= fine), default=_TOLERANCES[0])
        east, south = self._west + WIDTH / self._x, self._north - self.height / self._y
        return [
            one
            for one in outlines(tolerance)
            if one.bounds[0] < east and one.bounds[2] > self._west
            and one.bounds[1] < self._north and one.bounds[3] > south
        ]  # fmt: skip

    def names(self, districts: Sequence[tuple[str, tuple[float, float]]]) -> list[tuple[str, str, dict[str, str]]]:
        """Names that fit into the picture, none over another."""
        taken: list[tuple[float, float, float]] = []
        found = []
        for code, (longitude, latitude) in districts:
            zh, en = place_name(code)
            x, y = self.at(latitude, longitude)
            half = max(len(zh) * 5, len(en) * 2.7)
            if not (half < float(x) < WIDTH - half and 12 < float(y) < self.height - 24):
                continue
            if any(abs(float(x) - a) < half + b and abs(float(y) - c) < 12 for a, b, c in taken):
                continue
            taken.append((float(x), half, float(y)))
            found.append((x, y, {"zh": zh, "en": en}))
        return found

    def bar_km(self) -> float:
        """A round length that is about a quarter of the picture wide."""
        most = WIDTH / 3.5 / self.scale
        power = 10.0 ** math.floor(math.log10(most))
        return max(step * power for step in (1, 2, 5) if step * power <= most)
