"""The gate as pages and the API show it before anything is signed."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.gate.evaluation import Evaluation, evaluate
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of
from quanheng.kernel.attestations.shown import looked_at
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Denied, bilingual
from quanheng.kernel.cases.models import Case

_WORDS: dict[str, tuple[str, Any]] = {
    "pass": ("ok", _("符合")),
    "fail": ("bad", _("不符合")),
    "not-evaluated": ("idle", _("未判断")),
}


def rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The rules with what they find, those that are not kept first, as ``attestations/gate.html`` shows them."""
    asked = sorted(evaluation.asked, key=lambda one: ("fail", "not-evaluated", "pass").index(one.found.outcome))
    return [
        {
            "rule": one.rule.key,
            "title": bilingual(one.rule.title_zh, one.rule.title_en),
            "why": bilingual(one.found.zh, one.found.en),
            "mend": bilingual(one.found.mend_zh, one.found.mend_en) if one.found.mend_zh else "",
            "source": one.rule.source,
            "version": one.rule.valid_from.isoformat(),
            "hard": one.rule.grade == "hard",
            "outcome": one.found.outcome,
            "tone": _WORDS[one.found.outcome][0],
            "word": _WORDS[one.found.outcome][1],
            "looked_at": looked_at(one.found.looked_at),
            "said": "",
        }
        for one in asked
    ]


def told(evaluation: Evaluation) -> dict[str, Any]:
    """How the gate stands, in one line for the page: whether it blocks, what wants a reason, how many are kept."""
    return {
        "rows": rows(evaluation),
        "hard": len(evaluation.failing("hard")),
        "soft": len(evaluation.failing("soft")),
        "kept": evaluation.count("pass"),
        "open": evaluation.count("not-evaluated"),
        "all": len(evaluation.asked),
    }


def gate_of(actor: Actor, order: Order) -> Evaluation:
    """What the gate finds today. Raises Denied for whoever is outside the institution and does not oversee it."""
    if not Case.inside.allows(actor, order.case):
        raise Denied(_("签发前核查涉及机构内部记录，只对承接机构和主管监管机构开放。"))
    return evaluate(order, results_of(order.case_id), day=timezone.localdate())


def gate_out(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as the API tells it."""
    shown = [
        {name: row[name] for name in _PLAIN}
        | {name: str(row[name]) for name in _LAZY}
        | {"looked_at": [str(one) for one in row["looked_at"]]}
        for row in rows(evaluation)
    ]
    counts = {grade: len(evaluation.failing(grade)) for grade in ("hard", "soft")}
    return {"rules": evaluation.rules, **counts, "rows": shown}


_PLAIN = ("rule", "version", "hard", "outcome", "source")
_LAZY = ("title", "why", "mend")
