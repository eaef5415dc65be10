"""Standards, product families and items over the API."""

from quanheng.kernel.requirements.api import acts, products, reading, watching
from quanheng.kernel.requirements.api.routing import router

__all__ = ["acts", "products", "reading", "router", "watching"]
