"""Certification as a step of a plan: which schemes, who may give it, what it takes, and from when to when.

Steps and periods are data with their source; what nobody has put on file (a price, a time) stays unknown and is told
so. An entry is kept with the plan as JSON:

    scheme, scheme_en, zh, en      what it is
    mandatory, asked               by law; by the need: only what is asked for counts towards the deadline
    bodies                         who may give it: uid, names, number, and where its scope says so price_cents and days
    steps                          in order: step, names, notes, source, article, confidence
    period                         how long it takes from the application on, None where nobody knows
    price_cents                    None where nobody knows
    missing                        items without which the reports that it needs are not complete
    starts_on, ends_on             ISO days; None where unknown
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import chips
from quanheng.domains.services.models import Need, Plan
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.texts import both
from quanheng.kernel.cases import clocks, running
from quanheng.kernel.cases.calendar import WorkCalendar
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.requirements.models import ProductFamily
from quanheng.kernel.requirements.schemes import MANDATORY, VOLUNTARY, scheme_en, scheme_kind

Entry = dict[str, Any]
SHOWN_BODIES = 8
_STEPS = Path(__file__).parent / "data/certification.csv"


def certification(need: Need, prefer: str, day: date, missing: Sequence[dict[str, Any]] = ()) -> list[Entry]:
    """What of certification belongs to a plan of a day, without its days; ``missing``: the plan's gaps."""
    family = need.family
    if family is None:
        return []
    declined = set(chips.codes(need.understanding, "declined"))
    said = asked(need)
    wanted = []
    for scheme in family.schemes:
        kind = scheme_kind(scheme)
        if (kind == MANDATORY and "CCC" not in declined) or (kind == VOLUNTARY and said):
            wanted.append((scheme, kind == MANDATORY))
    if not wanted:
        return []
    bodies = _bodies(family, prefer, day)
    return [_entry(family, scheme, mandatory, said, bodies, missing, day) for scheme, mandatory in wanted]


def asked(need: Need) -> bool:
    """Whether the need asks for certification."""
    return Activity.CERTIFICATION in chips.codes(need.understanding, "activity") or "CCC" in chips.codes(
        need.understanding, "scheme"
    )


def _entry(
    family: ProductFamily,
    scheme: str,
    mandatory: bool,
    said: bool,
    bodies: list[dict[str, Any]],
    missing: Sequence[dict[str, Any]],
    day: date,
) -> Entry:
    sentence = (
        _("%(name)s须取得 %(scheme)s 认证后方可出厂、销售、进口；检测报告不能代替认证。")
        if mandatory
        else _("%(name)s可以自愿申请：%(scheme)s。")
    )
    english = scheme_en(scheme)
    steps = steps_of(scheme, day)
    taken = next((one for one in bodies if one["taken"]), None)
    return {
        "scheme": scheme,
        "scheme_en": english,
        **both(sentence, name=(family.name_zh, family.name_en), scheme=(scheme, english)),
        "mandatory": mandatory,
        "asked": said,
        "bodies": bodies,
        "steps": [{name: row[name] for name in _TOLD} for row in steps],
        "period": _offered(taken) if taken else _by_rule(steps, day),
        "price_cents": taken["price_cents"] if taken else None,
        "missing": [{name: one[name] for name in ("item", "name_zh", "name_en")} for one in missing],
        "starts_on": None,
        "ends_on": None,
    }


# --- who may give it -------------------------------------------------------------------------------------


def _bodies(family: ProductFamily, prefer: str, day: date) -> list[dict[str, Any]]:
    """Approved certification bodies, those first whose registered scope names the product; one of these is taken."""
    approved = Recognition.objects.filter(
        scheme=Recognition.Scheme.CERTIFIER,
        state=Recognition.State.VALID,
        valid_from__lte=day,
        valid_until__gte=day,
    )
    lines = list(
        ScopeLine.objects.filter(
            activity=Activity.CERTIFICATION,
            family=family,
            valid_from__lte=day,
            valid_until__gte=day,
            recognition__in=approved,
        ).select_related("organisation", "recognition")
    )
    by_price = prefer != Plan.Prefer.FASTEST
    # A price of nothing is one that nobody has put on file.
    lines.sort(key=lambda one: (*((one.price_cents or 10**12, one.days)[:: 1 if by_price else -1]), one.pk))
    found = {line.organisation_id: _body(line.recognition, line, taken=line is lines[0]) for line in lines}
    for one in approved.select_related("organisation").order_by("organisation__name_zh", "id")[:SHOWN_BODIES]:
        found.setdefault(one.organisation_id, _body(one, None, taken=False))
    return list(found.values())[:SHOWN_BODIES]


