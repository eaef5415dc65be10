"""How long the records behind a report are kept: a date that its issuer cannot shorten, only a regulator lengthen.

The term is of the rule table (SAMR Order 39: original records and reports six years), as it was in force on the day of
issue; ``data/retention.csv`` says which rule goes with which kind. The date is reckoned and not stored: nobody can
change it on its own. A kind without a rule on record is kept until there is one. The signed originals, their digests
and the names and digests of raw files are kept for good: what may be deleted in the end is the content of raw files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.models import Attestation, RetentionHold
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.base.grants import Grant, Holds, Oversees
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.cases.running import edition, last_day
from quanheng.kernel.parties.roles import REGULATORS

# The clock is the issuer's duty and the regulator's matter.
SEEN_BY: Grant = Holds("issuer") | Oversees("issuer__region_code", *REGULATORS)
MAY_HOLD: Grant = Oversees("issuer__region_code", *REGULATORS)
# A date far beyond every limitation period is a slip of the pen.
LONGEST = 50  # years
_TABLE = Path(__file__).parents[1] / "data" / "retention.csv"


@cache
def rules_of_kinds() -> dict[str, str]:
    """Kind of attestation -> key of the rule that says how long its records are kept."""
    return {row["kind"]: row["rule"] for row in read_csv(_TABLE)}


@dataclass(frozen=True)
class Kept:
    """Until when something is kept; None: no term is on record, so it is kept. ``rule`` is the one by which."""

    until: date | None
    rule: Rule | None = None
    by_rule: date | None = None
    held_until: date | None = None

    def on(self, day: date) -> bool:
        """Whether it is to be kept on a day; the last day counts."""
        return self.until is None or day <= self.until


def kept(attestation: Attestation) -> Kept:
    """Until when the records of one attestation are kept, by its rule and by what regulators have ordered."""
    held = RetentionHold.objects.filter(attestation=attestation).aggregate(until=Max("until"))["until"]
    return _kept(attestation, held)


def _kept(attestation: Attestation, held: date | None) -> Kept:
    key = rules_of_kinds().get(attestation.kind, "")
    try:
        now = edition()
        rule = now.rule_in_force(key, timezone.localdate(attestation.issued_at))
        by_rule = last_day(key, attestation.issued_at, now)
    except (NotFound, Invalid):
        # A regulator's date is no term by itself: what the law wants may be longer.
        return Kept(None, None, None, held)
    return Kept(max(by_rule, held or by_rule), rule, by_rule, held)


def kept_of_case(case_id: int, *, lock: bool = False) -> Kept:
    """The records of a case are kept as long as those of any report that was issued on it; None without a report.

    ``lock`` the reports where something rests on it: what a regulator orders in this moment is seen, or waits.
    """
    reports = Attestation.objects.filter(case=case_id).order_by("pk").defer("document")
    found = [kept(one) for one in (reports.select_for_update(no_key=True) if lock else reports)]
    if not found or any(one.until is None for one in found):
        return Kept(None)
    return max(found, key=lambda one: one.until or date.max)


@act("attestations.retention.hold", on=Attestation, label=_("延长保存期限"), may=MAY_HOLD, tells=("issuer",))
def hold_records(actor: Actor, attestation: Attestation, *, until: date, reason: str) -> RetentionHold:
    """The records behind an attestation are kept longer: for an investigation, a dispute, a recall.

    It cannot be shortened, and a day that is not later than the present one lengthens nothing. Raises Invalid by field.
    """
    reason = need_reason(reason)
    present, today = kept(attestation), timezone.localdate()
    later_than = present.until or present.held_until or today
    if until <= later_than:
        raise Invalid.field("until", filled(_("保存期限只能延长：请填写晚于 %(day)s 的日期。"), day=later_than))
    if until.year > today.year + LONGEST:
        raise Invalid.field("until", filled(_("日期超过 %(years)s 年，请核对。"), years=LONGEST))
    remark(until=until.isoformat(), before=present.until.isoformat() if present.until else "")
    return RetentionHold.objects.create(
        attestation=attestation, until=until, reason=reason, ordered_by_id=actor.person_id
    )


def refuse_to_delete(sender: Any, **_facts: Any) -> None:
    """Whatever wants to delete a row of these is refused: by this application nothing of it is ever deleted."""
    raise Conflict(
        filled(_("“%(kind)s”须长期保存，不能删除。需要停止使用的，请撤销或撤下。"), kind=sender._meta.verbose_name),
        code="retention",
    )
