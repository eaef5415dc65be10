"""How often, what for and from where: limits, scopes and addresses of tokens, limits of visitors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.scopes import TABLE, Scope, scope_of
from quanheng.kernel.parties import jobs, limits
from quanheng.kernel.parties.models import ApiToken, Organisation, Person, Usage
from quanheng.kernel.parties.services.access import new_secret, token_digest
from quanheng.kernel.parties.tests.world import organisation, person

pytestmark = pytest.mark.django_db
JSON = "application/json"
NOON = 1_800_000_000.0


class Clock:
    now = NOON

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    settings.API_LIMITS = {"anonymous": (10, 30), "token": (40, 100)}
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    limits.forget()
    yield clock
    limits.forget()


def headers_of(who: Person, **facts: Any) -> dict[str, str]:
    secret = new_secret()
    ApiToken.objects.create(
        person=who, name="x", digest=token_digest(secret), expires_at=timezone.now() + timedelta(days=1), **facts
    )
    return {"authorization": f"Bearer {secret}"}


def ask(times: int, path: str = "/api/v1/organisations", **facts: Any) -> list[int]:
    return [Client().get(path, **facts).status_code for _ in range(times)]


def test_a_visitor_has_a_limit_by_address_and_is_told_when_to_come_back(clock: Clock) -> None:
    assert ask(10, REMOTE_ADDR="192.0.2.1") == [200] * 10
    refused = Client().get("/api/v1/organisations", REMOTE_ADDR="192.0.2.1")
    assert refused.status_code == 429
    told = refused.json()
    assert told["type"] == "/problems/rate-limited" and told["detail_zh"] != told["detail_en"]
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert refused.headers["RateLimit-Policy"] == '"minute";q=10;w=60, "day";q=30;w=86400'
    assert refused.headers["RateLimit"].startswith('"minute";r=0;t=')
    # Another address, and the pages of the site, go on.
    assert ask(1, REMOTE_ADDR="192.0.2.2") == [200]
    assert ask(1, "/open/", REMOTE_ADDR="192.0.2.1") == [200]
    clock.now += wait
    assert ask(10, REMOTE_ADDR="192.0.2.1") == [200] * 10
    clock.now += 60
    assert ask(11, REMOTE_ADDR="192.0.2.1") == [200] * 10 + [429]
    clock.now += 60
    # The day's limit is used up as well.
    refused = Client().get("/api/v1/organisations", REMOTE_ADDR="192.0.2.1")
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 60
    clock.now += 86400
    assert ask(1, REMOTE_ADDR="192.0.2.1") == [200]


def test_every_answer_says_what_is_left() -> None:
    for left in (9, 8):
        answer = Client().get("/api/v1/organisations", REMOTE_ADDR="192.0.2.1")
        assert answer.headers["RateLimit"].startswith(f'"minute";r={left};t=')
    missing = Client().get("/api/v1/organisations/nothing", REMOTE_ADDR="192.0.2.1")
    assert missing.status_code == 404 and missing.headers["RateLimit"].startswith('"minute";r=7;')


def test_neighbours_in_one_network_of_version_six_share_and_mapped_addresses_do_not() -> None:
    assert ask(10, REMOTE_ADDR="2001:db8::1") == [200] * 10
    assert ask(1, REMOTE_ADDR="2001:db8::2") == [429]
    assert ask(1, REMOTE_ADDR="2001:db8:0:1::1") == [200]
    assert ask(10, REMOTE_ADDR="::ffff:192.0.2.1") == [200] * 10
    assert ask(1, REMOTE_ADDR="192.0.2.1") == [429]
    assert ask(1, REMOTE_ADDR="::ffff:192.0.2.2") == [200]
    assert ask(1, REMOTE_ADDR="") == [200]


def test_what_a_proxy_says_is_believed_only_where_there_is_one(settings: Any) -> None:
    for number in range(10):
        assert ask(1, REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": f"198.51.100.{number}"}) == [200]
    assert ask(1, REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "198.51.100.99"}) == [429]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert ask(1, REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "198.51.100.7, 10.0.0.1"}) == [200]
    # A header that does not fit the setting is no failure.
    assert ask(1, REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "198.51.100.7"}) == [429]
    assert ask(1, REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "nonsense, \x7f"}) == [200]


def test_trying_out_tokens_and_passwords_counts_as_a_visitor() -> None:
    headers = {"authorization": "Bearer qh_nothing"}
    assert ask(11, REMOTE_ADDR="192.0.2.1", headers=headers) == [401] * 10 + [429]
    body = {"username": "x", "password": "y"}
    answer = Client().post("/api/v1/tokens", body, content_type=JSON, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 429


def test_a_token_has_limits_of_its_own_and_narrower_ones_where_it_says_so() -> None:
    who = person(username="zhao")
    wide, narrow = headers_of(who), headers_of(who, per_minute=3, per_day=1000)
    assert ask(4, headers=narrow) == [200] * 3 + [429]
    assert ask(41, headers=wide) == [200] * 40 + [429]


def test_processes_agree_through_the_table(clock: Clock) -> None:
    """Two processes: what one knows of the other is what was joined; together they exceed by a twentieth at most."""
    limits_of = (200, 0)
    counts: list[dict[str, limits.Count]] = [{}, {}]
    let = 0
    for turn in range(600):
        limits._counts = counts[turn % 2]
        try:
            limits.count(_request(), "token 1", limits_of)
            let += 1
        except limits.TooMany:
            pass
    limits._counts = {}
    assert 200 <= let <= 200 + 200 // limits.SHARE
    assert Usage.objects.get(name="token 1", span=60).used <= let


def _request() -> Any:
    from django.http import HttpRequest

    return HttpRequest()


def test_whoever_calls_seldom_never_writes_and_others_hardly(settings: Any) -> None:
    settings.API_LIMITS = {"anonymous": (120, 20000), "token": (1200, 200000)}
    with CaptureQueriesContext(
        connection,
    ) as seen:
        ask(5, "/api/v1/open", REMOTE_ADDR="192.0.2.1")
    assert not [one for one in seen if "parties_usage" in one["sql"]]
    with CaptureQueriesContext(connection) as seen:
        for _ in range(600):
            limits.count(_request(), "token 7", (1200, 200000))
    assert len([one for one in seen if "INSERT INTO parties_usage" in one["sql"]]) <= 10


def test_counting_takes_no_time_to_speak_of() -> None:
    request, began, times = _request(), time.process_time(), 3000
    for _ in range(times):
        limits.count(request, "token 7", (1_000_000, 0))
    assert (time.process_time() - began) / times < 0.0003


def test_a_database_that_is_busy_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    from django.db import OperationalError

    tries = 0

    def busy() -> Any:
        nonlocal tries
        tries += 1
        raise OperationalError("database is locked")

    monkeypatch.setattr(limits, "_hasty", busy)
    assert ask(11, REMOTE_ADDR="192.0.2.1") == [200] * 10 + [429]
    assert tries == 1
    clock.now += limits.AGAIN + 60
    ask(1, REMOTE_ADDR="192.0.2.1")
    assert tries == 2


def test_callers_of_past_minutes_are_forgotten(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 50)
    for number in range(200):
        limits.count(_request(), f"address {number}", (10, 0))
        assert len(limits._counts) <= 50
    Usage.objects.create(name="old", span=60, start=0, used=1)
    jobs.forget_past_usage()
    assert not Usage.objects.filter(name="old").exists()


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=60))
def test_no_minute_lets_more_through_than_its_limit(steps: list[int]) -> None:
    limits.forget()
    now, let = NOON, {}
    for step in steps:
        now += step * 20
        count = limits._counts.setdefault("x", limits.Count())
        count.limits = (5, 0)
        count.roll(now)
        if count.left(0):
            count.own = [own + 1 for own in count.own]
            let[now // 60] = let.get(now // 60, 0) + 1
    assert all(number <= 5 for number in let.values())


# --- scopes ----------------------------------------------------------------------------------------------


def test_a_token_acts_within_its_scopes() -> None:
    own = organisation()
    who = person((own, "administrator"), username="zhao")
    path, body = f"/api/v1/organisations/{own.uid}", {"phone": "022", "reason": "换号"}

    def change(*scopes: str) -> Any:
        return Client().patch(path, body, content_type=JSON, headers=headers_of(who, scopes=list(scopes)))

    for scopes in (("all",), ("registers:write",), ("read", "registers:write")):
        assert change(*scopes).status_code == 200, scopes
    Organisation.objects.update(phone="")
    for scopes in (("read",), ("orders:write", "imports", "read"), ()):
        refused = change(*scopes)
        assert refused.status_code == 403 and refused.json()["type"] == "/problems/missing-scope", scopes
        assert "registers:write" in refused.json()["detail_zh"] and "registers:write" in refused.json()["detail_en"]
    assert Organisation.objects.get(pk=own.pk).phone == ""


def test_reading_needs_its_scope_and_a_scope_gives_no_rights() -> None:
    own, other = organisation(), organisation()
    who = person((own, "member"), username="zhao")
    assert Client().get("/api/v1/me", headers=headers_of(who, scopes=["read"])).status_code == 200
    refused = Client().get("/api/v1/me", headers=headers_of(who, scopes=["orders:write"]))
    assert refused.status_code == 403 and "read" in refused.json()["detail_en"]
    beyond = Client().patch(
        f"/api/v1/organisations/{other.uid}",
        {"phone": "1", "reason": "x"},
        content_type=JSON,
        headers=headers_of(who, scopes=["registers:write"]),
    )
    assert beyond.status_code == 403 and beyond.json()["type"] == "/problems/denied"


def test_a_narrow_token_makes_no_wider_one() -> None:
    who = person(username="zhao")
    narrow = headers_of(who, scopes=["read", "registers:write", "orders:write", "imports"])
    answer = Client().post("/api/v1/me/tokens", {"name": "x", "scopes": ["all"]}, content_type=JSON, headers=narrow)
    assert answer.status_code == 403 and answer.json()["type"] == "/problems/missing-scope"
    seen = Client().post(
        "/api/v1/notices/seen", {"upto": 1}, content_type=JSON, headers=headers_of(who, scopes=["read"])
    )
    assert seen.status_code in (403, 404, 405)
    assert ApiToken.objects.count() == 2


def test_old_tokens_are_for_everything() -> None:
    who = person(username="zhao")
    assert headers_of(who) and ApiToken.objects.get().scopes == ["all"]
    assert scope_of("parties.token.issue") == Scope.ALL


def test_every_line_of_the_table_is_of_acts_that_exist_or_will() -> None:
    """A prefix that fits nothing is a slip, except for what other apps bring."""
    coming = {"imports.", "registers.", "audit.notice."}
    for prefix, _scope in TABLE:
        assert prefix in coming or any(name.startswith(prefix) for name in every_act()), prefix
    # What opens doors is for tokens without bounds only.
    for name in every_act():
        if name.startswith(
            ("parties.role.", "parties.token.", "parties.person.", "parties.signatory.", "audit.webhook.")
        ):
            assert scope_of(name) == Scope.ALL, name


# --- addresses, and the ways to make a token -----------------------------------------------------------------


def test_a_token_is_used_from_its_addresses_only() -> None:
    headers = headers_of(person(username="zhao"), addresses=["192.0.2.0/24", "2001:db8::/32"])
    for address, status in (("192.0.2.7", 200), ("2001:db8::9", 200), ("198.51.100.1", 403), ("", 403)):
        answer = Client().get("/api/v1/me", headers=headers, REMOTE_ADDR=address)
        assert answer.status_code == status, address
    assert answer.json()["type"] == "/problems/address-not-allowed"


def test_a_token_is_made_with_its_bounds(client: Client) -> None:
    who = person(username="zhao")
    headers = headers_of(who)
    body = {"name": "LIMS", "scopes": ["read", "imports"], "addresses": ["192.0.2.7", "192.0.2.9/24"], "per_minute": 5}
    made = client.post("/api/v1/me/tokens", body, content_type=JSON, headers=headers)
    assert made.status_code == 201
    assert made.json()["scopes"] == ["read", "imports"]
    assert made.json()["addresses"] == ["192.0.2.7/32", "192.0.2.0/24"]
    own = {"authorization": f"Bearer {made.json()['token']}"}
    listed = client.get("/api/v1/me/tokens", headers=own, REMOTE_ADDR="192.0.2.200")
    assert listed.json()["items"][0]["per_minute"] == 5


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"addresses": ["nowhere"]}, "addresses"),
        ({"addresses": ["192.0.2.0/33"]}, "addresses"),
        ({"per_minute": 41}, "per_minute"),
        ({"per_day": 101}, "per_day"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
    ],
)
def test_a_token_with_wrong_bounds_is_refused(client: Client, facts: dict[str, Any], field: str) -> None:
    headers = headers_of(person(username="zhao"))
    answer = client.post("/api/v1/me/tokens", {"name": "x", **facts}, content_type=JSON, headers=headers)
    assert answer.status_code == 422 and field in answer.json()["errors"][0]["field"]


def test_the_page_makes_shows_and_revokes_tokens(client: Client) -> None:
    who = person((organisation(), "administrator"), username="zhao")
    client.force_login(who)
    form = {"act": "token", "name": "LIMS", "days": "30", "scopes": ["read", "imports"], "addresses": "192.0.2.7, ::1"}
    page = client.post("/organisation/integrations/", form)
    text = page.content.decode()
    assert page.status_code == 200 and "qh_" in text and "批量导入文件" in text and "192.0.2.7/32" in text
    token = ApiToken.objects.get()
    assert token.addresses == ["192.0.2.7/32", "::1/128"]
    wrong = client.post("/organisation/integrations/", form | {"addresses": "x", "per_minute": "4000"})
    assert wrong.status_code == 422 and "不是网络地址" in wrong.content.decode()
    assert client.post(f"/organisation/integrations/tokens/{token.uid}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
