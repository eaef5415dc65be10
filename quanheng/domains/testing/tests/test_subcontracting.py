"""Subcontracting (SAMR Order 163, Article 10): competent, agreed to by the client, named in the report."""

from __future__ import annotations

import pytest
from django.utils import timezone

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.models import Order, Subcontract
from quanheng.domains.testing.services.subcontracting import providers
from quanheng.domains.testing.tests.test_act_pages import check
from quanheng.domains.testing.views import subcontracts
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import Entered
from tests.browse import browse
from tests.orderbook import FAR_OFF, LONG_AGO, Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    """The book, in which the outsider is competent too, at its own price."""
    book = open_book()
    recognition = Recognition.objects.create(
        organisation=book.outsider, scheme="CMA", number="T-2", valid_from=LONG_AGO, valid_until=FAR_OFF
    )
    ScopeLine.objects.create(
        organisation=book.outsider,
        recognition=recognition,
        activity="testing",
        family=book.family,
        item=book.line.item,
        method=book.line.method,
        quantity="speed",
        unit="km/h",
        price_cents=8000,
        days=3,
        valid_from=LONG_AGO,
        valid_until=FAR_OFF,
    )
    return book


@pytest.fixture
def order(book: Book) -> Order:
    return book.bring(book.order(), "working")


def propose(book: Book, order: Order) -> Subcontract:
    return services.propose_subcontract(
        book.operator, order, positions=[1], provider=book.outsider, reason="测速跑道检修"
    )


def theirs(book: Book, role: str) -> Actor:
    return book.actor(book.outsider, role)


def carry_out(book: Book, subcontract: Subcontract, value: str = "24.6") -> Order:
    """The provider's own order, from acceptance to delivery."""
    order = subcontract.provider_order
    assert order is not None
    tool = Instrument.objects.create(
        owner=book.outsider, name_zh="测速仪", serial="S2", calibrated_on=LONG_AGO, calibrated_until=FAR_OFF
    )
    services.accept_order(theirs(book, Role.OPERATOR), order)
    services.receive_samples(theirs(book, Role.OPERATOR), order, quantity="1", condition="完好")
    row = Entered(1, value, "km/h", "0.3", "2", (tool.uid,), timezone.localdate())
    services.enter_results(theirs(book, Role.OPERATOR), order, rows=[row])
    services.submit_results(theirs(book, Role.OPERATOR), order)
    services.review_results(theirs(book, Role.REVIEWER), order)
    services.issue_report(theirs(book, Role.SIGNATORY), order)
    services.deliver_report(theirs(book, Role.OPERATOR), order)
    return Order.objects.get(pk=order.pk)


