"""The page of every register, its views, exports and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import Invalid, NotFound, Refusal, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.base.paging import capped_count
from quanheng.kernel.changes.bulk import MOST
from quanheng.kernel.changes.many import act_on_many
from quanheng.kernel.imports.kinds import kinds_for
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.registers import queries, services
from quanheng.kernel.registers.declare import BulkAct, Filter, Register, register_named
from quanheng.kernel.registers.exports import csv_lines, exported_columns, ordered, write_xlsx
from quanheng.kernel.registers.making import file_of, folder
from quanheng.kernel.registers.models import Export, SavedView
from quanheng.kernel.registers.reading import Asked, ask, page, rows_of, shown_columns
from quanheng.kernel.registers.rendering import body, head

LIMIT = 50
# A file of so many rows is made while one waits; a larger one in the background, where it holds up nobody.
AT_ONCE = 5000
ALL = ("", gettext_lazy("全部"))


class AskForm(forms.Form):
    """The filters of a register as a form."""

    def __init__(self, register: Register, given: Any) -> None:
        super().__init__(given, auto_id="filter_%s")
        if register.search:
            self.fields["q"] = forms.CharField(
                label=register.search_label or _("关键词"), required=False, max_length=100
            )
        for one in register.filters:
            self.fields[one.key] = _field(one)


def _field(one: Filter) -> forms.Field:
    if not one.offered:
        return forms.CharField(label=one.label, required=False, widget=forms.HiddenInput())
    if one.choices is not None:
        return forms.ChoiceField(label=one.label, required=False, choices=[ALL, *one.choices()])
    if one.kind is bool:
        return forms.BooleanField(label=one.label, required=False)
    if one.kind is not str:
        return forms.DateField(label=one.label, required=False, widget=forms.DateInput(attrs={"type": "date"}))
    return forms.CharField(
        label=one.label,
        required=False,
        max_length=one.longest,
        widget=forms.TextInput(attrs={"placeholder": one.placeholder}),
    )


def _chips(register: Register, form: AskForm, asked: Asked) -> list[tuple[Any, Any, str]]:
    """The filters in force as (label, value, parameter)."""
    words = {one.key: one.word for one in register.filters if one.word}
    given = {"q": asked.text, **asked.filters} if asked.text else dict(asked.filters)
    found = []
    for key, value in given.items():
        options = dict(getattr(form.fields[key], "choices", ()))
        word = _("是") if value is True else options.get(value, value)
        if key in words:
            word = words[key](value) or value
        found.append((form.fields[key].label, word, key))
    return found


def register_view(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The page of one register, for its address."""

    @require_safe
    def show(request: ActorRequest) -> HttpResponse:
        return _page(request, register_named(name))

    return show  # type: ignore[return-value]


def _page(request: ActorRequest, register: Register) -> HttpResponse:
    actor = request.actor
    asked = ask(register, request.GET.dict(), strict=False)
    refusal: Invalid | None = None
    try:
        rows = rows_of(register, actor, asked)
    except Invalid as refused:
        refusal, asked = refused, Asked(sort=asked.sort, columns=asked.columns)
        rows = rows_of(register, actor, asked)
    cursor = request.GET.get("after") or request.GET.get("before") or ""
    try:
        found = page(register, rows, asked, cursor, LIMIT)
    except Invalid:
        # A place in the list that is none leads to its beginning.
        found = page(register, rows, asked, "", LIMIT)
    count, capped = _count(rows, len(found.items), whole=not (found.next or found.previous))
    columns = shown_columns(register, asked)
    form = AskForm(register, request.GET)
    query = request.GET.copy()
    for place in ("after", "before"):
        query.pop(place, None)

    def sorted_by(key: str) -> str:
        turned = query.copy()
        turned["sort"] = key
        return str(turned.urlencode())

    offered = _bulk_acts(actor, register, found.items)
    organisations = _own(actor) if actor.signed_in else []
    context: dict[str, Any] = {
        "register": register,
        "bulk": offered,
        "importing": bool(register.importing) and register.importing in kinds_for(actor, organisations),
        "form": form,
        "active": _chips(register, form, asked),
        "asked": asked,
        "address": query.urlencode(),
        "head": head(columns, asked.sort, sorted_by, select=bool(offered)),
        "body": body(register, columns, found.items, select=bool(offered)),
        "any": bool(found.items),
        "page": {"after": found.next, "before": found.previous, "count": count, "capped": capped},
        "columns": [(column, column in columns, column is register.columns[0]) for column in register.columns],
        "views": queries.views_of(actor, register),
        "organisations": organisations,
        "refusal": refusal,
        "door": register.door(asked.filters),
        "crumbs": [(_("登记册"), "/registers/"), (register.title, "")],
    }
    if register.extra:
        context |= register.extra(request)
    return render(request, register.template, context, status=422 if refusal else 200)


def _count(rows: Any, found: int, *, whole: bool) -> tuple[int, bool]:
    """How many rows, up to the cap: one page that is everything has counted itself."""
    return (found, False) if whole else capped_count(rows)


def _bulk_acts(actor: Actor, register: Register, rows: Sequence[Any]) -> list[BulkAct]:
    """The acts that the actor may do on some row of the page."""
    if not register.bulk or not actor.signed_in:
        return []
    acts = every_act()
    return [one for one in register.bulk if any(acts[one.act].may.allows(actor, row) for row in rows)]


def _own(actor: Any) -> list[Organisation]:
    return list(Organisation.objects.filter(pk__in=actor.all_organisations).order_by("id")[:20])


