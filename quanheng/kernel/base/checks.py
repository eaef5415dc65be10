"""What acts ask of a single text; rows of many cells are read with ``cells``."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled

REASON_LENGTH = 300
_MISSING = _("请填写内容。")


def checked_text(name: str, text: str, longest: int, *, required: bool = True, missing: Any = _MISSING) -> str:
    """The text, stripped; Invalid at field ``name`` for an empty one (``missing``), an endless one, or U+0000."""
    text = text.strip()
    if required and not text:
        raise Invalid.field(name, missing)
    if len(text) > longest:
        raise Invalid.field(name, filled(_("最多 %(longest)s 个字，请缩短。"), longest=longest))
    if "\x00" in text:
        # PostgreSQL keeps no such character.
        raise Invalid.field(name, _("含有不可见的控制字符，请删除。"))
    return text


def need_reason(reason: str) -> str:
    """The reason of an act, stripped. Raises Invalid for an empty or an endless one."""
    return checked_text("reason", reason, REASON_LENGTH, missing=_("请填写理由：它将留在记录中。"))
