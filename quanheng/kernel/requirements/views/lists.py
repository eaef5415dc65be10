"""Lists of standards and of product families, and the page of a family. All of them are public."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.errors import Invalid, bilingual
from quanheng.kernel.base.lists import asked, chips, listed
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.models import Standard

# status -> (its word, the tone of its badge)
STATUS: dict[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("在编"), "idle"),
    "in_force": (gettext_lazy("现行"), "ok"),
    "upcoming": (gettext_lazy("即将实施"), "wait"),
    "superseded": (gettext_lazy("被代替"), "ended"),
    "withdrawn": (gettext_lazy("废止"), "bad"),
}
CONFIDENCE: dict[str, Any] = {
    "confirmed": gettext_lazy("已核对原文或官方发布"),
    "secondary": gettext_lazy("引自二手来源，待核对原文"),
    "unconfirmed": gettext_lazy("未核实，仅供参考"),
    "platform": gettext_lazy("平台自定"),
}


class StandardFilter(forms.Form):
    """What the list of standards is narrowed by."""

    q = forms.CharField(label=gettext_lazy("标准号或名称"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), required=False, choices=[("", gettext_lazy("全部")), *Standard.Kind.choices]
    )
    status = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部")), *((name, word) for name, (word, _tone) in STATUS.items())],
    )


def dressed(standard: Standard) -> dict[str, Any]:
    """A standard with its status today as a word and the tone of its badge."""
    word, tone = STATUS[standard.status_on(timezone.localdate())]
    return {"row": standard, "word": word, "tone": tone}


@require_safe
def standard_list(request: HttpRequest) -> HttpResponse:
    """The door to standards: the register with its filters, and the product families."""
    form = StandardFilter(request.GET, auto_id="filter_%s")
    wanted = asked(form)
    found = listed(request, _matching(wanted["q"], wanted["kind"], wanted["status"]))
    return render(
        request,
        "requirements/standards.html",
        {
            "door": "standards",
            "form": form,
            "active": chips(form),
            "standards": [dressed(one) for one in found["items"]],
            "page": found["page"],
            "families": list(queries.families().order_by("name_zh")),
        },
    )


def _matching(text: str, kind: str, status: str) -> QuerySet[Standard]:
    """By number in any spelling where the text is one that the register has, else by the words of the title."""
    if any(char.isdigit() for char in text):
        try:
            rows = queries.standards(kind=kind, status=status, number=text)
        except Invalid:
            return queries.standards(kind=kind, status=status, text=text)
        if rows.exists():
            return rows
    return queries.standards(kind=kind, status=status, text=text)


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
