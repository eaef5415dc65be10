"""E-mail addresses: a new one is used once the link sent there was opened, by its person, in time, once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Is
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.mail import send_in_both
from quanheng.kernel.parties.models import EmailStanding, Person

# Nobody has a mailbox filled by pressing a button.
PAUSE = timedelta(minutes=1)
_WRONG = _("验证链接无效、已用过或已被新的链接代替。请在“邮件通知”中重新发送。")


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="quanheng.mail.verify")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def ask_address(person: Person, address: str) -> None:
    """Send a link to an address that the person wants to use; a link sent before is worth nothing any more.

    Called inside an act that stores the person.
    """
    secret = secrets.token_urlsafe(24)
    person.email_pending = "" if address == person.email else address
    person.email_link, person.email_link_at = _digest(secret), timezone.now()
    link = f"{settings.SITE_URL}/profile/mail/verify/{_signer().sign(f'{person.uid}.{secret}')}/"
    sentence = _(
        "账户 %(username)s 要用这个邮箱接收邮件。请在 %(days)s 天内打开以下链接并登录确认，链接只能用一次：\n%(link)s\n"
        "如果不是您本人操作，请不要打开，这个邮箱不会被使用。"
    )
    days = settings.EMAIL_LINK_TIMEOUT // 86400
    send_in_both(address, _("请验证您的邮箱"), filled(sentence, username=person.username, days=days, link=link))


def forget_address(person: Person) -> None:
    """No link is awaited any more. Called inside an act that stores the person."""
    person.email_pending, person.email_link, person.email_link_at = "", "", None


COLUMNS = ("email", "email_standing", "email_verified_at", "email_pending", "email_link", "email_link_at")


@act("parties.email.send_link", on=Person, label=_("发送邮箱验证链接"), may=Is())
def send_link(actor: Actor, person: Person) -> Person:
    """Send another link: to the address that waits for it, else to the present one. Raises Conflict."""
    address = person.email_pending or person.email
    if not address:
        raise Conflict(_("您还没有登记电子邮箱。"), code="no-address")
    if not person.email_pending and person.email_standing == EmailStanding.VERIFIED:
        raise Conflict(_("该邮箱已经验证。"), code="verified")
    if person.email_link_at is not None and timezone.now() - person.email_link_at < PAUSE:
        raise Conflict(_("刚刚发过验证链接，请查收邮件；一分钟后可以重发。"), code="just-sent")
    ask_address(person, address)
    person.save(update_fields=list(COLUMNS))
    return person


def check_link(person: Person, token: str) -> None:
    """Raises Invalid, naming ``token``, unless it is the person's own link, sent last, in time and not used yet."""
    try:
        uid, _dot, secret = _signer().unsign(token, max_age=settings.EMAIL_LINK_TIMEOUT).partition(".")
    except SignatureExpired:
        raise Invalid.field("token", _("验证链接已过期。请在“邮件通知”中重新发送。")) from None
    except BadSignature:
        raise Invalid.field("token", _WRONG) from None
    if uid != person.uid:
        raise Invalid.field("token", _("这个链接是发给另一个账户的。请用该账户登录后打开。"))
    if not person.email_link or not constant_time_compare(_digest(secret), person.email_link):
        raise Invalid.field("token", _WRONG)


@act("parties.email.verify", on=Person, label=_("验证电子邮箱"), may=Is())
def verify_address(actor: Actor, person: Person, *, token: str) -> Person:
    """The person has opened the link: the address is used from now on, and the one before is told. Raises Invalid."""
    check_link(person, token)
    old, new = person.email, person.email_pending or person.email
    person.email, person.email_standing, person.email_verified_at = new, EmailStanding.VERIFIED, timezone.now()
    forget_address(person)
    person.save(update_fields=list(COLUMNS))
    if old != new:
        EmailAddress.objects.filter(user=person).exclude(email__iexact=new).delete()
        tell_old(person, old)
    remark(address=new)
    return person


def tell_old(person: Person, old: str) -> None:
    """Whoever reads the address that was used until now learns that it is not any more: passwords are reset by mail."""
    if old:
        sentence = _("账户 %(username)s 的电子邮箱刚刚被更换。如果不是您本人操作，请立即联系本机构管理员。")
        subject: Any = _("您的登记邮箱已变更")
        send_in_both(old, subject, filled(sentence, username=person.username))
