"""The API of parties: who calls, what a stranger sees, tokens and CSRF."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.kernel.base.paging import COUNT_CAP
from quanheng.kernel.parties.models import ApiToken, Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.test_sign_in import code_of
from quanheng.kernel.parties.tests.world import PASSWORD, credit_code, organisation, person, region

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def token(who: Person, **facts: Any) -> dict[str, Any]:
    answer = Client().post(
        "/api/v1/tokens", {"username": who.username, "password": PASSWORD, **facts}, content_type=JSON
    )
    assert answer.status_code == 201, answer.content
    return answer.json()


def bearer(who: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {token(who)['token']}"}


def test_a_token_acts_as_its_person_until_it_ends(client: Client) -> None:
    own = organisation()
    who = person((own, "administrator"), username="zhao", password=PASSWORD)
    made = token(who, name="ERP", days=3)
    assert made["token"].startswith("qh_")
    assert made["token"] not in str(ApiToken.objects.values())
    headers = {"authorization": f"Bearer {made['token']}"}
    me = client.get("/api/v1/me", headers=headers).json()
    assert (me["username"], me["posts"][0]["role"]) == ("zhao", "administrator")
    changed = client.patch(
        f"/api/v1/organisations/{own.uid}", {"phone": "022", "reason": "换号"}, content_type=JSON, headers=headers
    )
    assert changed.json()["phone"] == "022"
    listed = client.get("/api/v1/me/tokens", headers=headers).json()["items"]
    assert [(one["name"], one["last_used_at"] is not None) for one in listed] == [("ERP", True)]
    assert client.delete("/api/v1/tokens/current", headers=headers).status_code == 204
    refused = client.get("/api/v1/me", headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/bad-token")
    # A token that does not hold is refused even where nobody would be let in.
    assert client.get("/api/v1/organisations", headers=headers).status_code == 401


@pytest.mark.parametrize("end", ["expired", "closed", "revoked"])
def test_a_token_ends_with_its_time_or_its_person(client: Client, end: str) -> None:
    who = person(username="zhao", password=PASSWORD)
    headers = bearer(who)
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    if end == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "closed":
        Person.objects.update(is_active=False)
    else:
        uid = ApiToken.objects.get().uid
        assert client.delete(f"/api/v1/tokens/{uid}", headers=headers).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_using_a_token_does_not_write_each_time(client: Client) -> None:
    headers = bearer(person(username="zhao", password=PASSWORD))
    client.get("/api/v1/organisations", headers=headers)
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/v1/organisations", headers=headers)
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    assert len(queries) <= 4


def test_failures_at_the_token_endpoint_lock_like_those_on_the_page(client: Client) -> None:
    who = person(username="zhao", password=PASSWORD)
    for _ in range(5):
        wrong = client.post("/api/v1/tokens", {"username": "Zhao", "password": "no"}, content_type=JSON)
        assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/bad-credentials")
    locked = client.post("/api/v1/tokens", {"username": "zhao", "password": PASSWORD}, content_type=JSON)
    assert (locked.status_code, locked.json()["type"]) == (429, "/problems/locked")
    assert "5 分钟" in locked.json()["detail_zh"]
    assert "5 minutes" in locked.json()["detail_en"]
    page = client.post("/account/login/", {"login": "zhao", "password": PASSWORD})
    assert page.status_code == 200
    assert who.tokens.count() == 0


def test_a_second_factor_is_asked_of_tokens_too(client: Client) -> None:
    who = person(username="zhao", password=PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(who, secret)
    codes = RecoveryCodes.activate(who).generate_codes()
    facts = {"username": "zhao", "password": PASSWORD}
    asked = client.post("/api/v1/tokens", facts, content_type=JSON)
    assert (asked.status_code, asked.json()["type"]) == (401, "/problems/otp-needed")
    wrong = client.post("/api/v1/tokens", {**facts, "otp": "000000"}, content_type=JSON)
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/bad-otp")
    code = code_of(secret)
    assert client.post("/api/v1/tokens", {**facts, "otp": code}, content_type=JSON).status_code == 201
    assert client.post("/api/v1/tokens", {**facts, "otp": code}, content_type=JSON).status_code == 401
    assert client.post("/api/v1/tokens", {**facts, "otp": codes[0]}, content_type=JSON).status_code == 201
    assert client.post("/api/v1/tokens", {**facts, "otp": codes[0]}, content_type=JSON).status_code == 401
    for _ in range(5):
        client.post("/api/v1/tokens", {**facts, "otp": "000000"}, content_type=JSON)
    locked = client.post("/api/v1/tokens", {**facts, "otp": codes[1]}, content_type=JSON)
    assert locked.status_code == 429


def test_a_session_must_carry_the_csrf_token_to_change_anything() -> None:
    own = organisation()
    who = person((own, "administrator"), username="zhao", password=PASSWORD)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(who)
    url, change = f"/api/v1/organisations/{own.uid}", {"phone": "1", "reason": "换号"}
    assert browser.get("/api/v1/me").status_code == 200
    refused = browser.patch(url, change, content_type=JSON)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/csrf")
    browser.get("/account/password/change/")
    value = browser.cookies["csrftoken"].value
    assert browser.patch(url, change, content_type=JSON, headers={"x-csrftoken": value}).status_code == 200
    # A bearer token needs none, and outranks the session that comes with it.
    other = person(username="other", password=PASSWORD)
    assert browser.get("/api/v1/me", headers=bearer(other)).json()["username"] == "other"
    assert browser.patch(url, change, content_type=JSON, headers=bearer(other)).status_code == 403


def test_the_register_is_public_filtered_paged_and_counted_no_further_than_the_cap(client: Client) -> None:
    organisation("laboratory", "120101", "海河检测")
    organisation("laboratory", "210102", "辽河检测")
    organisation("enterprise", "120102", "海河阀门")
    names = lambda query: [one["name_zh"] for one in client.get(f"/api/v1/organisations?{query}").json()["items"]]  # noqa: E731
    assert names("") == ["海河阀门", "辽河检测", "海河检测"]
    assert names("kind=laboratory&region=120000") == ["海河检测"]
    assert names("text=海河 阀") == ["海河阀门"]
    first = client.get("/api/v1/organisations?limit=2").json()
    assert (first["count"], first["capped"], len(first["items"])) == (3, False, 2)
    rest = client.get(f"/api/v1/organisations?limit=2&cursor={first['next']}").json()
    assert [one["name_zh"] for one in rest["items"]] == ["海河检测"]
    assert client.get("/api/v1/organisations?cursor=x").status_code == 422
    assert client.get("/api/v1/organisations?kind=guild").status_code == 422
    where = region()
    Organisation.objects.bulk_create(
        [
            Organisation(uscc=f"X{n}", name_zh=f"n{n}", kind="enterprise", region=where, region_code=where.code)
            for n in range(COUNT_CAP)
        ]
    )
    many = client.get("/api/v1/organisations").json()
    assert (many["count"], many["capped"]) == (COUNT_CAP, True)
    assert client.get("/api/v1/organisations/0000000000000").status_code == 404
    assert [one["code"] for one in client.get("/api/v1/regions?within=210000").json()["items"]] == ["210102"]


def test_the_story_of_an_organisation_over_the_api(client: Client) -> None:
    city, lab = organisation("regulator", "120000"), {"kind": "laboratory", "region": region("120101").code}
    officer = bearer(person((city, "case_officer"), username="officer", password=PASSWORD))
    made = client.post(
        "/api/v1/organisations",
        {"uscc": credit_code(800_001), "name_zh": "新检测中心", **lab},
        content_type=JSON,
        headers=officer,
    )
    assert made.status_code == 201, made.content
    base = f"/api/v1/organisations/{made.json()['uid']}"
    again = client.post(
        "/api/v1/organisations",
        {"uscc": credit_code(800_001), "name_zh": "x", **lab},
        content_type=JSON,
        headers=officer,
    )
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "uscc")
    facts = {"username": "boss", "name_zh": "主任", "password": PASSWORD}
    assert client.post(f"{base}/administrator", facts, content_type=JSON, headers=officer).status_code == 201
    assert client.post(f"{base}/administrator", facts, content_type=JSON, headers=officer).status_code == 409
    boss = bearer(Person.objects.get(username="boss"))
    chief = {"username": "chief", "name_zh": "李工", "password": PASSWORD, "roles": ["reviewer"]}
    chief_uid = client.post(f"{base}/people", chief, content_type=JSON, headers=boss).json()["uid"]
    signatory = {"person": chief_uid, "categories": ["toy"]}
    held = client.post(f"{base}/signatories", signatory, content_type=JSON, headers=boss)
    assert held.json()["fields"][0]["category"] == "toy"
    field = held.json()["fields"][0]["uid"]
    people = client.get(f"{base}/memberships", headers=boss).json()["items"]
    assert {one["role"] for one in people} == {"administrator", "reviewer", "signatory"}
    assert {one["username"] for one in people} == {"boss", "chief"}
    # The regulator sees who signs, not how to reach him; a stranger sees nothing.
    seen = client.get(f"{base}/memberships", headers=officer).json()["items"]
    assert {(one["name_zh"], one["username"], one["email"]) for one in seen} == {
        ("主任", None, None),
        ("李工", None, None),
    }
    assert client.get(f"{base}/memberships").json()["items"] == []
    stranger = bearer(person((organisation(), "administrator"), username="stranger", password=PASSWORD))
    withdraw = f"/api/v1/signatory-fields/{field}/withdraw"
    assert client.post(withdraw, {"reason": "x"}, content_type=JSON, headers=stranger).status_code == 404
    assert client.post(withdraw, {}, content_type=JSON, headers=boss).status_code == 422
    assert client.post(withdraw, {"reason": "离职"}, content_type=JSON, headers=boss).status_code == 200
    end = next(f"/api/v1/memberships/{one['uid']}/end" for one in people if one["role"] == "reviewer")
    assert client.post(end, {"reason": "离职"}, content_type=JSON).status_code == 404
    assert client.post(end, {"reason": "离职"}, content_type=JSON, headers=boss).status_code == 200
    assert not actor_of(Person.objects.get(username="chief")).holds("reviewer")


def test_groups_over_the_api(client: Client) -> None:
    lead, supplier = organisation(), organisation()
    boss = bearer(person((lead, "administrator"), username="boss", password=PASSWORD))
    theirs = bearer(person((supplier, "administrator"), username="theirs", password=PASSWORD))
    group = client.post(
        "/api/v1/groups", {"organisation": lead.uid, "name_zh": "集团"}, content_type=JSON, headers=boss
    ).json()
    base, party = f"/api/v1/groups/{group['uid']}", {"organisation": supplier.uid}
    assert client.post(f"{base}/join", party, content_type=JSON, headers=theirs).status_code == 404
    invited = client.post(f"{base}/invite", party, content_type=JSON, headers=boss).json()
    assert [one["uid"] for one in invited["invited"]] == [supplier.uid]
    assert client.post(f"{base}/join", party, content_type=JSON, headers=boss).status_code == 403
    joined = client.post(f"{base}/join", party, content_type=JSON, headers=theirs).json()
    assert [one["uid"] for one in joined["members"]] == [supplier.uid]
    assert client.get("/api/v1/groups").json()["items"] == []
    assert client.post(f"{base}/leave", party, content_type=JSON, headers=theirs).status_code == 422
    why = {**party, "reason": "合同到期"}
    assert client.post(f"{base}/leave", why, content_type=JSON, headers=theirs).status_code == 204
    assert client.get("/api/v1/groups", headers=theirs).json()["items"] == []


def test_the_first_administrator_of_a_deployment() -> None:
    region("120000")
    words = StringIO()
    arguments = ["--uscc", credit_code(700_001), "--username", "root", "--name", "管理员"]
    call_command("create_administrator", *arguments, "--email", "root@example.com", stdout=words)
    assert "root is administrator of 天津市市场监督管理委员会" in words.getvalue()
    assert actor_of(Person.objects.get()).regions("administrator") == ("12",)
    with pytest.raises(CommandError, match="has an administrator"):
        call_command("create_administrator", *arguments, "--email", "root@example.com", stdout=words)
    with pytest.raises(CommandError, match="email"):
        call_command("create_administrator", "--uscc", credit_code(1), "--username", "two", "--name", "二")
    assert Organisation.objects.count() == 1
