"""Pages of an issuer's signing keys: what there is, a new one, one that others may have, what that puts in doubt."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.falls.views import worklist_page
from quanheng.kernel.attestations.forms import CompromiseForm, IssuerRotateForm, RotateForm
from quanheng.kernel.attestations.keys.acts import ALARMED, HOLDERS, declare_compromised, rotate_key
from quanheng.kernel.attestations.keys.platform import declare_platform_compromised, rotate_platform_key
from quanheng.kernel.attestations.models import IssuerKey
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.base.errors import Denied, NotFound, SignInNeeded
from quanheng.kernel.base.html import local
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.translog.services import operated_by, operator_of


def concerned(actor: Actor, uid: str) -> Organisation:
    """The organisation with this name, for those who may do something about its keys; refuses everybody else."""
    found = by_uid(Organisation.objects.all(), uid, actor)
    if not ALARMED.allows(actor, found):
        if not actor.signed_in:
            raise SignInNeeded(_("请先登录再进行此操作。"))
        raise Denied(_("密钥由本机构管理员和主管监管机构管理。"))
    return found


def key_of(organisation: Organisation | None, uid: str) -> IssuerKey:
    """A key of the organisation, or (None) of the platform."""
    found = queries.keys_of(organisation).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("该机构没有这把密钥，请从密钥页选择。"))
    return found


def _crumbs(organisation: Organisation, last: Any = "") -> list[tuple[Any, str]]:
    here = reverse("issuer-keys", args=[organisation.uid])
    crumbs = [(local(organisation), f"/organisations/{organisation.uid}/"), (_("机构签名密钥"), here if last else "")]
    return [*crumbs, (last, "")] if last else crumbs


@require_safe
def keys_page(request: ActorRequest, uid: str) -> HttpResponse:
    """The keys with which an organisation signs and signed."""
    organisation = concerned(request.actor, uid)
    now = timezone.now()
    page = {
        "organisation": organisation,
        "keys": [(one, *_standing(one, now)) for one in queries.keys_of(organisation)],
        "may_rotate": HOLDERS.allows(request.actor, organisation),
        "crumbs": _crumbs(organisation),
    }
    return render(request, "attestations/keys.html", page)


def _standing(key: IssuerKey, now: Any) -> tuple[Any, str]:
    """The word for how a key stands, and its tone."""
    if key.compromised_from is not None:
        return _("已泄露"), "bad"
    if key.valid_from > now:
        return _("尚未启用"), "wait"
    if key.valid_until is not None and key.valid_until <= now:
        return _("已停用"), "ended"
    return _("使用中"), "ok"


@require_safe
def certificates(request: ActorRequest, uid: str) -> HttpResponse:
    """The certificates of an issuer's PDFs in one file, for PDF viewers and for whoever compares fingerprints."""
    organisation = by_uid(Organisation.objects.all(), uid, request.actor)
    found = queries.certificates_of(organisation)
    if not found:
        raise NotFound(_("该机构还没有签发过带签名的 PDF，因此没有证书。"))
    parts = [f"# SHA-256 {one.sha256}\n# {one.valid_from.isoformat()}\n{one.pem}" for one in found]
    answer = HttpResponse("\n".join(parts), content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{organisation.uid}.pem"'
    return answer


@require_http_methods(["GET", "POST"])
def rotate_page(request: ActorRequest, uid: str) -> HttpResponse:
    """A new key from the next minute on."""
    organisation = concerned(request.actor, uid)
    label, back = ACTS["attestations.key.rotate"].label, reverse("issuer-keys", args=[uid])
    form = IssuerRotateForm(request.POST if request.method == "POST" else None)
    why_not = None if HOLDERS.allows(request.actor, organisation) else not_now(label)
    act, done = partial(rotate_key, request.actor, organisation), _("新密钥一分钟后启用；旧密钥已签的报告仍然有效。")
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    page = {"organisation": organisation, "form": form, "label": label, "back": back, "danger": False}
    page |= {
        "text": _("新密钥一分钟后启用，旧密钥到那时停用。旧密钥已签的报告照常查验。更换写入透明日志。"),
        "crumbs": _crumbs(organisation, str(label)),
    }
    return render(request, "attestations/key_act.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def compromise_page(request: ActorRequest, uid: str, key: str) -> HttpResponse:
    """A key that others may have."""
    organisation = concerned(request.actor, uid)
    found = key_of(organisation, key)
    label, back = ACTS["attestations.key.compromise"].label, reverse("key-in-doubt", args=[uid, key])
    form = CompromiseForm(request.POST if request.method == "POST" else None)
    act = partial(declare_compromised, request.actor, organisation, key=found.uid)
    done = _("已宣布该密钥泄露，不再用于签名。下列报告须逐份复核。")
    if answer := acted(request, form, act, back=back, done=done):
        return answer
    page = {"organisation": organisation, "form": form, "label": label, "danger": True, "key": found}
    page |= {
        "back": reverse("issuer-keys", args=[uid]),
        "text": _(
            "宣布后该密钥立即停用，且不能撤回。所填时间以后登入日志的报告，任何人查验时都会看到“不能证实”；"
            "此前已登入日志的不受影响。"
        ),
        "crumbs": _crumbs(organisation, str(label)),
    }
    return render(request, "attestations/key_act.html", page, status=422 if form.errors else 200)


@require_safe
def in_doubt_page(request: ActorRequest, uid: str, key: str) -> HttpResponse:
    """The worklist of reports that were logged after others may have had the key; of a good key there is none."""
    organisation = concerned(request.actor, uid)
    found = key_of(organisation, key)
    if found.compromised_from is None:
        messages.info(request, _("该密钥没有宣布泄露，没有需要复核的报告。"))
        return redirect("issuer-keys", uid=uid)
    return worklist_page(request, "key", found.uid)


def _platform_crumbs(last: Any = "") -> list[tuple[Any, str]]:
    crumbs = [(_("查验"), reverse("verify")), (_("平台签名密钥"), reverse("platform-keys") if last else "")]
    return [*crumbs, (last, "")] if last else crumbs


@require_safe
def platform_page(request: ActorRequest) -> HttpResponse:
    """The platform's own keys: for whoever wants to know one beforehand, and for those who replace them."""
    now = timezone.now()
    page = {
        "keys": [(one, *_standing(one, now)) for one in queries.keys_of(None)],
        "may_rotate": operated_by(request.actor) is not None,
        "crumbs": _platform_crumbs(),
    }
    return render(request, "attestations/platform_keys.html", page)


@require_http_methods(["GET", "POST"])
def platform_rotate_page(request: ActorRequest) -> HttpResponse:
    """A new key of the platform, named by the present one."""
    operator = operator_of(request.actor)
    label, back = ACTS["attestations.platform.rotate"].label, reverse("platform-keys")
    form = RotateForm(request.POST if request.method == "POST" else None)
    act, done = (
        partial(rotate_platform_key, request.actor, operator),
        _("新的平台密钥一分钟后启用，旧密钥已签名指定它。"),
    )
    if answer := acted(request, form, act, back=back, done=done):
        return answer
    text = _(
        "旧密钥先签名指定新密钥，再停用：已经记下旧公钥的人，查验程序自动认得新的，不必重新取得。更换写入透明日志。"
    )
    page = {"organisation": operator, "form": form, "label": label, "back": back, "danger": False, "text": text}
    page["crumbs"] = _platform_crumbs(str(label))
    return render(request, "attestations/key_act.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def platform_compromise_page(request: ActorRequest, key: str) -> HttpResponse:
    """A key of the platform that others may have."""
    operator, found = operator_of(request.actor), key_of(None, key)
    label, back = ACTS["attestations.platform.compromise"].label, reverse("platform-keys")
    form = CompromiseForm(request.POST if request.method == "POST" else None)
    act = partial(declare_platform_compromised, request.actor, operator, key=found.uid)
    done = _("已宣布该平台密钥泄露。新密钥已启用，状态清单一分钟内重新签名。")
    if answer := acted(request, form, act, back=back, done=done):
        return answer
    text = _(
        "宣布后该密钥立即停用，且不能撤回。所填时间以后由它签名的状态清单和接续声明一律不被承认；"
        "记下该公钥的人须从可靠渠道重新取得新公钥。"
    )
    page = {"organisation": operator, "form": form, "label": label, "danger": True, "key": found, "back": back}
    page |= {"text": text, "crumbs": _platform_crumbs(str(label))}
    return render(request, "attestations/key_act.html", page, status=422 if form.errors else 200)
