"""Open data may be read from any site's page (CORS): nothing there depends on who is signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

OPEN = ("/open/", "/api/v1/open")
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match, Authorization",
    "Access-Control-Max-Age": "86400",
}
_EXPOSED = "ETag, Content-Length, Content-Range, Accept-Ranges, Last-Modified, RateLimit, RateLimit-Policy, Retry-After"


class OpenMiddleware:
    """Answers preflights for open data and lets every site read the answers; without cookies, by the rule of ``*``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(OPEN):
            return self.get_response(request)
        if request.method == "OPTIONS":
            answer = HttpResponse(status=204, headers=_ALLOWED)
        else:
            answer = self.get_response(request)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Expose-Headers"] = _EXPOSED
        return answer
