"""What becomes of an issuer's signing keys: a new one from a moment, and one that others may have."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.falls import graph
from quanheng.kernel.attestations.falls.voiding import tell_dependents
from quanheng.kernel.attestations.keys.issuers import key_at, make_key
from quanheng.kernel.attestations.keys.sealing import SIGNERS
from quanheng.kernel.attestations.models import IssuerKey
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.base.grants import Grant, Holds, Oversees
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter

# From the order to the first signature with the new key: what is being issued meanwhile ends under the old one.
AHEAD = timedelta(minutes=1)
HOLDERS: Grant = Holds("", Role.ADMINISTRATOR)
# Whoever holds a key may be the one who abuses it: its regulators declare it compromised too.
ALARMED: Grant = HOLDERS | Oversees("region_code", *REGULATORS)


@act("attestations.key.rotate", on=Organisation, label=_("更换签名密钥"), may=HOLDERS, tells=("",))
def rotate_key(actor: Actor, organisation: Organisation, *, reason: str, suite: str = "") -> IssuerKey:
    """A new key signs from the next minute on. The old one stays good for what it signed until then.

    ``suite``: by which the new key signs; as the old one where it is empty. Raises Invalid for one that is not signed
    by here, Conflict where the last change has not taken effect yet.
    """
    need_reason(reason)
    if suite and suite not in SIGNERS:
        known = "、".join(SIGNERS)
        raise Invalid.field("suite", filled(_("没有这种签名算法，请从 %(known)s 中选择。"), known=known))
    made = replaced(organisation, suite)[1]
    remark(suite=made.suite)
    return made


@act("attestations.key.compromise", on=Organisation, label=_("宣布密钥泄露"), may=ALARMED, tells=("",))
def declare_compromised(
    actor: Actor, organisation: Organisation, *, key: str, since: datetime, reason: str
) -> IssuerKey:
    """Others may have had the key since a moment: it signs no more, and whatever was logged with it from then on is
    not proven to be the issuer's. ``key`` is its public name.

    What the log has of before stays good: nobody can enter anything there afterwards. Raises Invalid for a moment
    that cannot be, Conflict where the key was declared compromised from that moment or an earlier one.
    """
    found = compromised(organisation, key, since, need_reason(reason))
    touched = graph.below(queries.in_doubt(found).values_list("pk", flat=True)[: graph.MOST])
    path = f"/worklists/key/{found.uid}/"
    remark(about={"number": f"{found.public_multibase[:14]}…", "path": path})
    tell_dependents(touched, path, known=[organisation.pk])
    return found


def replaced(owner: Organisation | None, suite: str = "") -> tuple[IssuerKey, IssuerKey]:
    """The key that ends in a minute, and the new one that signs from then on; None is the platform itself.

    ``suite`` as in ``rotate_key``. Raises Conflict where the last change has not taken effect yet.
    """
    now = timezone.localtime().replace(microsecond=0)
    old = key_at(owner, now)
    rows = {one.pk: one for one in IssuerKey.objects.select_for_update().filter(organisation=owner)}
    # Whoever waited for the lock sees that the key ended, but not yet the one that was made to follow it.
    if rows[old.pk].valid_until is not None or any(one.valid_from > now for one in rows.values()):
        raise Conflict(_("上一次更换尚未生效（一分钟内），请稍后再试。"))
    moment, old = now + AHEAD, rows[old.pk]
    old.valid_until = moment
    old.save(update_fields=["valid_until"])
    enter(Draft("key", "", entry.key_ended(old.key_id, old.public_multibase, moment), None))
    return old, make_key(owner, moment, suite or old.suite)


def compromised(owner: Organisation | None, key: str, since: datetime, reason: str) -> IssuerKey:
    """The key with this public name, declared compromised; None is the platform itself."""
    found = IssuerKey.objects.select_for_update().filter(organisation=owner, uid=key).first()
    if found is None:
        raise NotFound(_("该机构没有这把密钥，请从密钥页选择。"))
    now = timezone.now()
    if since > now:
        raise Invalid.field("since", _("泄露时间不能晚于现在。"))
    if found.compromised_from is not None and since >= found.compromised_from:
        raise Conflict(_("该密钥已宣布自更早的时间起泄露；只能改为更早的时间。"))
    # Before it was made nobody had it. The log tells whole seconds: what is of the same second is in doubt.
    found.compromised_from = max(since, found.valid_from).replace(microsecond=0)
    found.compromise_reason = reason
    if found.valid_until is None or found.valid_until > now:
        found.valid_until = max(now, found.valid_from)
    found.save(update_fields=["compromised_from", "compromise_reason", "valid_until"])
    remark(key=found.public_multibase, since=found.compromised_from.isoformat())
    enter(Draft("key", "", entry.key_compromised(found.key_id, found.public_multibase, found.compromised_from), None))
    return found
