"""The answer of a calculation as a PDF for the file: what went in, what came out, and how to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quanheng import __version__
from quanheng.kernel.attestations.errors import RenderingError
from quanheng.kernel.attestations.pdf.typesetter import typesetter
from quanheng.kernel.base.errors import Unavailable, bilingual
from quanheng.portal.toolbox.answers import Answer
from quanheng.science.task import Task

#: Rows of a table and characters of the input that are printed; the digest stands for the rest.
_ROWS, _CHARACTERS = 120, 6000


def report_of(
    task: Task, title: str, given: Mapping[str, Any], answer: Answer, pictures: Sequence[str], verdict: str
) -> bytes:
    """The PDF. Raises Unavailable where it cannot be laid out now."""
    whole = json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sections: list[dict[str, Any]] = [{"title": _("结果"), "facts": answer.facts}] if answer.facts else []
    sections += [{"title": "", "picture": one, "alt": title} for one in pictures]
    sections += [{"title": one.title, "head": one.head, "rows": one.rows[:_ROWS]} for one in answer.grids]
    shown = whole if len(whole) <= _CHARACTERS else f"{whole[:_CHARACTERS]} …"
    digest = sha256(whole.encode()).hexdigest()
    sections.append({"title": _("输入"), "text": shown.replace(",", ", ")})
    sections.append({"title": "", "text": f"SHA-256 {digest} · POST /api/v1/calc/{task.name} · ./qh calc {task.name}"})
    view = {
        "title": title,
        "lang": "en" if (get_language() or "").startswith("en") else "zh",
        "source": task.source,
        "lead": verdict,
        "sections": sections,
        "foot": _("权衡 %(version)s 计算，%(at)s。计算书不是检测报告或校准证书。") % {
            "version": __version__, "at": timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        },
    }  # fmt: skip
    try:
        return typesetter().sheet(view)
    except RenderingError as error:
        raise Unavailable(bilingual(error.zh, error.en), code=error.code) from error
