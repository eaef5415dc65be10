"""Pages that ask for something: what a service refuses stands beside the fields that it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from quanheng.kernel.base.errors import Invalid, Refusal


def tell(form: forms.Form, refusal: Refusal) -> None:
    """Put what a service refused beside the fields that it is about."""
    for error in refusal.errors:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
    if not refusal.errors:
        form.add_error(None, str(refusal))


def not_now(label: Any) -> str:
    """That an act is not for this actor, or not now."""
    return _("现在不能“%(act)s”：状态或您的角色不允许。") % {"act": label}


def led_back(request: HttpRequest, back: str, why_not: Any | None) -> HttpResponse | None:
    """Lead back from the page of an act that is not possible, with the reason; None where it is, or was sent.

    What is sent is refused by its service, which sees how things stand in that moment.
    """
    if request.method == "POST" or not why_not:
        return None
    messages.error(request, str(why_not))
    return redirect(back)


def acted(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[..., Any],
    *,
    back: str,
    done: Any,
    why_not: Any | None = None,
) -> HttpResponse | None:
    """Do what a posted form asks for and lead ``back`` with a word of it; None where the form is to be shown.

    ``why_not``: why the act is not possible as things stand; its page leads back with that at once.
    Wrong input stands beside its fields; what does not fit the state of things is told on the page that is led back to.
    """
    if answer := led_back(request, back, why_not):
        return answer
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
