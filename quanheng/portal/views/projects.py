"""The key projects of the plans, with the systems here that each is about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.html import badge, local, markup
from quanheng.kernel.base.lists import asked
from quanheng.kernel.registers.declare import Column
from quanheng.portal.coverage import System
from quanheng.portal.projects import STATUSES, Project, boxes, find_projects, projects
from quanheng.portal.views.plans import ANY, as_file, choose, frame


class ProjectFilter(forms.Form):
    """What the projects are narrowed by."""

    q = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    box = forms.ChoiceField(label=gettext_lazy("专栏"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[ANY, *((key, word) for key, (word, _t) in STATUSES.items())],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, box=[ANY, *((one.id, local(one)) for one in boxes().values())])

    def found(self) -> list[Project]:
        """The projects that are asked for."""
        return find_projects(**asked(self))


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """The projects by box, each with the systems that it is about and whether they work here."""
    form = ProjectFilter(request.GET, auto_id="filter_%s")
    found = form.found()
    return render(
        request,
        "portal/projects.html",
        {
            **frame(request, "plans-projects", form),
            "columns": [{"label": label} for label in (_("重点项目"), _("编号"), _("平台系统"), _("状态"))],
            "groups": [
                {"box": box, "rows": [_row(one) for one in found if one.box is box]} for box in boxes().values()
            ],
            "count": len(found),
            "all": len(projects()),
            "served": sum(one.status == "live" for one in projects()),
        },
    )


def _row(one: Project) -> dict[str, Any]:
    served = format_html_join(markup("<br>"), "{}", ((_system(each),) for each in one.systems))
    return {"cells": [local(one), markup('<span class="code">{}</span>', one.id), served, badge(*STATUSES[one.status])]}


def _system(one: System) -> Any:
    if one.live is None:
        return markup('<span class="code">{}</span> {}', one.id, local(one))
    return markup('<span class="code">{}</span> <a href="{}">{}</a>', one.id, one.live.page, local(one))


COLUMNS = (
    Column("id", gettext_lazy("编号"), lambda one: one.id),
    Column("document", gettext_lazy("文件"), lambda one: one.document.id, text=lambda one: local(one.document)),
    Column("section", gettext_lazy("章节"), lambda one: one.section),
    Column("box", gettext_lazy("专栏"), lambda one: one.box.id, text=lambda one: local(one.box)),
    Column("name_zh", gettext_lazy("名称"), lambda one: one.name_zh),
    Column("name_en", gettext_lazy("英文名称"), lambda one: one.name_en),
    Column("systems", gettext_lazy("平台系统"), lambda one: [each.id for each in one.systems], kind=list[str]),
    Column("status", gettext_lazy("状态"), lambda one: one.status, text=lambda one: str(STATUSES[one.status][0])),
    Column("confidence", gettext_lazy("核实程度"), lambda one: one.confidence),
)


@require_safe
def projects_csv(request: HttpRequest) -> HttpResponse:
    """The projects that the filters ask for, as a file."""
    return as_file("projects", COLUMNS, ProjectFilter(request.GET).found())
