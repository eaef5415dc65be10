"""Ways in: bearer tokens, links to set a password, lock-outs lifted."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Is
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties import lockout
from quanheng.kernel.parties.mail import send_set_password_link
from quanheng.kernel.parties.models import ApiToken, Membership, Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services import checks

PREFIX = "qh_"
LONGEST = 365  # days
PER_PERSON = 20


def token_digest(secret: str) -> str:
    """What is stored of a token: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """The text of a new token: 256 random bits behind a recognisable prefix."""
    return PREFIX + secrets.token_urlsafe(32)


@act("parties.token.issue", on=Person, label=_("签发接口令牌"), may=Is())
def issue_token(actor: Actor, person: Person, *, name: str, secret: str, days: int = 90) -> ApiToken:
    """Make a bearer token for oneself out of ``new_secret()``; only its digest is kept, for ``days`` (1 to 365)."""
    complaints = checks.Complaints()
    name = checks.text(ApiToken, "name", name, complaints, needed=True)
    complaints.raise_any()
    if not 1 <= days <= LONGEST:
        raise Invalid.field("days", filled(_("令牌有效期为 1 至 %(limit)s 天。"), limit=LONGEST))
    now = timezone.now()
    if ApiToken.objects.filter(person=person, revoked_at=None, expires_at__gt=now).count() >= PER_PERSON:
        raise Conflict(filled(_("每人最多 %(limit)s 个有效令牌，请先撤销不用的。"), limit=PER_PERSON))
    return ApiToken.objects.create(
        person=person, name=name, digest=token_digest(secret), expires_at=now + timedelta(days=days)
    )


@act("parties.token.revoke", on=ApiToken, label=_("撤销接口令牌"), may=Is("person"))
def revoke_token(actor: Actor, token: ApiToken) -> ApiToken:
    """End a token at once."""
    if token.revoked_at is not None:
        raise Conflict(_("该令牌已撤销。"))
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    return token


@act(
    "parties.account.unlock",
    on=Membership,
    label=_("解除登录锁定"),
    may=Holds("organisation", Role.ADMINISTRATOR),
)
def unlock_account(actor: Actor, membership: Membership) -> Membership:
    """Lift the lock that failed sign-ins have put on a colleague's account."""
    lockout.lift(membership.person)
    return membership


@act(
    "parties.account.send_password_link",
    on=Membership,
    label=_("发送设置密码链接"),
    may=Holds("organisation", Role.ADMINISTRATOR),
)
def send_password_link(actor: Actor, membership: Membership) -> Membership:
    """Send a colleague the link to set a new password, to the registered address."""
    if not membership.person.email:
        raise Conflict(_("该人员没有登记电子邮箱，请本人先补充。"))
    send_set_password_link(membership.person)
    return membership
