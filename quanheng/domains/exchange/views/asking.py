"""Pages that ask for something: the form, a refusal beside the fields that it names, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid, Refusal

# What a service calls its arguments, and the fields that ask for them.
_FIELDS = {"budget_cents": "budget", "price_cents": "price", "amount_cents": "amount", "named": "anonymous"}


def posted(request: ActorRequest) -> Any:
    """What was sent for a form, however empty; None where nothing was."""
    return request.POST if request.method == "POST" else None


def asked(
    request: ActorRequest, form: forms.Form, act: Callable[[Any], str], context: dict[str, Any], *,
    template: str = "exchange/ask.html", back: str = "",
) -> HttpResponse:  # fmt: skip
    """The page of a form. ``act`` does what it asks for and says where to go on; what it refuses is shown beside the
    fields, or, where the matter has changed meanwhile, on the page ``back``."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act(form))
        except Invalid as refusal:
            for error in refusal.errors:
                name = _FIELDS.get(error.field, error.field)
                form.add_error(name if name in form.fields else None, str(error.message))
            if not refusal.errors:
                form.add_error(None, str(refusal))
        except Refusal as refusal:
            if not back:
                raise
            messages.error(request, str(refusal))
            return redirect(back)
    shown = {"form": form, "back": back, "place": "workbench", **context}
    return render(request, template, shown, status=422 if form.errors else 200)
