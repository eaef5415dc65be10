"""What the pages of this app share: firms found by what somebody typed, and a page for a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from quanheng.domains.stations import queries
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import page_of
from quanheng.kernel.base.errors import Invalid, SignInNeeded
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.parties.models import Organisation


def must_sign_in(request: ActorRequest) -> None:
    """Raises SignInNeeded for a visitor."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))


def own(actor: Actor, *roles: str) -> list[Organisation]:
    """The organisations in which the actor holds one of the roles."""
    rows = Organisation.objects.filter(pk__in=actor.organisations(*roles), merged_into=None)
    return list(rows.order_by("name_zh")[:200])


def organisation_named(field: str, text: str) -> Organisation:
    """The one organisation that a credit code or a full name means. Raises Invalid at ``field``."""
    found = queries.firms_named(text)
    if len(found) == 1 and text.strip() in (found[0].uscc, found[0].name_zh, found[0].name_en):
        return found[0]
    if found:
        names = listed(one.name_zh for one in found[:5])
        raise Invalid.field(field, filled(_("请填写信用代码或全称。相近的有：%(names)s。"), names=names))
    raise Invalid.field(field, _("名录中没有这家机构，请核对信用代码或全称。"))


def form_page(request: ActorRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """One form on one page."""
    return page_of(request, form, "stations/form.html", context)
