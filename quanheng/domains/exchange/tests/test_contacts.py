"""From a match to a contract or a no: who asks, who answers by when, and what the other side is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.exchange import queries
from quanheng.domains.exchange.jobs import close_lapsed
from quanheng.domains.exchange.models import Contact
from quanheng.domains.exchange.services import (
    accept_contact,
    ask_needer,
    ask_offerer,
    confirm_contract,
    decline_contact,
    end_contact,
    lapse_contact,
    refuse_contract,
    revise_need,
    sign_contact,
    take_back_contract,
    withdraw_contact,
    withdraw_need,
    withdraw_offering,
    write_to_contact,
)
from quanheng.domains.exchange.tests.conftest import Exchange, need_facts
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.queries import waiting_for


def _fresh(contact: Contact) -> Contact:
    return Contact.objects.select_related("case", "need", "offering").get(pk=contact.pk)


def _told(exchange: Exchange) -> list[tuple[str, str]]:
    names = {exchange.firm.pk: "firm", exchange.institute.pk: "institute"}
    rows = Notice.objects.filter(entry__act__startswith="exchange.").order_by("id")
    return [(one.entry.act.removeprefix("exchange."), names[one.organisation_id or 0]) for one in rows]


def test_a_contact_waits_for_the_side_that_was_asked_until_a_day(exchange: Exchange) -> None:
    contact = exchange.contact()
    assert (contact.case.state, contact.case.client, contact.case.handler) == (
        "asks_need",
        exchange.firm,
        exchange.institute,
    )
    assert contact.case.waiting_on == exchange.firm and contact.case.due_at is not None
    assert [one.pk for one in waiting_for(exchange.buyer)] == [contact.pk]
    assert not waiting_for(exchange.scholar)
    assert contact.match["score"] == sum(one["points"] for one in contact.match["reasons"]) > 0
    assert set(_told(exchange)) == {("offering.ask", "firm"), ("offering.ask", "institute")}


def test_the_need_may_ask_as_well_as_the_result(exchange: Exchange) -> None:
    contact = exchange.contact(by_need=True)
    assert (contact.case.state, contact.case.waiting_on) == ("asks_result", exchange.institute)
    with pytest.raises(Denied):
        accept_contact(exchange.buyer, contact)
    accept_contact(exchange.scholar, contact)
    contact = _fresh(contact)
    assert (contact.case.state, contact.need.state) == ("talks", "in_talks")


def test_of_a_pair_there_is_one_open_contact_whoever_asks(exchange: Exchange) -> None:
    contact = exchange.contact()
    for again in (
        lambda: ask_offerer(exchange.buyer, contact.need, offering=contact.offering, message="我们也想谈"),
        lambda: ask_needer(exchange.scholar, contact.offering, need=contact.need, message="再问一次"),
    ):
        with pytest.raises(Conflict, match=contact.case.number):
            again()
    assert Case.objects.filter(process="exchange.contact").count() == 1
    withdraw_contact(exchange.scholar, contact, reason="稍后再联系")
    ask_offerer(exchange.buyer, contact.need, offering=contact.offering, message="现在可以谈了")


def test_talks_end_in_a_contract_that_closes_the_need_and_its_other_contacts(exchange: Exchange) -> None:
    contact = exchange.contact()
    other = ask_offerer(exchange.buyer, contact.need, offering=exchange.offering(), message="备选")
    accept_contact(exchange.buyer, contact)
    write_to_contact(exchange.scholar, contact, reason="周三下午可以来看样机")
    with pytest.raises(Denied):
        sign_contact(exchange.scholar, contact, amount_cents=1, signed_on=timezone.localdate(), contract_number="1")
    sign_contact(
        exchange.buyer, contact, amount_cents=30000000, signed_on=timezone.localdate(), contract_number="HT-2026-7"
    )
    # Until the other side has confirmed it, it is no contract, and closes nothing.
    contact = _fresh(contact)
    assert (contact.case.state, contact.need.state, contact.open) == ("to_confirm", "in_talks", True)
    assert contact.case.waiting_on == exchange.institute and _fresh(other).open
    with pytest.raises(Denied):
        confirm_contract(exchange.buyer, contact)
    confirm_contract(exchange.scholar, contact)
    contact, other = _fresh(contact), _fresh(other)
    assert (contact.case.state, contact.need.state, contact.open) == ("contracted", "contracted", False)
    assert contact.confirmed_at is not None
    assert (other.case.state, other.why_not, other.open) == ("ended", "elsewhere", False)
    page = queries.contact_page(exchange.scholar, contact.case.uid)
    assert "周三下午可以来看样机" in {one.reason for one in page.story}
    assert ("contact.sign", "institute") in _told(exchange)
    with pytest.raises(Conflict):
        revise_need(exchange.buyer, contact.need, facts=need_facts())


def test_a_contract_that_one_side_alone_recorded_counts_nowhere(exchange: Exchange) -> None:
    contact = exchange.contact()
    accept_contact(exchange.buyer, contact)
    given: dict[str, Any] = {"amount_cents": 500, "signed_on": timezone.localdate(), "contract_number": "1"}
    sign_contact(exchange.buyer, contact, **given)
    with pytest.raises(Invalid, match="理由"):
        refuse_contract(exchange.scholar, contact, reason=" ")
    found = queries.figures(exchange.planner).total
    assert (found.contracts, found.amount_cents, found.talks) == (0, 0, 1)
    refuse_contract(exchange.scholar, contact, reason="金额不对")
    contact = _fresh(contact)
    assert (contact.case.state, contact.amount_cents, contact.contract_number) == ("talks", None, "")
    assert "金额不对" in {one.reason for one in queries.contact_page(exchange.buyer, contact.case.uid).story}
    sign_contact(exchange.buyer, contact, **given)
    with pytest.raises(Denied):
        take_back_contract(exchange.scholar, contact, reason="x")
    take_back_contract(exchange.buyer, contact, reason="日期写错")
    sign_contact(exchange.buyer, contact, **given)
    # Withdrawn in the meantime, it ends as any talks do, and nothing is left of the contract.
    withdraw_need(exchange.buyer, contact.need, reason="项目取消")
    contact = _fresh(contact)
    assert (contact.case.state, contact.amount_cents, contact.open) == ("ended", None, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": 10**15}, "amount_cents"),
        ({"contract_number": " "}, "contract_number"),
        ({"signed_on": timezone.localdate() + timedelta(days=2)}, "signed_on"),
        ({"signed_on": timezone.localdate() - timedelta(days=9)}, "signed_on"),
    ],
)
def test_a_contract_is_stated_in_full(exchange: Exchange, wrong: dict[str, Any], field: str) -> None:
    contact = exchange.contact()
    accept_contact(exchange.buyer, contact)
    given = {"amount_cents": 5, "signed_on": timezone.localdate(), "contract_number": "1"} | wrong
    with pytest.raises(Invalid) as refused:
        sign_contact(exchange.buyer, contact, **given)
    assert [error.field for error in refused.value.errors] == [field]
    assert _fresh(contact).case.state == "talks"


def test_a_no_has_its_reason_and_the_need_is_open_again(exchange: Exchange) -> None:
    contact = exchange.contact()
    accept_contact(exchange.buyer, contact)
    for wrong in (
        {"why_not": "mood", "reason": "x"},
        {"why_not": "silence", "reason": "x"},
        {"why_not": "price", "reason": " "},
    ):
        with pytest.raises(Invalid):
            end_contact(exchange.scholar, contact, **wrong)
    end_contact(exchange.scholar, contact, why_not="price", reason="低于成本")
    contact = _fresh(contact)
    assert (contact.case.state, contact.need.state, contact.why_not, contact.remark) == (
        "ended",
        "open",
        "price",
        "低于成本",
    )


def test_the_need_stays_in_talks_while_somebody_else_talks(exchange: Exchange) -> None:
    first = exchange.contact()
    second = ask_offerer(exchange.buyer, first.need, offering=exchange.offering(), message="备选")
    accept_contact(exchange.buyer, first)
    accept_contact(exchange.scholar, second)
    end_contact(exchange.buyer, first, why_not="unfit", reason="线速不够")
    assert _fresh(second).need.state == "in_talks"


def test_silence_ends_a_contact_when_the_time_for_an_answer_is_over(exchange: Exchange) -> None:
    contact = exchange.contact()
    close_lapsed()
    assert _fresh(contact).open
    Case.objects.filter(pk=contact.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    close_lapsed()
    contact = _fresh(contact)
    assert (contact.case.state, contact.why_not) == ("unanswered", "silence")
    with pytest.raises(Denied):
        lapse_contact(exchange.buyer, contact)


def test_a_withdrawn_need_or_result_ends_what_is_open(exchange: Exchange) -> None:
    contact = exchange.contact()
    withdraw_need(exchange.buyer, contact.need, reason="项目取消")
    contact = _fresh(contact)
    assert (contact.case.state, contact.why_not, contact.remark) == ("ended", "no_longer", "项目取消")
    other = exchange.contact()
    accept_contact(exchange.buyer, other)
    withdraw_offering(exchange.scholar, other.offering, reason="独家转让")
    other = _fresh(other)
    assert (other.case.state, other.need.state) == ("ended", "open")
    with pytest.raises(Conflict):
        ask_needer(exchange.scholar, other.offering, need=other.need, message="再谈")


def test_accepting_what_is_no_longer_there_is_refused(exchange: Exchange) -> None:
    contact = exchange.contact()
    contact.need.state = "lapsed"
    contact.need.save(update_fields=["state"])
    with pytest.raises(Conflict, match="不再征集"):
        accept_contact(exchange.buyer, contact)


def test_others_neither_see_a_contact_nor_act_in_it(exchange: Exchange) -> None:
    contact = exchange.contact()
    for actor in (exchange.stranger, exchange.rival):
        with pytest.raises(NotFound):
            queries.contact_page(actor, contact.case.uid)
        with pytest.raises(NotFound):
            decline_contact(actor, contact, why_not="price", reason="x")
    with pytest.raises(Denied):
        decline_contact(exchange.scholar, contact, why_not="price", reason="x")
    with pytest.raises(Denied):
        withdraw_contact(exchange.buyer, contact, reason="x")
    with pytest.raises(Denied):
        ask_needer(exchange.rival, contact.offering, need=contact.need, message="冒名")
    queries.contact_page(exchange.officer, contact.case.uid)


def test_a_message_is_needed(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering()
    for message in (" ", "x" * 501, "a\x00"):
        with pytest.raises(Invalid):
            ask_offerer(exchange.buyer, need, offering=offering, message=message)
    assert not Contact.objects.exists()


def test_planners_count_by_field_and_see_why_not(exchange: Exchange) -> None:
    contact = exchange.contact()
    decline_contact(exchange.buyer, contact, why_not="maturity", reason="还在试验")
    signed = exchange.contact()
    accept_contact(exchange.buyer, signed)
    sign_contact(exchange.buyer, signed, amount_cents=500, signed_on=timezone.localdate(), contract_number="1")
    confirm_contract(exchange.scholar, signed)
    for actor in (exchange.planner, exchange.officer):
        found = queries.figures(actor)
        (energy,) = [one for one in found.rows if one.field.code == "energy"]
        assert (energy.needs, energy.open_needs, energy.contacts, energy.contracts, energy.noes) == (2, 1, 2, 1, 1)
        assert (energy.amount_cents, found.total.offerings) == (500, 2)
        assert [(str(label), count) for label, count in found.reasons] == [("成果不够成熟", 1)]
    with pytest.raises(Denied):
        queries.figures(exchange.buyer)
