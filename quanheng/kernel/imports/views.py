"""Pages of imports: the list, choosing and uploading, matching columns, mending rows, progress, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid, Refusal, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.imports import queries, services, sheets
from quanheng.kernel.imports.grid import grid_of, mends_of
from quanheng.kernel.imports.kinds import ImportKind, every_kind, kind_named
from quanheng.kernel.imports.models import OPEN, Batch
from quanheng.kernel.imports.reading.frames import rows_in
from quanheng.kernel.parties.models import Organisation

STATE = Batch.State
TONES = {
    STATE.READING: "wait",
    STATE.UNREADABLE: "bad",
    STATE.MATCHING: "info",
    STATE.CHECKING: "wait",
    STATE.STAGED: "info",
    STATE.COMMITTING: "wait",
    STATE.COMMITTED: "ok",
    STATE.UNDOING: "wait",
    STATE.UNDONE: "ended",
    STATE.DISCARDED: "ended",
}
# The way of a file, and which states are which step of it.
STEPS = (
    (gettext_lazy("上传"), (STATE.READING, STATE.UNREADABLE)),
    (gettext_lazy("对应列"), (STATE.MATCHING,)),
    (gettext_lazy("检查与修改"), (STATE.CHECKING, STATE.STAGED)),
    (gettext_lazy("导入"), (STATE.COMMITTING,)),
)
ACTS: dict[str, Callable[..., Batch]] = {
    "commit": services.request_commit,
    "undo": services.request_undo,
    "discard": services.discard,
    "check": services.recheck,
}
PREVIEW = 3


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _signed_in(request: ActorRequest) -> None:
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再导入。"))


def _label(batch: Batch) -> Any:
    kind = every_kind().get(batch.kind)
    return kind.label if kind else batch.kind


def _crumbs(*last: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(_("工作台"), "/work/"), (_("导入"), reverse("imports")), *last]


@require_safe
def import_list(request: ActorRequest) -> HttpResponse:
    """Imports of the actor's organisations, newest first."""
    _signed_in(request)
    kind = request.GET.get("kind", "")
    found = listed(request, queries.batches(request.actor, kind=kind))
    return render(
        request,
        "imports/list.html",
        {
            "rows": [(one, _label(one), TONES[STATE(one.state)]) for one in found["items"]],
            "page": found["page"],
            "may": bool(queries.offered(request.actor)),
            "kind": every_kind().get(kind),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("导入"), "")],
        },
    )


class UploadForm(forms.Form):
    """For whom, and the file."""

    organisation = forms.ChoiceField(label=gettext_lazy("为哪个机构导入"))
    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("CSV、XLSX、XLS、ODS 或 JSON；第一行是列名。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.xlsb,.ods,.json,.jsonl,.ndjson"}),
    )

    def __init__(self, *args: Any, owners: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.choices = [(one.uid, (_english() and one.name_en) or one.name_zh) for one in owners]
        if len(owners) == 1:
            field.widget = forms.HiddenInput()
            field.initial = owners[0].uid


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: ActorRequest) -> HttpResponse:
    """Choose what to import, then for whom and the file."""
    _signed_in(request)
    offered = queries.offered(request.actor)
    name = request.GET.get("kind", "")
    chosen = next(((kind, owners) for kind, owners in offered if kind.name == name), None)
    if chosen is None:
        if name:
            kind_named(name)
            messages.warning(request, _("您在所在机构的角色不能进行这种导入，请选择其他类型，或联系本机构管理员。"))
        return render(
            request,
            "imports/choose.html",
            {"offered": offered, "place": "workbench", "crumbs": _crumbs((_("新的导入"), ""))},
            status=403 if name else 200,
        )
    kind, owners = chosen
    form = UploadForm(request.POST or None, request.FILES or None, owners=owners)
    if request.method == "POST":
        batch = _uploaded(request, form, kind, owners)
        if batch:
            return redirect("import", batch.uid)
    return render(
        request,
        "imports/upload.html",
        {
            "kind": kind,
            "form": form,
            "limit": settings.IMPORT_MAX_BYTES // (1024 * 1024),
            "place": "workbench",
            "crumbs": _crumbs((_("新的导入"), reverse("import-new")), (kind.label, "")),
        },
        status=422 if form.errors else 200,
    )


def _uploaded(request: ActorRequest, form: UploadForm, kind: ImportKind, owners: list[Organisation]) -> Batch | None:
    """The import that a form begins; None where the form says what is wrong."""
    if getattr(request, "left_out", False):
        form.full_clean()
        form.errors.pop("file", None)
        form.add_error("file", str(services.too_large()))
        return None
    if not form.is_valid():
        return None
    owner = next(one for one in owners if one.uid == form.cleaned_data["organisation"])
    file = form.cleaned_data["file"]
    try:
        return services.upload(request.actor, owner, kind=kind.name, file=file, name=file.name)
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        form.add_error("file", str(refusal.message))
        return None


@require_safe
def import_template(request: ActorRequest) -> HttpResponse:
    """An empty table to fill in."""
    _signed_in(request)
    return sheets.template(kind_named(request.GET.get("kind", "")), request.GET.get("format", "xlsx"))


def _steps(batch: Batch) -> list[dict[str, Any]]:
    at = next((place for place, (_label, states) in enumerate(STEPS) if batch.state in states), len(STEPS))
    return [
        {"label": label, "state": "done" if place < at else "now" if place == at else "todo"}
        for place, (label, _states) in enumerate(STEPS)
    ]


def _told(text: dict[str, str]) -> str:
    return text.get("en" if _english() else "zh", "")


