"""Pages that ask for something: what a service refuses stands beside the fields that it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from quanheng.kernel.base.errors import Invalid, Refusal


def tell(form: forms.Form, refusal: Refusal) -> None:
    """Put what a service refused beside the fields that it is about."""
    for error in refusal.errors:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
    if not refusal.errors:
        form.add_error(None, str(refusal))


def acted(
    request: HttpRequest, form: forms.Form, act: Callable[..., Any], *, back: str, done: Any
) -> HttpResponse | None:
    """Do what a posted form asks for and lead ``back`` with a word of it; None where the form is to be shown.

    Wrong input stands beside its fields; what does not fit the state of things is told on the page that is led back to.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        act(**form.cleaned_data)
    except Invalid as refusal:
        tell(form, refusal)
        return None
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(done))
    return redirect(back)
