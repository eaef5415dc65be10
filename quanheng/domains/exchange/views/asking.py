"""Pages that ask for something: done in the common way, or shown in this app's own looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, page_of

# What a service calls its arguments, and the fields that ask for them.
_FIELDS = {"budget_cents": "budget", "price_cents": "price", "amount_cents": "amount", "named": "anonymous"}


def asked(
    request: ActorRequest, form: forms.Form, act: Callable[..., Any], context: dict[str, Any], *,
    back: str, done: Any, onward: Callable[[Any], str] | None = None, why_not: Any | None = None,
    template: str = "exchange/ask.html",
) -> HttpResponse:  # fmt: skip
    """The page of a form: done and led on, led back with the reason, or shown with what is wrong."""
    names = _FIELDS
    if answer := acted(request, form, act, back=back, done=done, onward=onward, why_not=why_not, names=names):
        return answer
    return page_of(request, form, template, {"back": back, "place": "workbench", **context})
