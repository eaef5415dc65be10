"""Pages of results by file: the template, and uploading it filled in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.testing import queries
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.sheet import Filled, enter_file, grid_with, template_csv, template_xlsx
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid, Refusal
from quanheng.kernel.imports.services import too_large
from quanheng.kernel.imports.sheets import XLSX


@require_safe
def results_template(request: ActorRequest, uid: str) -> HttpResponse:
    """A table with the order's items, to be filled in."""
    order = queries.order_by_uid(request.actor, uid)
    return template_answer(request, order, request.GET.get("format", "xlsx"))


def template_answer(request: ActorRequest, order: Order, form: str) -> HttpResponse:
    """The template as a file. Raises Invalid for another form than csv and xlsx."""
    today = timezone.localdate()
    if form == "csv":
        answer = HttpResponse(template_csv(order, request.actor, today), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        answer = HttpResponse(template_xlsx(order, request.actor, today), content_type=XLSX)
    else:
        raise Invalid.field("format", _("模板只有 csv 和 xlsx 两种格式。"))
    answer["Content-Disposition"] = f'attachment; filename="{order.case.number}-results.{form}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def results_file(request: ActorRequest, uid: str) -> HttpResponse:
    """Record what a file holds; where something is wrong, the grid shows the file's cells with what and where."""
    order = queries.order_by_uid(request.actor, uid)
    enter, file = redirect("testing:enter", uid), request.FILES.get("file")
    if request.method != "POST":
        return enter
    try:
        if getattr(request, "left_out", False):
            raise too_large()
        if file is None:
            raise Invalid.field("file", _("请先选择文件。"))
        found, saved = enter_file(request.actor, order, file, timezone.localdate())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return enter
    if saved is not None:
        messages.success(request, _("已保存 %(count)s 项结果。") % {"count": len(found.cells)})
        return enter
    return render(request, "testing/enter.html", _wrong(request, order, found), status=422)


def _wrong(request: ActorRequest, order: Order, found: Filled) -> dict[str, Any]:
    back = ORDER.path.format(uid=order.case.uid)
    grid, loose = grid_with(order, request.actor, found, timezone.localdate())
    return {
        "order": order,
        "grid": grid,
        "back": back,
        "faults": True,
        "found_faults": len(found.errors),
        "loose": loose,
        "crumbs": [
            (_("工作台"), "/work/"),
            (_("全部任务单"), "/orders/"),
            (order.case.number, back),
            (_("录入结果"), ""),
        ],
        "place": "workbench",
    }
