"""After issue the document stays and its status moves: by issuer or regulator, with a reason that verifiers see."""

from __future__ import annotations

import pytest

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.attestations.services import reinstate_attestation, suspend_attestation, withdraw_attestation
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.parties.roles import Role
from tests.browse import browse
from tests.orderbook import Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def attestation(book: Book) -> Attestation:
    return services.issue_report(book.signatory, book.bring(book.order(), "for_decision"))


def test_suspended_reinstated_withdrawn_and_then_never_again(book: Book, attestation: Attestation) -> None:
    document = attestation.document
    steps = ((suspend_attestation, "suspended"), (reinstate_attestation, "valid"), (withdraw_attestation, "withdrawn"))
    for change, status in steps:
        change(book.officer, attestation, reason="抽查发现设备记录不全")
        attestation.refresh_from_db()
        verdict = check(attestation)
        assert verdict.status == status
        assert verdict.genuine, "the status never touches whether the document is genuine"
    assert attestation.document == document
    with pytest.raises(Conflict):
        reinstate_attestation(book.officer, attestation, reason="再次恢复")


def test_the_reason_is_asked_for_kept_and_told_to_both_sides(book: Book, attestation: Attestation) -> None:
    with pytest.raises(Invalid):
        suspend_attestation(book.signatory, attestation, reason="  ")
    suspend_attestation(book.signatory, attestation, reason="标准器待复校")
    entry = Entry.objects.get(act="attestations.suspend")
    assert entry.reason == "标准器待复校"
    told = set(Notice.objects.filter(entry=entry).values_list("organisation_id", flat=True))
    assert told == {book.client.pk, book.institution.pk}
    attestation.refresh_from_db()
    status = check(attestation).check("status")
    assert status is not None and "标准器待复校" in status.zh


def test_the_holder_cannot_change_the_status(book: Book, attestation: Attestation) -> None:
    with pytest.raises(Denied):
        withdraw_attestation(book.buyer, attestation, reason="不想要了")
    attestation.refresh_from_db()
    assert attestation.state == Attestation.State.ISSUED


def test_keepers_change_the_status_on_its_page_and_others_do_not(book: Book, attestation: Attestation) -> None:
    here = f"/r/{attestation.uid}"
    officer, buyer = browse(book.officer), browse(book.buyer)
    stranger, visitor = browse(book.actor(book.outsider, Role.SIGNATORY)), browse()
    for client in (buyer, stranger, visitor):
        page = client.get(here).content.decode()
        assert f"{here}/suspend/" not in page and f"{here}/withdraw/" not in page
    page = officer.get(here).content.decode()
    assert f"{here}/suspend/" in page and f"{here}/withdraw/" in page and f"{here}/reinstate/" not in page
    # The way to the order, and what was done, are for those concerned alone.
    order = f"/orders/{book_order(attestation)}/"
    assert order in page and order in buyer.get(here).content.decode()
    assert order not in stranger.get(here).content.decode()
    assert order not in visitor.get(here).content.decode()
    for client, status in ((buyer, 302), (stranger, 404), (visitor, 404)):
        assert client.get(f"{here}/suspend/").status_code == status
        assert client.post(f"{here}/suspend/", {"reason": "不想要了"}).status_code == status
    attestation.refresh_from_db()
    assert attestation.state == Attestation.State.ISSUED
    assert officer.get(f"{here}/reinstate/").status_code == 302
    page = officer.post(f"{here}/suspend/", {"reason": " "})
    assert page.status_code == 422 and page.context["form"].errors["reason"]
    assert officer.post(f"{here}/suspend/", {"reason": "<i>标准器</i>待复校"}).status_code == 302
    page = visitor.get(here).content.decode()
    assert "真实，但已暂停" in page and "&lt;i&gt;标准器&lt;/i&gt;待复校" in page
    assert officer.post(f"{here}/suspend/", {"reason": "再次"}).status_code == 302
    assert "不能进行此操作" in " ".join(map(str, officer.get(here).context["messages"]))
    signatory = browse(book.signatory)
    assert signatory.post(f"{here}/reinstate/", {"reason": "已复校"}).status_code == 302
    assert signatory.post(f"{here}/withdraw/", {"reason": "数据不实"}).status_code == 302
    assert "真实，但已撤销" in visitor.get(here).content.decode()
    assert "/withdraw/" not in signatory.get(here).content.decode()
    assert officer.get("/r/0000000000000/suspend/").status_code == 404


def book_order(attestation: Attestation) -> str:
    assert attestation.case is not None
    return attestation.case.uid


def test_a_replaced_report_leads_each_reader_as_far_as_is_his(book: Book, attestation: Attestation) -> None:
    order = Order.objects.get(case_id=attestation.case_id)
    services.amend_report(book.signatory, order, reason="型号有误", object_model="QM-7788")
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    second = services.issue_report(book.signatory, order)
    for older, newer in ((attestation, second),):
        page = browse().get(f"/r/{older.uid}").content.decode()
        assert "真实，但已被代替" in page and "型号有误" in page
        # Whoever holds the first document holds not the second by it: the number leads to its status.
        assert f'href="/verify/?number={newer.number}"' in page and newer.uid not in page
        assert f'href="/r/{newer.uid}"' in browse(book.buyer).get(f"/r/{older.uid}").content.decode()
        page = browse().get(f"/r/{newer.uid}").content.decode()
        assert "真实，有效" in page and older.number in page and older.uid not in page.replace(older.address, "")
        page = browse().get(f"/verify/?number={older.number}").content.decode()
        assert f"?number={newer.number}" in page and newer.uid not in page and "QM-7788" not in page
        page = browse().get(f"/verify/?number={newer.number}").content.decode()
        assert f"?number={older.number}" in page and older.uid not in page
