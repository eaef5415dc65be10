"""Random worlds of competence, and a plain second answer to "who can?" that shares no code with the first."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from quanheng.kernel.base.cells import Cells
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import Registers, ScopeFacts, read_line
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.science.identifiers.standard_number import parse_standard_number

DAY = date(2026, 6, 1)
UNITS = {"Pa": 1, "kPa": 1000, "MPa": 10**6, "bar": 10**5, "mbar": 100}
REGIONS = ("120101", "120116", "210102")


@dataclass(frozen=True)
class Fact:
    """A line as the second computation knows it: exact numbers, no formula text, no SI columns."""

    pk: int
    family: str
    method: str
    lower: Fraction | None
    upper: Fraction | None
    lower_open: bool
    upper_open: bool
    ranged: bool
    # U(x) = a + b·|x| in pascals, at k; None without uncertainty.
    u: tuple[Fraction, Fraction, Fraction] | None
    region: str
    position: tuple[float, float] | None
    scheme: str
    state: str
    recognised: tuple[date, date]
    valid: tuple[date, date]


@dataclass(frozen=True)
class Question:
    family: str
    method: str
    low: Fraction | None
    high: Fraction | None
    ranged: bool
    most: Fraction | None
    relative: bool
    region: str
    near: tuple[float, float] | None
    radius: float | None
    scheme: str


def item(code: str = "pressure", unit: str = "MPa") -> Item:
    return Item.objects.create(
        code=code, name_zh=code, name_en=code, quantity="pressure" if unit else "", unit=unit,
        source="s", confidence="confirmed",
    )  # fmt: skip


def standard(number: str, **facts: Any) -> Standard:
    key = parse_standard_number(number).key
    return Standard.objects.create(
        number=number, key=key, title_zh=number, kind="jjg", source="s", confidence="c", **facts
    )


def region(code: str) -> Region:
    return Region.objects.get_or_create(
        code=code, defaults={"name_zh": code, "name_en": code, "level": "county", "source": "s", "confidence": "c"}
    )[0]


def organisation(number: int, code: str = "120101", **facts: Any) -> Organisation:
    given = {"uscc": f"O{number:017d}", "name_zh": f"机构{number}", "kind": "laboratory", "region_code": code, **facts}
    return Organisation.objects.create(region=region(code), **given)


def recognition(holder: Organisation, number: str, **facts: Any) -> Recognition:
    given = {"scheme": "CNAS", "valid_from": date(2024, 1, 1), "valid_until": date(2029, 12, 31), **facts}
    return Recognition.objects.create(organisation=holder, number=number, **given)


def scope_line(under: Recognition, **facts: Any) -> ScopeLine:
    """A stored line, read as every line is read, whatever the state of its recognition or method."""
    row = vars(ScopeFacts("calibration", "pressure", "JJG 52-2013")) | facts
    cells = Cells(row)
    registers = Registers.of([row], date(1950, 1, 1))
    always = {"valid_from": date.min, "valid_until": date.max}
    standing = Recognition(pk=under.pk, organisation_id=under.organisation_id, **always)
    line = read_line(cells, standing, registers, date(1950, 1, 1))
    assert not cells.errors, cells.errors
    line.recognition = under
    line.save()
    return line


def _amount(rng: random.Random) -> tuple[Fraction, str, str]:
    """An amount of pressure from a coarse grid, so that ends coincide: exact value, and its text in some unit."""
    pascals = Fraction(rng.choice((0, 1000, 2500, 10**5, 10**6, 2 * 10**6, 6 * 10**6, 10**7)))
    unit = rng.choice(tuple(UNITS))
    number = pascals / UNITS[unit]
    return pascals, f"{float(number):.10f}".rstrip("0").rstrip("."), unit


class World:
    """Some forty lines of a few institutions, with everything that can be wrong with them."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.item = item()
        self.families = [
            ProductFamily.objects.create(code=code, name_zh=code, name_en=code, source="s", confidence="c")
            for code in ("gauge", "valve")
        ]
        self.methods = [
            standard("JJG 52-2013"),
            standard("JJG 52-1999", superseded_on=date(2013, 6, 1)),
            standard("JJG 49-2013"),
            standard("JJG 49-2030", effective=date(2030, 1, 1)),
            standard("JJG 4-2015", withdrawn=date(2026, 6, 1)),
        ]
        self.facts: list[Fact] = []
        for number in range(rng.randint(3, 8)):
            self._institution(number)

    def _institution(self, number: int) -> None:
        rng = self.rng
        code = rng.choice(REGIONS)
        position = (38 + rng.random() * 2, 117 + rng.random() * 2) if rng.random() < 0.8 else None
        latitude, longitude = position or (None, None)
        holder = organisation(number, code, latitude=latitude, longitude=longitude)
        under = recognition(
            holder,
            f"R{number}",
            scheme=rng.choice(("CMA", "CNAS")),
            state=rng.choice(("valid",) * 5 + ("suspended", "withdrawn")),
            valid_from=rng.choice((date(2020, 1, 1), date(2026, 6, 1), date(2026, 6, 2))),
            valid_until=rng.choice((date(2030, 1, 1), date(2026, 6, 2))),
        )
        for _ in range(rng.randint(2, 8)):
            self._line(holder, under, position)

    def _line(self, holder: Organisation, under: Recognition, position: tuple[float, float] | None) -> None:
        rng = self.rng
        family = rng.choice(("", "gauge", "valve"))
        method = rng.choice((self.methods[0],) * 4 + tuple(self.methods))
        ends = sorted((_amount(rng), _amount(rng)), key=lambda end: end[0])
        (low, low_text, low_unit), (high, high_text, high_unit) = ends
        form = rng.choice(("both", "both", "both", "up", "down", "none", "open"))
        if low == high and form == "open":
            form = "both"
        text = {
            "both": f"{low_text} {low_unit} ~ {high_text} {high_unit}",
            "up": f"≥{low_text} {low_unit}",
            "down": f"≤{high_text} {high_unit}",
            "open": f">{low_text} {low_unit}",
            "none": "",
        }[form]
        lower = low if form in ("both", "up", "open") else None
        upper = high if form in ("both", "down") else None
        u, uncertainty, k = None, "", ""
        if text and rng.random() < 0.8:
            a, a_unit = Fraction(rng.choice((500, 2000, 20000))), rng.choice(tuple(UNITS))
            b, k = Fraction(rng.choice((0, 1, 5)), 1000), rng.choice(("", "2", "3"))
            u = (a, b, Fraction(k or 2))
            slope = f" + {float(b)}x" if b else ""
            uncertainty = f"{float(a / UNITS[a_unit]):.10f}".rstrip("0").rstrip(".") + f" {a_unit}{slope}"
        valid = (rng.choice((date(2021, 1, 1), date(2026, 6, 1))), rng.choice((date(2029, 1, 1), date(2026, 6, 1))))
        line = scope_line(
            under, family=family, method=method.number, range=text, uncertainty=uncertainty, k=k,
            valid_from=valid[0], valid_until=valid[1], price_cents=rng.randint(0, 3), days=rng.randint(1, 3),
        )  # fmt: skip
        self.facts.append(
            Fact(
                line.pk, family, method.number, lower, upper, form == "open", False, bool(text), u,
                holder.region_code, position, under.scheme, under.state,
                (under.valid_from, under.valid_until), valid,
            )
        )  # fmt: skip

    def question(self) -> tuple[Question, dict[str, Any]]:
        """A question for the second computation, and the same in texts of random units for ``Ask.read``."""
        rng = self.rng
        (low, low_text, low_unit), (high, high_text, high_unit) = sorted(
            (_amount(rng), _amount(rng)), key=lambda end: end[0]
        )
        form = rng.choice(("value", "both", "both", "up", "none"))
        text = {
            "value": f"{low_text} {low_unit}",
            "both": f"{low_text} {low_unit} ~ {high_text} {high_unit}",
            "up": f"≥{low_text} {low_unit}",
            "none": "",
        }[form]
        most, relative, most_text = None, False, ""
        if rng.random() < 0.6:
            relative = form != "none" and rng.random() < 0.4
            if relative:
                most = Fraction(rng.choice((1, 5, 10, 100)), 1000)
                most_text = f"{float(most * 100):g}%"
            else:
                most, unit = Fraction(rng.choice((500, 2000, 7000, 30000))), rng.choice(tuple(UNITS))
                most_text = f"{float(most / UNITS[unit]):.10f}".rstrip("0").rstrip(".") + f" {unit}"
        near = (38 + rng.random() * 2, 117 + rng.random() * 2) if rng.random() < 0.5 else None
        radius = rng.choice((20.0, 60.0, 200.0)) if near and rng.random() < 0.7 else None
        where = rng.choice(("", "", "120000", "120101", "210000"))
        question = Question(
            family=rng.choice(("", "gauge")),
            method=rng.choice(("", "", "JJG 52", "JJG 52-2013", "JJG 52-1999")),
            low=None if form == "none" else low,
            high={"value": low, "both": high}.get(form),
            ranged=form != "none", most=most, relative=relative,
            region=where, near=near, radius=radius, scheme=rng.choice(("", "", "CMA")),
        )  # fmt: skip
        return question, {"range": text, "uncertainty": most_text}


