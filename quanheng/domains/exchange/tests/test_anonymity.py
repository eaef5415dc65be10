"""A firm that does not show its name stays unknown until it says yes: on pages, over the API, in files, in searches, in
histories and in notices."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quanheng.domains.exchange.jobs import close_lapsed
from quanheng.domains.exchange.models import Contact
from quanheng.domains.exchange.services import (
    accept_contact,
    ask_offerer,
    decline_contact,
    revise_need,
    withdraw_need,
)
from quanheng.domains.exchange.tests.conftest import FIRM, Exchange, need_facts
from quanheng.kernel.audit.queries import notices_for
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Person
from tests.browse import browse

# What must not be told: the firm's name, number and code, and whoever acts for it.
BOSS = "王隐名"


@pytest.fixture
def veiled(exchange: Exchange) -> tuple[Exchange, Contact]:
    """An anonymous need that an institute has asked about."""
    Person.objects.filter(pk=exchange.buyer.person_id).update(name_zh=BOSS, name_en="Hidden Wang")
    exchange.buyer = Actor(exchange.buyer.person_id, BOSS, exchange.buyer.posts)
    return exchange, exchange.contact(named=False)


def _secrets(exchange: Exchange) -> list[str]:
    return [FIRM, exchange.firm.uid, exchange.firm.uscc, BOSS, "Hidden Wang"]


def _everywhere(exchange: Exchange, contact: Contact, actor: Actor | None) -> Iterator[tuple[str, str]]:
    """All that somebody can read of the need and of the contact."""
    need, offering, case = contact.need, contact.offering, contact.case
    client = browse(actor)
    for path in (
        "/exchange/needs/",
        "/exchange/needs/?q=毛刺",
        "/exchange/needs/?cols=title,organisation,field,family,open_until,state",
        f"/exchange/needs/{need.uid}/",
        f"/exchange/results/{offering.uid}/",
        f"/exchange/results/{offering.uid}/ask/?with={need.uid}",
        "/exchange/mine/",
        f"/exchange/contacts/{case.uid}/",
        "/search/?q=毛刺",
        "/notices/",
        "/work/",
        f"/registers/technical-needs/{need.uid}/history/",
        f"/registers/organisations/{exchange.institute.uid}/history/",
        "/registers/technical-needs/export/csv/",
        "/registers/technical-needs/export/csv/?cols=title,organisation",
        "/api/v1/registers/technical-needs",
        f"/api/v1/exchange/needs/{need.uid}",
        f"/api/v1/exchange/results/{offering.uid}",
        f"/api/v1/exchange/contacts/{case.uid}",
        "/api/v1/exchange/contacts",
        f"/api/v1/cases/{case.uid}",
        f"/api/v1/cases/{case.uid}/history",
        "/api/v1/cases/",
        "/api/v1/notices",
        "/api/v1/search?q=毛刺",
        "/api/v1/signals",
    ):
        yield path, client.get(path).content.decode()
    file = client.get("/registers/technical-needs/export/xlsx/?cols=title,organisation").content
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        yield "xlsx", "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def _assert_hidden(exchange: Exchange, contact: Contact) -> None:
    for actor in (None, exchange.scholar, exchange.rival, exchange.stranger):
        for path, text in _everywhere(exchange, contact, actor):
            found = [secret for secret in _secrets(exchange) if secret in text]
            assert not found, (path, found)


def _declined(exchange: Exchange, contact: Contact) -> None:
    decline_contact(exchange.buyer, contact, why_not="price", reason="价格偏高")


def _unanswered(exchange: Exchange, contact: Contact) -> None:
    Case.objects.filter(pk=contact.pk).update(due_at="2020-01-01T00:00Z")
    close_lapsed()


def _withdrawn(exchange: Exchange, contact: Contact) -> None:
    withdraw_need(exchange.buyer, contact.need, reason="项目取消")


@pytest.mark.parametrize("happens", [None, _declined, _unanswered, _withdrawn])
def test_nobody_else_is_told_whose_need_it_is(
    veiled: tuple[Exchange, Contact], happens: Callable[[Exchange, Contact], Any] | None
) -> None:
    exchange, contact = veiled
    if happens:
        happens(exchange, contact)
    _assert_hidden(exchange, contact)


def test_nor_that_the_firm_has_posted_anything(veiled: tuple[Exchange, Contact]) -> None:
    """A row that is public of itself, the firm's own entry, does not tell when it posted, which would name the need."""
    exchange, _contact = veiled
    path = f"/registers/organisations/{exchange.firm.uid}/history/"
    assert "发布技术需求" not in browse(exchange.rival).get(path).content.decode()
    assert "发布技术需求" in browse(exchange.buyer).get(path).content.decode()


