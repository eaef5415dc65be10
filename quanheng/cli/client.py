"""A person at the public API of a running platform: signs in as a browser does, then asks. Standard library only."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any

TIMEOUT = 60.0


@dataclass(frozen=True)
class Answer:
    """What the platform answered."""

    status: int
    kind: str
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.body)


class Refused(Exception):
    """The platform refused (4xx) or failed (5xx); ``problem`` is its RFC 9457 answer where there is one."""

    def __init__(self, method: str, path: str, answer: Answer) -> None:
        self.answer = answer
        self.problem: dict[str, Any] = answer.json if answer.body and "json" in answer.kind else {}
        detail = self.problem.get("detail") or answer.body[:300].decode(errors="replace")
        wrong = "; ".join(f"{error['field']}: {error['message']}" for error in self.problem.get("errors", ()))
        super().__init__(f"{method} {path}: {answer.status} {detail}" + (f" ({wrong})" if wrong else ""))


class Client:
    """One person, or a visitor, at ``url``."""

    def __init__(self, url: str, language: str = "zh-hans") -> None:
        self.url = url.rstrip("/")
        self.language = language
        self.token = ""
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def cookie(self, name: str) -> str:
        """The value of a cookie, "" where it was never set."""
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == name), "")

    def sign_in(self, username: str, password: str) -> None:
        """Sign in with the form that people use. Raises Refused."""
        path = "/account/login/"
        self.send("GET", path)
        form = {"login": username, "password": password, "csrfmiddlewaretoken": self.cookie("csrftoken")}
        answer = self.send("POST", path, urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        if not self.cookie("sessionid"):
            raise Refused("POST", path, answer)

    def take_token(self, username: str, password: str) -> None:
        """Sign in as a program does: from now on every request carries a bearer token. Raises Refused."""
        found = self.post("/tokens", {"username": username, "password": password, "name": "tour", "days": 1})
        self.token = found["token"]

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        """One request to any path; whatever comes back is the answer."""
        headers = {
            "Accept-Language": self.language,
            "Referer": f"{self.url}/",
            "X-CSRFToken": self.cookie("csrftoken"),
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if kind:
            headers["Content-Type"] = kind
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, response.headers.get("Content-Type", ""), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers.get("Content-Type", ""), error.read())

    def call(self, method: str, path: str, data: Any = None) -> Any:
        """One call of the API, ``path`` below /api/v1; returns the JSON, b"" where there is no content (204).

        Raises Refused from status 400 on.
        """
        body = None if data is None else json.dumps(data).encode()
        answer = self.send(method, f"/api/v1{path}", body, "application/json" if body is not None else "")
        if answer.status >= 400:
            raise Refused(method, path, answer)
        return answer.json if answer.body and "json" in answer.kind else answer.body

    def get(self, path: str, **query: Any) -> Any:
        """Read ``path`` with a query. Raises Refused."""
        return self.call("GET", f"{path}?{urllib.parse.urlencode(query, doseq=True)}" if query else path)

    def post(self, path: str, data: Any = None) -> Any:
        """Do what ``path`` names. Raises Refused."""
        return self.call("POST", path, {} if data is None else data)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        """Send a file as a form of a browser does, with the form's other fields. Raises Refused."""
        mark = secrets.token_hex(8)
        heads = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
        heads.append(
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        before = "\r\n".join(f"--{mark}\r\n{head}" for head in heads)
        body = before.encode() + content + f"\r\n--{mark}--\r\n".encode()
        answer = self.send("POST", f"/api/v1{path}", body, f"multipart/form-data; boundary={mark}")
        if answer.status >= 400:
            raise Refused("POST", path, answer)
        return answer.json
