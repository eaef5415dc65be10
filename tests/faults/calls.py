"""Calls of the API that may break off: one request, one connection, no memory."""

from __future__ import annotations

import http.client
import json
import re
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from quanheng.cli.instance import Instance
from tests.races import alone

BROKEN = (OSError, http.client.HTTPException)


def call(url: str, path: str, token: str, body: Any = None, timeout: float = 40.0) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a POST below /api/v1. Raises one of BROKEN where no whole answer came."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1{path}", json.dumps(body or {}), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


class Page:
    """A page with a form, opened in a browser that is signed in by this cookie, and sent later as it was opened."""

    def __init__(self, url: str, path: str, cookie: dict[str, str]) -> None:
        self.url, self.path, self.cookies = url, path, f"{cookie['name']}={cookie['value']}"
        status, told, headers = self._ask("GET", "")
        assert status == 200, told
        for one in headers.get_all("Set-Cookie") or ():
            self.cookies += f"; {one.split(';')[0]}"
        (self.token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', told))

    def send(self) -> tuple[int, str]:
        """Status and text of what answers the form, nothing filled in."""
        status, told, _headers = self._ask("POST", urlencode({"csrfmiddlewaretoken": self.token}))
        return status, told

    def _ask(self, method: str, body: str) -> tuple[int, str, Message]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=40)
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, self.path, body, headers | {"Accept-Language": "zh-hans"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()


def inside(instance: Instance, expression: str, module: str = "stock") -> dict[str, Any]:
    """What an expression of a module of these tests says in a process of its own on an instance's records."""
    told = alone(instance, f"from tests.faults.{module} import *; print(json.dumps({expression}))")
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found
