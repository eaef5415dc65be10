"""The search box: organisations, standards, products, items and certificate numbers by name or number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.attestations.queries import by_number
from quanheng.kernel.base.errors import Invalid, NotFound
from quanheng.kernel.parties import queries as parties
from quanheng.kernel.requirements import queries as requirements
from quanheng.kernel.requirements.models import ProductFamily, Standard

SHOWN = 8


class SearchForm(forms.Form):
    """One box."""

    q = forms.CharField(label=gettext_lazy("搜索"), max_length=200, required=False)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What is called so, or has that number: the first few of each kind, with the way to the rest."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    page: dict[str, Any] = {"place": "search", "query": text}
    if text:
        page |= _found(text)
        page["nothing"] = not any(page[name] for name in ("organisations", "standards", "families", "items", "number"))
    return render(request, "portal/search.html", page)


def _found(text: str) -> dict[str, Any]:
    return {
        "number": _certificate(text),
        "organisations": list(parties.organisations(text=text).select_related("region").order_by("-id")[: SHOWN + 1]),
        "standards": _standards(text),
        "families": _families(text),
        "items": list(requirements.items(text).order_by("name_zh")[: SHOWN + 1]),
        "shown": SHOWN,
    }


def _certificate(text: str) -> str:
    """The number, where one was issued; the page of verification says how it stands."""
    if len(text) > 60 or " " in text or not any(char.isdigit() for char in text):
        return ""
    try:
        return by_number(text).number
    except NotFound:
        return ""


def _standards(text: str) -> list[Standard]:
    if any(char.isdigit() for char in text):
        try:
            found = list(requirements.standards(number=text).order_by("-id")[: SHOWN + 1])
        except Invalid:
            found = []
        if found:
            return found
    return list(requirements.standards(text=text).order_by("-id")[: SHOWN + 1])


def _families(text: str) -> list[ProductFamily]:
    """Families by name or by what people call them; there are few enough to look at each."""
    wanted = text.lower()
    found = []
    for one in requirements.families().order_by("name_zh"):
        names = (one.name_zh, one.name_en, *one.aliases)
        if any(wanted in name.lower() or (len(name) > 1 and name.lower() in wanted) for name in names):
            found.append(one)
    return found[: SHOWN + 1]
