"""The rule table, open to everybody: every clock with its source, its versions and how sure we are of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.cases import queries
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.cases.shown import CONFIDENCE, PROCESS_NAMES, length_of
from quanheng.kernel.cases.standing import source_of


@require_safe
def rule_page(request: HttpRequest, uid: str) -> HttpResponse:
    """One rule with all its versions."""
    versions = [_dressed(rule) for rule in queries.rule_versions(uid)]
    return render(
        request,
        "cases/rule.html",
        {
            "rule": next(one for one in versions if one["row"].uid == uid),
            "versions": versions,
            "crumbs": [(_("时限规则表"), "/rules/"), (versions[0]["row"].key, "")],
        },
    )


def _dressed(rule: Rule) -> dict[str, Any]:
    word, tone = CONFIDENCE.get(rule.confidence, (rule.confidence, "idle"))
    today = timezone.localdate()
    in_force = (rule.valid_from is None or rule.valid_from <= today) and (
        rule.valid_to is None or rule.valid_to >= today
    )
    return {
        "row": rule,
        "process": PROCESS_NAMES.get(rule.process, rule.process),
        "length": length_of(rule),
        "source": source_of(rule),
        "word": word,
        "tone": tone,
        "in_force": in_force,
    }
