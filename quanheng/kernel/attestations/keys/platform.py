"""The platform's own key, with which trust bundles and status lists are signed: replaced, and declared lost."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.succession import stated
from quanheng.kernel.attestations.keys.acts import compromised, replaced
from quanheng.kernel.attestations.keys.issuers import signer_of
from quanheng.kernel.attestations.models import IssuerKey
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter
from quanheng.kernel.translog.services import OPERATORS


@act("attestations.platform.rotate", on=Organisation, label=_("更换平台签名密钥"), may=OPERATORS, tells=("",))
def rotate_platform_key(actor: Actor, operator: Organisation, *, reason: str) -> IssuerKey:
    """A new key of the platform from the next minute on, named by the old one: whoever pinned that follows by itself.

    Raises Conflict where the last change has not taken effect yet.
    """
    need_reason(reason)
    old, new = replaced(None)
    since = new.valid_from
    statement = stated(signer_of(old), old.public_multibase, new.key_id, new.public_multibase, since, old.suite)
    raw = known_bytes(statement)
    old.succession = raw.decode()
    old.save(update_fields=["succession"])
    told = entry.key_followed(
        old.key_id, old.public_multibase, new.public_multibase, hashlib.sha256(raw).hexdigest(), since
    )
    enter(Draft("key", "", told, None))
    return new


@act("attestations.platform.compromise", on=Organisation, label=_("宣布平台密钥泄露"), may=OPERATORS, tells=("",))
def declare_platform_compromised(
    actor: Actor, operator: Organisation, *, key: str, since: datetime, reason: str
) -> IssuerKey:
    """Others may have had a key of the platform since a moment: what it signed from then on is worth nothing, and no
    statement of it leads to a new one. A new key signs at once, and all status lists within the minute.

    Raises as ``declare_compromised`` does.
    """
    found = compromised(None, key, since, need_reason(reason))
    StatusList.objects.update(signed_at=None)
    return found
