"""Registers as files: made while one waits, or in the background."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import NotFound, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.registers import queries, services
from quanheng.kernel.registers.declare import register_named
from quanheng.kernel.registers.exports import csv_lines, exported_columns, ordered, write_xlsx
from quanheng.kernel.registers.making import file_of, folder
from quanheng.kernel.registers.models import Export
from quanheng.kernel.registers.reading import ask, rows_of
from quanheng.kernel.registers.views.common import person_of

# A file of so many rows is made while one waits; a larger one in the background, where it holds up nobody.
AT_ONCE = 5000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def export(request: ActorRequest, name: str, format: str) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The register as a file, with the filters of the address: at once, or in the background where it is large."""
    register = register_named(name)
    if format not in TYPES:
        raise NotFound(_("导出格式应为 csv 或 xlsx。"))
    asked = ask(register, request.GET.dict())
    rows = rows_of(register, request.actor, asked)
    if rows.order_by()[: AT_ONCE + 1].count() > AT_ONCE:
        if not request.actor.signed_in:
            raise SignInNeeded(_("请先登录：行数较多的文件在后台生成，完成后在“我的导出”里下载。"))
        services.order_export(request.actor, person_of(request), register=register, asked=asked, format=format)
        messages.success(request, _("文件较大，正在后台生成；完成后在这里下载。"))
        return redirect("exports")
    columns = exported_columns(register, asked)
    filename = f"{register.name}-{timezone.localdate():%Y%m%d}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    found = ordered(register, rows, asked)
    if format == "csv":
        text = "".join(csv_lines(columns, found))
        return HttpResponse(text, content_type=TYPES["csv"], headers=headers)
    part = folder() / f"{register.name}-{timezone.now().timestamp():.6f}-{id(request)}.part"
    try:
        write_xlsx(part, str(register.title), columns, found)
        return HttpResponse(part.read_bytes(), content_type=TYPES["xlsx"], headers=headers)
    finally:
        part.unlink(missing_ok=True)


@require_safe
def exports(request: ActorRequest) -> HttpResponse:
    """The reader's exports, with those still being made; a page that waits asks again by itself."""
    person_of(request)
    found = listed(request, queries.exports_of(request.actor))
    known = {one.name: one.title for one in queries.registers_for(request.actor)}
    return render(
        request,
        "registers/exports.html",
        {
            "exports": [{"row": one, "title": known.get(one.register, one.register)} for one in found["items"]],
            "waiting": any(one.state == Export.State.WAITING for one in found["items"]),
            "page": found["page"],
            "crumbs": [(_("登记册"), "/registers/"), (_("我的导出"), "")],
        },
    )


@require_safe
def export_file(request: ActorRequest, uid: str) -> FileResponse:
    """The file of one's own export."""
    person_of(request)
    found = by_uid(Export.objects.all(), uid, request.actor)
    path = file_of(found)
    if found.state != Export.State.READY or not path.exists():
        raise NotFound(_("文件还没有生成，或已过期清除。请回到登记册重新导出。"))
    name = f"{found.register}-{timezone.localtime(found.created_at):%Y%m%d}.{found.format}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=TYPES[found.format])
