"""The one router of this app's API: two routers with one address would answer only the methods of the first."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["requirements"])
