"""The chain of custody of samples: each hand-over is a link that is added and never changed (ISO/IEC 17025 7.4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.objects.models import HandOver, Sample
from quanheng.kernel.parties.roles import Role

KEEPERS = Holds("case__handler", Role.OPERATOR, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
BOTH = ("case__client", "case__handler")


def link(
    actor: Actor, samples: Iterable[Sample], kind: str, *, to: str = "", place: str = "", condition: str = ""
) -> None:
    """Add a link to the chain of each sample. Called inside an act."""
    now = timezone.now()
    HandOver.objects.bulk_create(
        HandOver(sample=one, at=now, kind=kind, by_id=actor.person_id, to=to, place=place, condition=condition)
        for one in samples
    )


@act("objects.sample.move", on=Sample, label=_("移交样品"), may=KEEPERS)
def move_sample(actor: Actor, sample: Sample, *, to: str = "", place: str = "", condition: str = "") -> Sample:
    """A received sample goes to another person or place of the institution."""
    _require_in_hand(sample)
    to = checked_text("to", to, 60, required=False)
    place = checked_text("place", place, 80, required=not to, missing=_("请填写接收人或存放地点。"))
    condition = checked_text("condition", condition, 200, required=False)
    link(actor, [sample], HandOver.Kind.MOVED, to=to, place=place, condition=condition)
    remark(sample=sample.label, to=to, place=place)
    return sample


@act("objects.sample.return", on=Sample, label=_("退还样品"), may=KEEPERS, tells=BOTH)
def return_sample(actor: Actor, sample: Sample, *, to: str, condition: str = "") -> Sample:
    """The client has its sample back; ``to`` is who took it, or the number of the parcel."""
    to = checked_text("to", to, 60, missing=_("请填写领取人或快递单号。"))
    condition = checked_text("condition", condition, 200, required=False)
    return _end(actor, sample, Sample.State.RETURNED, HandOver.Kind.RETURNED, to=to, condition=condition)


@act("objects.sample.dispose", on=Sample, label=_("处置样品"), may=KEEPERS, tells=BOTH)
def dispose_sample(actor: Actor, sample: Sample, *, reason: str) -> Sample:
    """The sample is used up or disposed of, with how and why."""
    reason = need_reason(reason)
    return _end(actor, sample, Sample.State.DISPOSED, HandOver.Kind.DISPOSED, condition=reason[:200])


def _end(actor: Actor, sample: Sample, state: str, kind: str, *, to: str = "", condition: str = "") -> Sample:
    _require_in_hand(sample)
    if sample.case.closed_at is None:
        raise Conflict(_("任务单还在办理，样品可能还要用。请在交付或终止之后办理。"), code="case-open")
    sample.state = state
    sample.save(update_fields=["state"])
    link(actor, [sample], kind, to=to, condition=condition)
    remark(sample=sample.label)
    return sample


def _require_in_hand(sample: Sample) -> None:
    if sample.state != Sample.State.RECEIVED:
        told = filled(_("样品当前为“%(state)s”，不在机构手中。"), state=sample.get_state_display())
        raise Conflict(told, code="sample-not-here")
