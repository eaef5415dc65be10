"""The API: the domains' routers under /api/v1, one way to answer a refusal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from quanheng.kernel.base.errors import FieldError, Invalid, Refusal
from quanheng.kernel.parties.api_auth import AUTH

api = NinjaAPI(title="Quanheng 权衡", version="1", urls_namespace="api", auth=AUTH)


def problem(refusal: Refusal) -> HttpResponse:
    """A refusal as an RFC 9457 problem."""
    return JsonResponse(
        refusal.problem(),
        status=refusal.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return problem(refusal)


@api.exception_handler(ValidationError)
def on_schema(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        FieldError(".".join(str(step) for step in one["loc"][1:]) or str(one["loc"][0]), one["msg"])
        for one in error.errors
    ]
    return problem(Invalid(_("请求内容与接口说明不符，请按逐项提示修改。"), errors=errors))


@api.exception_handler(HttpError)
def on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses, such as a body that is not JSON."""
    refusal = Invalid(_("请求无法读取：%(why)s。请检查格式。") % {"why": str(error)})
    refusal.status = error.status_code  # type: ignore[misc]
    return problem(refusal)


api.add_router("/orders", "quanheng.domains.testing.api.router")
api.add_router("", "quanheng.kernel.attestations.api.router")
api.add_router("", "quanheng.kernel.parties.api.router")
api.add_router("", "quanheng.kernel.audit.api.router")
api.add_router("", "quanheng.kernel.requirements.api.router")
