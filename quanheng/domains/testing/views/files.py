"""Pages of an order's raw files: adding, handing out, choosing what the client gets, withdrawing."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.testing import queries
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.results.erasing import MAY_ERASE, erase_raw_file, why_kept
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.queries import raw_file_by_uid
from quanheng.kernel.results.rawfiles import MAY_WITHDRAW, open_for_files, too_large
from quanheng.kernel.results.services import attach_raw_file, share_raw_file, withdraw_raw_file
from quanheng.kernel.results.serving import serve_raw_file


class ReasonForm(forms.Form):
    """Why a file does not count, or is needed no more."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


def _back(uid: str) -> HttpResponse:
    return redirect(f"{ORDER.path.format(uid=uid)}#files")


@require_POST
def order_files(request: ActorRequest, uid: str) -> HttpResponse:
    """Add the files that were chosen or photographed, each by itself: one that is refused does not hold up others."""
    order = queries.order_by_uid(request.actor, uid)
    given = [one for one in request.FILES.getlist("file") if one]
    position = request.POST.get("position", "")
    place = int(position) if position.isascii() and position.isdigit() and len(position) < 6 else None
    shared, added = request.POST.get("shared") == "on", 0
    if getattr(request, "left_out", False):
        messages.error(request, str(too_large()))
    elif not given:
        messages.error(request, _("请先选择文件或拍照。"))
    for file in given:
        name = str(file.name or "")
        try:
            attach_raw_file(request.actor, order.case, file=file, name=name, position=place, shared=shared)
            added += 1
        except Refusal as refusal:
            messages.error(request, f"{name}：{refusal}")
    if added:
        messages.success(request, _("已添加 %(count)s 个原始记录文件。") % {"count": added})
    # A script that shows the progress loads the page anew by itself: what is said waits for that.
    return HttpResponse(status=204) if request.headers.get("X-Requested-With") == "XMLHttpRequest" else _back(uid)


@require_safe
def order_file(request: ActorRequest, uid: str, raw: str) -> HttpResponseBase:
    """One file, to be saved."""
    order = queries.order_by_uid(request.actor, uid)
    return serve_raw_file(raw_file_by_uid(request.actor, order.case_id, raw))


@require_POST
def order_file_share(request: ActorRequest, uid: str, raw: str) -> HttpResponse:
    """Mean a file for the client, or keep it inside."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    try:
        share_raw_file(request.actor, found, shared=request.POST.get("shared") == "on")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _back(uid)


@require_http_methods(["GET", "HEAD", "POST"])
def order_file_withdraw(request: ActorRequest, uid: str, raw: str) -> HttpResponse:
    """Ask for the reason, and withdraw a file."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    label = _("撤下原始记录")
    possible = MAY_WITHDRAW.allows(request.actor, found) and open_for_files(order.case) and found.withdrawn_at is None
    told = _("文件不会删除：它连同理由一起保留，此后的报告不再附它。需要更正时请另外添加新文件。")
    act = partial(withdraw_raw_file, request.actor, found)
    return _on_file(request, order, found, label, act, told, None if possible else not_now(label))


@require_http_methods(["GET", "HEAD", "POST"])
def order_file_erase(request: ActorRequest, uid: str, raw: str) -> HttpResponse:
    """Ask for the reason, and delete the content of a file that need not be kept any longer."""
    order = queries.order_by_uid(request.actor, uid)
    found = raw_file_by_uid(request.actor, order.case_id, raw)
    label = _("删除原始记录的内容")
    why_not = why_kept(found) if MAY_ERASE.allows(request.actor, found) else not_now(label)
    told = _("保存期限已满。删除后内容无法恢复；文件名、大小、SHA-256 和删除理由长期保留，报告仍可验证。")
    return _on_file(request, order, found, label, partial(erase_raw_file, request.actor, found), told, why_not)


def _on_file(
    request: ActorRequest, order: Order, found: RawFile, label: str, act: Any, told: str, why_not: Any
) -> HttpResponse:
    """The page of an act on a file that asks for its reason alone."""
    page = ORDER.path.format(uid=order.case.uid)
    form, back = ReasonForm(request.POST if request.method == "POST" else None), f"{page}#files"
    if answer := acted(request, form, act, back=back, done=_("已%(act)s。") % {"act": label}, why_not=why_not):
        return answer
    crumbs = [(_("工作台"), "/work/"), (_("全部任务单"), "/orders/"), (order.case.number, page), (label, "")]
    context = {"raw": found, "form": form, "back": back, "label": label, "text": told}
    context |= {"place": "workbench", "crumbs": crumbs}
    return render(request, "testing/file_act.html", context, status=422 if form.errors else 200)