def test_nothing_is_placed_until_the_client_agrees(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    assert (subcontract.case.state, subcontract.case.waiting_on, subcontract.price_cents) == (
        "proposed",
        book.client,
        8000,
    )
    assert Order.objects.count() == 1
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    placed = subcontract.provider_order
    assert placed and (placed.case.client, placed.case.handler, placed.case.state) == (
        book.institution,
        book.outsider,
        "offered",
    )
    assert (placed.price_cents, [one.item for one in placed.case.results.all()]) == (8000, [book.line.item])


def test_the_providers_result_is_taken_over_and_named_in_the_report(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        services.submit_results(book.operator, order)
    assert refused.value.reason == "guard-complete"
    provided = carry_out(book, subcontract)
    subcontract.case.refresh_from_db()
    assert subcontract.case.state == "taken_over"
    assert provided.attestation
    result = order.case.results.get()
    assert (result.value, result.uncertainty, result.verdict, result.provider, result.provider_report) == (
        "24.6",
        "0.3",
        Result.Verdict.PASS,
        book.outsider,
        provided.attestation.number,
    )
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    report = services.issue_report(book.signatory, order)
    notes = loads(report.document)["credentialSubject"]["notesZh"]
    assert f"第 1 项分包至 另一检测机构，结果取自其报告 {provided.attestation.number}。" in notes


def test_subcontracted_items_are_not_entered_by_the_institution_itself(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    with pytest.raises(Invalid) as refused:
        book.enter(order)
    assert "已分包" in str(refused.value.errors[0].message)


def test_a_scope_that_was_lost_is_no_hindrance_for_what_is_subcontracted(book: Book, order: Order) -> None:
    Recognition.objects.filter(organisation=book.institution).update(state="suspended")
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    carry_out(book, subcontract)
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    assert services.issue_report(book.signatory, order).number


def test_what_the_provider_declines_is_the_institutions_again(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    services.decline_order(theirs(book, Role.OPERATOR), subcontract.provider_order, reason="满")
    subcontract.case.refresh_from_db()
    assert subcontract.case.state == "failed"
    book.enter(order)
    services.submit_results(book.operator, order)


def test_the_client_may_refuse_and_the_institution_may_think_better_of_it(book: Book, order: Order) -> None:
    services.refuse_subcontract(book.buyer, propose(book, order), reason="请自行检测")
    services.withdraw_subcontract(book.operator, propose(book, order), reason="跑道已修好")
    book.enter(order)
    services.submit_results(book.operator, order)
    assert Order.objects.count() == 1


def test_whoever_is_not_competent_gets_nothing(book: Book, order: Order) -> None:
    ScopeLine.objects.filter(organisation=book.outsider).update(valid_until=LONG_AGO)
    assert providers(order, [1]) == []
    with pytest.raises(Invalid) as refused:
        propose(book, order)
    assert [error.field for error in refused.value.errors] == ["provider"]


def test_a_provider_that_lost_its_scope_before_the_client_agreed_gets_nothing(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    Recognition.objects.filter(organisation=book.outsider).update(state="suspended")
    with pytest.raises(Conflict) as refused:
        services.agree_subcontract(book.buyer, subcontract)
    assert refused.value.reason == "scope"
    assert Order.objects.count() == 1


def test_senseless_proposals_are_refused(book: Book, order: Order) -> None:
    for positions, provider, kind in (
        ([], book.outsider, Invalid),
        ([7], book.outsider, Invalid),
        ([1], book.institution, Invalid),
    ):
        with pytest.raises(kind):
            services.propose_subcontract(book.operator, order, positions=positions, provider=provider, reason="检修")
    propose(book, order)
    with pytest.raises(Conflict) as refused:
        propose(book, order)
    assert refused.value.reason == "subcontracted"
    with pytest.raises(Denied):
        services.propose_subcontract(book.buyer, order, positions=[1], provider=book.outsider, reason="检修")
    done = book.bring(book.order(), "in_review")
    with pytest.raises(Conflict):
        services.propose_subcontract(book.operator, done, positions=[1], provider=book.outsider, reason="检修")


def test_an_order_that_ended_meanwhile_keeps_its_results(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    services.withdraw_order(book.buyer, order, reason="停产")
    carry_out(book, subcontract)
    assert order.case.results.get().value == ""


def test_the_price_is_between_the_two_institutions(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    services.agree_subcontract(book.buyer, subcontract)
    subcontract.refresh_from_db()
    address = f"/subcontracts/{subcontract.case.uid}/"
    assert "分包价格" in browse(book.operator).get(address).content.decode()
    assert "分包价格" not in browse(book.buyer).get(address).content.decode()
    assert browse(theirs(book, Role.OPERATOR)).get(address).status_code == 404
    with pytest.raises(NotFound):
        queries.subcontract_by_uid(theirs(book, Role.OPERATOR), subcontract.case.uid)


def test_pages_lead_from_the_items_to_the_clients_consent(book: Book, order: Order) -> None:
    lab, buyer = browse(book.operator), browse(book.buyer)
    address = f"/orders/{order.case.uid}/subcontract/"
    assert "最高车速" in lab.get(address).content.decode()
    offered = lab.get(f"{address}?positions=1").content.decode()
    assert "另一检测机构：80 元" in offered
    assert lab.get(f"{address}?positions=9").status_code == 422
    assert lab.get(f"{address}?pick=1").status_code == 422
    assert lab.post(f"{address}?positions=1", {"provider": "", "reason": ""}).status_code == 422
    made = lab.post(f"{address}?positions=1", {"provider": book.outsider.uid, "reason": "检修"})
    assert made.status_code == 302
    page = buyer.get(made.url).content.decode()
    assert "同意分包" in page
    assert buyer.post(f"{made.url}agree/").status_code == 302
    assert "分包方办理中" in buyer.get(made.url).content.decode()
    assert "另一检测机构" in buyer.get(f"/orders/{order.case.uid}/").content.decode()


def test_pages_of_acts_open_for_whoever_can_do_them_now(book: Book, order: Order) -> None:
    subcontract = propose(book, order)
    page = f"/subcontracts/{subcontract.case.uid}/"
    acts = [f"{page}{name}/" for name in subcontracts.ACTS]
    for actor, able in ((book.buyer, {"agree", "refuse"}), (book.operator, {"withdraw"}), (book.officer, set())):
        client = browse(actor)
        assert {act.split("/")[-2] for act in acts if check(client, page, act)} == able
    services.refuse_subcontract(book.buyer, subcontract, reason="请自行检测")
    assert not any(check(browse(actor), page, act) for actor in (book.buyer, book.operator) for act in acts)
