"""The administrator's pages: people, roles, signatories, tokens and webhooks, with their refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.audit.models import Webhook
from quanheng.kernel.parties.models import ApiToken, Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.queries import may_sign
from quanheng.kernel.parties.tests.world import PASSWORD, organisation, person

pytestmark = pytest.mark.django_db
BUDGET = 15


@pytest.fixture
def lab() -> Organisation:
    return organisation("laboratory", name="海河实验室")


@pytest.fixture
def head(lab: Organisation, client: Client) -> Person:
    """The laboratory's administrator, signed in."""
    made = person((lab, "administrator"))
    client.force_login(made)
    return made


def read(answer: Any) -> str:
    return str(answer.content.decode())


def test_only_administrators_come_in(lab: Organisation, client: Client) -> None:
    assert client.get("/organisation/").headers["Location"].startswith("/account/login/")
    for role in ("member", "quality_manager", "operator"):
        client.force_login(person((lab, role)))
        for path in ("/organisation/", "/organisation/people/new/", "/organisation/people/join/"):
            assert client.get(path).status_code == 403
    client.force_login(person((organisation(), "administrator")))
    assert client.get(f"/organisation/?of={lab.uid}").status_code == 403
    stranger = person((lab, "operator"))
    assert client.get(f"/organisation/people/{stranger.uid}/").status_code == 404
    membership = stranger.memberships.get()
    assert client.post(f"/organisation/roles/{membership.uid}/end/").status_code == 404


