"""Scopes as wide as a real city's: hundreds of thousands of lines that differ in item, range, quality and limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from quanheng.demo.bodies import Bodies
from quanheng.demo.scopes import IN_FORCE, Row, as_well_as, in_turn, metrology_lines, tested_here, testing_lines
from quanheng.kernel.competence.models import Activity, Recognition
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.requirements.models import Standard

Kind = OrganisationKind

# What an institution restricts itself to, (Chinese, English, first number, step): the numbers make them differ.
_RESTRICTIONS = [
    ("仅限厚度不大于 {} mm 的试样", "specimens not thicker than {} mm only", 2, 1),
    ("仅限质量不大于 {} kg 的样品", "samples not heavier than {} kg only", 5, 5),
    ("仅在环境温度 {} ℃ 下进行", "at an ambient temperature of {} °C only", 5, 1),
    ("仅限电压等级不高于 {} V 的产品", "products rated up to {} V only", 12, 12),
    ("仅限现场检测，距实验室不超过 {} km", "on site only, within {} km of the laboratory", 10, 5),
    ("仅限公称直径不大于 {} mm 的试样", "nominal diameters up to {} mm only", 4, 2),
    ("样品不少于 {} 件时方可进行", "with no fewer than {} samples only", 2, 1),
    ("单次试验时间不超过 {} h", "runs of no more than {} h only", 1, 1),
    ("仅限功率不大于 {} W 的产品", "products rated up to {} W only", 50, 50),
    ("仅限长度不大于 {} cm 的试样", "specimens not longer than {} cm only", 10, 5),
    ("不做 {} 次以上的循环试验", "no cycling beyond {} cycles", 100, 100),
    ("取样量不少于 {} g", "with a test portion of {} g at least", 1, 1),
]
_REACH = ["1", "1", "1", "1.2", "1.5", "2", "2.5", "3", "4"]
_NARROWER = [
    *("0.9", "0.8", "0.75", "0.6", "0.5", "0.4", "0.3", "0.25", "0.2", "0.15", "0.1", "0.08", "0.06", "0.05"),
    *("0.04", "0.03", "0.025", "0.02", "0.015", "0.01"),
]
_RELATIVE = ["0.002", "0.003", "0.004", "0.005", "0.006", "0.008", "0.01", "0.012"]
_FLOORS = [Decimal(1), Decimal("1.5"), Decimal(2)]
# A scope holds as little as this and as much as that.
FEWEST, MOST = 40, 9000
# One line in so many has run out, or runs out before the recognition does.
ENDED = 25
# How long after its recognition an institution had the lines entered that its methods have since left behind.
SETTLED = timedelta(days=20)


def shares(random: Random, total: int, among: int) -> list[int]:
    """How many lines each institution has: a few have very many, most have some; ``total`` together."""
    weights = [random.lognormvariate(0, 1) for _ in range(among)]
    scale = total / sum(weights)
    counts = [min(MOST, max(FEWEST, round(weight * scale))) for weight in weights]
    place = 0
    while (left := total - sum(counts)) != 0:
        step = max(-counts[place] + FEWEST, min(MOST - counts[place], left, 500) if left > 0 else max(left, -500))
        counts[place] += step
        place = (place + 1) % among
    return counts


def broad_rows(
    random: Random, bodies: Bodies, total: int, held: dict[int, list[Recognition]], day: date
) -> Iterator[list[Row]]:
    """Rows for the bulk loader, one institution after the other, methods in force on ``day``; ``total`` together."""
    testing, bench = tested_here(bodies, total, day), metrology_lines(day)
    families = sorted({line["family"] for line in testing})
    institutions = [
        *bodies.of(Kind.LABORATORY),
        *bodies.of(Kind.INSPECTION_BODY),
        *bodies.of(Kind.METROLOGY_INSTITUTE),
    ]
    counts = shares(random, total, len(institutions))
    for place, (organisation, count) in enumerate(zip(institutions, counts, strict=True)):
        lines = as_well_as(place, bench)
        if organisation.kind != Kind.METROLOGY_INSTITUTE:
            # Every family has several laboratories, and no laboratory does everything.
            mine = {*in_turn(families, place), *random.sample(families, random.randint(1, 3))}
            lines = [line for line in testing if line["family"] in mine]
        if organisation.kind == Kind.INSPECTION_BODY:
            lines = [{**line, "activity": Activity.INSPECTION} for line in lines]
        yield list(_scope(random, held[organisation.pk], lines, count, day))


def _scope(random: Random, held: Sequence[Recognition], lines: Sequence[Row], count: int, day: date) -> Iterator[Row]:
    """One institution's lines: each first in full and unrestricted, then narrower or restricted, no two alike."""
    level, pace = random.uniform(0.8, 1.3), random.choice([0.8, 1.0, 1.0, 1.4])
    reach, relative = Decimal(random.choice(_REACH)), random.choice(_RELATIVE)
    floor = random.choice(_FLOORS)
    narrower = ["1", *random.sample(_NARROWER, random.randint(2, 6))]
    restrictions = _restrictions(random.randrange(len(_RESTRICTIONS)), random.randint(0, 9))
    written = 0
    variant = 0
    while True:
        for place, line in enumerate(lines):
            measured = bool(line["upper"])
            limit, share = divmod(variant, len(narrower)) if measured else (variant, 0)
            recognition = held[(variant + place) % len(held)]
            zh, en = restrictions(limit)
            # Both ends alike, so that none passes the other.
            wide = reach * Decimal(narrower[share])
            lower, upper = (_digits(Decimal(line[end]) * wide) if measured else "" for end in ("lower", "upper"))
            yield {
                **{name: value for name, value in line.items() if not name.startswith("base_")},
                "scheme": recognition.scheme,
                "number": recognition.number,
                "lower": lower,
                "upper": upper,
                "uncertainty": _best(line, Decimal(upper) * floor, relative) if measured else "",
                "restriction_zh": zh,
                "restriction_en": en,
                # What is asked for in full is never dearer than a part of it.
                "price_cents": round(line["base_cents"] * level * (random.uniform(1, 1.2) if variant else 1))
                // 100
                * 100,
                "days": max(1, round(line["base_days"] * pace)),
                "valid_until": _end(random, recognition, day) if random.randrange(ENDED) == 0 else None,
            }
            written += 1
            if written == count:
                return
        variant += 1


