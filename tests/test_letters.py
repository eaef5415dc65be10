"""Letters: who is written to of what, once, in which words; what becomes of one that does not arrive."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from email.message import Message
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit import letters, posting
from quanheng.kernel.audit.mailing import choose_mail, mailbox_of, stop_address, stop_mail
from quanheng.kernel.audit.models import Entry, Letter, Mailbox, MailHead
from quanheng.kernel.audit.services import append, written_together
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.errors import Denied, Invalid, NotFound
from quanheng.kernel.cases.alerts import attend_due
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.orderbook import Book, freeze, open_book

State, Wish = Letter.State, Mailbox.Wish


@pytest.fixture
def book(db: None, monkeypatch: pytest.MonkeyPatch) -> Book:
    """A Thursday morning on which work is done."""
    freeze(monkeypatch, "2026-09-24 09:30")
    return open_book()


def reader(book: Book, actor: Actor, address: str, **wishes: str) -> Person:
    """Somebody with an address, and with the posts of an actor on record."""
    person = Person.objects.get(pk=actor.person_id or 0)
    for post in actor.posts:
        Membership.objects.get_or_create(person=person, organisation_id=post.organisation_id, role=post.role)
    person.email = address
    person.save(update_fields=["email"])
    if wishes:
        choose_mail(actor, person, **wishes)
        letters.write_letters()
    return person


def go(day: bool = False) -> list[Any]:
    """Let the worker look, write and send; what was sent."""
    before = len(mail.outbox)
    letters.write_letters()
    if day:
        letters.begin_digests()
    posting.post_letters()
    return mail.outbox[before:]


def told(message: Any) -> str:
    """All that a message shows."""
    return "\n".join([message.subject, message.body, str(message.alternatives[0][0])])


@pytest.fixture
def order(book: Book) -> Order:
    return book.order()


def test_what_others_decide_is_told_at_once_and_once(book: Book, order: Order) -> None:
    reader(book, book.buyer, "buyer@example.com")
    colleague = reader(book, book.operator, "operator@example.com")
    letters.write_letters()
    Letter.objects.all().delete()
    testing.accept_order(book.operator, order)
    (message,) = go()
    assert message.to == ["buyer@example.com"]
    assert message.subject == f"[权衡] {order.case.number} 接受委托 / {order.case.number} Accept"
    assert f"/orders/{order.case.uid}/" in message.body
    assert go() == []
    # Whoever did it, and the organisation that did it, know.
    assert not Letter.objects.filter(person=colleague).exists()


def test_mail_names_the_case_by_number_and_never_what_it_is_about(book: Book, order: Order) -> None:
    reader(book, book.buyer, "buyer@example.com")
    testing.decline_order(book.operator, order, reason="型号保密的试验台没有空")
    (message,) = go()
    for secret in (order.object_name, order.object_model, "保密", book.client.name_zh):
        assert secret not in told(message)


def test_only_those_who_answer_are_told_of_what_has_to_be_answered(book: Book) -> None:
    reader(book, book.operator, "operator@example.com")
    reader(book, book.reviewer, "reviewer@example.com")
    reader(book, book.actor(book.outsider, Role.OPERATOR), "outsider@example.com")
    book.order()
    assert [message.to for message in go()] == [["operator@example.com"]]


def test_whoever_wants_it_at_once_is_told_of_each_turn(book: Book, order: Order) -> None:
    reader(book, book.operator, "")
    reader(book, book.reviewer, "reviewer@example.com", waiting=Wish.AT_ONCE)
    book.bring(order, "in_review")
    (message,) = go()
    assert (message.to, order.case.number in message.subject) == (["reviewer@example.com"], True)
    testing.return_for_correction(book.reviewer, order, reason="请核对")
    assert go() == []


def test_what_is_not_seen_any_more_is_not_sent(book: Book, order: Order) -> None:
    person = reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    letters.write_letters()
    Membership.objects.filter(person=person).update(valid_until="2026-09-01")
    assert go() == []
    assert Letter.objects.get().state == State.EMPTY


def test_a_digest_on_the_morning_of_a_working_day_tells_what_waits_and_what_is_late(
    book: Book, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(book, book.operator, "operator@example.com", told=Wish.NONE)
    late = book.order()
    Case.objects.filter(pk=late.case_id).update(due_at=timezone.now() - timedelta(days=1))
    freeze(monkeypatch, "2026-09-26 09:00")  # a Saturday of rest
    assert go(day=True) == []
    freeze(monkeypatch, "2026-09-28 07:30")
    assert go(day=True) == []
    freeze(monkeypatch, "2026-09-28 08:00")
    (message,) = go(day=True)
    assert "今日待办 2 件，逾期" in message.subject
    text = message.body
    assert text.index(late.case.number) < text.index(order.case.number)
    assert "已逾期" in text
    assert "Overdue" in text
    assert go(day=True) == []
    freeze(monkeypatch, "2026-09-29 08:00")
    assert len(go(day=True)) == 1


def test_nothing_waiting_is_no_digest(book: Book) -> None:
    reader(book, book.reviewer, "reviewer@example.com")
    assert go(day=True) == []
    assert Letter.objects.count() == 0


def test_notices_that_are_wanted_once_a_day_come_with_the_digest(book: Book, order: Order) -> None:
    reader(book, book.buyer, "buyer@example.com", told=Wish.DIGEST, waiting=Wish.NONE)
    testing.accept_order(book.operator, order)
    assert go() == []
    testing.receive_samples(book.operator, order, quantity="1", condition="完好")
    (message,) = go(day=True)
    assert "接受委托" in message.body
    assert "登记收样" in message.body
    assert go(day=True) == []


def test_what_lies_ready_follows_a_new_choice(book: Book, order: Order) -> None:
    person = reader(book, book.buyer, "buyer@example.com", told=Wish.DIGEST, waiting=Wish.NONE)
    testing.accept_order(book.operator, order)
    assert go() == []
    choose_mail(book.buyer, person, told=Wish.AT_ONCE)
    assert len(go()) == 1
    testing.receive_samples(book.operator, order, quantity="1", condition="完好")
    letters.write_letters()
    stop_mail(person)
    assert go(day=True) == []


def test_hundreds_of_notices_are_cut_with_a_link(book: Book, order: Order, django_assert_max_num_queries: Any) -> None:
    person = reader(book, book.buyer, "buyer@example.com", told=Wish.DIGEST, waiting=Wish.NONE)
    for _ in range(150):
        another = book.order()
        testing.accept_order(book.operator, another)
        testing.receive_samples(book.operator, another, quantity="1", condition="完好")
    with django_assert_max_num_queries(35):
        (message,) = go(day=True)
    assert "(300)" in message.body
    assert "只列出最近的 50 项" in message.body
    assert "/notices/" in message.body
    assert message.body.count(order.case.number[:6]) == 2 * 50
    assert len(Letter.objects.get(person=person).entries) == 300


def test_the_language_is_the_persons_or_both(book: Book, order: Order) -> None:
    person = reader(book, book.buyer, "buyer@example.com", language="en")
    Person.objects.filter(pk=person.pk).update(name_en="Li Ming")
    testing.accept_order(book.operator, order)
    (message,) = go()
    assert message.subject == f"[Quanheng] {order.case.number} Accept"
    assert not re.search("[\u4e00-\u9fff]", told(message))
    assert "Li Ming" in message.body


def test_each_letter_can_be_ended_by_one_click(book: Book, order: Order) -> None:
    person = reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    (message,) = go()
    head: Message = message.message()
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(head["List-Unsubscribe"]).strip("<>")
    assert address == stop_address(person)
    path = address.partition("8000")[2] or address.partition("testserver")[2]
    visitor = browse()
    visitor.handler.enforce_csrf_checks = True
    assert visitor.get(path).status_code == 200
    assert mailbox_of(person).told == Wish.AT_ONCE
    answer = visitor.post(path, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers["Cache-Control"][:9]) == (200, "max-age=0")
    assert (mailbox_of(person).told, mailbox_of(person).waiting) == (Wish.NONE, Wish.NONE)
    assert Entry.objects.latest("id").act == "audit.mail.choose"
    testing.receive_samples(book.operator, order, quantity="1", condition="完好")
    assert go(day=True) == []
    assert visitor.post(path.replace(person.uid, "0" * 13)).status_code == 404


def test_one_chooses_for_oneself_alone(book: Book) -> None:
    person = reader(book, book.buyer, "buyer@example.com")
    with pytest.raises((Denied, NotFound)):
        choose_mail(book.operator, person, told=Wish.NONE)
    with pytest.raises(Invalid):
        choose_mail(book.buyer, person, told="weekly")
    client = browse(book.buyer)
    assert "buyer@example.com" in client.get("/profile/mail/").content.decode()
    assert client.post("/profile/mail/", {"told": "digest", "waiting": "none", "language": "en"}).status_code == 302
    assert (mailbox_of(person).told, mailbox_of(person).language) == (Wish.DIGEST, "en")
    assert client.post("/profile/mail/", {"told": "x", "waiting": "none"}).status_code == 422


@pytest.fixture
def waiting(book: Book, order: Order) -> Letter:
    """A letter that is to be sent."""
    reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    letters.write_letters()
    return Letter.objects.get()


def failing(monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException], *, sent: bool = False) -> None:
    def send(self: EmailBackend, messages: Any) -> int:
        if sent:
            EmailBackend_send(self, messages)
        raise error()

    monkeypatch.setattr(EmailBackend, "send_messages", send)


EmailBackend_send = EmailBackend.send_messages


class Killed(BaseException):
    """The worker's end."""


