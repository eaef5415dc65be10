"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The actor and the deployment."""
    return {"actor": getattr(request, "actor", None), "deployment": settings.PACK["deployment"]}
