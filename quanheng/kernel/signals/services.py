"""Raising and settling signals. Noticing the same thing twice leaves one row."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS
from quanheng.kernel.signals.models import Signal


def notice(
    kind: str,
    *,
    organisation: Organisation,
    fingerprint: str,
    evidence: dict[str, Any],
    case: Case | None = None,
) -> Signal:
    """Record a noticed fact once. Called inside the act, or the job, that noticed it."""
    signal, _made = Signal.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "kind": kind,
            "case": case,
            "organisation": organisation,
            "region_code": case.region_code if case else organisation.region_code,
            "evidence": evidence,
            "noticed_at": timezone.now(),
        },
    )
    return signal


def notice_nonconforming(case: Case, *, number: str) -> Signal:
    """A report says that something does not conform."""
    return notice(
        Signal.Kind.NONCONFORMING,
        organisation=case.client,
        case=case,
        fingerprint=f"nonconforming:{number}",
        evidence={"report": number},
    )


@act(
    "signals.settle",
    on=Signal,
    label=_("处置信号"),
    may=Oversees("region_code", *REGULATORS),
    tells=("organisation",),
)
def settle_signal(actor: Actor, signal: Signal, *, reason: str) -> Signal:
    """A regulator of the region has looked into it; ``reason`` says with what outcome. Once only."""
    settlement = checked_text("reason", reason, REASON_LENGTH, missing=_("请填写处置说明：有关机构将看到它。"))
    if signal.settled_at:
        raise Conflict(
            filled(
                _("该信号已于 %(when)s 处置，不能重复处置。请刷新页面查看。"),
                when=timezone.localtime(signal.settled_at).strftime("%Y-%m-%d %H:%M"),
            ),
            code="wrong-state",
        )
    signal.settled_at = timezone.now()
    signal.settlement = settlement
    signal.save(update_fields=["settled_at", "settlement"])
    return signal