def failures(fact: Fact, asked: Question, methods: dict[str, Standard]) -> set[str] | None:
    """What a line fails by, computed anew in exact fractions; None where it is not a candidate at all."""
    if asked.family and fact.family not in ("", asked.family):
        return None
    failed = set()
    method = methods[fact.method]
    if asked.method and fact.method != asked.method and fact.method.rsplit("-", 1)[0] != asked.method:
        failed.add("method")
    gone = any(day is not None and day <= DAY for day in (method.superseded_on, method.withdrawn))
    if gone or (method.effective and method.effective > DAY):
        failed.add("method_in_force")
    if asked.ranged and fact.ranged and not _covers(fact, asked):
        failed.add("range")
    if asked.most is not None and not _well_enough(fact, asked):
        failed.add("uncertainty")
    if asked.region or asked.radius is not None:
        head = asked.region.rstrip("0") if asked.region.endswith("00") else asked.region
        inside = bool(asked.region) and fact.region.startswith(head)
        if not inside and not (
            asked.radius is not None
            and asked.near
            and fact.position
            and _kilometres(asked.near, fact.position) <= asked.radius
        ):
            failed.add("place")
    if asked.scheme and fact.scheme != asked.scheme:
        failed.add("scheme")
    if fact.state != "valid" or not fact.recognised[0] <= DAY <= fact.recognised[1]:
        failed.add("recognition")
    if not fact.valid[0] <= DAY <= fact.valid[1]:
        failed.add("validity")
    return failed


