"""A list as a page shows it: keyset slice, capped count, and the filters in force as chips."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.paging import Slice, capped_count, slice_of


def listed(request: HttpRequest, rows: QuerySet[Any], *, limit: int = 50, key: str = "pk") -> dict[str, Any]:
    """``items`` and ``page`` (what ``components/pager.html`` takes) at the place that the address names.

    A cursor that is none leads to the first page. Two queries.
    """
    cursor = request.GET.get("after") or request.GET.get("before") or ""
    try:
        found: Slice = slice_of(rows, cursor, limit, key=key)
    except Invalid:
        found = slice_of(rows, "", limit, key=key)
    count, capped = capped_count(rows)
    return {
        "items": found.items,
        "page": {"after": found.next, "before": found.previous, "count": count, "capped": capped},
    }


def asked(form: forms.Form) -> dict[str, Any]:
    """What a filter form asks for; a value that is no choice asks for nothing."""
    form.is_valid()
    return {name: form.cleaned_data.get(name) or "" for name in form.fields}


def chips(form: forms.Form) -> list[tuple[Any, Any, str]]:
    """The filters in force as (label, value, parameter), for ``components/filters.html``."""
    found = []
    for name, value in asked(form).items():
        if value and not form.fields[name].widget.is_hidden:
            options = dict(getattr(form.fields[name], "choices", ()))
            found.append((form.fields[name].label, options.get(value, value), name))
    return found
