"""What a person wants by e-mail: chosen in the account's settings, or ended by the link in each letter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Letter, Mailbox
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.errors import Invalid, NotFound
from quanheng.kernel.base.grants import Is
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import actor_of

Wish, Language, State = Mailbox.Wish, Mailbox.Language, Letter.State
_SIGNER = Signer(salt="quanheng.mail.stop")
_CHOICES: dict[str, Any] = {"told": Wish, "waiting": Wish, "language": Language}


def mailbox_of(person: Person) -> Mailbox:
    """What the person has chosen, or the defaults."""
    return Mailbox.objects.filter(person=person).first() or Mailbox(person=person)


@act("audit.mail.choose", on=Person, label=_("选择邮件通知"), may=Is())
def choose_mail(
    actor: Actor, person: Person, *, told: str | None = None, waiting: str | None = None, language: str | None = None
) -> Person:
    """Choose what comes by e-mail, how, and in which language; None leaves as it is. Raises Invalid by field."""
    box, chosen = mailbox_of(person), {"told": told, "waiting": waiting, "language": language}
    for name, value in chosen.items():
        if value is None:
            continue
        if value not in _CHOICES[name].values:
            raise Invalid.field(name, _("请从所列选项中选择。"))
        setattr(box, name, value)
    box.save()
    _follow(box)
    remark(told=box.told, waiting=box.waiting, language=box.language)
    return person


def _follow(box: Mailbox) -> None:
    """What lies ready goes as it is wanted now: what was collected for a digest at once, or nothing any more."""
    mine = Letter.objects.filter(person_id=box.person_id)
    if box.told == Wish.AT_ONCE:
        mine.filter(state=State.COLLECTING).update(state=State.WAITING, next_try_at=timezone.now())
    elif box.told == Wish.NONE:
        over = [State.COLLECTING] if box.waiting != Wish.NONE else [State.COLLECTING, State.WAITING]
        mine.filter(state__in=over).update(state=State.EMPTY)


def stop_address(person: Person) -> str:
    """The address that ends all letters to a person: for the header and the foot of each (RFC 8058)."""
    return f"{settings.SITE_URL}/mail/stop/{_SIGNER.sign(person.uid)}/"


def person_of(token: str) -> Person:
    """Whose letters an address ends. Raises NotFound for one that this platform has not signed."""
    try:
        uid = _SIGNER.unsign(token)
    except BadSignature:
        uid = ""
    person = Person.objects.filter(uid=uid, is_active=True).first()
    if person is None:
        raise NotFound(_("这个退订链接无效或不完整。请从邮件中完整复制，或登录后在“账户与安全”中选择。"))
    return person


def stop_mail(person: Person) -> None:
    """End all letters: whoever holds a letter's address stands for its person in this alone."""
    choose_mail(actor_of(person), person, told=Wish.NONE, waiting=Wish.NONE)
