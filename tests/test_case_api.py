"""The rule table, cases and signals over the API; the workbench's questions and what they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.testing import services as orders
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.cases.queries import late_for, waiting_for, workbench
from quanheng.kernel.cases.standing import standing
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.roles import Role
from tests.orderbook import Book, freeze, open_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def _client(actor: Actor | None = None) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    if actor is not None:
        person = Person.objects.get(pk=actor.person_id)
        for post in actor.posts:
            Membership.objects.get_or_create(person=person, organisation_id=post.organisation_id, role=post.role)
        client.force_login(person, backend="quanheng.kernel.parties.adapter.Backend")
    return client


def _get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_anyone_browses_the_rules_page_by_page(book: Book) -> None:
    visitor = _client()
    seen, cursor = [], ""
    while True:
        page = _get(visitor, f"/rules/?limit=50&cursor={cursor}")
        seen += [rule["uid"] for rule in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == Rule.objects.count()


def test_rules_are_narrowed_by_process_key_day_and_confidence(book: Book) -> None:
    visitor = _client()
    both = _get(visitor, "/rules/?key=cma_approval.technical_review")["items"]
    assert sorted(rule["value"] for rule in both) == ["30", "45"]
    old = _get(visitor, "/rules/?key=cma_approval.technical_review&on=2020-05-01")["items"]
    assert [rule["value"] for rule in old] == ["45"]
    detail = _get(visitor, f"/rules/{old[0]['uid']}")
    assert detail["value"] == "45"
    assert [version["value"] for version in detail["versions"]] == ["30", "45"], "the latest first"
    ours = _get(visitor, "/rules/?process=one_stop&confidence=platform&limit=100")["items"]
    assert ours and {rule["source"] for rule in ours} == {"平台服务规则"}
    assert _get(visitor, "/rules/nothing", 404)["type"] == "/problems/not-found"
    assert _get(visitor, "/rules/?on=yesterday", 422)["errors"][0]["field"] == "on"


def test_cases_are_listed_for_those_concerned_only(book: Book) -> None:
    order = book.order()
    uid, parent = order.case.uid, order.case.parent
    assert parent is not None
    for actor, expected in (
        (book.buyer, [uid, parent.uid]),
        (book.operator, [uid]),
        (book.officer, [uid, parent.uid]),
        (book.actor(book.outsider, Role.ADMINISTRATOR), []),
        (None, []),
    ):
        found = _get(_client(actor), "/cases/")["items"]
        assert [case["uid"] for case in found] == expected
    _get(_client(book.actor(book.outsider, Role.ADMINISTRATOR)), f"/cases/{uid}", 404)
    _get(_client(), f"/cases/{uid}", 404)


def test_a_case_answers_who_until_when_and_what_now(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.order()
    found = _get(_client(book.operator), f"/cases/{order.case.uid}")
    assert found["waiting_on"]["name_zh"] == "示范检测机构" and found["waiting_role"] == "operator"
    assert found["due_at"].startswith("2026-11-11T16:00"), "24:00 of the 11th in Shanghai"
    assert found["parent"] is None, "the commission is the client's"
    (clock,) = found["clocks"]
    assert (clock["amount"], clock["unit"], clock["late"], clock["words"]) == (
        *(2, "working_day", False),
        "还剩 2 个工作日",
    )
    assert clock["last_day"] == "2026-11-11" and clock["source"] == "平台服务规则"
    assert Rule.objects.get(uid=clock["rule"]).key == "one_stop.order_acceptance"
    assert [(one["name"], one["possible"]) for one in found["options"]] == [
        ("accept", True),
        ("quote", True),
        ("decline", True),
    ]
    book.line.valid_until = timezone.localdate() - timedelta(days=1)
    book.line.save()
    accept = _get(_client(book.operator), f"/cases/{order.case.uid}")["options"][0]
    assert not accept["possible"] and "最高车速" in accept["why_not"]
    assert _get(_client(book.buyer), f"/cases/{order.case.uid}")["parent"] == order.case.parent.uid


def test_lists_can_be_narrowed_to_my_turn_and_to_what_is_late(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    late, other = book.order(), book.order()
    orders.accept_order(book.operator, other)
    freeze(monkeypatch, "2026-11-13 09:00")
    operator, buyer = _client(book.operator), _client(book.buyer)

    def uids(client: Client, query: str) -> list[str]:
        return [case["uid"] for case in _get(client, f"/cases/?{query}")["items"]]

    assert uids(operator, "waiting=true") == [late.case.uid]
    assert uids(buyer, "waiting=true") == [other.case.uid]
    assert uids(operator, "late=true") == uids(buyer, "late=true") == [late.case.uid]
    assert uids(operator, "state=accepted") == [other.case.uid]
    assert uids(buyer, "process=services.commission&limit=1") == [other.case.parent.uid]


def test_what_waits_waits_for_a_role_and_for_those_who_answer_for_the_whole(book: Book) -> None:
    order = book.bring(book.order(), "in_review")
    for role, waits in (
        (Role.REVIEWER, True),
        (Role.QUALITY_MANAGER, True),
        (Role.ADMINISTRATOR, True),
        (Role.OPERATOR, False),
        (Role.MEMBER, False),
    ):
        assert waiting_for(book.actor(book.institution, role)).exists() is waits, role
        assert not waiting_for(book.actor(book.outsider, role)).exists()
    assert not waiting_for(Actor.nobody()).exists()
    assert not waiting_for(Actor.platform()).exists()
    book.bring(order, "delivered")
    assert not waiting_for(book.actor(book.institution, Role.ADMINISTRATOR)).exists()


def test_the_workbench_groups_and_puts_the_most_urgent_first(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-12 09:00")
    later = [book.order() for _ in range(6)]
    freeze(monkeypatch, "2026-11-09 09:00")
    urgent = book.order()
    freeze(monkeypatch, "2026-11-13 09:00")
    bench = workbench(book.operator, first=3)
    (group,) = bench.groups
    assert (group.process.name, group.waiting, group.late, bench.more) == ("testing.order", 7, 1, False)
    assert list(group.first) == [urgent.case, later[0].case, later[1].case]


def test_reads_cost_what_they_promise(book: Book) -> None:
    for _ in range(3):
        order = book.order()
    case = waiting_for(book.operator)[0]
    operator, officer = book.operator, book.officer
    for name, read, most in (
        ("waiting", lambda: [one.client.name_zh for one in waiting_for(operator)], 1),
        ("late", lambda: [one.client.name_zh for one in late_for(officer)], 1),
        ("workbench", lambda: [one.client.name_zh for g in workbench(operator).groups for one in g.first], 2),
        ("standing", lambda: standing(case), 2),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert read() is not None
        assert len(asked) <= most, (name, [query["sql"] for query in asked.captured_queries])
    client = _client(book.operator)
    _get(client, "/cases/")
    with CaptureQueriesContext(connection) as asked:
        _get(client, f"/cases/{order.case.uid}")
    assert len(asked) <= 10, [query["sql"] for query in asked.captured_queries]


def test_a_regulator_settles_a_signal_over_the_api(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, "2026-11-09 09:00")
    order = book.order()
    freeze(monkeypatch, "2026-11-20 09:00")
    attend_due()
    officer, operator = _client(book.officer), _client(book.operator)
    (signal,) = _get(officer, "/signals/?kind=overdue&settled=false")["items"]
    assert (signal["case"], signal["organisation_name_zh"]) == (order.case.uid, "示范检测机构")
    assert _get(_client(book.actor(book.outsider, Role.MEMBER)), "/signals/")["items"] == []
    path, body = f"/api/v1/signals/{signal['uid']}/settle", {"reason": "已约谈"}

    def settle(client: Client) -> int:
        return client.post(path, body, content_type="application/json").status_code

    assert settle(operator) == 403
    assert [settle(officer), settle(officer)] == [200, 409]
    assert _get(operator, f"/signals/{signal['uid']}")["settlement"] == "已约谈"
    _get(officer, "/signals/?kind=nonsense", 422)
