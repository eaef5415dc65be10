"""Notices, histories and webhooks over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from quanheng.kernel.audit.models import Webhook
from quanheng.kernel.audit.tests.test_story import case_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS, act
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import actor, organisation, person

pytestmark = pytest.mark.django_db
JSON = "application/json"


def browser(*posts: tuple[Organisation, str]) -> Client:
    """Somebody new with these roles, signed in."""
    client = Client()
    client.force_login(person(*posts))
    return client


@pytest.fixture
def case() -> Case:
    """A case with three entries, of which its handler was told."""
    known = dict(ACTS)

    @act("test.touch", on=Case, label="触及", may=Holds("client"), tells=("handler",))
    def touch(who: Actor, row: Case, *, reason: str = "") -> Case:
        return row

    row = case_of(organisation(), organisation("laboratory"))
    for number in range(3):
        touch(actor((row.client, "member")), row, reason=f"第{number}次")
    ACTS.clear()
    ACTS.update(known)
    return row


def test_a_history_is_paged_and_closed_to_strangers(case: Case) -> None:
    url = f"/api/v1/cases/{case.uid}/history"
    assert Client().get(url).status_code == 404
    assert browser((organisation(), "member")).get(url).status_code == 404
    mine = browser((case.client, "member"))
    first = mine.get(url, {"limit": 2}).json()
    assert [one["reason"] for one in first["items"]] == ["第2次", "第1次"]
    rest = mine.get(url, {"limit": 2, "cursor": first["next"]}).json()
    assert ([one["reason"] for one in rest["items"]], rest["next"]) == (["第0次"], "")
    assert mine.get(url, {"children": "true"}).status_code == 200
    assert mine.get(url, {"cursor": "nonsense"}).status_code == 422


def test_notices_are_listed_and_marked(case: Case) -> None:
    handler = browser((case.handler, "operator"))
    told = handler.get("/api/v1/notices").json()
    assert (told["unseen"], [one["new"] for one in told["items"]]) == (3, [True] * 3)
    assert told["items"][0]["number"] == case.number
    seen = handler.post("/api/v1/notices/seen", {"upto": told["items"][0]["id"]}, content_type=JSON)
    assert seen.status_code == 204
    assert handler.get("/api/v1/notices").json()["unseen"] == 0
    stranger = browser((organisation(), "operator")).get("/api/v1/notices").json()
    assert (stranger["items"], stranger["unseen"]) == ([], 0)
    assert Client().post("/api/v1/notices/seen", {"upto": 1}, content_type=JSON).status_code == 401


def test_webhooks_over_the_api() -> None:
    own = organisation()
    boss, member = browser((own, "administrator")), browser((own, "member"))
    url, body = f"/api/v1/organisations/{own.uid}/webhooks", {"url": "https://hooks.example/x", "acts": ["testing."]}
    assert Client().post(url, body, content_type=JSON).status_code == 401
    assert member.post(url, body, content_type=JSON).status_code == 403
    made = boss.post(url, body, content_type=JSON)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    inside = boss.post(url, {"url": "https://10.0.0.1/"}, content_type=JSON)
    assert (inside.status_code, inside.json()["errors"][0]["field"]) == (422, "url")
    one = f"/api/v1/webhooks/{made.json()['uid']}"
    assert [hook["url"] for hook in boss.get(url).json()["items"]] == ["https://hooks.example/x"]
    assert "secret" not in boss.get(url).json()["items"][0]
    for stranger in (member, Client(), browser((organisation(), "administrator"))):
        assert stranger.get(one).status_code == 404
        assert stranger.post(f"{one}/test").status_code == 404
        assert stranger.get(f"{one}/deliveries").status_code == 404
        assert stranger.get(url).json()["items"] == []
    assert boss.post(f"{one}/test").status_code == 200
    sent = boss.get(f"{one}/deliveries").json()["items"]
    assert [(delivery["act"], delivery["state"], delivery["tries"]) for delivery in sent] == [
        ("audit.webhook.test", "waiting", 0)
    ]
    assert boss.patch(one, {"active": False}, content_type=JSON).json()["active"] is False
    assert boss.post(f"{one}/test").status_code == 409
    assert Webhook.objects.get().acts == ["testing."]
