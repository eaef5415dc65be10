"""The list of product families, and the page of one. All of them are public."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.models import Standard
from quanheng.kernel.requirements.shown import CONFIDENCE, STATUS


def dressed(standard: Standard) -> dict[str, Any]:
    """A standard with its status today as a word and the tone of its badge."""
    word, tone = STATUS[standard.status_on(timezone.localdate())]
    return {"row": standard, "word": word, "tone": tone}


@require_safe
def family_list(request: HttpRequest) -> HttpResponse:
    """Product families that the platform knows, with how many requirements each has."""
    families = queries.families().annotate(count=Count("requirements")).order_by("-count", "name_zh")
    return render(
        request,
        "requirements/families.html",
        {"door": "standards", "families": families, "crumbs": [(_("标准"), "/standards/"), (_("产品类别"), "")]},
    )


@require_safe
def family_page(request: HttpRequest, code: str) -> HttpResponse:
    """One product family: what its products have to meet today, by which standard and method."""
    family = queries.family_by_code(code)
    requirements = list(queries.requirements_for(family))
    return render(
        request,
        "requirements/family.html",
        {
            "door": "standards",
            "family": family,
            "requirements": requirements,
            "standards": list({one.standard_id: one.standard for one in requirements}.values()),
            "confidence": CONFIDENCE.get(family.confidence, family.confidence),
            "crumbs": [
                (_("标准"), "/standards/"),
                (_("产品类别"), "/families/"),
                (bilingual(family.name_zh, family.name_en), ""),
            ],
        },
    )
