"""The page of every register, its views, exports and history."""

from quanheng.kernel.registers.views.bulk import bulk
from quanheng.kernel.registers.views.files import export, export_file, exports
from quanheng.kernel.registers.views.history import history
from quanheng.kernel.registers.views.listing import register_index, register_view
from quanheng.kernel.registers.views.saved import view_forget, view_save

__all__ = [
    "bulk",
    "export",
    "export_file",
    "exports",
    "history",
    "register_index",
    "register_view",
    "view_forget",
    "view_save",
]
