"""Who relied on a report asks to be told when it changes: a person with one click, a visitor by e-mail.

An address is confirmed by a link before anything else is sent there (double opt-in) and ended by one click in every
letter. It is forgotten when it is not confirmed in time, when it does not take mail, when whoever reads it says so, and
after the last news that there can be: a report that was withdrawn or replaced changes no more. What visitors do here
enters no trail, since the trail is never deleted; what a person does enters it without saying of which report.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.models import Attestation, Follow
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, also_tell, lock
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.base.grants import Is
from quanheng.kernel.parties.models import Person

State = Attestation.State
# Nothing follows on these.
FINAL = (State.WITHDRAWN, State.SUPERSEDED)
# Nobody has a mailbox filled by others who type its address: so many unanswered questions, and one in so long.
PENDING, PAUSE = 3, timedelta(hours=1)
# A person is told of so many reports.
MOST = 2000
_CONFIRM, _STOP = Signer(salt="quanheng.follow.confirm"), Signer(salt="quanheng.follow.stop")


def _refuse_final(attestation: Attestation) -> None:
    if attestation.state in FINAL:
        raise Conflict(_("这份文件已撤销或已被代替，不会再变化，无需提醒。"), code="final")


@act("attestations.follow", on=Person, label=_("关注证明文件的变化"), may=Is())
def follow(actor: Actor, person: Person, *, attestation: Attestation) -> Person | Follow:
    """Be told of every change of an attestation that one verified. Asking again changes nothing. Raises Conflict."""
    # Locked: whoever changes it in this moment tells those who had asked before, or is seen here.
    attestation = lock(attestation)
    _refuse_final(attestation)
    mine = Follow.objects.filter(person=person)
    if mine.filter(attestation=attestation).exists():
        return person
    if mine.count() >= MOST:
        raise Conflict(_("您关注的文件太多，请先在“我关注的文件”中取消一些。"), code="too-many")
    now = timezone.now()
    return Follow.objects.create(attestation=attestation, person=person, asked_at=now, confirmed_at=now)


@act("attestations.unfollow", on=Person, label=_("不再关注证明文件"), may=Is())
def unfollow(actor: Actor, person: Person, *, attestation: Attestation) -> Person:
    """Be told no more. Where one was not told anyway nothing changes."""
    Follow.objects.filter(person=person, attestation=attestation).delete()
    return person


def ask_by_mail(attestation: Attestation, address: str) -> None:
    """A visitor wants to be told: a link goes to the address. Raises Invalid, Conflict.

    What was asked before, or too often, is passed over in silence: the answer tells nobody which addresses there are.
    """
    address = address.strip().lower()
    try:
        validate_email(address)
        if len(address) > 254:
            raise ValidationError("too long")
    except ValidationError:
        raise Invalid.field("email", _("请填写有效的邮箱地址，例如 name@example.com。")) from None
    try:
        with transaction.atomic():
            _ask(lock(attestation), address)
    except IntegrityError:
        # The same was asked in the same moment: one letter goes out.
        return


def _ask(attestation: Attestation, address: str) -> None:
    _refuse_final(attestation)
    now = timezone.now()
    waiting = Follow.objects.filter(email=address, confirmed_at=None)
    known = Follow.objects.filter(email=address, attestation=attestation).first()
    if known is not None:
        if known.confirmed_at is None and now - known.asked_at >= PAUSE:
            waiting.filter(pk=known.pk, owed_at=None).update(asked_at=now, owed_at=now, next_try_at=now, tries=0)
        return
    if waiting.count() >= PENDING:
        return
    Follow.objects.create(attestation=attestation, email=address, asked_at=now, owed_at=now, next_try_at=now)


def confirm_address(follow: Follow) -> str:
    """The address of the link that confirms; good until the question is forgotten."""
    return f"{settings.SITE_URL}/verify/follow/confirm/{_CONFIRM.sign(follow.uid)}/"


def stop_address(follow: Follow) -> str:
    """The address that ends it: for the header and the foot of each letter (RFC 8058)."""
    return f"{settings.SITE_URL}/verify/follow/stop/{_STOP.sign(follow.uid)}/"


def _by_token(signer: Signer, token: str) -> Follow | None:
    try:
        uid = signer.unsign(token)
    except BadSignature:
        raise NotFound(_("这个链接无效或不完整，请从邮件中完整复制。")) from None
    return Follow.objects.select_related("attestation").filter(uid=uid, person=None).first()


def asked_by(token: str) -> Follow:
    """The question that a link confirms. Raises NotFound where it was forgotten meanwhile, or ended."""
    found = _by_token(_CONFIRM, token)
    if found is None or (found.confirmed_at is None and found.asked_at < _forgotten_before()):
        raise NotFound(_("这个链接已过期，邮箱地址已删除。请重新查验并填写邮箱。"))
    return found


def confirm(token: str) -> Follow:
    """The link was opened by whoever reads the address: from now on it is told. Once is enough."""
    found = asked_by(token)
    if found.confirmed_at is not None:
        return found
    with transaction.atomic():
        # Locked: whoever changes it in this moment tells those who had confirmed before, or is seen here.
        changed = lock(found.attestation).state_changed_at
        waiting = Follow.objects.filter(pk=found.pk, confirmed_at=None)
        confirmed = waiting.update(confirmed_at=timezone.now(), owed_at=None, tries=0)
        # What happened between the question and its confirmation is told at once.
        if confirmed and changed is not None and changed > found.asked_at:
            owe(Q(pk=found.pk))
    return found if confirmed else asked_by(token)


def check_stop(token: str) -> None:
    """Raises NotFound for a link that this platform has not signed."""
    _by_token(_STOP, token)


def stop(token: str) -> None:
    """The address is forgotten; a link that was used before is no error, one that we did not sign is NotFound."""
    found = _by_token(_STOP, token)
    if found is not None:
        Follow.objects.filter(pk=found.pk).delete()


def followed(person_id: int) -> QuerySet[Follow]:
    """What a person wants to be told of, the newest first."""
    rows = Follow.objects.filter(person_id=person_id).select_related("attestation__issuer")
    return rows.defer("attestation__document").order_by("-id")


def is_followed(actor: Actor, attestation: Attestation) -> bool:
    """Whether the actor asked to be told."""
    if actor.person_id is None:
        return False
    return Follow.objects.filter(person_id=actor.person_id, attestation=attestation).exists()


def owe(which: Q) -> None:
    """Letters are due to the confirmed addresses among these; they say how things stand when they are written."""
    now = timezone.now()
    Follow.objects.filter(which, person=None, confirmed_at__isnull=False).update(owed_at=now, next_try_at=now, tries=0)


def tell_followers(attestation: Attestation) -> None:
    """Called inside the act that changes an attestation: whoever asked is told, and after the last change forgotten."""
    owe(Q(attestation=attestation))
    people = Follow.objects.filter(attestation=attestation, person__isnull=False)
    also_tell(people=people.values_list("person_id", flat=True))
    if attestation.state in FINAL:
        people.delete()
        Follow.objects.filter(attestation=attestation, confirmed_at=None).delete()


def _forgotten_before() -> datetime:
    return timezone.now() - timedelta(seconds=settings.EMAIL_LINK_TIMEOUT)


def forget() -> int:
    """Addresses that nobody confirmed in time, and those that have heard the last there is; how many went."""
    unanswered = Q(confirmed_at=None, asked_at__lt=_forgotten_before())
    over = Q(owed_at=None, attestation__state__in=FINAL)
    gone, _kinds = Follow.objects.filter(unanswered | over).delete()
    return gone
