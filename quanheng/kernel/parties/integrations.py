"""How other systems come in and are told: one's own bearer tokens, and the webhooks of one's organisations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from quanheng.kernel.audit import webhooks
from quanheng.kernel.audit.models import Delivery, Webhook
from quanheng.kernel.audit.queries import label_of, webhooks_of
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.errors import Refusal, SignInNeeded
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.scopes import Scope
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.forms import TokenForm, WebhookForm
from quanheng.kernel.parties.models import ApiToken, Organisation, Person
from quanheng.kernel.parties.services.access import new_secret

SHOWN = 30
TONES = {"waiting": "wait", "delivered": "ok", "given_up": "bad"}


@never_cache
@require_http_methods(["GET", "POST"])
def integrations(request: ActorRequest) -> HttpResponse:
    """Tokens and webhooks, each with its form. A new token is shown on the answer itself and never again."""
    key = request.actor.person_id
    person = Person.objects.filter(pk=key).first() if key is not None else None
    if person is None:
        raise SignInNeeded(_("请先登录再管理接口令牌。"))
    own = queries.managed_by(request.actor)
    organisation = next((one for one in own if one.uid == request.GET.get("of")), own[0] if own else None)
    asks = request.POST.get("act", "") if request.method == "POST" else ""
    token = TokenForm(request.POST if asks == "token" else None, auto_id="token_%s")
    webhook = WebhookForm(request.POST if asks == "webhook" else None, auto_id="webhook_%s")
    secret = _issued(request, person, token) if token.is_valid() else ""
    if secret:
        token = TokenForm(auto_id="token_%s")
    elif organisation and webhook.is_valid() and _registered(request, organisation, webhook):
        return redirect(f"{request.path}?of={organisation.uid}")
    now, labels = timezone.now(), dict(Scope.choices)
    tokens = restrict(ApiToken.objects.filter(person=person), request.actor).order_by("-id")[:SHOWN]
    return render(
        request,
        "parties/integrations.html",
        {
            "secret": secret,
            "tokens": [
                (one, one.revoked_at is None and one.expires_at > now, [labels.get(name, name) for name in one.scopes])
                for one in tokens
            ],
            "limits": settings.API_LIMITS["token"],
            "token_form": token,
            "own": own,
            "organisation": organisation,
            **(_webhooks(request, organisation) if organisation else {}),
            "webhook_form": webhook,
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("接口与回调"), "")],
        },
        status=422 if token.errors or webhook.errors else 200,
    )


def _webhooks(request: ActorRequest, organisation: Organisation) -> dict[str, Any]:
    """The webhooks, each with its secret (at most ten by rule), and what was last sent to them."""
    rows = list(webhooks_of(request.actor, organisation).order_by("id"))
    sent = restrict(Delivery.objects.filter(webhook__in=rows), request.actor).select_related("entry", "webhook")
    return {
        "webhooks": [(row, webhooks.secret_of(row)) for row in rows],
        "deliveries": [(one, label_of(one.entry.act), TONES[one.state]) for one in sent.order_by("-id")[:SHOWN]],
    }


def _issued(request: ActorRequest, person: Person, form: TokenForm) -> str:
    """The text of a new token, or "" with the refusal in the form."""
    secret = new_secret()
    try:
        services.issue_token(request.actor, person, secret=secret, **form.cleaned_data)
    except Refusal as refusal:
        tell(form, refusal)
        return ""
    return secret


def _registered(request: ActorRequest, organisation: Organisation, form: WebhookForm) -> bool:
    try:
        webhooks.register_webhook(request.actor, organisation, **form.cleaned_data)
    except Refusal as refusal:
        tell(form, refusal)
        return False
    messages.success(request, _("已登记回调地址。"))
    return True


@require_POST
def token_revoke(request: ActorRequest, uid: str) -> HttpResponse:
    """End one of one's own tokens."""
    try:
        services.revoke_token(request.actor, queries.by_uid(ApiToken.objects.all(), uid, request.actor))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已撤销该令牌，使用它的系统立即失效。"))
    return redirect("integrations")


@require_POST
def webhook_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Send a test message, stop a webhook, or start it again."""
    webhook = queries.by_uid(Webhook.objects.select_related("organisation"), uid, request.actor)
    try:
        if name == "test":
            webhooks.ping_webhook(request.actor, webhook)
        else:
            webhooks.change_webhook(request.actor, webhook, active=name == "start")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        told = {"test": _("测试消息即将发出。"), "stop": _("已停用该回调地址。"), "start": _("已启用该回调地址。")}
        messages.success(request, told[name])
    return redirect(f"/organisation/integrations/?of={webhook.organisation.uid}")
