"""What the institutions of a reference city can do: recognitions, scope lines, instruments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from quanheng.demo.bodies import Bodies
from quanheng.demo.scale import Scale
from quanheng.demo.storing import store
from quanheng.domains.services.knowledge import SHIPPED
from quanheng.domains.services.tolerance import greatest_uncertainty
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.competence.models import Activity, Recognition
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.requirements.schemes import MANDATORY, VOLUNTARY, scheme_kind
from quanheng.kernel.search.services import reindex
from quanheng.science.quantities import convert, parse_unit
from quanheng.science.quantities.units import difference_kind

Kind = OrganisationKind
Row = dict[str, Any]
IN_FORCE = "in_force"
Scheme = Recognition.Scheme

_SCHEMES = {
    Kind.LABORATORY: (Scheme.CMA, Scheme.CNAS),
    Kind.INSPECTION_BODY: (Scheme.CMA,),
    Kind.METROLOGY_INSTITUTE: (Scheme.STATUTORY, Scheme.CNAS),
    Kind.CERTIFICATION_BODY: (Scheme.CERTIFIER,),
}
_BENCH = [
    ("数字万用表", "Digital multimeter", "DMM-8845", "voltage", "0～1000 V", "0.01 %"),
    ("电子天平", "Electronic balance", "EB-220", "mass", "0～220 g", "Ⅰ级"),
    ("数显压力表", "Digital pressure gauge", "DPG-60", "pressure", "0～60 MPa", "0.05 级"),
    ("温湿度记录仪", "Thermohygrograph", "TH-20", "temperature", "-20～60 ℃", "±0.5 ℃"),
    ("钢卷尺", "Steel tape", "ST-5", "length", "0～5 m", "Ⅱ级"),
    ("电子秒表", "Stopwatch", "SW-1", "time", "0～10 h", "±0.5 s/d"),
    ("绝缘电阻测试仪", "Insulation tester", "IT-5000", "insulation_resistance", "0～100 GΩ", "5 %"),
    ("电感耦合等离子体质谱仪", "ICP-MS", "ICP-7900", "mass_fraction", "0～100 mg/kg", "校准"),
    ("万能材料试验机", "Universal testing machine", "UTM-100", "force", "0～100 kN", "0.5 级"),
    ("车速测试仪", "Speed tester", "VS-40", "speed", "0～60 km/h", "±0.5 km/h"),
    ("综合试验装置", "General test rig", "GTR-1", "", "按项目", "校准"),
]


def recognise_bodies(random: Random, bodies: Bodies, today: date) -> dict[int, list[Recognition]]:
    """Recognitions of every institution, most valid for years, some near their end."""
    made: list[Recognition] = []
    for kind, schemes in _SCHEMES.items():
        for place, organisation in enumerate(bodies.of(kind), start=1):
            for scheme in schemes:
                start = today - timedelta(days=random.randint(200, 1500))
                end = start + timedelta(days=365 * 6)
                made.append(
                    Recognition(
                        uid=new_uid(),
                        organisation=organisation,
                        scheme=scheme,
                        number=_number(scheme, kind, place, start),
                        valid_from=start,
                        valid_until=end,
                    )
                )
    store(made)
    reindex(Recognition, (one.pk for one in made))
    held: dict[int, list[Recognition]] = {}
    for one in made:
        held.setdefault(one.organisation_id, []).append(one)
    return held


# Families that fall to a laboratory in turn; it has two more by chance.
EACH = 3
# From so many lines for each that is tested somewhere, every product of the register is tested in the city.
ROOMY = 8
# Narrower ranges of one line, in round steps.
_SHARES = [Decimal(part) / 10**decade for decade in range(3) for part in ("1", "0.8", "0.6", "0.5", "0.4", "0.2")]


def _number(scheme: str, kind: str, place: int, start: date) -> str:
    """Numbers of the published form, serials from the top of the range, which the synthetic city keeps to itself."""
    serial = (9000 if kind == Kind.LABORATORY else 9800) + place
    return {
        Scheme.CMA: f"{start.year % 100:02d}0200{'34' if kind == Kind.LABORATORY else '35'}{serial:04d}",
        Scheme.CNAS: f"L{90000 + serial}",
        Scheme.STATUTORY: f"（示范）法计〔{start.year}〕{serial}号",
        Scheme.CERTIFIER: f"CNCA-R-{start.year}-{serial % 1000:03d}",
    }[Scheme(scheme)]


def equip_bodies(random: Random, bodies: Bodies, today: date) -> None:
    """A bench of calibrated instruments for every institution; one in twelve is overdue."""
    made = []
    for kind in _SCHEMES:
        for organisation in bodies.of(kind):
            for serial, (zh, en, model, quantity, reach, accuracy) in enumerate(_BENCH, start=1):
                # The rig that does what the others do not is kept calibrated, or nothing could be tested.
                overdue = bool(quantity) and random.randrange(12) == 0
                calibrated = today - timedelta(days=400 if overdue else random.randint(90, 300))
                made.append(
                    Instrument(
                        uid=new_uid(),
                        owner=organisation,
                        name_zh=zh,
                        name_en=en,
                        model=model,
                        serial=f"{organisation.uscc[-6:]}-{serial:03d}",
                        quantity=quantity,
                        range_text=reach,
                        accuracy=accuracy,
                        calibration_number=f"XZ{calibrated.year}-SF{organisation.pk:04d}{serial:02d}",
                        calibrated_on=calibrated,
                        calibrated_until=calibrated + timedelta(days=365),
                        calibrated_by="（示范）计量技术研究院",
                    )
                )
    store(made)


def scope_rows(
    random: Random, bodies: Bodies, scale: Scale, held: dict[int, list[Recognition]], day: date
) -> Iterator[Row]:
    """Rows for the bulk loader, methods in force on ``day``: testing by laboratories, metrology by institutes."""
    testing = tested_here(bodies, scale.scope_lines, day)
    bench = metrology_lines(day)
    families = sorted({line["family"] for line in testing})
    laboratories = [*bodies.of(Kind.LABORATORY), *bodies.of(Kind.INSPECTION_BODY)]
    pools: list[Iterator[Row]] = []
    for place, organisation in enumerate(laboratories):
        # Every family has several laboratories, and no laboratory does everything.
        mine = {*in_turn(families, place), *random.sample(families, 2)}
        lines = [line for line in testing if line["family"] in mine]
        if organisation.kind == Kind.INSPECTION_BODY:
            lines = [{**line, "activity": Activity.INSPECTION} for line in lines]
        pools.append(_priced(random, held[organisation.pk], lines))
    for place, organisation in enumerate(bodies.of(Kind.METROLOGY_INSTITUTE)):
        pools.append(_priced(random, held[organisation.pk], as_well_as(place, bench)))
    left = scale.scope_lines
    while pools and left:
        for pool in list(pools):
            row = next(pool, None)
            if row is None:
                pools.remove(pool)
                continue
            yield row
            left -= 1
            if not left:
                return


def certification_rows(random: Random, bodies: Bodies, held: dict[int, list[Recognition]]) -> Iterator[Row]:
    """What certification bodies certify, with prices: every product that has a scheme falls to some of them."""
    families = [
        one
        for one in ProductFamily.objects.order_by("code")
        if any(scheme_kind(scheme) in (MANDATORY, VOLUNTARY) for scheme in one.schemes)
    ]
    certifiers = bodies.of(Kind.CERTIFICATION_BODY)
    for place, organisation in enumerate(certifiers):
        level, days = random.uniform(0.8, 1.3), random.choice([20, 30, 30, 40])
        for turn, family in enumerate(families):
            # Half of the bodies for each product, so that plans have a choice and not all do everything.
            if (turn + place) % 2 and len(certifiers) > 1:
                continue
            compulsory = any(scheme_kind(scheme) == MANDATORY for scheme in family.schemes)
            yield {
                "activity": Activity.CERTIFICATION,
                "family": family.code,
                "item": "scheme_conformity",
                "method": "GB/T 27065-2015",
                "scheme": held[organisation.pk][0].scheme,
                "number": held[organisation.pk][0].number,
                "price_cents": round((8_000 if compulsory else 5_000) * level) * 100,
                "days": days,
            }


def former_rows(bodies: Bodies, held: dict[int, list[Recognition]], then: date, now: date) -> Iterator[Row]:
    """Lines entered while their method was in force, and since overtaken by its successor: a register has some."""
    standards = {one.number: one for one in Standard.objects.all()}
    entered = testing_lines(then, all_editions=True)
    lines = [line for line in entered if standards[line["method"]].status_on(now) != IN_FORCE]
    for organisation in bodies.of(Kind.LABORATORY):
        for line in lines[:20]:
            recognition = held[organisation.pk][0]
            yield {**line, "scheme": recognition.scheme, "number": recognition.number, "price_cents": 20_000}


def _priced(random: Random, held: list[Recognition], lines: list[Row]) -> Iterator[Row]:
    """The lines under each recognition; then, as scopes do, the same again in narrower ranges."""
    level = random.uniform(0.8, 1.3)
    pace = random.choice([0.8, 1.0, 1.0, 1.4])
    for share in _SHARES:
        for recognition in held:
            for line in lines:
                if share < 1 and not line["upper"]:
                    continue
                upper = Decimal(line["upper"]) * share if line["upper"] else None
                yield {
                    **{name: value for name, value in line.items() if not name.startswith("base_")},
                    "scheme": recognition.scheme,
                    "number": recognition.number,
                    "upper": f"{upper:.6f}".rstrip("0").rstrip(".") if upper is not None else "",
                    "price_cents": round(line["base_cents"] * level) // 100 * 100,
                    "days": max(1, round(line["base_days"] * pace)),
                }


def tested_here(bodies: Bodies, lines: int, day: date) -> list[Row]:
    """What is tested in a city with so many scope lines: where they are few, what its enterprises make."""
    testing = testing_lines(day)
    if lines >= ROOMY * len(testing):
        return testing
    trades = set(bodies.trades.values())
    return [line for line in testing if line["family"] in trades]


def in_turn(families: Sequence[str], place: int) -> set[str]:
    """The families that fall to the laboratory at a place, so that each has several."""
    return {families[(place * EACH + step) % len(families)] for step in range(EACH)}


# What no laboratory of the synthetic city can do: every city has such items, and a plan must say so.
NOBODY = {"robot_reliability"}


def testing_lines(day: date, *, all_editions: bool = False) -> list[Row]:
    lines: dict[tuple[str, ...], Row] = {}
    requirements = Requirement.objects.select_related("item", "family", "method").order_by("id")
    for one in requirements.exclude(item__code__in=NOBODY):
        methods = [one.method]
        if all_editions:
            methods = list(Standard.objects.filter(key=one.method.key))
        for method in methods:
            if method.status_on(day) != IN_FORCE:
                continue
            measured = bool(one.item.quantity)
            line: Row = {
                "activity": Activity.TESTING,
                "family": one.family.code,
                "item": one.item.code,
                "method": method.number,
                "method_clause": one.method_clause,
                "unit": (one.unit or one.item.unit) if measured else "",
                "lower": "0" if measured else "",
                "upper": _wide(one.upper or one.lower) if measured else "",
                "uncertainty": best(_wide(one.upper or one.lower), "0.01") if measured else "",
                "k": "2" if measured else "",
                "base_cents": 12_000 + 4_000 * one.usual_days,
                "base_days": one.usual_days,
            }
            key = (line["family"], line["item"], line["method"], line["method_clause"])
            # Several limits of one item need one line: the widest of their ranges.
            if key not in lines or (measured and Decimal(line["upper"]) > Decimal(lines[key]["upper"])):
                lines[key] = line
    return list(lines.values())


def _wide(limit: str) -> str:
    """A range that holds the limit well inside."""
    return f"{abs(Decimal(limit)) * 10:.6g}" if limit and Decimal(limit) else "100000"


def best(upper: str, relative: str) -> str:
    """A best uncertainty with a floor, so that it is not nothing at zero."""
    return f"{abs(Decimal(upper)) / 100_000:.3g}+{relative}*x"


# How well institutes calibrate in turn, as a part of what instruments ask for: one in four not well enough.
_QUALITIES = (Decimal("0.3"), Decimal("0.5"), Decimal("1.6"), Decimal("0.8"))


def as_well_as(place: int, lines: Sequence[Row]) -> list[Row]:
    """Metrology lines with the uncertainty of the institute at a place."""
    quality = _QUALITIES[place % len(_QUALITIES)]
    return [
        {**line, "uncertainty": f"{line['base_wanted'] * quality:.3g}" if line["base_wanted"] else line["uncertainty"]}
        for line in lines
    ]


def _wanted(row: dict[str, str]) -> Decimal | None:
    """The greatest uncertainty that suits a usual instrument, in the unit of its range."""
    text = greatest_uncertainty(row["max_error"], row["upper"], row["unit"], row["quantity"])
    if not text:
        return None
    size, unit = text.split()
    return convert(Decimal(size), parse_unit(unit), parse_unit(row["unit"]), difference_kind(parse_unit(row["unit"])))


def metrology_lines(day: date) -> list[Row]:
    items = {one.code: one for one in Item.objects.all()}
    standards = {one.number: one for one in Standard.objects.all()}
    lines: list[Row] = []
    for row in read_csv(SHIPPED["instruments"]):
        item, method = items.get(row["code"]), standards.get(row["procedure"])
        if item is None or method is None or method.status_on(day) != IN_FORCE:
            continue
        for activity in (Activity.CALIBRATION, Activity.VERIFICATION):
            lines.append(
                {
                    "activity": activity,
                    "item": item.code,
                    "method": method.number,
                    "unit": row["unit"] if item.quantity else "",
                    "lower": row["lower"] if item.quantity else "",
                    "upper": row["upper"] if item.quantity else "",
                    "uncertainty": best(row["upper"], "0.0005") if item.quantity else "",
                    "k": "2" if item.quantity else "",
                    "base_wanted": _wanted(row) if item.quantity else None,
                    "base_cents": 20_000,
                    "base_days": 5,
                }
            )
    return lines
