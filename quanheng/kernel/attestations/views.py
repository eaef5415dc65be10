"""Public verification: by the address on the document, by its number, by the file itself; and what keepers may do."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.attestations import queries, shown
from quanheng.kernel.attestations.api import MAX_FILE, pdf_response, projection_response, proof_response
from quanheng.kernel.attestations.beside import offered_beside
from quanheng.kernel.attestations.credentials import untp
from quanheng.kernel.attestations.credentials.credential import CONTEXT_PATHS, context_document
from quanheng.kernel.attestations.credentials.rawdata import check_raw, digest
from quanheng.kernel.attestations.credentials.verdict import Verdict
from quanheng.kernel.attestations.falls.doubts import doubts_of
from quanheng.kernel.attestations.following.views import offered
from quanheng.kernel.attestations.forms import StatusForm
from quanheng.kernel.attestations.keeping.views import keep_link
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import CHANGES, changes
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.base.errors import Invalid, NotFound, Refusal
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.parties.queries import by_uid

# What a form with a file of MAX_FILE weighs at most; a heavier one is refused before it is read.
MAX_FORM = MAX_FILE + 64 * 1024


# Nothing is changed and nothing kept, so there is no act that another site could forge; and whoever holds a
# document may verify it without cookies.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify_page(request: ActorRequest) -> HttpResponse:
    """The page that verifies: a number gives the status, a file is checked and forgotten."""
    page: dict[str, Any] = {"place": "verify", "number": request.GET.get("number", "").strip()[:80]}
    try:
        if request.method == "POST":
            return _file(request)
        if page["number"]:
            found = queries.by_number(page["number"])
            page |= {"found": _status(found), "follow": offered(request.actor, found)}
    except Refusal as refusal:
        page["refusal"] = refusal
        return render(request, "attestations/verify.html", page, status=refusal.status)
    return render(request, "attestations/verify.html", page)


def _status(found: Attestation) -> dict[str, Any]:
    """What a number alone discloses: that it was issued, by whom, when, whether it stands, and what replaced it."""
    tone, word, why = shown.STATUS[shown.status_of(found)]
    doubts = doubts_of(found)
    if doubts and found.state == Attestation.State.ISSUED:
        why = shown.IN_DOUBT
    return {"row": found, "tone": tone, "word": word, "why": why, "doubts": doubts}


def _file(request: ActorRequest) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM:
        raise Invalid.field("file", _("文件超过 5 MB，不像是本平台签发的文件。请上传原始文件。"))
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise Invalid.field("file", _("请选择一个文件：报告或证书的 PDF，或其数据原件（JSON）。"))
    if file.size > MAX_FILE:
        raise Invalid.field("file", _("文件超过 5 MB，不像是本平台签发的文件。请上传原始文件。"))
    verdict, stored = queries.check_file(file.read())
    page = _told(request.actor, verdict, stored) | {
        "file": (file.name or "")[:120],
        "crumbs": [(_("查验"), "/verify/"), (_("文件查验结果"), "")],
    }
    return render(request, "attestations/report.html", page)


def _told(actor: Actor, verdict: Verdict, stored: Attestation | None) -> dict[str, Any]:
    versions = _versions(actor, stored) if stored else []
    here = next((place for place, one in enumerate(versions) if one["here"]), 0)
    doubts = doubts_of(stored) if stored else []
    return {
        "place": "verify",
        "verdict": verdict,
        "doubts": doubts,
        "statement": shown.statement(verdict, in_doubt=bool(doubts)),
        "answers": shown.answers(verdict, in_doubt=bool(doubts)),
        "checks": shown.checks(verdict),
        "about": shown.summary(verdict.document) if verdict.document else None,
        "stored": stored,
        "address": stored.address if stored else "",
        "projectable": verdict.document is not None and untp.projectable(verdict.document),
        "versions": versions,
        "replacement": versions[here - 1] if here else None,
    }


def _versions(actor: Actor, stored: Attestation) -> list[dict[str, Any]]:
    """The chain of amendments, the latest first; empty where there is none.

    Whoever holds one document holds none of the others by it: of those, a number leads to the status alone, as it
    does for everybody, except for those whom they concern.
    """
    found = queries.chain(stored)
    if len(found) == 1:
        return []
    rows = []
    for one in reversed(found):
        tone, word, _why = shown.STATUS[shown.status_of(one)]
        path = reverse("attestation", args=[one.uid]) if Attestation.visible_to.allows(actor, one) else ""
        path = path or f"{reverse('verify')}?{urlencode({'number': one.number})}"
        rows.append({"row": one, "tone": tone, "word": word, "here": one.pk == stored.pk, "url": path})
    return rows


@require_safe
def attestation_page(request: ActorRequest, uid: str) -> HttpResponse:
    """The verification page of one attestation: verified now, from its frozen bytes."""
    try:
        found = queries.by_address(uid)
    except NotFound as refusal:
        page = {"place": "verify", "refusal": refusal, "number": ""}
        return render(request, "attestations/verify.html", page, status=refusal.status)
    page = _told(request.actor, queries.check(found), found) | _kept(request.actor, found)
    page["follow"] = offered(request.actor, found)
    return render(request, "attestations/report.html", page | {"crumbs": [(_("查验"), "/verify/"), (found.number, "")]})


def _kept(actor: Actor, found: Attestation) -> dict[str, Any]:
    """What the page adds for those whom the attestation concerns: its case, its story, the acts of its keepers."""
    if not Attestation.visible_to.allows(actor, found):
        return {}
    process = PROCESSES[found.case.process] if found.case and Case.visible_to.allows(actor, found.case) else None
    return {
        "case": found.case if process else None,
        "case_path": process.path.format(uid=found.case.uid) if process and found.case else "",
        "acts": [
            {
                "label": one.label,
                "url": reverse("attestation-change", args=[found.uid, one.name]),
                "method": "get",
                "danger": one.name == "withdraw",
            }
            for one in changes(actor, found)
        ]
        + keep_link(actor, found)
        + offered_beside(actor, found),
        "events": [
            {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason}
            for told in row_story(actor, found)
        ],
    }


@require_http_methods(["GET", "POST"])
def attestation_change(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """Suspend, reinstate or withdraw, with the reason that verifiers will see."""
    found = by_uid(Attestation.objects.select_related("issuer", "client"), uid, request.actor)
    back = reverse("attestation", args=[uid])
    label = ACTS[f"attestations.{name}"].label
    form = StatusForm(request.POST if request.method == "POST" else None)
    possible = name in {one.name for one in changes(request.actor, found)}
    act, done = partial(CHANGES[name], request.actor, found), _("已%(act)s。") % {"act": label}
    why_not = None if possible else not_now(label)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    page = {"attestation": found, "form": form, "label": label, "back": back, "danger": name == "withdraw"}
    page |= {"text": shown.MEANING[name], "place": "verify"}
    page["crumbs"] = [(_("查验"), "/verify/"), (found.number, back), (str(label), "")]
    return render(request, "attestations/change.html", page, status=422 if form.errors else 200)


# As with verification: nothing is changed and nothing kept.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def attestation_raw(request: ActorRequest, uid: str) -> HttpResponse:
    """Whether a file is one of a report's raw data: hashed here and forgotten, for browsers that cannot do it."""
    found = queries.by_address(uid)
    if request.method == "GET":
        return redirect(f"{reverse('attestation', args=[uid])}#raw")
    page = _told(request.actor, queries.check(found), found) | _kept(request.actor, found)
    page |= {"crumbs": [(_("查验"), "/verify/"), (found.number, "")]}
    file = request.FILES.get("file")
    status = 422
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM or (file and (file.size or 0) > MAX_FILE):
        page["raw_wrong"] = _(
            "文件超过 5 MB。请在能运行脚本的浏览器中核对，或用 ./qh verify --raw 在自己的电脑上核对。"
        )
    elif file is None or not file.size:
        page["raw_wrong"] = _("请选择一个原始记录文件。")
    else:
        status = 200
        name = (file.name or "")[:120]
        page["raw_checked"] = shown.raw_told(check_raw(queries.document_of(found), digest(file.chunks()), name))
    return render(request, "attestations/report.html", page, status=status)


