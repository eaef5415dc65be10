"""Loading the rule table and the holidays: idempotent, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from quanheng.kernel.base.tables import Row, convert, day_of
from quanheng.kernel.cases import clocks, running
from quanheng.kernel.cases.models import Holiday, Rule

_RULE_TEXTS = (
    *("key", "process", "step_zh", "step_en", "actor_zh", "actor_en", "value", "unit", "day_type", "direction"),
    *("trigger_zh", "trigger_en", "source", "article", "confidence", "note"),
)


def _rule(row: Row) -> Rule:
    clocks.parse_periods(row["value"], row["unit"], row["day_type"], row["direction"])
    return Rule(
        **{name: row[name] for name in _RULE_TEXTS},
        valid_from=day_of(row["valid_from"]),
        valid_to=day_of(row["valid_to"]),
    )


@transaction.atomic
def load_rules(rows: Iterable[Row]) -> int:
    """Upsert versions of rules; a version is known by its key, step and first day. Raises Invalid."""
    wanted = convert(rows, _rule)
    known = {(rule.key, rule.step_zh, rule.valid_from): rule for rule in Rule.objects.all()}
    new = []
    for rule in wanted:
        stored = known.get((rule.key, rule.step_zh, rule.valid_from))
        if stored is None:
            new.append(rule)
        else:
            rule.pk, rule.uid, rule.created_at = stored.pk, stored.uid, stored.created_at
            rule.save()
    Rule.objects.bulk_create(new)
    return len(wanted)


def _holiday(row: Row) -> Holiday:
    day = day_of(row["date"])
    if day is None:
        raise ValueError("date")
    return Holiday(
        date=day,
        kind=Holiday.Kind(row["kind"]),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        source=row["source"],
    )


def load_holidays(rows: Iterable[Row]) -> int:
    """Upsert days off and make-up workdays by date. Raises Invalid."""
    days = convert(rows, _holiday)
    Holiday.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["date"], update_fields=["kind", "name_zh", "name_en", "source"]
    )
    running.forget_calendar()
    return len(days)
