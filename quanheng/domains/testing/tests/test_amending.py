"""A wrong report is replaced by a further one that names it, says why and what changed (ISO/IEC 17025 7.8.8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.domains.services.services import rate_order
from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.credentials.trust import load
from quanheng.kernel.attestations.credentials.verify import verify
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.text import page_texts
from quanheng.kernel.attestations.queries import chain, check, document_of, whole_bundle
from quanheng.kernel.attestations.services import (
    reinstate_attestation,
    supersede_attestation,
    suspend_attestation,
    withdraw_attestation,
)
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.models import Clock
from quanheng.kernel.cases.queries import waiting_for
from quanheng.kernel.cases.services import options
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.orderbook import Book, open_book

REASON = "车速换算有误"
MaxQueries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def delivered(book: Book) -> Order:
    return fresh(book.bring(book.order(), "delivered"))


def fresh(order: Order) -> Order:
    return Order.objects.select_related("case__parent", "attestation").get(pk=order.pk)


def report_of(order: Order) -> Attestation:
    report = fresh(order).attestation
    assert report is not None
    return report


def reissue(book: Book, order: Order, value: str = "") -> Attestation:
    """From under amendment to the next report; with a value, the one result is corrected."""
    if value:
        book.enter(order, value)
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    return services.issue_report(book.signatory, order)


def stated(report: Attestation) -> dict[str, Any]:
    subject: dict[str, Any] = json.loads(report.document)["credentialSubject"]
    return subject


def names_of(book: Book, order: Order, who: Any) -> dict[str, bool]:
    return {one.step.name: one.possible for one in options(who, fresh(order))}


def test_the_next_report_names_the_first_says_why_and_what_changed(book: Book, delivered: Order) -> None:
    first = report_of(delivered)
    document = first.document
    services.amend_report(book.signatory, delivered, reason=f" {REASON} ")
    order = fresh(delivered)
    assert (order.case.state, order.case.closed_at, order.amendment_reason) == ("working", None, REASON)
    assert order.attestation == first
    assert report_of(order).state == Attestation.State.ISSUED, "the first stands until the next is issued"
    second = reissue(book, order, "24.3")
    first.refresh_from_db()
    assert (first.state, first.state_reason) == ("superseded", REASON)
    assert first.document == document
    assert (second.supersedes, fresh(order).attestation, fresh(order).amendment_reason) == (first, second, "")
    subject = stated(second)
    assert subject["supersedes"] == {"id": first.address, "number": first.number, "reasonZh": REASON}
    why, what = subject["notesZh"][:2]
    assert first.number in why and REASON in why
    assert what == "更正内容：第 1 项最高车速的结果由“24.1 km/h ± 0.2 km/h, k = 2”改为“24.3 km/h ± 0.2 km/h, k = 2”。"
    verdict = check(second)
    assert verdict.genuine and verdict.status == "valid"
    printed = "".join(page_texts(renderer().render(document_of(second)))).replace("\n", "")
    assert f"{first.number}：{REASON}" in printed.replace(" ", "") and "Supersedes" in printed


def test_the_first_shows_as_replaced_online_by_number_and_offline(book: Book, delivered: Order) -> None:
    first = report_of(delivered)
    services.amend_report(book.signatory, delivered, reason=REASON)
    second = reissue(book, delivered)
    first.refresh_from_db()
    for verdict in (check(first), verify(first.document.encode(), load(whole_bundle()), timezone.now())):
        assert verdict.genuine and verdict.status == "superseded"
        told = verdict.check("status")
        assert told is not None
        assert second.number in told.zh and second.number in told.todo_en and REASON in told.zh
    answer = Client().get(f"/api/v1/attestations/by-number/{first.number}").json()
    assert (answer["state"], answer["superseded_by"], answer["supersedes"]) == ("superseded", second.number, "")
    answer = Client().get(f"/api/v1/attestations/by-number/{second.number}").json()
    assert (answer["state"], answer["superseded_by"], answer["supersedes"]) == ("issued", "", first.number)


def test_both_sides_are_told_and_the_trail_keeps_each_act(book: Book, delivered: Order) -> None:
    quality = book.actor(book.institution, Role.QUALITY_MANAGER)
    services.amend_report(quality, delivered, reason=REASON, suspend=True)
    assert report_of(delivered).state == Attestation.State.SUSPENDED
    reissue(book, delivered)
    acts = Entry.objects.filter(case_id=delivered.case_id).order_by("id").values_list("act", flat=True)
    assert [*acts][-6:] == [
        "attestations.suspend",
        "testing.order.amend",
        "testing.order.submit",
        "testing.order.review",
        "attestations.supersede",
        "testing.order.issue",
    ]
    for act in ("testing.order.amend", "attestations.suspend", "attestations.supersede"):
        entry = Entry.objects.get(act=act)
        assert entry.reason == REASON
        told = set(Notice.objects.filter(entry=entry).values_list("organisation_id", flat=True))
        assert told == {book.client.pk, book.institution.pk}
    assert prove().sound


def test_a_chain_of_amendments_goes_one_to_one(book: Book, delivered: Order) -> None:
    reports = [report_of(delivered)]
    for value in ("24.2", "24.3", "24.4"):
        services.amend_report(book.signatory, delivered, reason=f"改为 {value}")
        reports.append(reissue(book, delivered, value))
    for report in reports:
        report.refresh_from_db()
        assert chain(report) == reports
    assert [one.state for one in reports] == ["superseded"] * 3 + ["issued"]
    # Each tells of its own amendment alone.
    assert len(stated(reports[-1])["notesZh"]) == 2
    assert stated(reports[-1])["supersedes"]["number"] == reports[2].number
    services.deliver_report(book.operator, delivered)
    assert fresh(delivered).case.state == "delivered"


def test_an_undelivered_report_is_amended_too(book: Book) -> None:
    order = book.bring(book.order(), "issued")
    services.amend_report(book.signatory, order, reason=REASON)
    assert fresh(order).case.state == "working"
    assert reissue(book, order).supersedes is not None


def test_nothing_need_change_but_the_name_of_the_client(book: Book, delivered: Order) -> None:
    book.client.name_zh = "示范企业（天津）有限公司"
    book.client.save()
    services.amend_report(book.signatory, delivered, reason="委托方更名")
    second = reissue(book, delivered)
    assert stated(second)["client"]["nameZh"] == book.client.name_zh
    assert stated(second)["notesZh"][1] == f"更正内容：委托方名称由“示范企业”改为“{book.client.name_zh}”。"
    services.amend_report(book.signatory, delivered, reason="盖章页重出")
    again = reissue(book, delivered)
    assert stated(again)["notesZh"][1] == "更正内容：结果、对象和委托方信息与原报告相同。"


def test_the_object_is_called_rightly_everywhere(book: Book, delivered: Order) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON, object_name="电动自行车", object_model="T2")
    order = fresh(delivered)
    assert (order.object_model, order.case.title) == ("T2", "电动自行车 T2")
    assert Sample.objects.get(case_id=order.case_id).model == "T2"
    second = reissue(book, order)
    assert second.title == "电动自行车 T2"
    assert stated(second)["object"]["model"] == "T2"
    assert stated(second)["notesZh"][1] == "更正内容：型号规格由“T1”改为“T2”。"


def test_an_amendment_is_given_up_and_the_report_stands(book: Book, delivered: Order) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON, suspend=True, object_model="T2")
    services.abandon_amendment(book.signatory, delivered, reason="看错了一行", reinstate=True)
    order = fresh(delivered)
    assert (order.case.state, order.amendment_reason, order.object_model) == ("delivered", "", "T1")
    assert (order.case.closed_at is None, order.case.title) == (False, "电动自行车 T1")
    assert Sample.objects.get(case_id=order.case_id).model == "T1"
    assert report_of(order).state == Attestation.State.ISSUED
    assert Attestation.objects.count() == 1
    # The same again, the report left suspended: that is another decision.
    services.amend_report(book.signatory, order, reason=REASON, suspend=True)
    services.abandon_amendment(book.signatory, order, reason="看错了一行")
    assert report_of(order).state == Attestation.State.SUSPENDED
    services.amend_report(book.signatory, order, reason=REASON)
    assert reissue(book, order).supersedes_id == report_of(order).supersedes_id


@pytest.mark.parametrize("change", ["value", "remark", "environment"])
def test_what_was_found_wrong_is_not_left_unsaid(book: Book, delivered: Order, change: str) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON)
    result = delivered.case.results.get()
    result_before = getattr(result, change)
    setattr(result, change, "24.3" if change == "value" else "风速过大")
    result.save()
    with pytest.raises(Conflict) as refused:
        services.abandon_amendment(book.signatory, delivered, reason="算了")
    assert refused.value.reason == "guard-as-reported"
    setattr(result, change, result_before)
    # Whoever puts it back.
    result.operator_id = book.reviewer.person_id
    result.save()
    services.abandon_amendment(book.signatory, delivered, reason="已改回")
    assert fresh(delivered).case.state == "delivered"


def test_an_order_is_closed_again_whatever_was_entered_once_its_report_is_withdrawn(
    book: Book, delivered: Order
) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON)
    book.enter(delivered, "24.3")
    withdraw_attestation(book.signatory, report_of(delivered), reason="不再具备该能力")
    services.abandon_amendment(book.signatory, delivered, reason="报告已撤销，不再出新报告")
    assert fresh(delivered).case.state == "delivered"


def test_refusals(book: Book, delivered: Order) -> None:
    first = report_of(delivered)
    before = Entry.objects.count()
    for who, refusal in (
        (book.buyer, Denied),
        (book.operator, Denied),
        (book.reviewer, Denied),
        (book.officer, Denied),
        (book.actor(book.outsider, Role.SIGNATORY), NotFound),
        (book.actor(book.outsider, Role.QUALITY_MANAGER), NotFound),
    ):
        with pytest.raises(refusal):
            services.amend_report(who, delivered, reason=REASON)
        with pytest.raises(refusal):
            services.abandon_amendment(who, delivered, reason=REASON)
    for reason in ("", "  ", "长" * 301, "有\x00"):
        with pytest.raises(Invalid) as refused:
            services.amend_report(book.signatory, delivered, reason=reason)
        assert [one.field for one in refused.value.errors] == ["reason"]
    for wrong in ({"object_name": " "}, {"object_name": "长" * 121}, {"object_model": "长" * 121}):
        with pytest.raises(Invalid) as refused:
            services.amend_report(book.signatory, delivered, reason=REASON, **wrong)
        assert [one.field for one in refused.value.errors] == [*wrong]
    with pytest.raises(Conflict) as conflict:
        services.abandon_amendment(book.signatory, delivered, reason=REASON)
    assert conflict.value.reason == "wrong-state"
    for state in ("offered", "accepted", "working", "in_review", "for_decision"):
        with pytest.raises(Conflict) as conflict:
            services.amend_report(book.signatory, book.bring(book.order(), state), reason=REASON)
        assert conflict.value.reason == "wrong-state"
    with pytest.raises(Conflict) as conflict:
        services.abandon_amendment(book.signatory, book.bring(book.order(), "working"), reason=REASON)
    assert conflict.value.reason == "guard-under-amendment"
    assert not Entry.objects.filter(act__in=("testing.order.amend", "testing.order.abandon_amendment")).exists()
    assert Entry.objects.count() > before
    services.amend_report(book.signatory, delivered, reason=REASON)
    with pytest.raises(Conflict) as conflict:
        services.amend_report(book.signatory, delivered, reason=REASON)
    assert conflict.value.reason == "wrong-state"
    with pytest.raises(Invalid):
        services.abandon_amendment(book.signatory, delivered, reason=" ")
    with pytest.raises(Conflict) as conflict:
        services.abandon_amendment(book.signatory, delivered, reason=REASON, reinstate=True)
    assert conflict.value.reason == "wrong-state", "what is not suspended is not reinstated"
    assert fresh(delivered).case.state == "working"
    assert report_of(delivered) == first


def test_suspending_what_is_suspended_already_is_refused_with_all_of_it(book: Book, delivered: Order) -> None:
    suspend_attestation(book.officer, report_of(delivered), reason="抽查")
    with pytest.raises(Conflict):
        services.amend_report(book.signatory, delivered, reason=REASON, suspend=True)
    assert fresh(delivered).amendment_reason == ""
    services.amend_report(book.signatory, delivered, reason=REASON)
    assert reissue(book, delivered).state == "issued"


def test_a_withdrawn_report_is_neither_amended_nor_replaced(book: Book, delivered: Order) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON)
    services.submit_results(book.operator, delivered)
    services.review_results(book.reviewer, delivered)
    withdraw_attestation(book.officer, report_of(delivered), reason="数据不实")
    with pytest.raises(Conflict) as refused:
        services.issue_report(book.signatory, delivered)
    assert refused.value.reason == "guard-still-stands"
    assert Attestation.objects.count() == 1
    services.return_for_correction(book.signatory, delivered, reason="原报告已撤销")
    services.abandon_amendment(book.signatory, delivered, reason="原报告已撤销")
    with pytest.raises(Conflict) as refused:
        services.amend_report(book.signatory, delivered, reason=REASON)
    assert refused.value.reason == "guard-report-stands"
    assert names_of(book, delivered, book.signatory) == {"amend": False}


def test_a_replaced_report_changes_its_status_no_more(book: Book, delivered: Order) -> None:
    first = report_of(delivered)
    services.amend_report(book.signatory, delivered, reason=REASON)
    second = reissue(book, delivered)
    for change in (suspend_attestation, reinstate_attestation, withdraw_attestation):
        with pytest.raises(Conflict):
            change(book.officer, first, reason="再改")
    with pytest.raises(Conflict):
        supersede_attestation(book.signatory, first, by=second, reason="再代替")
    with pytest.raises(ValueError, match="does not supersede"):
        supersede_attestation(book.signatory, second, by=first, reason="倒过来")
    with pytest.raises(Denied):
        supersede_attestation(book.officer, first, by=second, reason="越权")


def test_the_guards_of_every_report_hold_for_an_amended_one(book: Book, delivered: Order) -> None:
    services.amend_report(book.signatory, delivered, reason=REASON)
    services.submit_results(book.operator, delivered)
    services.review_results(book.reviewer, delivered)
    book.line.valid_until = timezone.localdate() - timedelta(days=1)
    book.line.save()
    with pytest.raises(Conflict) as refused:
        services.issue_report(book.signatory, delivered)
    assert refused.value.reason == "guard-scope"
    assert report_of(delivered).state == "issued"


def test_a_reopened_order_waits_counts_anew_and_leaves_its_commission_closed(book: Book, delivered: Order) -> None:
    parent = delivered.case.parent
    assert parent is not None and parent.state == "completed"
    assert not waiting_for(book.operator).filter(pk=delivered.case_id).exists()
    stopped = set(Clock.objects.filter(case_id=delivered.case_id).values_list("pk", "stopped_at"))
    services.amend_report(book.signatory, delivered, reason=REASON)
    assert waiting_for(book.operator).filter(pk=delivered.case_id).exists()
    case = fresh(delivered).case
    running = Clock.objects.get(case=case, stopped_at=None)
    assert (running.name, running.due_at, running.reminded) == ("work", case.due_at, 0)
    assert stopped == set(Clock.objects.filter(case=case).exclude(pk=running.pk).values_list("pk", "stopped_at"))
    reissue(book, delivered)
    services.deliver_report(book.operator, delivered)
    parent.refresh_from_db()
    assert (parent.state, fresh(delivered).case.closed_at is None) == ("completed", False)
    assert Entry.objects.filter(act="services.commission.complete").count() == 1
    rate_order(book.buyer, fresh(delivered).case, stars=4)


def test_an_open_commission_waits_for_the_reopened_order(book: Book) -> None:
    commission = book.commission()
    one, other = book.order(commission), book.order(commission)
    book.bring(one, "delivered")
    services.amend_report(book.signatory, one, reason=REASON)
    book.bring(other, "delivered")
    commission.case.refresh_from_db()
    assert commission.case.state == "under_way"
    services.abandon_amendment(book.signatory, one, reason="无误")
    commission.case.refresh_from_db()
    assert commission.case.state == "completed"


def test_acts_are_offered_where_they_can_be_done(book: Book, delivered: Order) -> None:
    assert names_of(book, delivered, book.signatory) == {"amend": True}
    assert names_of(book, delivered, book.operator) == names_of(book, delivered, book.buyer) == {}
    services.amend_report(book.signatory, delivered, reason=REASON)
    assert names_of(book, delivered, book.signatory) == {"abandon_amendment": True}
    assert set(names_of(book, delivered, book.operator)) == {"enter", "submit"}
    # What was never reported has nothing to be given up, and shows no such act.
    assert names_of(book, book.bring(book.order(), "working"), book.signatory) == {}


def test_pages_lead_through_an_amendment(
    book: Book, delivered: Order, django_assert_max_num_queries: MaxQueries
) -> None:
    first = report_of(delivered)
    here = f"/orders/{delivered.case.uid}/"
    signatory, buyer = browse(book.signatory), browse(book.buyer)
    assert f"{here}amend/" in signatory.get(here).content.decode()
    assert f"{here}amend/" not in buyer.get(here).content.decode()
    page = signatory.get(f"{here}amend/")
    assert page.context["form"].initial["object_model"] == "T1" and "suspend" in page.context["form"].fields
    page = signatory.post(f"{here}amend/", {"reason": " ", "object_name": "电动自行车"})
    assert page.status_code == 200 and page.context["form"].errors["reason"]
    body = {"reason": "<b>型号</b>有误", "object_name": "电动自行车", "object_model": "T2", "suspend": "on"}
    assert signatory.post(f"{here}amend/", body).status_code == 302
    page = signatory.get(here)
    assert "已开始更正" in " ".join(map(str, page.context["messages"]))
    text = page.content.decode()
    assert "&lt;b&gt;型号&lt;/b&gt;有误" in text and "正在更正报告" in text and "暂停" in text
    assert f"{here}abandon_amendment/" in text
    assert "reinstate" in signatory.get(f"{here}abandon_amendment/").context["form"].fields
    assert "更正报告中" in buyer.get("/orders/").content.decode()
    services.submit_results(book.operator, delivered)
    services.review_results(book.reviewer, delivered)
    page = signatory.get(f"{here}issue/").content.decode()
    assert first.number in page and "更正内容：型号规格由“T1”改为“T2”。" in page
    assert signatory.post(f"{here}issue/", {"conclusion": ""}).status_code == 302
    second = report_of(delivered)
    for client in (signatory, buyer, browse(book.operator), browse(book.officer)):
        with django_assert_max_num_queries(15):
            page = client.get(here).content.decode()
        assert f'href="/r/{first.uid}"' in page and f'href="/r/{second.uid}"' in page and "被代替" in page


def test_the_api_amends_and_says_so(book: Book, delivered: Order) -> None:
    here = f"/api/v1/orders/{delivered.case.uid}"
    signatory, buyer = browse(book.signatory), browse(book.buyer)
    stranger, visitor = browse(book.actor(book.outsider, Role.SIGNATORY)), Client()

    def post(client: Client, act: str, body: dict[str, Any]) -> Any:
        return client.post(f"{here}/{act}", json.dumps(body), content_type="application/json")

    for act in ("amend", "abandon-amendment"):
        assert post(buyer, act, {"reason": REASON}).status_code == 403
        assert post(stranger, act, {"reason": REASON}).status_code == 404
        assert post(visitor, act, {"reason": REASON}).status_code == 404
        assert post(signatory, act, {}).status_code == 422
    assert post(signatory, "amend", {"reason": " "}).json()["errors"][0]["field"] == "reason"
    assert post(signatory, "abandon-amendment", {"reason": REASON}).status_code == 409
    told = post(signatory, "amend", {"reason": REASON, "suspend": True, "object_model": "T2"}).json()
    assert (told["state"], told["amendment_reason"], told["title"]) == ("working", REASON, "电动自行车 T2")
    assert [one["state"] for one in told["reports"]] == ["suspended"]
    assert post(signatory, "amend", {"reason": REASON}).status_code == 409
    told = post(signatory, "abandon-amendment", {"reason": "无误", "reinstate": True}).json()
    assert (told["state"], told["amendment_reason"], told["title"]) == ("delivered", "", "电动自行车 T1")
    post(signatory, "amend", {"reason": REASON})
    second = reissue(book, delivered)
    told = buyer.get(here).json()
    assert [(one["number"] == second.number, one["state"]) for one in told["reports"]] == [
        (True, "issued"),
        (False, "superseded"),
    ]
    assert told["report"] == second.uid
