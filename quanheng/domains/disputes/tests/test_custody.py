"""A retained sample on its way to the retest: one unbroken chain over two institutions, told on both orders."""

from __future__ import annotations

import pytest

from quanheng.domains.disputes.models import Objection
from quanheng.domains.disputes.services import ask_retest, concede
from quanheng.domains.disputes.tests.quarrel import REPORTED, Quarrel, again, fresh, retest_of
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import custody
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.objects.custody import dispose_sample, hand_over_sample, in_hand, move_sample, return_sample
from quanheng.kernel.objects.models import Sample
from tests.browse import browse

DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}
JSON = "application/json"


def sample(order: Order) -> Sample:
    return Sample.objects.select_related("case").filter(case=order.case_id).latest("id")


def chain(actor: Actor, order: Order) -> list[tuple[str, str, str]]:
    """Each link of an order's only sample as an actor reads it: whose, what, with whom."""
    (links,) = custody(actor, fresh(order)).values()
    return [(one.sample.case.handler.name_zh, one.kind, one.party.name_zh if one.party else "") for one in links]


@pytest.fixture
def retest(quarrel: Quarrel) -> Order:
    """A retest on the retained sample, accepted by the far laboratory."""
    move_sample(quarrel.near("operator"), sample(quarrel.order), place="留样库 2 排")
    order = retest_of(ask_retest(quarrel.buyer, quarrel.upheld(1), institution=quarrel.shop.far, sample="retained"))
    testing.accept_order(quarrel.far(), order)
    return order


def test_the_chain_goes_on_from_one_institution_to_the_other(quarrel: Quarrel, retest: Order) -> None:
    kept = sample(quarrel.order)
    hand_over_sample(quarrel.near("operator"), kept, to="SF1234567890", condition="封样完好")
    told = Notice.objects.filter(entry__act="objects.sample.expect").values_list("organisation", flat=True)
    assert set(told) == {quarrel.shop.client.pk, quarrel.shop.far.pk}
    testing.receive_samples(quarrel.far(), retest, quantity="1 辆", condition="封样完好")
    assert (sample(quarrel.order).state, sample(retest).state) == ("handed", "received")
    whole = [("近检测", "received", ""), ("近检测", "sent", "远检测"), ("远检测", "received", "近检测")]
    for actor, order in ((quarrel.buyer, quarrel.order), (quarrel.buyer, retest), (quarrel.far(), retest)):
        assert chain(actor, order) == whole
    # Within an institution a sample's places are its own affair.
    assert chain(quarrel.near(), quarrel.order) == [whole[0], ("近检测", "moved", ""), *whole[1:]]
    seen = browse(quarrel.far()).get(f"/orders/{retest.case.uid}/").content.decode()
    assert "SF1234567890" in seen and "留样库" not in seen
    assert "远检测" in browse(quarrel.near()).get(f"/orders/{quarrel.order.case.uid}/").content.decode()


def test_a_hand_over_that_was_not_recorded_holds_nobody_up(quarrel: Quarrel, retest: Order) -> None:
    testing.receive_samples(quarrel.far(), retest, quantity="1 辆", condition="外箱破损")
    (links,) = custody(quarrel.near(), fresh(quarrel.order)).values()
    sent = next(one for one in links if one.kind == "sent")
    assert (sent.by, sent.to, sent.condition, sample(quarrel.order).state) == (None, "", "外箱破损", "handed")
    assert Entry.objects.get(act="objects.sample.taken_over").facts["not_recorded"] is True
    assert "交出未登记" in browse(quarrel.buyer).get(f"/orders/{retest.case.uid}/").content.decode()
    with pytest.raises(Conflict) as refused:
        hand_over_sample(quarrel.near("operator"), sample(quarrel.order), to="SF1", condition="完好")
    assert refused.value.reason == "sample-not-here"