def test_pages_speak_both_languages_within_their_queries(
    lab: Organisation, head: Person, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(60):
        person((lab, "operator"), (lab, "reviewer"))
    colleague = person((lab, "operator"))
    for number in range(5):
        Webhook.objects.create(organisation=lab, url=f"https://example.com/{number}")
    paths = [
        "/organisation/",
        "/organisation/?show=all&q=person",
        "/organisation/?show=former&after=junk",
        "/organisation/people/new/",
        "/organisation/people/join/",
        f"/organisation/people/{colleague.uid}/",
        "/organisation/integrations/",
    ]
    for path in paths:
        with django_assert_max_num_queries(BUDGET):
            chinese = client.get(path)
        assert chinese.status_code == 200, path
        english = client.get(path, headers={"accept-language": "en"})
        text = read(english).replace("人员", "").replace("海河实验室", "").replace("中文", "")
        body = text.split("<body", 1)[1].split(">", 1)[1].replace("权衡", "")
        assert not [line for line in body.splitlines() if any("\u3400" <= char <= "\u9fff" for char in line)], path


def test_a_colleague_is_registered_and_sent_a_link(lab: Organisation, head: Person, client: Client) -> None:
    facts = {"username": "wang.wu", "name_zh": "王五", "email": "wang@example.com", "roles": ["operator", "reviewer"]}
    answer = client.post("/organisation/people/new/", facts)
    made = Person.objects.get(username="wang.wu")
    assert answer.headers["Location"] == f"/organisation/people/{made.uid}/?of={lab.uid}"
    assert set(made.memberships.values_list("role", flat=True)) == {"operator", "reviewer"}
    assert DBTaskResult.objects.count() == 1
    refused = client.post("/organisation/people/new/", {**facts, "email": ""})
    assert refused.status_code == 422
    page = read(refused)
    assert "该登录名已被使用" in page and "电子邮箱格式不对" in page
    assert client.post("/organisation/people/new/", {**facts, "roles": ["planner"]}).status_code == 422


def test_somebody_of_another_organisation_joins_by_the_code_told(
    lab: Organisation, head: Person, client: Client
) -> None:
    other = person((organisation(), "member"))
    assert client.post("/organisation/people/join/", {"person": "nobody", "role": "operator"}).status_code == 422
    client.post("/organisation/people/join/", {"person": f" {other.uid} ", "role": "operator"})
    assert Membership.objects.filter(person=other, organisation=lab, role="operator").exists()


def test_roles_begin_and_end(lab: Organisation, head: Person, client: Client) -> None:
    colleague = person((lab, "operator"))
    path = f"/organisation/people/{colleague.uid}/"
    assert client.post(path, {"act": "grant", "role": "reviewer"}).status_code == 302
    again = client.post(path, {"act": "grant", "role": "reviewer"})
    assert again.status_code == 422 and "无需再次授予" in read(again)
    past = {"act": "grant", "role": "member", "valid_until": timezone.localdate() - timedelta(days=3)}
    assert "截止日期已过" in read(client.post(path, past))
    for held in colleague.memberships.all():
        client.post(f"/organisation/roles/{held.uid}/end/", {"reason": "调离"})
    assert colleague.username not in read(client.get("/organisation/"))
    assert colleague.username in read(client.get("/organisation/?show=former"))
    own = head.memberships.get()
    assert "请填写理由" in read(client.post(f"/organisation/roles/{own.uid}/end/", follow=True))
    told = client.post(f"/organisation/roles/{own.uid}/end/", {"reason": "离职"}, follow=True)
    assert "唯一的管理员" in read(told)


def test_signatories_are_authorised_by_another_and_withdrawn_with_a_reason(
    lab: Organisation, head: Person, client: Client
) -> None:
    colleague = person((lab, "operator"))
    path = f"/organisation/people/{colleague.uid}/"
    today = timezone.localdate()
    assert client.post(path, {"act": "authorise"}).status_code == 422
    assert client.post(path, {"act": "authorise", "categories": ["nothing"]}).status_code == 422
    assert client.post(path, {"act": "authorise", "categories": ["*"]}).status_code == 302
    assert may_sign(colleague.pk, lab.pk, "any", today)
    field = SignatoryField.objects.get()
    withdraw = f"/organisation/fields/{field.uid}/withdraw/"
    assert "请填写理由" in read(client.post(withdraw, {"reason": " "}, follow=True))
    client.post(withdraw, {"reason": "能力考核未通过"})
    assert not may_sign(colleague.pk, lab.pk, "any", today)
    own = client.post(f"/organisation/people/{head.uid}/", {"act": "authorise", "categories": ["*"]})
    assert own.status_code == 422 and not may_sign(head.pk, lab.pk, "any", today)


def test_a_locked_account_is_shown_and_unlocked(lab: Organisation, head: Person, client: Client) -> None:
    cache.clear()
    colleague = person((lab, "operator"), password=PASSWORD, email="a@example.com")
    for _try in range(5):
        Client().post("/account/login/", {"login": colleague.username, "password": "wrong"})
    path = f"/organisation/people/{colleague.uid}/"
    assert "登录已锁定" in read(client.get(path))
    held = colleague.memberships.get()
    client.post(f"/organisation/roles/{held.uid}/unlock/")
    assert "登录已锁定" not in read(client.get(path))
    cache.clear()
    client.post(f"/organisation/roles/{held.uid}/link/")
    assert DBTaskResult.objects.count() == 1


def test_a_token_is_shown_once_and_revoked(lab: Organisation, client: Client) -> None:
    member = person((lab, "member"))
    client.force_login(member)
    path = "/organisation/integrations/"
    assert "登记回调地址" not in read(client.get(path))
    assert client.post(path, {"act": "token", "name": "LIMS", "days": 400}).status_code == 422
    answer = client.post(path, {"act": "token", "name": "LIMS", "days": 30, "scopes": ["all"]})
    secret = read(answer).split('data-copy="qh_', 1)[1].split('"', 1)[0]
    assert "no-store" in answer.headers["Cache-Control"]
    bearer = {"authorization": f"Bearer qh_{secret}"}
    assert Client().get("/api/v1/me", headers=bearer).json()["uid"] == member.uid
    assert secret not in read(client.get(path))
    client.post(f"{path}tokens/{ApiToken.objects.get().uid}/revoke/")
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401


def test_webhooks_are_registered_stopped_and_started(lab: Organisation, head: Person, client: Client) -> None:
    path = "/organisation/integrations/"
    wrong = client.post(path, {"act": "webhook", "url": "http://10.0.0.1/"})
    assert wrong.status_code == 422 and not Webhook.objects.exists()
    client.post(path, {"act": "webhook", "url": "https://example.com/in", "acts": "testing.order, services"})
    hook = Webhook.objects.get()
    assert (hook.acts, hook.organisation_id) == (["services", "testing.order"], lab.pk)
    for name, active in (("stop", False), ("start", True), ("test", True)):
        client.post(f"{path}webhooks/{hook.uid}/{name}/")
        hook.refresh_from_db()
        assert hook.active is active
    assert hook.deliveries.count() == 1 and "https://example.com/in" in read(client.get(path))
    client.force_login(person((lab, "member")))
    assert client.post(f"{path}webhooks/{hook.uid}/stop/").status_code == 404
    client.post(path, {"act": "webhook", "url": "https://example.com/other"})
    assert Webhook.objects.count() == 1