@require_safe
def register_index(request: ActorRequest) -> HttpResponse:
    """All registers that the reader can open."""
    return render(
        request,
        "registers/index.html",
        {"registers": queries.registers_for(request.actor), "crumbs": [(_("登记册"), "")]},
    )


# --- one act on many rows -------------------------------------------------------------------------------------


class BulkForm(forms.Form):
    """The reason of a bulk act, and what else the act wants."""

    def __init__(self, chosen: BulkAct, given: Any) -> None:
        super().__init__(given)
        for one in chosen.wants:
            self.fields[one.name] = (
                forms.DateField(label=one.label, widget=forms.DateInput(attrs={"type": "date"}))
                if one.kind is date
                else forms.CharField(label=one.label, max_length=200)
            )
        self.fields["reason"] = forms.CharField(
            label=_("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
        )

    def arguments(self) -> dict[str, Any]:
        """What was given beside the reason, as texts."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}


@require_POST
def bulk(request: ActorRequest, name: str) -> HttpResponse:
    """One act on the rows that were ticked: first shown with its form, then done on all of them or on none."""
    register = register_named(name)
    _person(request)
    chosen = next((one for one in register.bulk if one.act == request.POST.get("act")), None)
    if chosen is None:
        raise NotFound(_("没有这项批量操作，请回到登记册重新选择。"))
    uids = list(dict.fromkeys(request.POST.getlist("uid")))[: MOST + 1]
    if not uids:
        messages.error(request, _("请先勾选要办理的行。"))
        return _back(register, "")
    confirmed = "confirmed" in request.POST
    form = BulkForm(chosen, request.POST if confirmed else None)
    refusal: Refusal | None = None
    if confirmed and form.is_valid():
        try:
            done = act_on_many(request.actor, chosen.act, uids, form.arguments(), form.cleaned_data["reason"])
        except Refusal as refused:
            refusal = refused
        else:
            if done.done:
                messages.success(request, _("已办理 %(count)s 行。") % {"count": len(done.done)})
            if done.proposed:
                messages.info(request, _("%(count)s 行等待另一人批准。") % {"count": len(done.proposed)})
            return _back(register, "")
    rows = {row.uid: row for row in register.rows(request.actor).filter(uid__in=uids)}
    return render(
        request,
        "registers/bulk.html",
        {
            "register": register,
            "chosen": chosen,
            "form": form,
            "refusal": refusal,
            "rows": [(uid, register.columns[0].reads(rows[uid])) for uid in uids if uid in rows],
            "crumbs": [(_("登记册"), "/registers/"), (register.title, register.path), (chosen.label, "")],
        },
        status=422 if refusal or (confirmed and form.errors) else 200,
    )


# --- views by name ------------------------------------------------------------------------------------------


def _person(request: ActorRequest) -> Person:
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    return Person.objects.get(pk=request.actor.person_id or 0)


def _back(register: Register, query: str) -> HttpResponse:
    return redirect(f"{register.path}?{query}" if query else register.path)


@require_POST
def view_save(request: ActorRequest, name: str) -> HttpResponse:
    """Keep the filters of the page under a name."""
    register, person = register_named(name), _person(request)
    asked = ask(register, QueryDict(request.POST.get("query", "")).dict(), strict=False)
    shared = request.POST.get("organisation", "")
    try:
        organisation = by_uid(Organisation.objects.all(), shared) if shared else None
        view = services.save_view(
            request.actor,
            person,
            register=register,
            name=request.POST.get("name", ""),
            asked=asked,
            organisation=organisation,
        )
        messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _back(register, asked.query())


@require_POST
def view_forget(request: ActorRequest, uid: str) -> HttpResponse:
    """Drop a view of one's own."""
    _person(request)
    view = by_uid(SavedView.objects.select_related("person"), uid, request.actor)
    services.forget_view(request.actor, view)
    messages.success(request, _("已删除视图“%(name)s”。") % {"name": view.name})
    return _back(register_named(view.register), "")


# --- files --------------------------------------------------------------------------------------------------

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
        services.order_export(request.actor, _person(request), register=register, asked=asked, format=format)
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
    _person(request)
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
    _person(request)
    found = by_uid(Export.objects.all(), uid, request.actor)
    path = file_of(found)
    if found.state != Export.State.READY or not path.exists():
        raise NotFound(_("文件还没有生成，或已过期清除。请回到登记册重新导出。"))
    name = f"{found.register}-{timezone.localtime(found.created_at):%Y%m%d}.{found.format}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=TYPES[found.format])


# --- history ------------------------------------------------------------------------------------------------


@require_safe
def history(request: ActorRequest, name: str, uid: str) -> HttpResponse:
    """What was done to one row: who, when, what it changed and why."""
    register = register_named(name)
    if not request.actor.signed_in:
        # The row may be public, but who changed it is for those who work here.
        raise SignInNeeded(_("请先登录再查看变更记录。"))
    row = by_uid(register.rows(request.actor), uid, request.actor)
    given = request.GET.get("before", "")
    upto = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
    told = row_story(request.actor, row, before=upto, limit=LIMIT)
    return render(
        request,
        "registers/history.html",
        {
            "register": register,
            "title": register.columns[0].reads(row),
            "events": [
                {"what": one.what, "when": one.when, "who": one.who, "detail": one.reason, "changes": one.changes}
                for one in told
            ],
            "older": told[-1].id if len(told) == LIMIT else None,
            "url": register.url(row) if register.url else "",
            "crumbs": [
                (register.title, register.path),
                (register.columns[0].reads(row), register.url(row) if register.url else ""),
                (_("变更记录"), ""),
            ],
        },
    )
