"""More work than a day holds, and people in two places.

Times are in hours on any common clock; places are WGS 84 degrees.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from quanheng.science.arrays import DataRefused

EARTH_KM: Final = 6371.0088  # mean radius, IUGG
#: Door to door by whatever means there are; a flight of two hours needs one to board.
FASTEST_KMH: Final = 250.0


class Work(NamedTuple):
    """Something done by or on a resource (a person, an instrument) from a time to a time."""

    resource: Hashable
    begin: float
    end: float


class Overload(NamedTuple):
    """A resource, the most things that it did at one time, when, and how many it can do."""

    resource: Hashable
    at: float
    most: int
    can: int


class Visit(NamedTuple):
    """A person seen at a place from a time to a time."""

    person: Hashable
    begin: float
    end: float
    latitude: float
    longitude: float


class Travel(NamedTuple):
    """Two visits of a person, by place in the list, with the distance and the speed that they would take."""

    person: Hashable
    first: int
    second: int
    km: float
    kmh: float


def overloads(works: Iterable[Work], can: int = 1) -> tuple[Overload, ...]:
    """Resources that did more than ``can`` things at once. Work that ends as another begins does not overlap.

    >>> overloads([Work("EQ-1", 8, 10), Work("EQ-1", 9, 11), Work("EQ-2", 8, 9), Work("EQ-2", 9, 10)])
    (Overload(resource='EQ-1', at=9, most=2, can=1),)
    """
    edges: dict[Hashable, list[tuple[float, int]]] = defaultdict(list)
    for work in works:
        if not work.begin <= work.end:
            raise DataRefused(f"“{work.resource}”的结束早于开始", f"'{work.resource}' ends before it begins", "works")
        edges[work.resource] += [(work.begin, 1), (work.end, -1)]
    found = []
    for resource, times in edges.items():
        now = most = 0
        when = 0.0
        for time, change in sorted(times):  # at one time ends (−1) come before beginnings
            now += change
            if now > most:
                most, when = now, time
        if most > can:
            found.append(Overload(resource, when, most, can))
    return tuple(sorted(found, key=lambda one: -one.most))


def throughput(hours: Sequence[float], resources: int, day: float = 24.0) -> float:
    """How many times over the work of a day would fill it: above 1 it cannot have been done.

    ``hours``: the least time that each test takes by its method.

    >>> throughput([6.0] * 9, resources=2)
    1.125
    """
    if resources < 1 or not day > 0 or any(not one >= 0 for one in hours):
        raise DataRefused("工时不能为负，资源至少为 1", "hours must not be negative, resources at least 1", "hours")
    return math.fsum(hours) / (resources * day)


def impossible_travel(visits: Sequence[Visit], fastest: float = FASTEST_KMH) -> tuple[Travel, ...]:
    """Successive visits of a person between which nobody could have travelled, the fastest first.

    >>> tianjin, shenyang = (39.13, 117.20), (41.80, 123.43)
    >>> [round(one.km) for one in impossible_travel([Visit("a", 8, 9, *tianjin), Visit("a", 10, 11, *shenyang)])]
    [605]
    """
    by_person: dict[Hashable, list[int]] = defaultdict(list)
    for place, visit in enumerate(visits):
        if not (visit.begin <= visit.end and abs(visit.latitude) <= 90 and abs(visit.longitude) <= 180):
            raise DataRefused(
                f"第 {place + 1} 次到访的时间或坐标有误",
                f"visit {place + 1} has a wrong time or position",
                f"visits.{place}",
            )
        by_person[visit.person].append(place)
    found = []
    for person, places in by_person.items():
        places.sort(key=lambda place: (visits[place].begin, visits[place].end))
        for first, second in pairwise(places):
            one, other = visits[first], visits[second]
            km = distance_km(one.latitude, one.longitude, other.latitude, other.longitude)
            hours = other.begin - one.end
            kmh = km / hours if hours > 0 else math.inf if km > 1 else 0.0
            if kmh > fastest:
                found.append(Travel(person, first, second, km, kmh))
    return tuple(sorted(found, key=lambda one: -one.kmh))


def distance_km(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """The great-circle distance (haversine).

    >>> round(distance_km(0, 0, 0, 180))
    20015
    """
    a1, a2 = math.radians(latitude1), math.radians(latitude2)
    half = math.sin((a2 - a1) / 2) ** 2
    half += math.cos(a1) * math.cos(a2) * math.sin(math.radians(longitude2 - longitude1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
