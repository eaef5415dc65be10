"""What the published plans ask for, and what of it works here: the systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.html import local
from quanheng.kernel.base.lists import asked, chips
from quanheng.kernel.registers.declare import Column
from quanheng.kernel.registers.exports import csv_lines
from quanheng.portal.coverage import GRADES, KINDS, System, documents, find_systems, systems
from quanheng.portal.indicators import indicators
from quanheng.portal.projects import projects

ANY = ("", gettext_lazy("全部"))


def of_plan() -> list[tuple[str, Any]]:
    """The plans as choices of a filter."""
    return [(one.id, local(one)) for one in documents().values()]


def choose(form: forms.Form, **choices: Sequence[tuple[str, Any]]) -> None:
    """Offer choices in a form's fields: those whose words depend on the reader's language."""
    for name, offered in choices.items():
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered


def frame(request: HttpRequest, current: str, form: forms.Form) -> dict[str, Any]:
    """What the three lists share: tabs, filters, the way to the same list as a file."""
    tabs = [
        ("plans", _("全部系统"), len(systems())),
        ("plans-projects", _("重点项目"), len(projects())),
        ("plans-indicators", _("指标"), len(indicators())),
    ]
    query = request.GET.urlencode()
    address = reverse(f"{current}-csv")
    return {
        "form": form,
        "active": [chip for chip in chips(form) if request.GET.get(chip[2]) not in (None, "", "all")],
        "tabs": [
            {"label": label, "url": reverse(name), "current": name == current, "count": count}
            for name, label, count in tabs
        ],
        "csv": f"{address}?{query}" if query else address,
        "crumbs": [(_("规划落实"), "")],
    }


def as_file(name: str, columns: Sequence[Column], rows: Sequence[Any]) -> HttpResponse:
    """A list of the plans as a CSV file."""
    filename = f"{name}-{timezone.localdate():%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return HttpResponse("".join(csv_lines(columns, rows)), content_type="text/csv; charset=utf-8", headers=headers)


class SystemFilter(forms.Form):
    """What the systems of the plans are narrowed by."""

    q = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    document = forms.ChoiceField(label=gettext_lazy("文件"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[ANY, ("live", gettext_lazy("可用")), ("prepared", gettext_lazy("在建"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, document=[*of_plan(), ("all", _("全部"))])

    def found(self) -> list[System]:
        """The systems that are asked for."""
        wanted = asked(self)
        document = "" if wanted["document"] == "all" else wanted["document"]
        return find_systems(q=wanted["q"], document=document, status=wanted["status"])


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The systems of the plans with their status, grouped by plan: one plan at first, all of them on request."""
    asking = request.GET.copy()
    if asking.get("document") not in {"all", *documents()}:
        # Whoever looks for a name or a status looks in every plan.
        narrowed = asking.get("q") or asking.get("status")
        asking["document"] = "all" if narrowed else next(iter(documents()))
    form = SystemFilter(asking, auto_id="filter_%s")
    found = form.found()
    return render(
        request,
        "portal/plans.html",
        {
            **frame(request, "plans", form),
            "groups": [
                {"document": document, "rows": [_row(one) for one in found if one.document is document]}
                for document in documents().values()
            ],
            "count": len(found),
            "all": len(systems()),
            "live": sum(one.live is not None for one in systems()),
        },
    )


def _row(one: System) -> dict[str, Any]:
    return {"system": one, "kind": KINDS[one.kind], "grade": GRADES[one.grade]}


COLUMNS = (
    Column("id", gettext_lazy("编号"), lambda one: one.id),
    Column("document", gettext_lazy("文件"), lambda one: one.document.id, text=lambda one: local(one.document)),
    Column("section", gettext_lazy("章节"), lambda one: one.section),
    Column("name_zh", gettext_lazy("名称"), lambda one: one.name_zh),
    Column("name_en", gettext_lazy("英文名称"), lambda one: one.name_en),
    Column("kind", gettext_lazy("类别"), lambda one: one.kind, text=lambda one: str(KINDS[one.kind])),
    Column("must_do", gettext_lazy("要做什么"), lambda one: local(one, "must_do")),
    Column(
        "status", gettext_lazy("状态"), lambda one: one.status, text=lambda one: _("可用") if one.live else _("在建")
    ),
    Column("page", gettext_lazy("页面"), lambda one: one.live.page if one.live else ""),
    Column("note", gettext_lazy("做到哪里"), lambda one: local(one.live, "note")),
)


@require_safe
def systems_csv(request: HttpRequest) -> HttpResponse:
    """The systems that the filters ask for, of every plan where none is named, as a file."""
    return as_file("systems", COLUMNS, SystemFilter(request.GET).found())
