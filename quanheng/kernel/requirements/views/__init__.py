"""Pages of standards, of product families, and of what a keeper or a watcher of standards does."""

from quanheng.kernel.requirements.views.conflicts import conflict_list, conflict_settle
from quanheng.kernel.requirements.views.lists import family_list, family_page
from quanheng.kernel.requirements.views.standard import standard_page
from quanheng.kernel.requirements.views.watches import watch_end, watch_list, watch_start

__all__ = [
    "conflict_list",
    "conflict_settle",
    "family_list",
    "family_page",
    "standard_page",
    "watch_end",
    "watch_list",
    "watch_start",
]
