"""The API: the domains' routers under /api/v1, one way to answer a refusal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from quanheng.kernel.base.errors import FieldError, Invalid, Refusal

api = NinjaAPI(title="Quanheng 权衡", version="1", urls_namespace="api")


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