def _best(line: Row, reach: Decimal, relative: str) -> str:
    """An institute's own; a laboratory's with a floor, so that it is not nothing at zero."""
    return line["uncertainty"] if line.get("base_wanted") else f"{reach / 100_000:.3g}+{relative}*x"


def _digits(value: Decimal) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def _end(random: Random, recognition: Recognition, day: date) -> date:
    """A day within the recognition, passed or to come."""
    first, last = recognition.valid_from, min(recognition.valid_until, day + timedelta(days=200))
    return first + timedelta(days=random.randint(1, (last - first).days))


class _restrictions:
    """Texts by number, 0 for none; different numbers give different texts."""

    def __init__(self, first: int, shift: int) -> None:
        self.first, self.shift = first, shift

    def __call__(self, number: int) -> tuple[str, str]:
        if number == 0:
            return "", ""
        round_, template = divmod(number - 1, len(_RESTRICTIONS))
        zh, en, start, step = _RESTRICTIONS[(self.first + template) % len(_RESTRICTIONS)]
        value = start + step * (self.shift + 10 * round_)
        return zh.format(value), en.format(value)


def left_behind(bodies: Bodies, held: dict[int, list[Recognition]], now: date) -> Iterator[tuple[date, list[Row]]]:
    """(day of entry, rows) of lines that laboratories entered under methods since superseded or withdrawn."""
    standards = {one.number: one for one in Standard.objects.all()}

    @cache
    def overtaken(day: date) -> Sequence[Row]:
        entered = testing_lines(day, all_editions=True)
        return [line for line in entered if standards[line["method"]].status_on(now) != IN_FORCE]

    by_day: dict[date, list[Organisation]] = {}
    for organisation in bodies.of(Kind.LABORATORY):
        start = held[organisation.pk][0].valid_from + SETTLED
        # A month's institutions together: what was in force changes seldom.
        by_day.setdefault((start.replace(day=28) + timedelta(days=4)).replace(day=1), []).append(organisation)
    for day, organisations in sorted(by_day.items()):
        yield day, list(_under_old_methods(organisations, held, overtaken(day)))


def _under_old_methods(
    organisations: Iterable[Organisation], held: dict[int, list[Recognition]], lines: Sequence[Row]
) -> Iterator[Row]:
    for organisation in organisations:
        for place, line in enumerate(lines):
            recognition = held[organisation.pk][place % len(held[organisation.pk])]
            if recognition.valid_from > held[organisation.pk][0].valid_from:
                recognition = held[organisation.pk][0]
            yield {**line, "scheme": recognition.scheme, "number": recognition.number, "price_cents": 20_000}
