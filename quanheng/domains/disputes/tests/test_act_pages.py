"""Pages of acts on disputes and on what they cost: open for whoever can do them as things stand, else a way back."""

from __future__ import annotations

from quanheng.domains.disputes.services import ask_retest, complain
from quanheng.domains.disputes.tests.quarrel import REPORTED, Quarrel
from quanheng.domains.disputes.views import COMPLAINT_MOVES, OBJECTION_MOVES
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.tests.test_act_pages import check
from quanheng.domains.testing.views import refunds
from quanheng.kernel.base.actor import Actor
from tests.browse import browse

DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}


def opened(actor: Actor, page: str, names: list[str]) -> set[str]:
    """The acts whose pages open for somebody; every other one leads back with the reason."""
    client = browse(actor)
    return {name for name in names if check(client, page, f"{page}{name}/")}


def test_pages_of_acts_on_complaints_and_objections(quarrel: Quarrel) -> None:
    order = f"/orders/{quarrel.order.case.uid}/"
    raising = ["complain", "object"]
    assert opened(quarrel.buyer, order, raising) == {"complain", "object"}
    assert opened(quarrel.near(), order, raising) == opened(quarrel.officer, order, raising) == set()
    complaint = complain(quarrel.buyer, quarrel.order, topic="late", text="晚了")
    page = f"/complaints/{complaint.case.uid}/"
    # What asks for nothing has no page: it is done on that of the complaint.
    asking = [name for name, (_act, form) in COMPLAINT_MOVES.items() if form]
    assert opened(quarrel.near(), page, asking) == {"reply"}
    assert opened(quarrel.buyer, page, asking) == opened(quarrel.officer, page, asking) == set()
    objection = quarrel.object(1)
    page = f"/objections/{objection.case.uid}/"
    asking = [name for name, (_act, form) in OBJECTION_MOVES.items() if form] + ["ask_retest"]
    assert opened(quarrel.near(), page, asking) == {"concede", "uphold"}
    assert opened(quarrel.near("operator"), page, asking) == opened(quarrel.officer, page, asking) == set()


def test_pages_of_acts_on_a_refund(quarrel: Quarrel) -> None:
    objection = quarrel.upheld(1)
    assert opened(quarrel.buyer, f"/objections/{objection.case.uid}/", ["ask_retest"]) == {"ask_retest"}
    ask_retest(quarrel.buyer, objection, institution=quarrel.shop.far, sample="new")
    objection.refresh_from_db()
    assert objection.retest is not None
    quarrel.report(objection.retest, DISAGREES)
    refund = Settlement.objects.get(kind="refund")
    page, names = f"/settlements/{refund.uid}/", list(refunds.STEPS)
    assert opened(quarrel.near(), page, names) == {"pay"}
    assert opened(quarrel.buyer, page, names) == {"confirm"}
    testing.confirm_settlement(quarrel.buyer, refund)
    for actor in (quarrel.near(), quarrel.buyer, quarrel.officer):
        assert opened(actor, page, names) == set()
