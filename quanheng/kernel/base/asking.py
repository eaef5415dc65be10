"""Pages that ask for something: what a service refuses stands beside the fields that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from quanheng.kernel.base.errors import Invalid, Refusal


def tell(form: forms.Form, refusal: Refusal, names: Mapping[str, str] | None = None) -> None:
    """Put what a service refused beside the fields that it is about.

    ``names``: what the service calls its arguments, and the fields that ask for them, where the two differ.
    """
    for error in refusal.errors:
        name = (names or {}).get(error.field, error.field)
        form.add_error(name if name in form.fields else None, str(error.message))
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
    onward: Callable[[Any], str] | None = None,
    names: Mapping[str, str] | None = None,
) -> HttpResponse | None:
    """Do what a posted form asks for and lead ``back`` with a word of it; None where the form is to be shown.

    ``why_not``: why the act is not possible as things stand; its page leads back with that at once. ``done`` may be a
    function of what the act gave, as ``onward`` is, which says where to go on instead of back. ``names``: see ``tell``.
    Wrong input stands beside its fields; what does not fit the state of things is told on the page that is led back to.
    """
    if answer := led_back(request, back, why_not):
        return answer
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = act(**form.cleaned_data)
    except Invalid as refusal:
        tell(form, refusal, names)
        return None
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    messages.success(request, str(done(made) if callable(done) else done))
    return redirect(onward(made) if onward else back)


def pressed(request: HttpRequest, act: Callable[[], Any], *, back: str, done: Any) -> HttpResponse:
    """Do an act that asks for nothing and lead ``back`` with a word of how it went; a link alone does nothing."""
    if request.method == "POST":
        try:
            act()
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(done))
    return redirect(back)


def posted(request: HttpRequest) -> Any:
    """What was sent for a form, however empty; None where nothing was."""
    return request.POST if request.method == "POST" else None


def page_of(request: HttpRequest, form: forms.Form, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page of a form that is to be shown, or shown again with what is wrong."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
