"""Standards, product families and items over the API."""

from ninja import Router

from quanheng.kernel.requirements.api import acts, products, reading, watching

router = Router(tags=["requirements"])
for part in (reading, acts, watching, products):
    router.add_router("", part.router)

__all__ = ["router"]
