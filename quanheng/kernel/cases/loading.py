"""Loading the rule table and the holidays: all or nothing, and doing it again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import CONFIDENCE, Cells, Row, once, read_rows
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import clocks
from quanheng.kernel.cases.calendar import FIRST_YEAR, LAST_YEAR
from quanheng.kernel.cases.models import Holiday, Rule
from quanheng.kernel.cases.recounting import recount_all

_RULE_TEXTS = (
    *("key", "process", "step_zh", "step_en", "actor_zh", "actor_en", "value", "unit", "day_type", "direction"),
    *("trigger_zh", "trigger_en", "source", "article", "note"),
)


def _rule(cells: Cells) -> Rule:
    rule = Rule(
        **cells.texts(Rule, *_RULE_TEXTS),
        confidence=cells.choice("confidence", CONFIDENCE),
        valid_from=cells.day("valid_from"),
        valid_to=cells.day("valid_to"),
    )
    if not cells.errors:
        cells.science("value", lambda: clocks.parse_periods(rule.value, rule.unit, rule.day_type, rule.direction))
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        cells.wrong("valid_to", _("截止日期早于起始日期，请核对。"))
    return rule


def _same(one: models.Model, other: models.Model, names: Iterable[str]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in names)


def rule_reader() -> Callable[[Cells], Rule]:
    """Reads rows of the rule table, each version once."""
    return once("key", _rule, lambda rule: (rule.key, rule.valid_from))


@transaction.atomic
def load_rules(rows: Iterable[Row]) -> int:
    """Upsert versions of rules; a version is known by its key and first day. Raises Invalid.

    Two versions of one rule never hold on the same day: which one binds a case must not be left to chance.
    Clocks that run already keep the period they were started with.
    """
    wanted = read_rows(rows, rule_reader())
    keys = {rule.key for rule in wanted}
    known = {(rule.key, rule.valid_from): rule for rule in Rule.objects.filter(key__in=keys)}
    new = []
    for rule in wanted:
        stored = known.get((rule.key, rule.valid_from))
        known[rule.key, rule.valid_from] = rule
        if stored is None:
            new.append(rule)
        elif not _same(rule, stored, (*_RULE_TEXTS, "confidence", "valid_to")):
            rule.pk, rule.uid, rule.created_at = stored.pk, stored.uid, stored.created_at
            rule.save()
    _refuse_overlap(known.values())
    Rule.objects.bulk_create(new)
    return len(wanted)


def _refuse_overlap(rules: Iterable[Rule]) -> None:
    versions: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for rule in rules:
        versions[rule.key].append((rule.valid_from or date.min, rule.valid_to or date.max))
    for key, spans in versions.items():
        spans.sort()
        for (_first, last), (following, _last) in pairwise(spans):
            if following <= last:
                told = _("规则 %(key)s 有两个版本在 %(day)s 同时有效。请给前一版本填写截止日期。")
                raise Invalid(filled(told, key=key, day=following))


_DAY_FACTS = ("kind", "name_zh", "name_en", "source")


def _holiday(cells: Cells) -> Holiday:
    day = cells.day("date", required=True)
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        sentence = _("日期须在 %(first)s 年至 %(last)s 年之间。")
        cells.wrong("date", filled(sentence, first=FIRST_YEAR, last=LAST_YEAR))
    return Holiday(
        date=day or date.min,  # not stored: a row without a day is refused
        kind=cells.choice("kind", Holiday.Kind.values),
        **cells.texts(Holiday, "name_zh", "name_en", "source"),
    )


def holiday_reader() -> Callable[[Cells], Holiday]:
    """Reads rows of days off and make-up workdays, each day once."""
    return once("date", _holiday, lambda day: day.date)


def load_holidays(rows: Iterable[Row]) -> int:
    """Replace each notice (``source``) that the rows name by what they list of it. Raises Invalid.

    Where anything changed, every process counts by the new calendar at once, and the deadlines of open clocks
    are counted anew; should that be cut short, the background worker goes on with it.
    """
    days = read_rows(rows, holiday_reader())
    if _replace(days):
        recount_all()
    return len(days)


@transaction.atomic
def _replace(days: Sequence[Holiday]) -> bool:
    known = Holiday.objects.in_bulk()
    listed = {day.date for day in days}
    dropped = {day.date for day in known.values() if day.source in {one.source for one in days}} - listed
    if not dropped and all(day.date in known and _same(day, known[day.date], _DAY_FACTS) for day in days):
        return False
    Holiday.objects.filter(date__in=dropped).delete()
    # One moment for all: it names the new edition of the calendar.
    now = timezone.now()
    for day in days:
        day.loaded_at = now
    Holiday.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["date"], update_fields=[*_DAY_FACTS, "loaded_at"]
    )
    return True
