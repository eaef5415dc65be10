"""Calls of the API that may break off: one request, one connection, no memory."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from quanheng.cli.instance import Instance

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


def inside(instance: Instance, expression: str, module: str = "stock") -> dict[str, Any]:
    """What an expression of a module of these tests says in a process of its own on an instance's records."""
    code = f"import json; from tests.faults.{module} import *; print(json.dumps({expression}))"
    told = instance.manage("shell", "-v0", "-c", code)
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found
