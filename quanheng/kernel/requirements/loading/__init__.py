"""Loading facts of the registers: idempotent, all or nothing, every bad cell named with its row."""

from quanheng.kernel.requirements.loading.chinese import load_chinese
from quanheng.kernel.requirements.loading.classes import load_classifications
from quanheng.kernel.requirements.loading.graph import date_supersession
from quanheng.kernel.requirements.loading.international import load_international
from quanheng.kernel.requirements.loading.products import (
    fitting,
    item_reader,
    load_families,
    load_items,
    load_requirements,
    requirement_reader,
)
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.loading.standards import load_standards, number_table, read_number, read_standard

__all__ = [
    "Report",
    "date_supersession",
    "fitting",
    "item_reader",
    "load_chinese",
    "load_classifications",
    "load_families",
    "load_international",
    "load_items",
    "load_requirements",
    "load_standards",
    "number_table",
    "read_number",
    "read_standard",
    "requirement_reader",
]
