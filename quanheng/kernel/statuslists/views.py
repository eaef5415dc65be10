"""Status lists and the verification bundle at addresses that stay, for whoever verifies elsewhere."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from quanheng.kernel.statuslists import queries

# A list changes within a minute of what it tells.
BRIEFLY = "public, max-age=60"


@require_safe
def status_list(request: HttpRequest, lists: str, purpose: str) -> HttpResponse:
    """A list credential, byte for byte as it was signed; the same for all readers, so that proxies may keep it."""
    found = queries.signed(int(lists), purpose)
    if found is None or found.signed_at is None:
        raise Http404
    tag = f'"{found.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(found.document, content_type="application/vc")
        answer["Last-Modified"] = http_date(found.signed_at.timestamp())
    answer["ETag"], answer["Cache-Control"] = tag, BRIEFLY
    return answer


@require_safe
def verification_bundle(request: HttpRequest) -> HttpResponse:
    """Keys, status lists and checkpoint in one file, for ./qh verify --bundle."""
    return bundle_response()


def bundle_response() -> HttpResponse:
    """The bundle as a file."""
    answer = HttpResponse(queries.whole(), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="quanheng.bundle.json"'
    return answer
