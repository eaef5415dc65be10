"""Public verification: by the address on the document, by its number, by the file itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.kernel.attestations import queries, shown
from quanheng.kernel.attestations.api import MAX_FILE, pdf_response
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.verdict import Verdict
from quanheng.kernel.base.errors import Invalid, NotFound, Refusal

# What a form with a file of MAX_FILE weighs at most; a heavier one is refused before it is read.
MAX_FORM = MAX_FILE + 64 * 1024


# Nothing is changed and nothing kept, so there is no act that another site could forge; and whoever holds a
# document may verify it without cookies.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify_page(request: HttpRequest) -> HttpResponse:
    """The page that verifies: a number gives the status, a file is checked and forgotten."""
    page: dict[str, Any] = {"place": "verify", "number": request.GET.get("number", "").strip()[:80]}
    try:
        if request.method == "POST":
            return _file(request)
        if page["number"]:
            page["found"] = _status(queries.by_number(page["number"]))
    except Refusal as refusal:
        page["refusal"] = refusal
        return render(request, "attestations/verify.html", page, status=refusal.status)
    return render(request, "attestations/verify.html", page)


def _status(found: Attestation) -> dict[str, Any]:
    """What a number alone discloses: that it was issued, by whom, when, and whether it stands."""
    state = {"issued": "valid"}.get(found.state, found.state)
    tone, word, why = shown.STATUS[state]
    return {"row": found, "tone": tone, "word": word, "why": why}


def _file(request: HttpRequest) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM:
        raise Invalid.field("file", _("文件超过 5 MB，不像是本平台签发的文件。请上传原始文件。"))
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise Invalid.field("file", _("请选择一个文件：报告或证书的 PDF，或其数据原件（JSON）。"))
    if file.size > MAX_FILE:
        raise Invalid.field("file", _("文件超过 5 MB，不像是本平台签发的文件。请上传原始文件。"))
    verdict, stored = queries.check_file(file.read())
    page = _told(verdict, stored) | {
        "file": (file.name or "")[:120],
        "crumbs": [(_("查验"), "/verify/"), (_("文件查验结果"), "")],
    }
    return render(request, "attestations/report.html", page)


def _told(verdict: Verdict, stored: Attestation | None) -> dict[str, Any]:
    return {
        "place": "verify",
        "verdict": verdict,
        "statement": shown.statement(verdict),
        "answers": shown.answers(verdict),
        "checks": shown.checks(verdict),
        "about": shown.summary(verdict.document) if verdict.document else None,
        "stored": stored,
        "address": stored.address if stored else "",
    }


@require_safe
def attestation_page(request: HttpRequest, uid: str) -> HttpResponse:
    """The verification page of one attestation: verified now, from its frozen bytes."""
    try:
        found = queries.by_address(uid)
    except NotFound as refusal:
        page = {"place": "verify", "refusal": refusal, "number": ""}
        return render(request, "attestations/verify.html", page, status=refusal.status)
    verdict = queries.check(found)
    return render(
        request,
        "attestations/report.html",
        _told(verdict, found) | {"crumbs": [(_("查验"), "/verify/"), (found.number, "")]},
    )


@require_safe
def attestation_with_slash(request: HttpRequest, uid: str) -> HttpResponse:
    """The address as some readers of codes write it."""
    return redirect("attestation", uid=uid, permanent=True)


@require_safe
def attestation_pdf(request: HttpRequest, uid: str) -> HttpResponse:
    """The attestation as PDF, to look at or to keep."""
    return pdf_response(queries.by_address(uid))


@require_safe
def attestation_json(request: HttpRequest, uid: str) -> HttpResponse:
    """The signed original, byte for byte as issued."""
    found = queries.by_address(uid)
    answer = HttpResponse(found.document, content_type="application/vc")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return answer
