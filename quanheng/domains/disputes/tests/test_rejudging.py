"""A judgement rests on two reports: where one of them is amended or withdrawn, it is made again and confirmed."""

from __future__ import annotations

from quanheng.domains.disputes.ending import end_by_itself
from quanheng.domains.disputes.models import Objection
from quanheng.domains.disputes.queries import objection_page, retest_institutions
from quanheng.domains.disputes.services import accept_results, adopt
from quanheng.domains.disputes.telling import marks, objection_told
from quanheng.domains.disputes.tests.quarrel import REPORTED, Found, Quarrel, again, fresh, overdue, retest_of
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order, Settlement
from quanheng.kernel.attestations.services import suspend_attestation, withdraw_attestation
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.errors import Denied, Refusal
from quanheng.kernel.cases.queries import waiting_for
from quanheng.kernel.signals.models import Signal
from tests.browse import browse

DISAGREES = REPORTED | {"speed": ("24.1", "0.4")}
AGREES = REPORTED | {"speed": ("24.4", "0.4")}
CLOSER = REPORTED | {"speed": ("24.8", "0.4")}


def amend(quarrel: Quarrel, order: Order, found: Found) -> None:
    """A further report of an order, with other values."""
    laboratory = order.case.handler
    assert laboratory is not None
    testing.amend_report(quarrel.staff(laboratory, "quality_manager"), fresh(order), reason="换算有误")
    quarrel.report(order, found)


def stands(objection: Objection) -> tuple[str, str, str]:
    found = again(objection)
    return found.case.state, found.outcome, found.proposed


def scores(objection: Objection) -> list[str]:
    return [one.score for one in objection.items.order_by("position")]


def open_refunds(objection: Objection) -> list[tuple[str, int, str]]:
    rows = Settlement.objects.filter(retest=objection.retest).order_by("id")
    return [(one.kind, one.amount_cents, one.state) for one in rows]


def told(act: str) -> int:
    return Notice.objects.filter(entry__act=f"disputes.objection.{act}").count()


def refused(act: object, *given: object) -> str:
    try:
        act(*given)  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.reason if hasattr(refusal, "reason") else type(refusal).__name__
    return "done"


