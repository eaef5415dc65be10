"""Worklists: something fell on which reports rest, and every report that has to be looked at again.

What falls is a key (others may have it), a recognition (suspended, withdrawn), a calibration (declared void from a
day), or a document that others rest on (withdrawn, suspended, amended in what they rest on). Each sees of a worklist
what is his own: issuers and clients their reports, regulators those of their region, whoever asked to be told the
reports asked about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.falls import graph
from quanheng.kernel.attestations.falls.voiding import dependents_of
from quanheng.kernel.attestations.keys.acts import ALARMED
from quanheng.kernel.attestations.models import Attestation, Follow, IssuerKey
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound, SignInNeeded
from quanheng.kernel.base.grants import Grant, Holds, Oversees, restrict
from quanheng.kernel.base.html import local
from quanheng.kernel.base.texts import filled
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.objects.models import CalibrationVoid
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS

SHOWN = 50
# Documents are long, and no list shows them.
UNREAD = ("document", "supersedes__document", "superseded_by__document")
FALLEN = (Attestation.State.WITHDRAWN, Attestation.State.SUSPENDED)
# Recognitions are public; that reports depend on one is for its holder and those who oversee it.
_OF_RECOGNITION: Grant = Holds("organisation") | Oversees("organisation__region_code", *REGULATORS)


@dataclass(frozen=True)
class Fall:
    """Something that fell; ``concerned``: the actor may know what it is, and not only that it touches a report."""

    kind: str
    uid: str
    what: Any
    title: Any
    since: date
    reason: str
    concerned: bool
    dependents: Callable[[], graph.Dependents]

    @property
    def path(self) -> str:
        """Its worklist."""
        return f"/worklists/{self.kind}/{self.uid}/"


# --- what falls ---------------------------------------------------------------------------------------------


def _keys(actor: Actor, concerned: bool = True) -> QuerySet[IssuerKey]:
    rows = IssuerKey.objects.filter(compromised_from__isnull=False, organisation__isnull=False)
    if concerned:
        rows = rows.filter(organisation__in=Organisation.objects.filter(ALARMED.q(actor)))
    return rows.defer("private_sealed").select_related("organisation").order_by("-compromised_from")


def _key(actor: Actor, one: IssuerKey) -> Fall:
    return Fall(
        "key",
        one.uid,
        f"{local(one.organisation)} · {one.public_multibase[:14]}…",
        _("签名密钥可能已泄露"),
        timezone.localdate(one.compromised_from),
        one.compromise_reason,
        one.organisation is not None and ALARMED.allows(actor, one.organisation),
        lambda: graph.below(queries.in_doubt(one).values_list("pk", flat=True)[: graph.MOST]),
    )


def _voids(actor: Actor, concerned: bool = True) -> QuerySet[CalibrationVoid]:
    rows = CalibrationVoid.objects.select_related("instrument__owner").order_by("-id")
    return restrict(rows, actor) if concerned else rows


def _void(actor: Actor, one: CalibrationVoid) -> Fall:
    return Fall(
        "calibration",
        one.uid,
        f"{local(one.instrument)} {one.instrument.serial} · {one.number or '—'} · {local(one.instrument.owner)}",
        _("校准已宣布无效"),
        one.since,
        one.reason,
        CalibrationVoid.visible_to.allows(actor, one),
        lambda: dependents_of(one),
    )


def _recognitions(actor: Actor, concerned: bool = True) -> QuerySet[Recognition]:
    rows = Recognition.objects.exclude(state=Recognition.State.VALID).filter(state_since__isnull=False)
    rows = rows.filter(_OF_RECOGNITION.q(actor)) if concerned else rows
    return rows.select_related("organisation").order_by("-state_since", "-id")


def _recognition(actor: Actor, one: Recognition) -> Fall:
    return Fall(
        "recognition",
        one.uid,
        f"{local(one.organisation)} · {one.scheme} {one.number}",
        filled(_("资质已%(state)s"), state=one.get_state_display()),
        one.state_since or timezone.localdate(),
        "",
        _OF_RECOGNITION.allows(actor, one),
        lambda: graph.below(claiming(one).values_list("pk", flat=True)[: graph.MOST]),
    )


def claiming(recognition: Recognition) -> QuerySet[Attestation]:
    """What was issued under a recognition from the day on which it fell; the signed documents say under which."""
    since = recognition.state_since or timezone.localdate()
    start = timezone.make_aware(datetime.combine(since, time.min))
    # As the canonical form writes it (RFC 8785): members in the order of their names, no spaces.
    claim = f'"number":{json.dumps(recognition.number, ensure_ascii=False)},"scheme":"{recognition.scheme}"'
    rows = Attestation.objects.filter(issuer=recognition.organisation_id, issued_at__gte=start)
    return rows.filter(document__contains=claim).order_by("-id")


def _certificates(actor: Actor, concerned: bool = True) -> QuerySet[Attestation]:
    rows = Attestation.objects.filter(Q(state__in=FALLEN) | ~Q(amended=""))
    if concerned:
        rows = restrict(rows.filter(kind__in=graph.CALIBRATING), actor)
    return rows.defer("document").select_related("issuer").order_by("-state_changed_at", "-id")


def _certificate(actor: Actor, one: Attestation) -> Fall:
    return Fall(
        "certificate",
        one.uid,
        f"{one.number} · {local(one.issuer)}",
        _("文件已更正，结果、有效期或设备有变")
        if one.amended and one.state not in FALLEN
        else filled(_("文件已%(state)s"), state=one.get_state_display()),
        timezone.localdate(one.state_changed_at or one.issued_at),
        one.state_reason,
        Attestation.visible_to.allows(actor, one),
        lambda: graph.below(numbers=[one.number]),
    )


_KINDS: dict[str, tuple[Callable[..., QuerySet[Any]], Callable[[Actor, Any], Fall]]] = {
    "calibration": (_voids, _void),
    "certificate": (_certificates, _certificate),
    "key": (_keys, _key),
    "recognition": (_recognitions, _recognition),
}
KINDS = tuple(_KINDS)
Kind = Literal["calibration", "certificate", "key", "recognition"]


def falls(actor: Actor) -> Iterator[Fall]:
    """What fell that concerns the actor: of each kind the latest."""
    for rows, show in _KINDS.values():
        for one in rows(actor)[:SHOWN]:
            yield show(actor, one)


def worklist(actor: Actor, kind: str, uid: str) -> tuple[Fall, graph.Dependents, QuerySet[Attestation]]:
    """What fell, what depends on it, and those of these reports that are the actor's to see, the newest first.

    NotFound where neither concerns the actor, as for what does not exist. SignInNeeded for visitors.
    """
    if not actor.signed_in and not actor.system:
        raise SignInNeeded(_("请先登录查看复核清单。"))
    every, show = _KINDS[kind]
    one = every(actor, concerned=False).filter(uid=uid).first()
    fall = show(actor, one) if one is not None else None
    found = fall.dependents() if fall is not None else graph.Dependents()
    mine = Attestation.visible_to.q(actor)
    if actor.person_id is not None:
        mine |= Q(pk__in=Follow.objects.filter(person_id=actor.person_id).values("attestation"))
    rows = Attestation.objects.filter(mine, pk__in=sorted(found.links))
    rows = rows.select_related("issuer", "client", "supersedes", "superseded_by").defer(*UNREAD).order_by("-id")
    if fall is None or not (fall.concerned or rows.exists()):
        raise NotFound(_("没有这份复核清单，或其中没有与您有关的文件。请从通知或“复核清单”页进入。"))
    return fall, found, rows