def test_what_a_retest_waits_for_is_neither_returned_nor_disposed_of(quarrel: Quarrel, retest: Order) -> None:
    kept = sample(quarrel.order)
    for act in (
        lambda: return_sample(quarrel.near("operator"), kept, to="王芳"),
        lambda: dispose_sample(quarrel.near("operator"), kept, reason="期满"),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.reason == "sample-awaited"
    testing.cancel_order(quarrel.buyer, retest, reason="不复测了")
    with pytest.raises(Conflict) as refused:
        hand_over_sample(quarrel.near("operator"), kept, to="SF1", condition="完好")
    assert refused.value.reason == "not-awaited"
    assert return_sample(quarrel.near("operator"), kept, to="王芳").state == "returned"


def test_a_retest_on_the_retained_sample_needs_one(quarrel: Quarrel) -> None:
    dispose_sample(quarrel.near("operator"), sample(quarrel.order), reason="期满")
    objection = quarrel.upheld(1)
    with pytest.raises(Invalid) as refused:
        ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="retained")
    assert {error.field for error in refused.value.errors} == {"sample"}
    form = browse(quarrel.buyer).get(f"/objections/{objection.case.uid}/ask_retest/").content.decode()
    assert 'value="new"' in form and 'value="retained"' not in form


def test_a_second_retest_begins_where_the_sample_is_now(quarrel: Quarrel, retest: Order) -> None:
    hand_over_sample(quarrel.near("operator"), sample(quarrel.order), to="SF1", condition="完好")
    testing.receive_samples(quarrel.far(), retest, quantity="1 辆", condition="完好")
    testing.give_up_order(quarrel.far(), retest, reason="设备损坏")
    assert in_hand(quarrel.order.case) == [sample(retest)]


def test_a_report_is_amended_though_its_sample_is_elsewhere(quarrel: Quarrel, retest: Order) -> None:
    hand_over_sample(quarrel.near("operator"), sample(quarrel.order), to="SF1", condition="完好")
    quarrel.report(retest, DISAGREES)
    objection = Objection.objects.select_related("case").get()
    assert objection.outcome == "contradicted"
    testing.amend_report(quarrel.near(), quarrel.order, reason="复测推翻原结果")
    amended = quarrel.report(quarrel.order, DISAGREES).attestation
    assert (
        amended is not None
        and amended.supersedes == objection.report
        and sample(quarrel.order).label in amended.document
    )


def test_only_the_keeper_hands_over(quarrel: Quarrel, retest: Order) -> None:
    kept = sample(quarrel.order)
    for actor, refusal in ((quarrel.buyer, Denied), (quarrel.near("reviewer"), Denied), (quarrel.far(), NotFound)):
        with pytest.raises(refusal):
            hand_over_sample(actor, kept, to="SF1", condition="完好")


def test_pages_and_api_hand_over(quarrel: Quarrel, retest: Order) -> None:
    near, kept = browse(quarrel.near("operator")), sample(quarrel.order)
    order, path = f"/orders/{quarrel.order.case.uid}/", f"samples/{kept.label}/hand_over/"
    shown = near.get(order).content.decode()
    assert path in shown and f"samples/{kept.label}/return/" not in shown and "复测机构在等" in shown
    assert near.post(f"{order}{path}", {"to": "", "condition": "完好"}).status_code == 422
    api = f"/api/v1{order}samples/{kept.label}/hand-over"
    assert near.post(api, {"to": "", "condition": "完好"}, content_type=JSON).status_code == 422
    told = near.post(api, {"to": "SF1", "condition": "完好"}, content_type=JSON).json()
    last = told["samples"][0]["custody"][-1]
    assert (last["kind"], last["party"]["name_zh"], last["institution"]["name_zh"]) == ("sent", "远检测", "近检测")
    assert near.get(f"{order}{path}").status_code == 302


def test_conceding_meanwhile_leaves_the_sample_to_the_keeper(quarrel: Quarrel) -> None:
    objection = quarrel.object(1)
    concede(quarrel.near(), objection, text="换算有误")
    with pytest.raises(Conflict):
        hand_over_sample(quarrel.near("operator"), sample(quarrel.order), to="SF1", condition="完好")
    assert again(objection).case.state == "correcting"
