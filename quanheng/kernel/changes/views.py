"""Pages of proposals: what waits for me, what I have proposed, one proposal with what it changes; and the rules."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.audit.queries import label_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import FieldError, Refusal, SignInNeeded
from quanheng.kernel.base.lists import listed
from quanheng.kernel.changes import queries, services
from quanheng.kernel.changes.codec import decode
from quanheng.kernel.changes.forms import SwitchForm
from quanheng.kernel.changes.models import Proposal
from quanheng.kernel.changes.proposing import rehearse, shifted
from quanheng.kernel.changes.wording import EMPTY, Effect, arguments_for, column_label, effects_for
from quanheng.kernel.parties.models import Organisation

TONES = {"waiting": "wait", "approved": "ok", "declined": "bad", "taken_back": "ended", "outdated": "ended"}
ACTS: dict[str, tuple[Any, Any]] = {
    "approve": (services.approve_proposal, lambda: _("已批准，变更已生效。")),
    "decline": (services.decline_proposal, lambda: _("已退回，没有任何改变。")),
    "take_back": (services.take_back_proposal, lambda: _("已撤回，没有任何改变。")),
}
# Where people look at what a proposal is about.
SUBJECTS = {
    "parties.organisation": "/organisations/{uid}/",
    "requirements.standard": "/standards/{uid}/",
}


def _signed_in(request: ActorRequest) -> None:
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再查看变更。"))


@require_safe
def change_list(request: ActorRequest) -> HttpResponse:
    """Proposals, newest first: those that wait for me, my own, and those that were decided."""
    _signed_in(request)
    show = request.GET.get("show", "")
    show = show if show in queries.SHOWS else "waiting"
    found = listed(request, queries.proposals(request.actor, show))
    tabs = [("waiting", _("等我批准")), ("mine", _("我提出的")), ("decided", _("已处理的"))]
    return render(
        request,
        "changes/list.html",
        {
            "show": show,
            "rows": [(one, label_of(one.act), TONES[one.state]) for one in found["items"]],
            "page": found["page"],
            "tabs": [{"label": label, "url": f"?show={name}", "current": name == show} for name, label in tabs],
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("变更审批"), "")],
        },
    )


def shown(actor: Actor, proposal: Proposal) -> dict[str, Any]:
    """A proposal for one reader: while it waits, what it would change if it were approved now.

    ``refusal`` is why it could not be, ``shifted`` what has changed since it was proposed.
    """
    context: dict[str, Any] = {"refusal": None, "shifted": [], "arguments": []}
    effects = proposal.effects
    try:
        context["arguments"] = arguments_for(actor, proposal.subject_type, proposal.arguments)
        if proposal.state == Proposal.State.WAITING:
            context["shifted"] = [
                (column_label(row, column), EMPTY if then in (None, "") else then, EMPTY if now in (None, "") else now)
                for row, column, then, now in shifted(proposal.basis)
            ]
            subject = proposal.subject()
            if subject is not None and not context["shifted"]:
                effects = rehearse(proposal.act, actor, subject, decode(proposal.arguments))
    except Refusal as refusal:
        context["refusal"] = refusal
    context["effects"] = effects_for(actor, effects)
    return context


@never_cache
@require_safe
def change_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One proposal: who wants what and why, exactly what changes, and what I can do."""
    _signed_in(request)
    proposal = queries.proposal_by_uid(request.actor, uid)
    waiting, mine = proposal.state == Proposal.State.WAITING, proposal.proposer_id == request.actor.person_id
    subject = proposal.subject()
    path = SUBJECTS.get(proposal.subject_type, "")
    context = shown(request.actor, proposal)
    effects: list[Effect] = context["effects"]
    return render(
        request,
        "changes/change.html",
        {
            **context,
            "proposal": proposal,
            "label": label_of(proposal.act),
            "tone": TONES[proposal.state],
            "subject_url": path.format(uid=getattr(subject, "uid", "")) if path and subject is not None else "",
            "may_take_back": waiting and mine,
            "may_decide": waiting and not mine,
            "may_approve": waiting and not mine and not context["shifted"] and context["refusal"] is None,
            "nothing": not any(effect.changes or effect.facts for effect in effects),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("变更审批"), "/changes/"), (proposal.subject_name, "")],
        },
    )


@require_POST
def change_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Approve, decline or take back."""
    proposal = queries.proposal_by_uid(request.actor, uid)
    perform, told = ACTS[name]
    try:
        perform(request.actor, proposal, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        messages.error(request, _in_full(refusal))
    else:
        messages.success(request, told())
    return redirect("change", uid)


def _in_full(refusal: Refusal) -> str:
    """A refusal in one text, each thing that is wrong once."""
    errors: tuple[FieldError, ...] = refusal.errors
    return " ".join(dict.fromkeys([str(refusal), *(str(error.message) for error in errors)]))


@require_http_methods(["GET", "HEAD", "POST"])
def rule_list(request: ActorRequest) -> HttpResponse:
    """Which acts need a second person here, why, and by whose word; the city's administrator sets it."""
    _signed_in(request)
    here = Organisation.objects.filter(kind="regulator", region_code=settings.PACK["deployment"]["region"])
    regulator = here.filter(pk__in=request.actor.organisations("administrator")).order_by("id").first()
    if request.method == "POST":
        # Whoever administers no regulator of the city is told so by the act itself.
        office = regulator or here.order_by("id").first()
        form = SwitchForm(request.POST)
        try:
            if not form.is_valid() or office is None:
                messages.error(request, _("请选择是否需要第二人，并填写理由（不超过 300 个字）。"))
            else:
                services.switch_rule(
                    request.actor,
                    office,
                    act=form.cleaned_data["act"],
                    required=form.cleaned_data["required"] == "yes",
                    reason=form.cleaned_data["reason"],
                )
                messages.success(request, _("已设定。今后提出的按此办理，已在等待的照旧处理。"))
        except Refusal as refusal:
            messages.error(request, _in_full(refusal))
        return redirect("change-rules")
    return render(
        request,
        "changes/rules.html",
        {
            "rules": queries.rules(),
            "may": regulator is not None,
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("变更审批"), "/changes/"), (_("第二人规则"), "")],
        },
    )