def _covers(fact: Fact, asked: Question) -> bool:
    if fact.lower is not None and (asked.low is None or asked.low < fact.lower):
        return False
    if fact.lower_open and asked.low == fact.lower:
        return False
    return fact.upper is None or (asked.high is not None and asked.high <= fact.upper)


def _well_enough(fact: Fact, asked: Question) -> bool:
    if fact.u is None or asked.most is None:
        return False
    a, b, k = (part for part in fact.u)
    if not asked.ranged:
        least = fact.lower if fact.lower is not None and fact.lower > 0 else Fraction(0)
        return (a + b * least) * 2 / k <= asked.most
    ends = [_into(fact, end) for end in (asked.low, asked.high)]
    if asked.relative and asked.low == asked.high and asked.low is not None and ends[0] is not None:
        return (a + b * abs(ends[0])) * 2 / k <= asked.most * abs(asked.low)
    if asked.relative:
        # All values here are at or above 0, where U/x falls as x grows; without an upper end there is no last one.
        if ends[0] is None or ends[0] <= 0 or ends[1] is None:
            return False
        return (a + b * ends[0]) * 2 / k <= asked.most * ends[0]
    if ends[1] is None:
        return not b and a * 2 / k <= asked.most
    return (a + b * max(abs(end) for end in ends if end is not None)) * 2 / k <= asked.most


def _into(fact: Fact, end: Fraction | None) -> Fraction | None:
    if end is None:
        return fact.upper
    if fact.lower is not None and end < fact.lower:
        return fact.lower
    return fact.upper if fact.upper is not None and end > fact.upper else end


def _kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The angle between two unit vectors, times the mean radius."""

    def vector(at: tuple[float, float]) -> tuple[float, float, float]:
        phi, lam = map(math.radians, at)
        return (math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi))

    u, v = vector(a), vector(b)
    cross = math.dist(u, v)
    return 2 * 6371.0088 * math.asin(cross / 2)
