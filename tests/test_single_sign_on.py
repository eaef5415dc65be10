"""Signing in with the identity provider of a city: the whole way there and back, on a running platform.

The provider is a small one that speaks OpenID Connect over HTTP as a real one does: discovery, authorisation, token,
user information.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance
from tests.conftest import password_of

pytestmark = [pytest.mark.faults, pytest.mark.any_database]

MakeServer = Callable[..., Instance]
CLIENT, SECRET = "quanheng", "a secret of at least thirty-two bytes"


class Provider(ThreadingHTTPServer):
    """Knows one person, who agrees to everything at once."""

    subject = "u-1"
    refuses = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        where = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(where.query))
        if where.path == "/.well-known/openid-configuration":
            names = ("authorization", "token", "userinfo")
            self._json({f"{name}_endpoint": f"{self.server.url}/{name}" for name in names} | {
                "issuer": self.server.url, "jwks_uri": f"{self.server.url}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
        elif where.path == "/authorization":
            assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
            back = {"error": "access_denied"} if self.server.refuses else {"code": "c-1"}
            self.send_response(302)
            self.send_header(
                "Location", f"{asked['redirect_uri']}?{urllib.parse.urlencode(back | {'state': asked['state']})}"
            )
            self.end_headers()
        elif where.path == "/userinfo":
            assert self.headers["Authorization"] == "Bearer t-1"
            self._json({"sub": self.server.subject, "email": "somebody@example.org", "email_verified": True})

    def do_POST(self) -> None:
        given = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        assert (given["client_id"], given["client_secret"], given["code"]) == (CLIENT, SECRET, "c-1")
        claims = {"iss": self.server.url, "aud": CLIENT, "sub": self.server.subject, "exp": time.time() + 60}
        token = jwt.encode(claims, SECRET, algorithm="HS256")
        self._json({"access_token": "t-1", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def _json(self, value: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(("127.0.0.1", 0), _Answers)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def instance(make_server: MakeServer, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    for name, value in {"SERVER": provider.url, "CLIENT_ID": CLIENT, "SECRET": SECRET, "NAME": "统一认证"}.items():
        monkeypatch.setenv(f"QH_OIDC_{name}", value)
    made = make_server()
    yield made
    made.stop()


def go(client: Client, process: str = "") -> str:
    """Press the button, be sent to the provider and back; the text of the page where one ends."""
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": client.cookie("csrftoken")}).encode()
    path = f"/account/oidc/oidc/login/{process}"
    answer = client.send("POST", path, form, "application/x-www-form-urlencoded")
    return answer.body.decode()


def test_a_person_who_linked_their_account_signs_in_at_the_provider(instance: Instance, provider: Provider) -> None:
    guest = Client(instance.url)
    assert "用统一认证登录" in guest.send("GET", "/account/login/").body.decode()
    told = go(guest)
    assert "没有对应的账户" in told and "账户关联" in told, "whoever has linked nothing is told what to do"
    assert guest.send("GET", "/api/v1/me").status == 401

    member = Client(instance.url)
    member.sign_in("enterprise", password_of(instance, "enterprise"))
    assert "关联统一认证" in member.send("GET", "/account/3rdparty/").body.decode()
    go(member, "?process=connect")
    assert "已关联" in member.send("GET", "/account/3rdparty/").body.decode()

    again = Client(instance.url)
    again.send("GET", "/account/login/")
    go(again)
    assert again.get("/me")["username"] == "enterprise"

    provider.subject = "u-2"
    other = Client(instance.url)
    other.send("GET", "/account/login/")
    assert "没有对应的账户" in go(other), "another person of the provider is not the first"

    provider.refuses = True
    refused = Client(instance.url)
    refused.send("GET", "/account/login/")
    assert "已取消登录" in go(refused)
    assert refused.send("GET", "/api/v1/me").status == 401