@pytest.mark.parametrize("sent", [True, False])
def test_a_worker_killed_while_sending_never_sends_twice(
    waiting: Letter, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, Killed, sent=sent)
        with pytest.raises(Killed):
            posting.post_letters()
    assert len(mail.outbox) == sent
    waiting.refresh_from_db()
    assert waiting.state == State.SENDING
    freeze(monkeypatch, "2026-09-24 10:30")
    assert go() == []
    waiting.refresh_from_db()
    assert waiting.state == State.UNCERTAIN
    assert len(mail.outbox) == sent


def test_a_worker_killed_while_looking_writes_everything_once_later(
    book: Book, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    before = MailHead.objects.get().last
    with monkeypatch.context() as patch:
        patch.setattr(MailHead, "save", lambda *args, **kwargs: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            letters.write_letters()
    assert (Letter.objects.count(), MailHead.objects.get().last) == (0, before)
    assert len(go()) == 1


def test_what_the_server_has_not_taken_is_tried_again_and_given_up_in_the_end(
    waiting: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, lambda: smtplib.SMTPDataError(451, b"try later"))
        posting.post_letters()
        waiting.refresh_from_db()
        assert (waiting.state, waiting.tries) == (State.WAITING, 1)
        assert waiting.next_try_at == timezone.now() + posting.BACK_OFF[0]
        for _ in range(9):
            Letter.objects.update(next_try_at=timezone.now())
            posting.post_letters()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.tries) == (State.GIVEN_UP, len(posting.BACK_OFF) + 1)
    assert "451" in waiting.last_error


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (lambda: smtplib.SMTPRecipientsRefused({"buyer@example.com": (550, b"no such user")}), State.GIVEN_UP),
        (lambda: smtplib.SMTPRecipientsRefused({"buyer@example.com": (450, b"greylisted")}), State.WAITING),
        (lambda: smtplib.SMTPSenderRefused(553, b"not you", "quanheng@localhost"), State.WAITING),
        (lambda: smtplib.SMTPServerDisconnected("in the middle"), State.UNCERTAIN),
        (lambda: TimeoutError("no answer"), State.UNCERTAIN),
    ],
)
def test_a_failure_is_judged_by_whether_the_letter_may_have_left(
    waiting: Letter, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], state: str
) -> None:
    failing(monkeypatch, error)
    posting.post_letters()
    waiting.refresh_from_db()
    assert waiting.state == state
    assert waiting.last_error


