"""Who bears a retest: the client is charged for it, and gets it back where the first result fell. Integer cents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from quanheng.domains.disputes.models import Objection
from quanheng.domains.disputes.services import ask_retest
from quanheng.domains.disputes.tests.quarrel import REPORTED, Quarrel, fresh, retest_of
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.queries import settlements
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from tests.browse import browse

DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}
AGREES = REPORTED | {"speed": ("24.4", "0.4")}
JSON = "application/json"


def owed(objection: Objection) -> list[tuple[str, int, str]]:
    """What the two sides owe each other of the retest's fee: kind, cents, state."""
    rows = Settlement.objects.filter(retest=objection.retest).order_by("id")
    return [(one.kind, one.amount_cents, one.state) for one in rows]


def charge(objection: Objection) -> Settlement:
    return Settlement.objects.get(order=objection.retest)


def refund(objection: Objection) -> Settlement:
    return Settlement.objects.get(retest=objection.retest, kind="refund")


def test_a_result_that_holds_leaves_the_fee_with_who_asked(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    assert (charge(objection).amount_cents, charge(objection).state) == (15000, "billed")
    assert charge(objection).case == retest_of(objection).case
    assert owed(objection) == []


def test_a_result_that_fell_is_paid_back_by_who_reported_it(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    assert owed(objection) == [("refund", 15000, "billed")]
    row = refund(objection)
    # The first order is where its two sides settle; the retest says whose fee it is.
    assert (row.case_id, row.retest) == (quarrel.order.pk, objection.retest)
    told = Notice.objects.filter(entry__act="testing.order.settle_retest").values_list("organisation", flat=True)
    assert set(told) == {quarrel.shop.client.pk, quarrel.shop.near.pk}
    with pytest.raises(Denied):
        testing.pay_settlement(quarrel.buyer, row, paid_on=timezone.localdate())
    with pytest.raises(Invalid):
        testing.pay_settlement(quarrel.near(), row, paid_on=timezone.localdate() + timedelta(days=1))
    testing.pay_settlement(quarrel.near(), row, paid_on=timezone.localdate(), reference="20261127")
    with pytest.raises(Denied):
        testing.confirm_settlement(quarrel.near(), row)
    testing.miss_settlement(quarrel.buyer, row, reason="银行无此流水")
    testing.confirm_settlement(quarrel.buyer, row)
    assert owed(objection) == [("refund", 15000, "settled")]
    with pytest.raises(Conflict):
        testing.pay_settlement(quarrel.near(), row, paid_on=timezone.localdate())


def test_what_the_retest_is_charged_at_is_what_goes_back(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    quarrel.report(retest, DISAGREES)
    objection = Objection.objects.get(pk=objection.pk)
    testing.bill_order(quarrel.far(), fresh(retest), amount_cents=12000, note="只做一项")
    assert owed(objection) == [("refund", 12000, "billed")]
    # Returned before the charge is lowered: the difference comes back from the client, and only that.
    testing.pay_settlement(quarrel.near(), refund(objection), paid_on=timezone.localdate())
    testing.bill_order(quarrel.far(), fresh(retest), amount_cents=11000, note="再减")
    assert owed(objection) == [("refund", 12000, "paid"), ("reclaim", 1000, "billed")]
    # The payment was never made after all: what is open is the whole, once.
    testing.miss_settlement(quarrel.buyer, refund(objection), reason="未到账")
    assert owed(objection) == [("refund", 12000, "void"), ("reclaim", 1000, "void"), ("refund", 11000, "billed")]


def test_nothing_is_billed_twice(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    retest = retest_of(objection)
    testing.settle_retest(quarrel.platform, quarrel.order, retest=retest, by_institution=True)
    assert owed(objection) == [("refund", 15000, "billed")]
    for again in (
        {"order": retest, "case": retest.case},
        {"retest": retest, "kind": "refund", "case_id": quarrel.order.pk},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.create(amount_cents=1, **again)
    assert Entry.objects.filter(act="testing.order.bill", case_id=retest.pk).count() == 1


def test_a_bill_made_before_the_judgement_stays_the_one(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    retest = retest_of(ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new"))
    order = quarrel.report(retest, DISAGREES, deliver=False)
    testing.bill_order(quarrel.far(), order, amount_cents=9000, note="优惠")
    testing.pay_order(quarrel.buyer, order, paid_on=timezone.localdate())
    testing.deliver_report(quarrel.far(), order)
    objection = Objection.objects.get(pk=objection.pk)
    assert (charge(objection).amount_cents, charge(objection).state) == (9000, "paid")
    assert owed(objection) == [("refund", 9000, "billed")]


def test_pages_link_money_dispute_and_both_orders(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    retest, row = retest_of(objection), refund(objection)
    page, dispute = f"/settlements/{row.uid}/", f"/objections/{objection.case.uid}/"
    first, second = f"/orders/{quarrel.order.case.uid}/", f"/orders/{retest.case.uid}/"
    buyer, near, far = browse(quarrel.buyer), browse(quarrel.near()), browse(quarrel.far())
    for path in (first, second, dispute, "/settlements/"):
        assert page in buyer.get(path).content.decode()
    told = buyer.get(page).content.decode()
    assert all(f'href="{path}"' in told for path in (first, second, dispute)) and "推翻了原结果" in told
    # The first institution does not open the retest; who retested learns nothing of the quarrel.
    assert f'href="{second}"' not in near.get(page).content.decode()
    assert page not in far.get(second).content.decode() and far.get(page).status_code == 404
    assert settlements(quarrel.far()).count() == 1
    assert buyer.get(f"{page}pay/", follow=True).redirect_chain == [(page, 302)]
    assert near.post(f"{page}pay/", {"paid_on": "x"}).status_code == 422
    near.post(f"{page}pay/", {"paid_on": f"{timezone.localdate()}", "reference": "7"})
    assert f"{page}miss/" in buyer.get(page).content.decode()
    buyer.post(f"{page}confirm/", {"paid_on": ""})
    assert owed(objection) == [("refund", 15000, "settled")]
    assert page in buyer.get("/settlements/?kind=refund").content.decode()
    assert page not in buyer.get("/settlements/?kind=charge").content.decode()


def test_the_api_does_the_same(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    buyer, near = browse(quarrel.buyer), browse(quarrel.near())
    (told,) = buyer.get(f"/api/v1/objections/{objection.case.uid}").json()["retest"]["refunds"]
    assert (told["kind"], told["amount_cents"], told["acts"]) == ("refund", 15000, ["confirm"])
    path = f"/api/v1/refunds/{told['uid']}"
    assert buyer.post(f"{path}/pay", {"paid_on": f"{timezone.localdate()}"}, content_type=JSON).status_code == 403
    paid = near.post(f"{path}/pay", {"paid_on": f"{timezone.localdate()}", "reference": "7"}, content_type=JSON)
    assert (paid.status_code, paid.json()["state"]) == (200, "paid")
    assert buyer.post(f"{path}/miss", {"reason": "未到账"}, content_type=JSON).json()["state"] == "billed"
    assert buyer.post(f"{path}/confirm", {}, content_type=JSON).json()["state"] == "settled"
    (of_order,) = near.get(f"/api/v1/orders/{quarrel.order.case.uid}").json()["refunds"]
    assert of_order["uid"] == told["uid"]
    assert browse(quarrel.far()).get(path).status_code == 404
    assert buyer.get(f"/api/v1/refunds/{charge(objection).uid}").status_code == 404


def test_a_stranger_finds_nothing_to_pay(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    with pytest.raises(NotFound):
        testing.pay_settlement(quarrel.shop.stranger, refund(objection), paid_on=timezone.localdate())
