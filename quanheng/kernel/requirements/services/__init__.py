"""Acts on the register of standards and on who watches it, and the loading of its facts."""

from quanheng.kernel.requirements.loading import (
    load_chinese,
    load_classifications,
    load_families,
    load_international,
    load_items,
    load_requirements,
    load_standards,
)
from quanheng.kernel.requirements.services.conflicts import settle_conflict
from quanheng.kernel.requirements.services.standards import (
    StandardFacts,
    correct_standard,
    record_adoption,
    record_replacement,
    register_standard,
    undo_replacement,
    withdraw_standard,
)
from quanheng.kernel.requirements.services.watches import (
    EVENTS,
    start_watching,
    tell_changes,
    unwatch,
    watch_for_organisation,
    watch_standard,
)

__all__ = [
    "EVENTS",
    "StandardFacts",
    "correct_standard",
    "load_chinese",
    "load_classifications",
    "load_families",
    "load_international",
    "load_items",
    "load_requirements",
    "load_standards",
    "record_adoption",
    "record_replacement",
    "register_standard",
    "settle_conflict",
    "start_watching",
    "tell_changes",
    "undo_replacement",
    "unwatch",
    "watch_for_organisation",
    "watch_standard",
    "withdraw_standard",
]