def test_while_the_server_is_away_no_tries_are_used_up(waiting: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: EmailBackend) -> None:
        raise ConnectionRefusedError("nobody listens")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        posting.post_letters()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.tries) == (State.WAITING, 0)
    assert posting.post_letters() == 0
    Letter.objects.update(next_try_at=timezone.now())
    assert len(go()) == 1


@pytest.mark.parametrize("address", ["not an address", "a@b", "x@example.com\nBcc: all@example.com", "名@例子"])
def test_an_address_that_is_none_is_given_up_and_told_to_the_administrator(
    book: Book, waiting: Letter, address: str
) -> None:
    Person.objects.filter(pk=waiting.person_id).update(email=address)
    assert go() == []
    waiting.refresh_from_db()
    assert waiting.state == State.GIVEN_UP
    administrator = browse(book.actor(book.client, Role.ADMINISTRATOR))
    assert waiting.person.name_zh in administrator.get("/organisation/mail/").content.decode()
    other = browse(book.actor(book.institution, Role.ADMINISTRATOR))
    assert waiting.person.name_zh not in other.get("/organisation/mail/").content.decode()
    assert browse(book.operator).get("/organisation/mail/").status_code == 403


def test_nothing_goes_to_an_address_that_was_never_verified(book: Book, order: Order) -> None:
    person = reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    letters.write_letters()
    # What lies ready stays here too, and the administrator reads why.
    Person.objects.filter(pk=person.pk).update(email_standing="unverified")
    assert go() == []
    assert "not verified" in Letter.objects.get(person=person).last_error
    testing.receive_samples(book.operator, order, quantity="1", condition="完好")
    assert go(day=True) == [] and Letter.objects.filter(person=person).count() == 1
    page = browse(book.buyer).get("/profile/mail/").content.decode()
    assert "没有验证过" in page