def _body(recognition: Recognition, line: ScopeLine | None, *, taken: bool) -> dict[str, Any]:
    organisation = line.organisation if line else recognition.organisation
    return {
        "uid": organisation.uid,
        "name_zh": organisation.name_zh,
        "name_en": organisation.name_en,
        "number": recognition.number,
        "taken": taken,
        "price_cents": (line.price_cents or None) if line else None,
        "days": line.days if line else None,
    }


# --- what it takes ---------------------------------------------------------------------------------------

_TOLD = ("step", "name_zh", "name_en", "note_zh", "note_en", "source", "article", "confidence")


@lru_cache(maxsize=1)
def _shipped() -> list[dict[str, str]]:
    return read_csv(_STEPS)


def steps_of(scheme: str, day: date) -> list[dict[str, str]]:
    """The steps of a scheme on a day, by its own rule or that of its kind; none where nobody has put them on file."""
    today = day.isoformat()
    rows = [row for row in _shipped() if row["valid_from"] <= today and today <= (row["valid_to"] or "9999")]
    own = [row for row in rows if row["scheme"] == scheme.partition(":")[0]]
    return own or [row for row in rows if row["scheme"] == scheme.partition(" ")[0].partition("（")[0]]


def _by_rule(steps: Sequence[dict[str, str]], day: date) -> dict[str, Any] | None:
    """The period that the law sets for all of it, from the acceptance of the application on."""
    key = next((row["rule"] for row in steps if row["rule"]), "")
    if not key:
        return None
    try:
        rule = running.rule_in_force(key, day)
    except NotFound:
        return None
    told = both(_("自受理起 %(days)s 天（一般情况下的上限）"), days=rule.value)
    facts = {"value": rule.value, "unit": rule.unit, "day_type": rule.day_type}
    return {**facts, **told, "source": f"{rule.source} {rule.article}".strip(), "confidence": rule.confidence}


def _offered(body: dict[str, Any]) -> dict[str, Any]:
    told = both(
        _("%(name)s登记的工期：%(days)s 个工作日"),
        name=(body["name_zh"], body["name_en"] or body["name_zh"]),
        days=body["days"],
    )
    facts = {"value": str(body["days"]), "unit": "day", "day_type": clocks.DayType.WORKING.value}
    return {**facts, **told, "source": "", "confidence": "platform"}


# --- from when to when -----------------------------------------------------------------------------------


def ends(entry: Entry, ready: date, calendar: WorkCalendar) -> tuple[date, date | None]:
    """From when to when where the last report is out on ``ready``: applied for on the next working day."""
    first = calendar.add_workdays(ready, 1)
    period = entry["period"]
    if period is None:
        return first, None
    length = clocks.parse_periods(period["value"], period["unit"], period["day_type"], "after")[-1]
    started = timezone.make_aware(datetime.combine(first, time(9)))
    return first, clocks.due(clocks.ClockState(started_at=started), length, calendar).last_day


def scheduled(entries: Sequence[Entry], ready: date) -> list[Entry]:
    """The entries with their days."""
    if not entries:
        return []
    made, calendar = [], running.calendar()
    for entry in entries:
        first, last = ends(entry, ready, calendar)
        made.append({**entry, "starts_on": first.isoformat(), "ends_on": last.isoformat() if last else None})
    return made


def certified_on(entries: Sequence[Entry]) -> date | None:
    """The day on which all that was asked for is expected; None where nothing was, or nobody knows."""
    days = [entry["ends_on"] for entry in entries if entry["asked"]]
    return date.fromisoformat(max(days)) if days and all(days) else None


def fee_cents(entries: Sequence[Entry]) -> int:
    """What is known of the price of the certification that was asked for."""
    return sum(entry["price_cents"] or 0 for entry in entries if entry["asked"])
