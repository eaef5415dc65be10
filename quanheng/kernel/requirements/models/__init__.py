"""What things are assessed against: standards, the items they lay down, and the limits for a product."""

from quanheng.kernel.requirements.models.classes import Classification
from quanheng.kernel.requirements.models.conflicts import Conflict
from quanheng.kernel.requirements.models.products import Item, ProductFamily, Requirement
from quanheng.kernel.requirements.models.standards import Relation, Standard, StandardCode
from quanheng.kernel.requirements.models.watches import Watch

__all__ = [
    "Classification",
    "Conflict",
    "Item",
    "ProductFamily",
    "Relation",
    "Requirement",
    "Standard",
    "StandardCode",
    "Watch",
]