def test_mail_is_chosen_and_an_address_proved_over_the_api_and_on_pages(book: Book) -> None:
    person = reader(book, book.buyer, "buyer@example.com")
    client, json = browse(book.buyer), {"content_type": "application/json"}
    told = client.get("/api/v1/me/mail").json()
    assert (told["standing"], told["told"], told["waiting"], told["pending"]) == ("given", "at_once", "digest", "")
    chosen = client.patch("/api/v1/me/mail", {"waiting": "none", "language": "en"}, **json).json()
    assert (chosen["told"], chosen["waiting"], chosen["language"]) == ("at_once", "none", "en")
    wrong = client.patch("/api/v1/me/mail", {"told": "pigeon"}, **json)
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "told"
    assert client.post("/api/v1/me/mail/link").json()["link_sent_at"]
    assert client.post("/api/v1/me/mail/link").status_code == 409
    sent = DBTaskResult.objects.filter(task_path__endswith="mail.send").latest("enqueued_at")
    token = re.findall(r"/profile/mail/verify/([^/]+)/", sent.args_kwargs["args"][2])[0]
    here = f"/profile/mail/verify/{token}/"
    # Looking proves nothing: programs follow links in letters. Nor does anybody else's opening.
    assert client.get(here).status_code == 200 and browse(book.operator).get(here).status_code == 422
    person.refresh_from_db()
    assert person.email_standing == "given"
    assert browse().get(here)["Location"].startswith("/account/login/")
    assert client.post("/api/v1/me/mail/verify", {"token": "x"}, **json).status_code == 422
    assert client.post(here)["Location"] == "/profile/mail/"
    assert client.get("/api/v1/me/mail").json()["standing"] == "verified"
    assert client.post("/api/v1/me/mail/verify", {"token": token}, **json).status_code == 422
    assert browse().get("/api/v1/me/mail").status_code == 401


def test_addresses_that_people_had_put_in_themselves_are_unverified(book: Book) -> None:
    one, other = reader(book, book.buyer, "own@example.com"), reader(book, book.operator, "given@example.com")
    changed = every_act()["parties.person.change"]
    with transaction.atomic(), written_together():
        for person, after in ((one, "own@example.com"), (other, "former@example.com")):
            before, facts = {"email": "x@example.com"}, {"email": after}
            append(book.buyer, changed, person, before=before, after=facts, made=None, facts={}, reason="", errand="x")
    import_module("quanheng.kernel.audit.migrations.0005_unverified_addresses").mark(apps, None)
    standing = dict(Person.objects.filter(pk__in=[one.pk, other.pk]).values_list("email", "email_standing"))
    assert standing == {"own@example.com": "unverified", "given@example.com": "given"}


def test_no_header_can_be_slipped_in(book: Book, order: Order) -> None:
    reader(book, book.buyer, "buyer@example.com")
    Case.objects.filter(pk=order.case_id).update(number="RW1\r\nBcc: spy@example.com")
    order.case.refresh_from_db()
    testing.accept_order(book.operator, order)
    (message,) = go()
    head: Message = message.message()
    assert head["Bcc"] is None
    assert "\n" not in message.subject
    assert message.recipients() == ["buyer@example.com"]


def test_reminders_are_for_whose_turn_it_is_and_who_wants_them(
    book: Book, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(book, book.operator, "operator@example.com", waiting=Wish.AT_ONCE, told=Wish.NONE)
    reader(book, book.buyer, "buyer@example.com")
    freeze(monkeypatch, "2026-10-20 10:00")
    letters.write_letters()
    Letter.objects.all().delete()
    assert attend_due() > 0
    (message,) = go()
    assert message.to == ["operator@example.com"]


def test_what_is_long_past_is_no_news(book: Book, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    reader(book, book.buyer, "buyer@example.com")
    testing.accept_order(book.operator, order)
    freeze(monkeypatch, "2026-09-30 09:30")
    assert go() == []
    assert MailHead.objects.get().last == Entry.objects.latest("id").id


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("smtp://me%40x:p%2Fw@mail.example:2525", "mail.example 2525 True False me@x p/w"),
        ("smtp://mail.example?tls=no", "mail.example 587 False False  "),
        ("smtps://me:pw@mail.example", "mail.example 465 False True me pw"),
        ("http://mail.example", "QH_MAIL_URL must be smtp://"),
    ],
)
def test_the_mail_server_is_named_by_one_address(url: str, meant: str, tmp_path: Path) -> None:
    names = ("HOST", "PORT", "USE_TLS", "USE_SSL", "HOST_USER", "HOST_PASSWORD")
    code = "from quanheng import settings as s; print(" + ", ".join(f"s.EMAIL_{name}" for name in names) + ")"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QH_MAIL_URL": url, "QH_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert meant in told.stdout + told.stderr


def test_letters_are_forgotten_when_they_are_over(waiting: Letter) -> None:
    Letter.objects.update(created_at=timezone.now() - timedelta(days=61))
    posting.forget_letters()
    assert Letter.objects.count() == 1
    Letter.objects.update(state=State.SENT)
    posting.forget_letters()
    assert Letter.objects.count() == 0
