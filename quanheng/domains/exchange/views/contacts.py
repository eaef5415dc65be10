"""Contacts: asking the other side, and the page on which it is answered and followed to its end."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.exchange import queries, services
from quanheng.domains.exchange.finding import compared
from quanheng.domains.exchange.forms import AskForm, NoForm, ReasonForm, SignForm, WriteForm
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.process import CONTACT
from quanheng.domains.exchange.stating import money
from quanheng.domains.exchange.views.asking import asked
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import posted, pressed
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.html import local
from quanheng.kernel.cases.head import head_of
from quanheng.kernel.cases.services import ACTIONS, why_not_move

_FORMS: dict[str, type[forms.Form]] = {
    "decline": NoForm,
    "withdraw": ReasonForm,
    "write": WriteForm,
    "sign": SignForm,
    "refuse": ReasonForm,
    "take_back": ReasonForm,
    "end": NoForm,
}
# What is said once a move is done that asks for nothing.
_DONE = {
    "accept": gettext_lazy("已同意，双方可以洽谈了。"),
    "confirm": gettext_lazy("合同已由双方确认，需求办结。"),
}
_HIDDEN_CLIENT = frozenset({"asks_need"})


@require_http_methods(["GET", "POST"])
def ask_offerer(request: ActorRequest, uid: str) -> HttpResponse:
    """Whoever has the need asks whoever has the result."""
    need = queries.need_by_uid(request.actor, uid)
    offering = queries.offering_by_uid(request.actor, request.GET.get("with", ""))
    warning = "" if need.named else _("发出后，对方会知道贵企业的名称。")

    ask = partial(services.ask_offerer, request.actor, need, offering=offering)
    return _ask(request, need, offering, ask, warning)


@require_http_methods(["GET", "POST"])
def ask_needer(request: ActorRequest, uid: str) -> HttpResponse:
    """Whoever has the result asks whoever has the need."""
    offering = queries.offering_by_uid(request.actor, uid)
    need = queries.need_by_uid(request.actor, request.GET.get("with", ""))
    warning = "" if need.named else _("这家企业没有公开名称：它同意对接后您才会知道是谁。")

    ask = partial(services.ask_needer, request.actor, offering, need=need)
    return _ask(request, offering, need, ask, warning)


def _ask(request: ActorRequest, mine: Any, other: Any, ask: Any, warning: str) -> HttpResponse:
    if not queries.owns(request.actor, mine):
        raise NotFound(_("没有找到您的这条发布，请从列表中进入。"))
    need, offering = (mine, other) if isinstance(mine, TechnicalNeed) else (other, mine)
    back = reverse(f"exchange:{'need' if isinstance(other, TechnicalNeed) else 'offering'}", args=[other.uid])
    found = compared(need, offering)
    context = {
        "title": _("邀请对接"),
        "lead": f"{mine.title} ↔ {other.title}",
        "submit": _("发出邀约"),
        "warning": warning,
        "match": found,
        "crumbs": [(_("首页"), "/"), (other.title, back), (_("邀请对接"), "")],
        "action": request.get_full_path(),
    }
    return asked(
        request,
        AskForm(posted(request)),
        ask,
        context,
        back=back,
        done=_("邀约已发出，对方会收到通知。"),
        onward=lambda contact: reverse("exchange:contact", args=[contact.case.uid]),
    )


@require_safe
def contact_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One contact: the four questions, the match, what was said, how it ended."""
    page = queries.contact_page(request.actor, uid)
    contact = page.contact
    head = head_of(request.actor, contact, list(page.story), frozenset(_FORMS), page.options)
    if page.veiled:
        # Whoever asked is not told whom: neither by who has it now nor by the history.
        who = _("匿名企业") if contact.case.state in _HIDDEN_CLIENT else head["holder"]
        head |= {"holder": who if contact.open else _("已办结"), "last": None}
    return render(
        request,
        "exchange/contact.html",
        {
            "contact": contact,
            "case": head,
            "veiled": page.veiled,
            "needer": _("匿名企业") if page.veiled and not contact.need.named else local(contact.need.organisation),
            "by_need": contact.proposer_id == contact.need.organisation_id,
            "confirmed": contact.case.state == "contracted",
            "events": [
                {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in page.story
            ],
            "sees_need": TechnicalNeed.visible_to.allows(request.actor, contact.need),
            "sees_offering": Offering.visible_to.allows(request.actor, contact.offering),
            "place": "workbench",
            "crumbs": _crumbs(contact),
        },
    )


def _crumbs(contact: Contact, last: str = "") -> list[tuple[str, str]]:
    here = reverse("exchange:contact", args=[contact.case.uid])
    crumbs = [(_("工作台"), "/work/"), (_("我的需求、成果与对接"), reverse("exchange:mine"))]
    crumbs.append((contact.case.number, here if last else ""))
    return [*crumbs, (last, "")] if last else crumbs


@require_http_methods(["GET", "POST"])
def contact_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move: its page with what it asks for, or at once where it asks for nothing."""
    contact = queries.contact_by_uid(request.actor, uid)
    back, step = reverse("exchange:contact", args=[uid]), CONTACT.by_move[name]
    if name in _DONE:
        perform = partial(ACTIONS[CONTACT.name, name], request.actor, contact)
        return pressed(request, perform, back=back, done=_DONE[name])
    if name not in _FORMS:
        return redirect(back)

    def act(**given: Any) -> Any:
        if "amount" in given:
            given["amount_cents"] = money(given.pop("amount"))
        return ACTIONS[CONTACT.name, name](request.actor, contact, **given)

    context = {
        "title": step.label,
        "lead": contact.case.title,
        "danger": bool(step.target) and not CONTACT.by_state[step.target or ""].good,
        "crumbs": _crumbs(contact, str(step.label)),
    }
    done, why_not = _("已%(act)s。") % {"act": step.label}, why_not_move(request.actor, contact, name)
    return asked(request, _FORMS[name](posted(request)), act, context, back=back, done=done, why_not=why_not)