def test_its_own_people_and_its_regulators_know(veiled: tuple[Exchange, Contact]) -> None:
    exchange, contact = veiled
    for actor in (exchange.buyer, exchange.officer, exchange.planner):
        assert FIRM in browse(actor).get(f"/exchange/needs/{contact.need.uid}/").content.decode()
    history = f"/registers/technical-needs/{contact.need.uid}/history/"
    assert BOSS in browse(exchange.buyer).get(history).content.decode()


def test_whoever_asked_is_told_the_answer_without_the_name(veiled: tuple[Exchange, Contact]) -> None:
    exchange, contact = veiled
    _declined(exchange, contact)
    newest = notices_for(exchange.scholar)[0]
    assert (newest.act, str(newest.who)) == ("exchange.contact.decline", "对方")
    assert newest.path == f"/exchange/contacts/{contact.case.uid}/"
    page = browse(exchange.scholar).get(newest.path).content.decode()
    assert "价格谈不拢" in page and "价格偏高" in page and "匿名企业" in page


def test_it_is_known_to_the_other_side_once_it_accepts(veiled: tuple[Exchange, Contact]) -> None:
    exchange, contact = veiled
    accept_contact(exchange.buyer, contact)
    page = browse(exchange.scholar).get(f"/exchange/contacts/{contact.case.uid}/").content.decode()
    assert FIRM in page and BOSS in page
    answer = browse(exchange.scholar).get(f"/api/v1/exchange/contacts/{contact.case.uid}").json()
    assert answer["need_organisation"]["name_zh"] == FIRM
    for actor in (None, exchange.rival, exchange.stranger):
        for path, text in _everywhere(exchange, contact, actor):
            assert not [secret for secret in _secrets(exchange) if secret in text], path


def test_by_asking_itself_it_makes_itself_known_and_is_told_so_first(exchange: Exchange) -> None:
    need, offering = exchange.need(named=False), exchange.offering()
    form = browse(exchange.buyer).get(f"/exchange/needs/{need.uid}/ask/?with={offering.uid}").content.decode()
    assert "对方会知道贵企业的名称" in form
    contact = ask_offerer(exchange.buyer, need, offering=offering, message="想了解")
    assert FIRM in browse(exchange.scholar).get(f"/exchange/contacts/{contact.case.uid}/").content.decode()


def test_it_does_not_name_itself_in_a_no_by_mistake(veiled: tuple[Exchange, Contact]) -> None:
    exchange, contact = veiled
    with pytest.raises(Invalid):
        decline_contact(exchange.buyer, contact, why_not="price", reason=f"{FIRM}不接受")
    with pytest.raises(Invalid):
        withdraw_need(exchange.buyer, contact.need, reason=f"{FIRM}已停产")


def test_a_name_that_was_shown_is_not_taken_back(exchange: Exchange) -> None:
    contact = exchange.contact()
    with pytest.raises(Invalid) as refused:
        revise_need(exchange.buyer, contact.need, facts=need_facts(named=False))
    assert [error.field for error in refused.value.errors] == ["named"]
    alone = exchange.need()
    revise_need(exchange.buyer, alone, facts=need_facts(named=False))