@require_safe
def import_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One import: what it waits for, and what can be done."""
    batch = queries.batch_by_uid(request.actor, uid)
    if batch.state == STATE.MATCHING and not batch.problem:
        return redirect("import-columns", batch.uid)
    context = _page(batch)
    if batch.state == STATE.STAGED:
        wrong = request.GET.get("show", "wrong" if batch.bad else "all") == "wrong"
        cursor = f"a{_digits(request.GET['after'])}" if request.GET.get("after") else ""
        if request.GET.get("before"):
            cursor = f"b{_digits(request.GET['before'])}"
        page = queries.rows_page(batch, wrong=wrong, cursor=cursor)
        context |= {
            "grid": grid_of(batch, page["items"], _english()) if page["items"] else None,
            "page": {"after": page["next"][1:], "before": page["previous"][1:], "count": None},
            "wrong_only": wrong,
            "tabs": [
                {"label": _("有错误的行"), "url": "?show=wrong", "current": wrong, "count": batch.bad},
                {"label": _("全部行"), "url": "?show=all", "current": not wrong, "count": batch.total},
            ],
        }
    return render(request, "imports/page.html", context)


def _digits(text: str) -> str:
    """A row's number from the address; 0 for what is none."""
    return text if text.isascii() and text.isdigit() and len(text) <= 9 else "0"


def _page(batch: Batch) -> dict[str, Any]:
    kind = batch.what
    return {
        "batch": batch,
        "kind": kind,
        "tone": TONES[STATE(batch.state)],
        "steps": _steps(batch),
        "problem": _told(batch.problem),
        "remarks": [_told(one) for one in batch.remarks],
        "link": kind.link(batch.owner) if kind.link and batch.state == STATE.COMMITTED else "",
        "percent": min(100, 100 * batch.done // batch.total) if batch.total else None,
        "storing": batch.state == STATE.COMMITTING and batch.total and batch.done >= batch.total,
        "open": batch.state in OPEN,
        "place": "workbench",
        "crumbs": _crumbs((batch.file_name, "")),
    }


@require_safe
def import_progress(request: ActorRequest, uid: str) -> HttpResponse:
    """How far the work has come; the page is loaded anew once it is done."""
    batch = queries.batch_by_uid(request.actor, uid)
    answer = render(request, "imports/progress.html", _page(batch))
    if not batch.busy:
        answer["HX-Refresh"] = "true"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: ActorRequest, uid: str) -> HttpResponse:
    """Which column of the file is which."""
    batch = queries.batch_by_uid(request.actor, uid)
    if batch.state not in OPEN:
        return redirect("import", batch.uid)
    kind, errors = batch.what, {}
    mapping = batch.mapping
    if request.method == "POST":
        mapping = {}
        for column in kind.columns:
            place, value = request.POST.get(f"column-{column.name}", ""), request.POST.get(f"value-{column.name}", "")
            if place.isascii() and place.isdigit() and len(place) < 6:
                mapping[column.name] = {"column": int(place)}
            elif value.strip():
                mapping[column.name] = {"value": value}
        try:
            services.match(request.actor, batch, mapping=mapping)
            return redirect("import", batch.uid)
        except Invalid as refusal:
            errors = {one.field: str(one.message) for one in refusal.errors}
            messages.error(request, str(refusal.message))
    first = batch.blocks.order_by("last").first()
    preview = [cells for _number, cells in rows_in(bytes(first.data))[:PREVIEW]] if first else []
    used = {choice["column"] for choice in mapping.values() if "column" in choice}
    heads = [
        {
            "place": place,
            "name": name or _("（第 %(place)s 列，没有列名）") % {"place": place + 1},
            "cells": [cells[place] if place < len(cells) else "" for cells in preview],
            "used": place in used,
        }
        for place, name in enumerate(batch.head)
    ]
    context = _page(batch) | {
        "heads": heads,
        "unused": [one for one in heads if not one["used"]],
        "columns": [
            {
                "column": column,
                "place": mapping.get(column.name, {}).get("column"),
                "value": mapping.get(column.name, {}).get("value", ""),
                "error": errors.get(column.name, ""),
                "samples": [
                    one["cells"] for one in heads if one["place"] == mapping.get(column.name, {}).get("column")
                ],
            }
            for column in kind.columns
        ],
        "steps": [
            {"label": label, "state": "done" if place < 1 else "now" if place == 1 else "todo"}
            for place, (label, _states) in enumerate(STEPS)
        ],
        "crumbs": _crumbs((batch.file_name, reverse("import", args=[batch.uid])), (_("对应列"), "")),
    }
    return render(request, "imports/columns.html", context, status=422 if errors else 200)


@require_http_methods(["PUT"])
def import_rows(request: ActorRequest, uid: str) -> HttpResponse:
    """Save rows of the grid and check them."""
    try:
        batch = queries.batch_by_uid(request.actor, uid)
        mends, version = mends_of(request.body)
        batch = services.mend(request.actor, batch, mends=mends, version=version)
    except Refusal as refusal:
        return JsonResponse(refusal.problem(), status=refusal.status, content_type="application/problem+json")
    return JsonResponse({"version": str(batch.version)})


@require_safe
def import_wrong(request: ActorRequest, uid: str) -> Any:
    """The rows with errors as a file."""
    return sheets.wrong_rows(queries.batch_by_uid(request.actor, uid), request.GET.get("format", "xlsx"))


@require_POST
def import_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Commit, undo, discard, check again."""
    batch = queries.batch_by_uid(request.actor, uid)
    try:
        ACTS[name](request.actor, batch)
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        messages.error(request, str(refusal.message))
    return redirect("import", batch.uid)
