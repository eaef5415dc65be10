"""The chain of custody of samples: each hand-over is a link that is added and never changed (ISO/IEC 17025 7.4).

Where a retained sample goes to another institution, its chain ends there with a link to that institution and goes on
in the sample that the other one receives, which names it as its origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.objects.models import HandOver, Sample
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role

KEEPERS = Holds("case__handler", Role.OPERATOR, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
BOTH = ("case__client", "case__handler")


def link(
    actor: Actor,
    samples: Iterable[Sample],
    kind: str,
    *,
    to: str = "",
    place: str = "",
    condition: str = "",
    party: Organisation | None = None,
) -> None:
    """Add a link to the chain of each sample; ``party`` is the other institution. Called inside an act."""
    now = timezone.now()
    HandOver.objects.bulk_create(
        HandOver(
            sample=one, at=now, kind=kind, by_id=actor.person_id, to=to, place=place, condition=condition, party=party
        )
        for one in samples
    )


def successors(sample: Any) -> QuerySet[Sample]:
    """What another institution waits for: the sample that goes on from this one. ``sample`` may be an outer key."""
    return Sample.objects.filter(origin=sample, state=Sample.State.ANNOUNCED, case__closed_at=None)


def with_awaited(samples: QuerySet[Sample]) -> QuerySet[Sample]:
    """Samples, each with ``awaited``: whether another institution waits for it."""
    return samples.annotate(awaited=Exists(successors(OuterRef("pk"))))


def in_hand(case: Case) -> list[Sample]:
    """The samples of a case that an institution holds now: the one of the case, or one that they were handed on to."""
    found: list[Sample] = []
    layer = list(Sample.objects.filter(case=case).order_by("id"))
    while layer:
        found += [one for one in layer if one.state == Sample.State.RECEIVED]
        handed = [one.pk for one in layer if one.state == Sample.State.HANDED]
        layer = list(Sample.objects.filter(origin__in=handed).order_by("id")) if handed else []
    return found


# --- why an act is not possible ------------------------------------------------------------------------------

_ENDING = ("return", "dispose")


def why_not(name: str, sample: Sample) -> Conflict | None:
    """Why a sample cannot be moved, handed over, returned or disposed of (``name``) as it stands; None where it can."""
    if sample.state != Sample.State.RECEIVED:
        told = filled(_("样品当前为“%(state)s”，不在机构手中。"), state=sample.get_state_display())
        return Conflict(told, code="sample-not-here")
    if name in _ENDING and sample.case.closed_at is None:
        return Conflict(_("任务单还在办理，样品可能还要用。请在交付或终止之后办理。"), code="case-open")
    if name in ("hand_over", *_ENDING):
        awaited = sample.awaited if hasattr(sample, "awaited") else successors(sample).exists()
        if name == "hand_over" and not awaited:
            return Conflict(_("没有其他机构在等这个样品。复测选用留样的，才移交留样。"), code="not-awaited")
        if name in _ENDING and awaited:
            return Conflict(_("复测要用这个留样，请移交复测机构，不能退还或处置。"), code="sample-awaited")
    return None


def _require(name: str, sample: Sample) -> None:
    if refusal := why_not(name, sample):
        raise refusal


# --- the acts ------------------------------------------------------------------------------------------------


@act("objects.sample.move", on=Sample, label=_("移交样品"), may=KEEPERS)
def move_sample(actor: Actor, sample: Sample, *, to: str = "", place: str = "", condition: str = "") -> Sample:
    """A received sample goes to another person or place of the institution."""
    _require("move", sample)
    to = checked_text("to", to, 60, required=False)
    place = checked_text("place", place, 80, required=not to, missing=_("请填写接收人或存放地点。"))
    condition = checked_text("condition", condition, 200, required=False)
    link(actor, [sample], HandOver.Kind.MOVED, to=to, place=place, condition=condition)
    remark(sample=sample.label, to=to, place=place)
    return sample


@act("objects.sample.hand_over", on=Sample, label=_("移交留样"), may=KEEPERS, tells=BOTH)
def hand_over_sample(actor: Actor, sample: Sample, *, to: str, condition: str) -> Sample:
    """A retained sample goes to the institution that waits for it; ``to`` is who took it, or the number of the parcel.

    Raises Conflict (nobody waits for it, not in hand), Invalid.
    """
    _require("hand_over", sample)
    to = checked_text("to", to, 60, missing=_("请填写领取人或快递单号。"))
    condition = checked_text("condition", condition, 200, missing=_("请填写样品状态，例如“包装完好，无损伤”。"))
    successor = successors(sample).select_related("case__handler").order_by("-id")[0]
    _send(actor, sample, successor, to=to, condition=condition)
    expect_sample(Actor.platform(), successor)
    return sample


@act("objects.sample.expect", on=Sample, label=_("留样已由原机构移交"), may=PlatformOnly(), tells=BOTH)
def expect_sample(actor: Actor, sample: Sample) -> Sample:
    """Whoever waits for a retained sample is told that it is on its way."""
    remark(sample=sample.label)
    return sample


@act("objects.sample.taken_over", on=Sample, label=_("留样由复测机构收到"), may=PlatformOnly(), tells=BOTH)
def sample_taken_over(actor: Actor, sample: Sample, *, by: Sample, condition: str) -> Sample:
    """The other institution has the sample. Where its hand-over was not recorded, its chain is closed by the receipt.

    Nobody who gave the sample out holds up the retest by not saying so: such a link names no person.
    """
    remark(sample=sample.label, received_as=by.label)
    if sample.state == Sample.State.RECEIVED:
        remark(not_recorded=True)
        _send(Actor.platform(), sample, by, condition=condition)
    return sample


def _send(actor: Actor, sample: Sample, successor: Sample, *, condition: str, to: str = "") -> None:
    sample.state = Sample.State.HANDED
    sample.save(update_fields=["state"])
    link(actor, [sample], HandOver.Kind.SENT, to=to, condition=condition, party=successor.case.handler)
    remark(sample=sample.label, handed_to=successor.label)


def receive(actor: Actor, samples: Iterable[Sample], *, condition: str) -> None:
    """Begin the chain of samples that have arrived, or let it go on from whoever held them. Called inside an act."""
    for one in samples:
        origin = one.origin
        link(actor, [one], HandOver.Kind.RECEIVED, condition=condition, party=origin.case.handler if origin else None)
        if origin is not None:
            sample_taken_over(Actor.platform(), origin, by=one, condition=condition)


@act("objects.sample.return", on=Sample, label=_("退还样品"), may=KEEPERS, tells=BOTH)
def return_sample(actor: Actor, sample: Sample, *, to: str, condition: str = "") -> Sample:
    """The client has its sample back; ``to`` is who took it, or the number of the parcel."""
    to = checked_text("to", to, 60, missing=_("请填写领取人或快递单号。"))
    condition = checked_text("condition", condition, 200, required=False)
    _require("return", sample)
    return _end(actor, sample, Sample.State.RETURNED, HandOver.Kind.RETURNED, to=to, condition=condition)


@act("objects.sample.dispose", on=Sample, label=_("处置样品"), may=KEEPERS, tells=BOTH)
def dispose_sample(actor: Actor, sample: Sample, *, reason: str) -> Sample:
    """The sample is used up or disposed of, with how and why."""
    reason = need_reason(reason)
    _require("dispose", sample)
    return _end(actor, sample, Sample.State.DISPOSED, HandOver.Kind.DISPOSED, condition=reason[:200])


def _end(actor: Actor, sample: Sample, state: str, kind: str, *, to: str = "", condition: str = "") -> Sample:
    sample.state = state
    sample.save(update_fields=["state"])
    link(actor, [sample], kind, to=to, condition=condition)
    remark(sample=sample.label)
    return sample
