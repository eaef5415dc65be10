"""Reads of the status lists: one as it is served, and all that an offline verification rests on in one file."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.utils import timezone

from quanheng.kernel.attestations.queries import whole_bundle
from quanheng.kernel.statuslists import bundle
from quanheng.kernel.statuslists.lists import address_of
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.translog.queries import latest


def signed(number: int, purpose: str) -> StatusList | None:
    """A list as it was signed last; None where there is none yet."""
    return StatusList.objects.filter(number=number, purpose=purpose).exclude(document="").first()


def all_signed() -> list[StatusList]:
    """Every list, in the order of their numbers."""
    return list(StatusList.objects.exclude(document="").order_by("number", "purpose"))


def whole() -> bytes:
    """Trust bundle, checkpoint and all status lists in one file (see ``bundle``), each as it was signed."""
    checkpoint = latest()
    document = {
        "type": bundle.TYPE,
        "generatedAt": timezone.now().isoformat(timespec="seconds"),
        "checkpoint": checkpoint.note if checkpoint else "",
        "trust": json.loads(whole_bundle()),
        "statusLists": [json.loads(one.document) for one in all_signed()],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def told() -> list[dict[str, Any]]:
    """The lists with their addresses, as the API tells them."""
    return [
        {
            "url": address_of(settings.SITE_URL, one.number, one.purpose),
            "purpose": one.purpose,
            "sha256": one.sha256,
            "signed_at": one.signed_at,
            "bytes": len(one.document),
        }
        for one in all_signed()
    ]
