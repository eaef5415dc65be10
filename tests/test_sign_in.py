"""Signing in at a real server: its processes agree on a lock, and a passkey replaces the password."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page

from quanheng.cli.instance import Instance

from .conftest import MakeServer, password_of


@pytest.fixture(scope="module")
def own_server(make_server: MakeServer) -> Instance:
    """A platform whose accounts may be locked and changed."""
    return make_server()


def ask_token(server: Instance, username: str, password: str) -> int:
    """The status that the token endpoint answers with."""
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(
        f"{server.url}/api/v1/tokens", data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_passkey_is_registered_and_replaces_the_password(
    own_server: Instance, browser: Browser, axe: Callable[[Page], None], language: str
) -> None:
    username = sorted(account["username"] for account in own_server.accounts)[-1 if language == "en-GB" else -2]
    # A passkey is bound to a name; an address of numbers is none.
    base = own_server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=base, locale=language)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**device, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )

    page.goto("/account/login/")
    axe(page)
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", password_of(own_server, username))
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/work/"))
    page.goto("/account/2fa/webauthn/add/")
    page.fill("input[name=password]", password_of(own_server, username))
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/webauthn/add/"))
    axe(page)
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(re.compile("/account/2fa/(?!webauthn/add)"))
    page.goto("/account/2fa/")
    axe(page)
    context.clear_cookies()

    page.goto("/account/login/")
    page.click("#passkey_login")
    page.wait_for_url(re.compile("/work/"))
    who = page.evaluate("async () => (await (await fetch('/api/v1/me')).json()).username")
    assert who == username
    context.close()
    assert not problems


# The last of this file: its failures count against the address that the others come from too.
def test_many_at_once_get_no_more_guesses_than_one(own_server: Instance) -> None:
    """Two server processes, sixteen guesses at the same moment: five are judged, then the account is locked."""
    assert own_server.workers >= 2
    username = sorted(account["username"] for account in own_server.accounts)[0]
    with ThreadPoolExecutor(16) as pool:
        told = Counter(pool.map(lambda _: ask_token(own_server, username, "wrong"), range(16)))
    assert set(told) == {401, 429}
    assert told[401] <= 5
    assert ask_token(own_server, username, password_of(own_server, username)) == 429
