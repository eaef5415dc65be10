"""Words that the pages and the API of the search share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LEVELS = ("exact", "start", "name", "text")
bad_kind = _("没有这种类别，可选：%(kinds)s。")
bad_region = _("区划应为 GB/T 2260 的六位代码，如 120000。")
bad_status = _("该类别没有这种状态，可选：%(statuses)s。")
page_label = _("页面")
