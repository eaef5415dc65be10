"""Ways in: bearer tokens, links to set a password, lock-outs lifted."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Holds, Is
from quanheng.kernel.base.scopes import Scope
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.parties import lockout
from quanheng.kernel.parties.mail import send_set_password_link
from quanheng.kernel.parties.models import ApiToken, Membership, Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services import checks

PREFIX = "qh_"
LONGEST = 365  # days
PER_PERSON = 20
NETWORKS = 20


def token_digest(secret: str) -> str:
    """What is stored of a token: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """The text of a new token: 256 random bits behind a recognisable prefix."""
    return PREFIX + secrets.token_urlsafe(32)


@act("parties.token.issue", on=Person, label=_("签发接口令牌"), may=Is())
def issue_token(
    actor: Actor,
    person: Person,
    *,
    name: str,
    secret: str,
    days: int = 90,
    scopes: Sequence[str] = (Scope.ALL,),
    addresses: Sequence[str] = (),
    per_minute: int | None = None,
    per_day: int | None = None,
) -> ApiToken:
    """Make a bearer token for oneself out of ``new_secret()``; only its digest is kept, for ``days`` (1 to 365).

    It acts within ``scopes``, from ``addresses`` (CIDR; none: from anywhere), within its limits (None: the
    deployment's). Raises Invalid with everything that is wrong, Conflict at the PER_PERSON-th token.
    """
    complaints = checks.Complaints()
    name = checks.text(ApiToken, "name", name, complaints, needed=True)
    if not 1 <= days <= LONGEST:
        complaints.add("days", filled(_("令牌有效期为 1 至 %(limit)s 天。"), limit=LONGEST))
    wanted = [scope.value for scope in Scope if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        complaints.add("scopes", filled(_("请至少选一个范围，可选：%(known)s。"), known=listed(Scope.values)))
    networks = _networks(addresses, complaints)
    for field, given, limit in zip(
        ("per_minute", "per_day"), (per_minute, per_day), settings.API_LIMITS["token"], strict=True
    ):
        if given is not None and not 1 <= given <= (limit or given):
            complaints.add(field, filled(_("请填写 1 至 %(limit)s 的整数，留空为平台的上限。"), limit=limit or "∞"))
    complaints.raise_any()
    now = timezone.now()
    if ApiToken.objects.filter(person=person, revoked_at=None, expires_at__gt=now).count() >= PER_PERSON:
        raise Conflict(filled(_("每人最多 %(limit)s 个有效令牌，请先撤销不用的。"), limit=PER_PERSON))
    return ApiToken.objects.create(
        person=person,
        name=name,
        digest=token_digest(secret),
        expires_at=now + timedelta(days=days),
        scopes=wanted,
        addresses=networks,
        per_minute=per_minute,
        per_day=per_day,
    )


def _networks(addresses: Sequence[str], complaints: checks.Complaints) -> list[str]:
    """Addresses and networks in the normal spelling, each once."""
    found: dict[str, None] = {}
    for text in addresses:
        try:
            found[str(ipaddress.ip_network(text.strip(), strict=False))] = None
        except ValueError:
            complaints.add(
                "addresses",
                filled(_("“%(text)s”不是网络地址，请写成 203.0.113.7 或 203.0.113.0/24。"), text=text[:50]),
            )
    if len(found) > NETWORKS:
        complaints.add("addresses", filled(_("最多 %(limit)s 个网络地址，请合并为网段。"), limit=NETWORKS))
    return list(found)


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
