"""What every page knows."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quanheng.kernel.audit.queries import UNSEEN_SHOWN, unseen_count
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Organisation

# The banner stands or falls with a whole load of data: asking once a minute is enough, asking each page is waste.
REMEMBER_SECONDS = 60.0
_remembered: dict[str, tuple[float, bool]] = {}


def synthetic() -> bool:
    """Whether this deployment holds demonstration data; asked of the register once a minute and process."""
    at, found = _remembered.get("synthetic", (0.0, False))
    now = time.monotonic()
    if not at or now - at > REMEMBER_SECONDS:
        found = Organisation.objects.filter(synthetic=True).exists()
        _remembered["synthetic"] = (now, found)
    return found


def forget() -> None:
    """Ask again at the next page: for whoever has just loaded or removed demonstration data."""
    _remembered.clear()


def shell(request: HttpRequest) -> dict[str, Any]:
    """The actor, the deployment, the banner and the bell. What a page does not show is not asked for."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "deployment": settings.PACK["deployment"],
        "synthetic": SimpleLazyObject(synthetic),
        "notices_unread": SimpleLazyObject(lambda: _unread(actor)),
    }


def _unread(actor: Actor | None) -> str:
    """How many notices are new, as far as they are counted; "" for none."""
    count = unseen_count(actor) if actor else 0
    return f"{UNSEEN_SHOWN - 1}+" if count >= UNSEEN_SHOWN else str(count or "")
