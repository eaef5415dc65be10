"""Webhooks: registering them, and what is sent to them.

A message follows the Standard Webhooks specification 1.0: ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature`` ("v1," and the Base64 of HMAC-SHA256 over "id.timestamp.body"). It says what happened to
which case; whoever wants to know more asks the API with rights of his own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Delivery, Entry, Webhook
from quanheng.kernel.audit.outbound import check_url
from quanheng.kernel.audit.queries import label_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act
from quanheng.kernel.base.errors import Conflict, Invalid, in_language
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role

PREFIX = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.?")
PER_ORGANISATION = 10
# Acts on public registers, with the open data set that they change. Of these alone anybody may be told, who asks for
# them by ``open.`` and a prefix: the act and the data set, nothing else.
OPEN = "open."
PUBLIC = (
    ("competence.recognition.", "recognitions"),
    ("competence.scope.", "scope-lines"),
    ("opendata.release.make", ""),  # the act itself says which
    ("parties.organisation.change", "organisations"),
    ("parties.organisation.correct", "organisations"),
    ("parties.organisation.register", "organisations"),
    ("requirements.standard.", "standards"),
)


def open_dataset(entry: Entry) -> str:
    """The open data set that an entry's act changed or released; "" for an act that is not public."""
    for prefix, dataset in PUBLIC:
        if entry.act.startswith(prefix):
            return dataset or str(entry.facts.get("dataset", ""))
    return ""


def asks_openly(webhook: Webhook, entry: Entry) -> bool:
    """Whether a webhook asked to be told of an act on a public register, whomever it concerns."""
    return any(name.startswith(OPEN) and entry.act.startswith(name.removeprefix(OPEN)) for name in webhook.acts)


def secret_of(webhook: Webhook) -> str:
    """The signing secret of a webhook, as its administrator copies it: derived, not stored."""
    key = hmac.digest(settings.KEY_ENCRYPTION_KEY.encode(), b"webhook:" + webhook.uid.encode(), hashlib.sha256)
    return "whsec_" + base64.b64encode(key).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header (Standard Webhooks 1.0, symmetric)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def message(delivery: Delivery) -> bytes:
    """The body of a delivery: the act, the case or the open data set it belongs to, the time. No content of either."""
    entry, dataset = delivery.entry, open_dataset(delivery.entry)
    case = None if dataset else entry.case
    label = label_of(entry.act)
    body: dict[str, Any] = {
        "id": f"msg_{delivery.pk}",
        "type": entry.act,
        "timestamp": entry.at.isoformat(),
        "data": {
            "label_zh": in_language(label, "zh-hans"),
            "label_en": in_language(label, "en"),
            "organisation": delivery.webhook.organisation.uid,
            "case": {"uid": case.uid, "number": case.number, "process": case.process} if case else None,
            "dataset": dataset or None,
        },
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _check_acts(acts: Sequence[str]) -> list[str]:
    wrong = [name for name in acts if not PREFIX.fullmatch(name) or len(name) > 80]
    if wrong or len(acts) > 50:
        raise Invalid.field("acts", _("事项范围请写事项代码或其前缀，如 testing.order，最多 50 条；留空表示全部。"))
    return sorted(set(acts))


def _check_url(url: str) -> str:
    if len(url) > 500:
        raise Invalid.field("url", _("地址最多 500 个字符，请缩短。"))
    check_url(url)
    return url


@act("audit.webhook.register", on=Organisation, label=_("登记回调地址"), may=Holds("", Role.ADMINISTRATOR))
def register_webhook(actor: Actor, organisation: Organisation, *, url: str, acts: Sequence[str] = ()) -> Webhook:
    """Have the organisation's notices sent to a URL; ``acts`` are prefixes of act names, none for all.

    ``open.`` before a prefix asks for what happens in public registers, whomever it concerns (see ``PUBLIC``).
    """
    if Webhook.objects.filter(organisation=organisation).count() >= PER_ORGANISATION:
        raise Conflict(
            filled(_("每个机构最多登记 %(limit)s 个回调地址，请改用已停用的那一个。"), limit=PER_ORGANISATION)
        )
    return Webhook.objects.create(organisation=organisation, url=_check_url(url), acts=_check_acts(acts))


@act("audit.webhook.change", on=Webhook, label=_("变更回调地址"), may=Holds("organisation", Role.ADMINISTRATOR))
def change_webhook(
    actor: Actor,
    webhook: Webhook,
    *,
    url: str | None = None,
    acts: Sequence[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Change the URL or the acts of a webhook, disable it or enable it again; None leaves as it is."""
    if url is not None:
        webhook.url = _check_url(url)
    if acts is not None:
        webhook.acts = _check_acts(acts)
    if active is not None:
        webhook.active = active
    webhook.save(update_fields=["url", "acts", "active"])
    return webhook


@act(
    "audit.webhook.test",
    on=Webhook,
    label=_("测试回调地址"),
    may=Holds("organisation", Role.ADMINISTRATOR),
    tells=("organisation",),
)
def ping_webhook(actor: Actor, webhook: Webhook) -> Webhook:
    """Send a message about this very act to the webhook."""
    if not webhook.active:
        raise Conflict(_("该回调地址已停用，请先启用再测试。"))
    return webhook