@require_safe
def context(request: HttpRequest, edition: str) -> HttpResponse:
    """The JSON-LD context of an edition of the format, at the address that documents name."""
    if edition not in CONTEXT_PATHS:
        raise Http404
    body = json.dumps(context_document(settings.SITE_URL, edition), ensure_ascii=False)
    return HttpResponse(body, content_type="application/ld+json")


@require_safe
def attestation_with_slash(request: HttpRequest, uid: str) -> HttpResponse:
    """The address as some readers of codes write it."""
    return redirect("attestation", uid=uid, permanent=True)


@require_safe
def attestation_pdf(request: HttpRequest, uid: str) -> HttpResponse:
    """The attestation as PDF, to look at or to keep."""
    return pdf_response(queries.by_address(uid))


@require_safe
def attestation_proof(request: HttpRequest, uid: str) -> HttpResponse:
    """The proof that the attestation is in the log, to be verified with it anywhere."""
    return proof_response(queries.by_address(uid))


@require_safe
def attestation_untp(request: HttpRequest, uid: str) -> HttpResponse:
    """The attestation as a UNTP Digital Conformity Credential: a projection, not signed."""
    return projection_response(queries.by_address(uid))


@require_safe
def attestation_json(request: HttpRequest, uid: str) -> HttpResponse:
    """The signed original, byte for byte as issued."""
    found = queries.by_address(uid)
    answer = HttpResponse(found.document, content_type="application/vc")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return answer
