"""The API: the domains' routers under /api/v1, one way to answer a refusal."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from quanheng.kernel.base.errors import FieldError, Invalid, Proposed, Refusal, in_language
from quanheng.kernel.base.openapi import PROBLEM_TYPE, Document
from quanheng.kernel.parties.api_auth import AUTH
from quanheng.kernel.parties.limits import tell

logger = logging.getLogger(__name__)

PREFIX = "/api/v1/"


class Unreadable(Refusal):
    """The request cannot be read at all."""

    code = "unreadable"
    title = _("请求无法读取")


class NotJson(Unreadable):
    status = 415
    code = "unsupported-media-type"


class JsonParser(Parser):
    """Reads a body as JSON (RFC 8259) that every database can keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise NotJson(_("请求正文须为 JSON，请将 Content-Type 设为 application/json。"))
        try:
            data = json.loads(request.body, parse_constant=_no_constant)
            text = json.dumps(data, ensure_ascii=False)
            text.encode()  # refuses halves of surrogate pairs
        except (ValueError, RecursionError):
            raise Unreadable(_("请求正文不是有效的 JSON，请检查格式与编码（UTF-8）。")) from None
        if "\\u0000" in text.replace("\\\\", ""):
            raise Unreadable(_("文字中含有空字符（U+0000），请删去。"))
        return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class Api(NinjaAPI):
    """Ninja with our document."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> Document:
        """The OpenAPI 3.1 document of all routers."""
        return Document(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)


api = Api(title="Quanheng 权衡", version="1", urls_namespace="api", auth=AUTH, parser=JsonParser())


# What ``api`` answers, kept beside the code; a test holds it to the code.
DOCUMENT = settings.ROOT / "docs" / "api" / "openapi.json"


@require_safe
@gzip_page
@conditional_page
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as it is kept: to make it of 1,100 shapes takes seconds, and anybody may ask for it."""
    return HttpResponse(DOCUMENT.read_bytes(), content_type="application/json")


def problem(refusal: Refusal) -> HttpResponse:
    """A refusal as an RFC 9457 problem."""
    return JsonResponse(
        refusal.problem(),
        status=refusal.status,
        content_type=PROBLEM_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


@api.exception_handler(Refusal)
def on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return problem(refusal)


@api.exception_handler(Proposed)
def on_proposed(request: HttpRequest, waiting: Proposed) -> HttpResponse:
    """The act needs a second person: accepted, not done."""
    body = {
        "proposal": waiting.proposal.uid,
        "act": waiting.proposal.act,
        "detail": str(waiting.message),
        "detail_zh": in_language(waiting.message, "zh-hans"),
        "detail_en": in_language(waiting.message, "en"),
    }
    return JsonResponse(body, status=202, json_dumps_params={"ensure_ascii": False})


@api.exception_handler(ValidationError)
def on_schema(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if getattr(request, "left_out", False):
        # A file was sent, but it is larger than any may be: it was not kept.
        return problem(_refusal_of(413))
    errors = [
        FieldError(".".join(str(step) for step in one["loc"][1:]) or str(one["loc"][0]), one["msg"])
        for one in error.errors
    ]
    return problem(Invalid(_("请求内容与接口说明不符，请按逐项提示修改。"), errors=errors))


@api.exception_handler(HttpError)
def on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses; a refusal of the parser comes wrapped in one of these."""
    cause = error.__cause__
    return problem(cause if isinstance(cause, Refusal) else _refusal_of(error.status_code))


@api.exception_handler(RequestDataTooBig)
def on_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(_refusal_of(413))


@api.exception_handler(OperationalError)
def on_database(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """The database cannot write (its disk is full, somebody else writes for too long): nothing was kept."""
    logger.error("database: %s", error, exc_info=error)
    return problem(_refusal_of(503))


_SENTENCES: dict[int, tuple[str, Any]] = {
    400: ("unreadable", _("请求无法读取，请检查格式。")),
    403: ("denied", _("请求被拒绝，请刷新页面后重试。")),
    404: ("not-found", _("接口中没有这个地址，请对照接口说明核对。")),
    405: ("method-not-allowed", _("该地址不支持这种请求方法，请对照接口说明核对。")),
    413: ("too-large", _("请求超过允许的大小，请分批提交。")),
    503: ("unavailable", _("数据库暂时无法写入，本次请求没有写入任何内容。请稍后再试；如仍出现，请运维检查磁盘。")),
    500: ("failure", _("服务器出错，本次请求没有写入任何内容。请稍后再试，仍不行请联系平台运维。")),
}


def _refusal_of(status: int) -> Refusal:
    """What to say where only a status is known."""
    code, sentence = _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])
    refusal = Refusal(sentence, code=code)
    refusal.status = status  # type: ignore[misc]
    return refusal


class ProblemMiddleware:
    """Below /api/v1/ whatever goes wrong is a problem: unknown addresses, methods, oversized bodies, failures."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        inside = request.path_info.startswith(PREFIX)
        if inside and ("\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")):
            return problem(Unreadable(_("地址中含有空字符（U+0000），请删去。")))
        answer = self.get_response(request)
        if not inside:
            return answer
        if answer.status_code < 400 or answer.headers.get("Content-Type") == PROBLEM_TYPE:
            tell(request, answer)
            return answer
        told = problem(_refusal_of(answer.status_code))
        tell(request, told)
        if "Allow" in answer.headers:
            told.headers["Allow"] = answer.headers["Allow"]
        return told


api.add_router("/orders", "quanheng.domains.testing.api.router")
api.add_router("/orders", "quanheng.domains.testing.api_files.router")
api.add_router("", "quanheng.domains.testing.subcontract_api.router")
api.add_router("", "quanheng.domains.testing.gate_api.router")
api.add_router("/refunds/", "quanheng.domains.testing.refund_api.router")
api.add_router("", "quanheng.kernel.attestations.api.router")
api.add_router("", "quanheng.kernel.attestations.keys.api.router")
api.add_router("", "quanheng.kernel.attestations.falls.api.router")
api.add_router("", "quanheng.kernel.parties.api.router")
api.add_router("", "quanheng.kernel.audit.api.router")
api.add_router("", "quanheng.kernel.requirements.api.router")
api.add_router("/rules", "quanheng.kernel.cases.api.rules")
api.add_router("/cases", "quanheng.kernel.cases.api.cases")
api.add_router("/log", "quanheng.kernel.translog.api.router")
api.add_router("", "quanheng.kernel.statuslists.api.router")
api.add_router("/signals", "quanheng.kernel.signals.api.router")
api.add_router("", "quanheng.domains.capacity.api.router")
api.add_router("", "quanheng.domains.services.api.router")
api.add_router("/exchange", "quanheng.domains.exchange.api.router")
api.add_router("", "quanheng.domains.stations.api.router")
api.add_router("", "quanheng.domains.disputes.api.router")
api.add_router("", "quanheng.domains.supervision.api.router")
api.add_router("", "quanheng.kernel.competence.api.router")
api.add_router("", "quanheng.kernel.objects.api.router")
api.add_router("", "quanheng.kernel.registers.api.router")
api.add_router("", "quanheng.kernel.imports.api.router")
api.add_router("", "quanheng.kernel.changes.api.router")
api.add_router("", "quanheng.kernel.search.api.router")
api.add_router("", "quanheng.kernel.opendata.api.router")
api.add_router("/plans", "quanheng.portal.api.router")
api.add_router("/calc", "quanheng.portal.api_calc.router")
