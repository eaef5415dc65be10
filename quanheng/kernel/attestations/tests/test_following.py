"""Who relied on a report is told when it changes, and nobody learns who that is."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.following import mail as followmail
from quanheng.kernel.attestations.models import Attestation, Follow
from quanheng.kernel.attestations.services import (
    reinstate_attestation,
    suspend_attestation,
    withdraw_attestation,
)
from quanheng.kernel.audit import letters, posting
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.queries import notices_for, row_story
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.parties import limits
from quanheng.kernel.parties.models import Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.translog.tests.issuing import issue, laboratory
from tests import world
from tests.browse import browse

PLATFORM = Actor.platform()
ADDRESS = "someone@example.com"


@pytest.fixture(autouse=True)
def _kept(db: None, single_handed: None) -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def report() -> Attestation:
    return issue(laboratory())


def sent() -> list[Any]:
    before = len(mail.outbox)
    followmail.post_due()
    return mail.outbox[before:]


def link(message: Any, what: str) -> str:
    found = re.search(rf"https?://[^/]+(/verify/follow/{what}/\S+/)", message.body)
    assert found, message.body
    return found[1]


def confirmed(report: Attestation, address: str = ADDRESS) -> Follow:
    following.ask_by_mail(report, address)
    (message,) = sent()
    following.confirm(link(message, "confirm").rsplit("/", 2)[1])
    return Follow.objects.get(email=address, attestation=report)


def stranger() -> Person:
    return world.make_person((world.make_organisation("enterprise", "120102"), "member"))


def test_nothing_is_sent_before_the_link_was_opened_and_looking_confirms_nothing(
    client: Client, report: Attestation
) -> None:
    answer = client.post("/verify/follow/", {"number": report.number, "email": f" {ADDRESS.upper()} "})
    assert answer.status_code == 200 and "确认链接已发出" in answer.content.decode()
    suspend_attestation(PLATFORM, report, reason="设备故障")
    (message,) = sent()
    assert message.to == [ADDRESS] and "确认" in message.subject and sent() == []
    path = link(message, "confirm")
    assert client.get(path).status_code == 200 and Follow.objects.get().confirmed_at is None
    assert client.post(path).status_code == 200 and Follow.objects.get().confirmed_at is not None
    # What happened in between is told now.
    (news,) = sent()
    assert report.number in news.subject and "暂停" in news.body and "Suspended" in news.body
    assert "设备故障" not in news.body, "the reason stands on the page"


def test_each_change_is_told_once_and_the_address_is_gone_after_the_last(report: Attestation) -> None:
    confirmed(report)
    suspend_attestation(PLATFORM, report, reason="核查")
    assert len(sent()) == 1 and sent() == []
    reinstate_attestation(PLATFORM, report, reason="核查完毕")
    (message,) = sent()
    assert "有效" in message.body and message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    withdraw_attestation(PLATFORM, report, reason="不实")
    (last,) = sent()
    assert "最后一封" in last.body and not Follow.objects.exists()
    with pytest.raises(Conflict):
        following.ask_by_mail(report, ADDRESS)
    with pytest.raises(Conflict):
        following.follow(PLATFORM, stranger(), attestation=report)


def test_one_click_in_a_letter_ends_it_and_forgets_the_address(report: Attestation) -> None:
    confirmed(report)
    suspend_attestation(PLATFORM, report, reason="核查")
    (message,) = sent()
    path, outside = link(message, "stop"), Client(enforce_csrf_checks=True)
    assert f"{path}>" in message.extra_headers["List-Unsubscribe"]
    assert outside.get(path).status_code == 200 and Follow.objects.exists()
    assert outside.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Follow.objects.exists()
    assert outside.post(path).status_code == 200, "used twice it is no error"
    assert outside.post("/verify/follow/stop/x:y/").status_code == 404
    withdraw_attestation(PLATFORM, report, reason="不实")
    assert sent() == []


def test_what_is_not_answered_is_forgotten_and_nobody_fills_a_mailbox(report: Attestation) -> None:
    others = [issue(report.issuer) for _ in range(4)]
    for one in (report, report, *others):
        following.ask_by_mail(one, ADDRESS)
    assert len(sent()) == following.PENDING == Follow.objects.count()
    Follow.objects.update(asked_at=timezone.now() - timedelta(hours=2))
    following.ask_by_mail(report, ADDRESS)
    (again,) = sent()
    Follow.objects.update(asked_at=timezone.now() - timedelta(days=4))
    late = Client().post(link(again, "confirm"))
    assert late.status_code == 404
    assert following.forget() == following.PENDING and not Follow.objects.exists()


def test_the_answer_does_not_tell_whether_an_address_is_known(client: Client, report: Attestation) -> None:
    confirmed(report)
    answers = []
    for address in (ADDRESS, "new@example.com"):
        answer = client.post("/verify/follow/", {"number": report.number, "email": address})
        text = re.sub(r"\b(?=\w*[A-Z])[A-Za-z0-9]{64}\b", "", answer.content.decode())
        answers.append((answer.status_code, text))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "wrong", ["", "x", "a@b", "a@example.com\nBcc: x@y.zz", "x" * 260 + "@example.com", "a\x00@b.cn"]
)
def test_wrong_addresses_and_numbers_are_refused(client: Client, report: Attestation, wrong: str) -> None:
    answer = client.post("/verify/follow/", {"number": report.number, "email": wrong})
    assert answer.status_code == 422 and not Follow.objects.exists()
    with pytest.raises(Invalid):
        following.ask_by_mail(report, wrong)
    assert client.post("/verify/follow/", {"number": "JC1", "email": ADDRESS}).status_code == 404
    assert client.get("/verify/follow/confirm/nonsense/").status_code == 404


def test_who_asks_too_often_is_stopped(client: Client, report: Attestation) -> None:
    codes = [
        client.post("/verify/follow/", {"number": report.number, "email": f"a{n}@example.com"}).status_code
        for n in range(7)
    ]
    assert codes == [200] * 5 + [429] * 2


def test_a_person_is_told_by_a_notice_and_mail_and_the_issuer_learns_nothing(report: Attestation) -> None:
    person = stranger()
    Person.objects.filter(pk=person.pk).update(email="person@example.com", email_standing="verified")
    actor = actor_of(person)
    page = browse(actor)
    assert page.post("/verify/follow/", {"number": report.number}).status_code == 302
    assert "不再关注" in page.get(f"/verify/?number={report.number}").content.decode()
    assert report.number in page.get("/verify/following/").content.decode()
    letters.write_letters()
    suspend_attestation(PLATFORM, report, reason="核查")
    (notice,) = notices_for(actor)
    assert (notice.number, notice.path) == (report.number, f"/verify/?number={report.number}")
    before = len(mail.outbox)
    letters.write_letters()
    posting.post_letters()
    (message,) = mail.outbox[before:]
    assert message.to == ["person@example.com"] and report.number in message.body
    issuer = Actor(person_id=stranger().pk, name="x", posts=(Post(report.issuer_id, "administrator"),))
    told = " ".join(str(one) for one in row_story(issuer, report))
    assert person.name_zh not in told and "关注" not in told
    assert not Follow.visible_to.allows(issuer, Follow.objects.get())
    for entry in Entry.objects.filter(act="attestations.follow"):
        assert str(report.pk) not in (str(entry.facts.get("made", {}).get("attestation_id")), str(entry.case_id))
    page.post("/verify/follow/", {"number": report.number, "end": "1"})
    reinstate_attestation(PLATFORM, report, reason="完毕")
    assert Notice.objects.filter(person=person).count() == 1


def test_the_trail_holds_no_address_and_a_change_tells_holder_and_client(report: Attestation) -> None:
    client = world.make_organisation("enterprise", "120102")
    Attestation.objects.filter(pk=report.pk).update(client=client)
    confirmed(report)
    withdraw_attestation(PLATFORM, report, reason="不实")
    told = set(Notice.objects.values_list("organisation_id", flat=True))
    assert {report.issuer_id, client.pk} <= told
    assert not [one for one in Entry.objects.all() if ADDRESS in f"{one.facts}{one.before}{one.after}{one.reason}"]


def test_two_workers_send_one_letter_and_a_refused_one_is_tried_again(
    report: Attestation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = confirmed(report)
    suspend_attestation(PLATFORM, report, reason="核查")
    one.refresh_from_db()
    # As if another worker had taken it between reading and marking.
    Follow.objects.filter(pk=one.pk).update(claimed_at=timezone.now())
    before = len(mail.outbox)
    assert followmail._post(one, mail.get_connection()) and len(mail.outbox) == before
    Follow.objects.filter(pk=one.pk).update(claimed_at=None)

    def refuse(*_args: Any) -> int:
        raise smtplib.SMTPDataError(451, b"later")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        assert sent() == []
    one.refresh_from_db()
    assert one.tries == 1 and one.next_try_at and one.next_try_at > timezone.now()
    Follow.objects.update(next_try_at=timezone.now())
    assert len(sent()) == 1

    def unknown(*_args: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"unknown")})

    reinstate_attestation(PLATFORM, report, reason="完毕")
    monkeypatch.setattr(EmailBackend, "send_messages", unknown)
    assert sent() == [] and not Follow.objects.exists(), "an address that takes no mail is not kept"


def test_asking_twice_is_asking_once(report: Attestation) -> None:
    person = stranger()
    for _ in range(2):
        following.follow(actor_of(person), person, attestation=report)
    assert Follow.objects.count() == 1
    api = browse(actor_of(person))
    path = f"/api/v1/attestations/by-number/{report.number}"
    assert [one["number"] for one in api.get("/api/v1/attestations/followed").json()["items"]] == [report.number]
    assert api.post(f"{path}/unfollow").status_code == 200 and not Follow.objects.exists()
    assert api.post(f"{path}/follow").status_code == 200 and Follow.objects.count() == 1
    assert Client().post(f"{path}/follow").status_code == 401
