"""The way from a report's page to an inquiry about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.services import OPENING
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor


def inquiry_offered(actor: Actor, found: Attestation) -> list[dict[str, Any]]:
    """For the case officers of its issuer, with the report named already."""
    if not OPENING.allows(actor, found.issuer):
        return []
    address = reverse("supervision:inquire", args=[found.issuer.uid])
    return [{"label": _("发起核查"), "url": f"{address}?{urlencode({'report': found.number})}", "method": "get"}]
