"""Standards and product families as people read them: words, badges' tones, what a list of choices offers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.html import local
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.requirements import queries

# status -> (its word, the tone of its badge)
STATUS: dict[str, tuple[Any, str]] = {
    "draft": (_("在编"), "idle"),
    "in_force": (_("现行"), "ok"),
    "upcoming": (_("即将实施"), "wait"),
    "superseded": (_("被代替"), "ended"),
    "withdrawn": (_("废止"), "bad"),
}
CONFIDENCE: dict[str, Any] = {
    "confirmed": _("已核对原文或官方发布"),
    "secondary": _("引自二手来源，待核对原文"),
    "unconfirmed": _("未核实，仅供参考"),
    "platform": _("平台自定"),
}


_FAMILIES = Asked(lambda: queries.families().only("code", "name_zh", "name_en").order_by("name_zh"))


def family_choices() -> list[tuple[str, str]]:
    """Product families as a filter offers them: code and name, by name."""
    return [(one.code, local(one)) for one in _FAMILIES()]
