"""The list page of every register, and the directory of registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.paging import capped_count
from quanheng.kernel.base.statements import rows_by_key
from quanheng.kernel.base.widgets import PlainDate, PlainHidden, PlainSelect, PlainText
from quanheng.kernel.imports.kinds import kinds_for
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.registers import queries
from quanheng.kernel.registers.declare import BulkAct, Filter, Register, register_named
from quanheng.kernel.registers.reading import Asked, ask, page, rows_of, shown_columns
from quanheng.kernel.registers.rendering import body, head
from quanheng.kernel.registers.views.common import LIMIT

ALL = ("", gettext_lazy("全部"))


class AskForm(forms.Form):
    """The filters of a register as a form."""

    def __init__(self, register: Register, given: Any) -> None:
        super().__init__(given, auto_id="filter_%s")
        if register.search:
            self.fields["q"] = forms.CharField(
                label=register.search_label or _("关键词"), required=False, max_length=100, widget=PlainText
            )
        for one in register.filters:
            self.fields[one.key] = _field(one, str(given.get(one.key) or ""))


def _field(one: Filter, asked: str) -> forms.Field:
    if not one.offered:
        return forms.CharField(label=one.label, required=False, widget=PlainHidden)
    if one.choices is not None:
        choices = [ALL, *one.choices()]
        # What is asked for by a link and not offered here, such as a region elsewhere, is shown as what it is.
        if asked not in {str(key) for key, _label in choices}:
            choices.append((asked, asked[: one.longest]))
        return forms.ChoiceField(label=one.label, required=False, choices=choices, widget=PlainSelect)
    if one.kind is bool:
        return forms.BooleanField(label=one.label, required=False)
    if one.kind is not str:
        return forms.DateField(label=one.label, required=False, widget=PlainDate)
    return forms.CharField(
        label=one.label,
        required=False,
        max_length=one.longest,
        widget=PlainText(attrs={"placeholder": one.placeholder}),
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
    first = sorted(actor.all_organisations)[:20]
    return sorted(rows_by_key(Organisation.objects.all(), first) if first else [], key=lambda one: one.pk)


@require_safe
def register_index(request: ActorRequest) -> HttpResponse:
    """All registers that the reader can open."""
    return render(
        request,
        "registers/index.html",
        {"registers": queries.registers_for(request.actor), "crumbs": [(_("登记册"), "")]},
    )