def test_an_amended_retest_is_judged_again_and_either_side_confirms(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    assert stands(objection)[0] == "confirmed" and scores(objection) == ["1.00"]
    amend(quarrel, retest_of(objection), DISAGREES)
    # Whoever reads it before the platform has come by is told too.
    page = objection_page(quarrel.buyer, objection.case.uid).objection
    assert len(marks(page)) == 1 and "现为“已被代替”" in str(marks(page)[0])
    assert end_by_itself() == 1 and end_by_itself() == 0
    assert stands(objection) == ("rejudged", "confirmed", "contradicted") and scores(objection) == ["1.60"]
    assert told("propose") == 2 and again(objection).case in waiting_for(quarrel.near())
    # Nothing is moved before it is confirmed.
    assert open_refunds(objection) == [] and not Signal.objects.filter(kind="retest_contradicted").exists()
    (before,) = again(objection).judgements
    assert (before["outcome"], before["items"][0]["score"], before["items"][0]["retest"]["value"]) == (
        "confirmed",
        "1.00",
        "24.4",
    )
    shown = browse(quarrel.buyer).get(f"/objections/{objection.case.uid}/").content.decode()
    assert "此前的判定" in shown and "adopt_contradicted/" in shown and "adopt_confirmed/" not in shown
    api = browse(quarrel.near()).post(f"/api/v1/objections/{objection.case.uid}/adopt").json()
    assert (api["state"], api["outcome"], api["proposed"], len(api["judgements"])) == (
        "correcting",
        "contradicted",
        "",
        1,
    )
    assert open_refunds(objection) == [("refund", 15000, "billed")]
    assert Signal.objects.filter(kind="retest_contradicted").count() == 1


def test_an_amended_retest_that_comes_to_the_same_is_told_and_asks_nobody(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    amend(quarrel, retest_of(objection), CLOSER)
    assert end_by_itself() == 1 and end_by_itself() == 0
    assert stands(objection) == ("confirmed", "confirmed", "") and scores(objection) == ["0.20"]
    assert told("rejudge") == 2 and len(again(objection).judgements) == 1


def test_a_refund_follows_the_judgement_and_never_doubles(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    amend(quarrel, retest_of(objection), AGREES)
    end_by_itself()
    adopt(quarrel.buyer, again(objection))
    assert stands(objection) == ("confirmed", "confirmed", "")
    assert open_refunds(objection) == [("refund", 15000, "void")]
    # Returned, and only then overturned: what was returned comes back.
    amend(quarrel, retest_of(objection), DISAGREES)
    end_by_itself()
    adopt(quarrel.near(), again(objection))
    refund = Settlement.objects.get(retest=objection.retest, state="billed")
    testing.confirm_settlement(quarrel.buyer, refund)
    amend(quarrel, retest_of(objection), AGREES)
    end_by_itself()
    overdue(again(objection).case)
    assert end_by_itself() == 1  # nobody confirmed in time
    assert stands(objection)[0] == "confirmed"
    assert open_refunds(objection) == [
        ("refund", 15000, "void"),
        ("refund", 15000, "settled"),
        ("reclaim", 15000, "billed"),
    ]


def test_a_confirmed_report_that_is_amended_is_compared_anew(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    amend(quarrel, quarrel.order, REPORTED | {"speed": ("26.0", "0.3")})
    end_by_itself()
    assert stands(objection) == ("rejudged", "confirmed", "contradicted")
    assert objection.items.get().value == "26.0"
    adopt(quarrel.buyer, again(objection))
    # The report that has to be mended is the one that stands.
    assert (again(objection).report, stands(objection)[0]) == (fresh(quarrel.order).attestation, "correcting")


def test_a_withdrawn_retest_leaves_the_decision_to_the_client_again(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), DISAGREES)
    report = fresh(retest_of(objection)).attestation
    assert report is not None
    suspend_attestation(quarrel.staff(quarrel.shop.far, "quality_manager"), report, reason="设备存疑")
    assert any("暂停" in str(one) for one in marks(objection_page(quarrel.buyer, objection.case.uid).objection))
    assert end_by_itself() == 0
    withdraw_attestation(quarrel.staff(quarrel.shop.far, "quality_manager"), report, reason="设备失准")
    end_by_itself()
    assert stands(objection) == ("rejudged", "contradicted", "unjudged")
    adopt(quarrel.near(), again(objection))
    assert stands(objection) == ("answered", "unjudged", "") and end_by_itself() == 0
    found = objection_page(quarrel.buyer, objection.case.uid).objection
    assert report.number in str(objection_told(found)) and found.borne_by == ""
    assert open_refunds(objection) == [("refund", 15000, "void")]
    assert quarrel.shop.far not in [one.institution for one in retest_institutions(found)]
    accept_results(quarrel.buyer, found)
    assert stands(objection)[0] == "accepted"


def test_a_report_that_was_confirmed_and_then_withdrawn_is_not_called_valid(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    withdraw_attestation(quarrel.near(), again(objection).report, reason="另有差错")
    assert end_by_itself() == 0
    shown = browse(quarrel.buyer).get(f"/objections/{objection.case.uid}/").content.decode()
    assert "现为“撤销”" in shown


def test_only_the_sides_confirm_and_only_what_is_up_to_date(quarrel: Quarrel) -> None:
    objection = quarrel.retested(quarrel.upheld(1), AGREES)
    assert refused(adopt, quarrel.buyer, again(objection)) == "wrong-state"
    amend(quarrel, retest_of(objection), DISAGREES)
    end_by_itself()
    amend(quarrel, retest_of(objection), AGREES)
    assert refused(adopt, quarrel.buyer, again(objection)) == "guard-up-to-date"
    # Back to what holds anyway: nobody has to say so.
    end_by_itself()
    assert stands(objection) == ("confirmed", "confirmed", "")
    amend(quarrel, retest_of(objection), DISAGREES)
    end_by_itself()
    for actor in (quarrel.officer, quarrel.near("operator")):
        try:
            adopt(actor, again(objection))
        except Denied:
            continue
        raise AssertionError(f"{actor.name} may confirm")
