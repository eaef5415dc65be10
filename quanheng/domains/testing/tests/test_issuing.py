"""From results to the issued report: all or nothing, second person, signatory, what the document states."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.testing import services
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, Unavailable
from quanheng.kernel.parties.models import SignatoryField
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import Entered
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.translog.models import Head, LogEntry
from tests.browse import browse
from tests.orderbook import Book, freeze, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def entered(book: Book, **changes: object) -> Entered:
    facts: dict[str, object] = {
        "position": 1,
        "value": "24.1",
        "unit": "km/h",
        "uncertainty": "0.2",
        "instruments": (book.instrument.uid,),
        "measured_on": timezone.localdate(),
    }
    return Entered(**{**facts, **changes})  # type: ignore[arg-type]


def item_of(attestation: Attestation) -> dict[str, object]:
    return json.loads(attestation.document)["credentialSubject"]["items"][0]


def test_a_limit_is_stated_in_the_unit_of_its_result(book: Book) -> None:
    order = book.bring(book.order(), "working")
    services.enter_results(book.operator, order, rows=[entered(book, value="6.7", unit="m/s", uncertainty="0.05")])
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    attestation = services.issue_report(book.signatory, order)
    item = item_of(attestation)
    assert item["unit"] == "m/s"
    assert item["value"] == "6.7"
    # 25 km/h is 6.9444… m/s.
    assert str(item["limits"]["upper"]).startswith("6.94444")  # type: ignore[index]
    assert check(attestation).genuine


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position": 9}, "position"),
        ({"instruments": ()}, "instruments"),
        ({"instruments": ("0000000000000",)}, "instruments"),
        ({"measured_on": None}, "measured_on"),
        ({"measured_on": timezone.localdate() + timedelta(days=1)}, "measured_on"),
        ({"measured_on": timezone.localdate() - timedelta(days=900)}, "measured_on"),
        ({"value": "900"}, "value"),
        ({"uncertainty": ""}, "uncertainty"),
        ({"unit": "kg"}, "unit"),
        ({"remark": "长" * 301}, "remark"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(book: Book, changes: dict[str, object], field: str) -> None:
    order = book.bring(book.order(), "working")
    book.line.range_upper, book.line.upper_si = "180", 50.0
    book.line.save()
    with pytest.raises(Invalid) as refused:
        services.enter_results(book.operator, order, rows=[entered(book, **changes)])
    assert field in [error.field for error in refused.value.errors]
    assert {error.row for error in refused.value.errors} == {changes.get("position", 1)}
    assert Result.objects.get(case_id=order.case_id).value == ""


@pytest.mark.parametrize(("value", "fits"), [("-5", True), ("-170", True), ("-190", False), ("190", False)])
def test_a_deviation_has_a_sign_and_its_scope_is_stated_from_zero_on(book: Book, value: str, fits: bool) -> None:
    order = book.bring(book.order(), "working")
    book.line.range_lower, book.line.lower_si = "0", 0.0
    book.line.range_upper, book.line.upper_si = "180", 50.0
    book.line.save()
    Result.objects.filter(case_id=order.case_id).update(limit="range", lower="-10", upper="0", limit_unit="km/h")
    if fits:
        services.enter_results(book.operator, order, rows=[entered(book, value=value)])
        assert Result.objects.get(case_id=order.case_id).value == value
        return
    with pytest.raises(Invalid) as refused:
        services.enter_results(book.operator, order, rows=[entered(book, value=value)])
    assert "value" in [error.field for error in refused.value.errors]


def test_an_instrument_out_of_calibration_gives_no_result(book: Book) -> None:
    order = book.bring(book.order(), "working")
    book.instrument.calibrated_until = timezone.localdate() - timedelta(days=1)
    book.instrument.save()
    with pytest.raises(Invalid) as refused:
        services.enter_results(book.operator, order, rows=[entered(book)])
    assert [error.field for error in refused.value.errors] == ["instruments"]


def test_nobody_reviews_or_signs_what_he_measured(book: Book) -> None:
    order = book.bring(book.order(), "in_review")
    both = book.actor(book.institution, Role.OPERATOR, Role.REVIEWER, Role.SIGNATORY)
    with pytest.raises(Conflict) as refused:
        services.review_results(both, order)
    assert refused.value.reason == "guard-second-person"
    services.review_results(book.reviewer, order)
    with pytest.raises(Conflict) as refused:
        services.issue_report(both, order)
    assert refused.value.reason == "guard-second-person"
    assert not Attestation.objects.exists()


def test_a_signatory_signs_only_in_his_field_and_time(book: Book) -> None:
    order = book.bring(book.order(), "for_decision")
    signatory = book.signatory
    SignatoryField.objects.update(category="rice")
    with pytest.raises(Conflict) as refused:
        services.issue_report(signatory, order)
    assert refused.value.reason == "guard-authorised"
    SignatoryField.objects.update(category="*", valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(Conflict):
        services.issue_report(signatory, order)
    SignatoryField.objects.update(category=book.family.code, valid_until=None)
    assert services.issue_report(signatory, order).number.endswith("-000001")


def test_a_scope_that_was_lost_in_between_stops_the_report(book: Book) -> None:
    order = book.bring(book.order(), "for_decision")
    book.line.recognition.state = "suspended"
    book.line.recognition.save()
    with pytest.raises(Conflict) as refused:
        services.issue_report(book.signatory, order)
    assert refused.value.reason == "guard-scope"


def test_an_operator_cannot_sign_and_a_client_cannot_enter(book: Book) -> None:
    order = book.bring(book.order(), "for_decision")
    with pytest.raises(Denied):
        services.issue_report(book.operator, order)
    with pytest.raises(Denied):
        services.enter_results(book.buyer, order, rows=[entered(book)])


def test_a_result_that_does_not_conform_raises_one_signal(book: Book) -> None:
    order = book.bring(book.order(), "working")
    services.enter_results(book.operator, order, rows=[entered(book, value="26")])
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    attestation = services.issue_report(book.signatory, order)
    assert attestation.verdict == "fail"
    signal = Signal.objects.get(kind=Signal.Kind.NONCONFORMING)
    assert signal.evidence == {"report": attestation.number}


def test_numbers_are_gapless_through_refusals(book: Book) -> None:
    numbers = []
    for place in range(4):
        order = book.bring(book.order(), "for_decision")
        if place % 2:
            with pytest.raises(Invalid):
                services.issue_report(book.signatory, order, conclusion="长" * 301)
        numbers.append(services.issue_report(book.signatory, order).number)
    assert [number[-6:] for number in numbers] == ["000001", "000002", "000003", "000004"]


@pytest.mark.parametrize(
    ("language", "why", "mend"),
    [("zh-hans", "时钟可能被拨回，已停止签发", "请运维校准时钟后重试"), ("en", "set back", "operators")],
)
def test_a_clock_set_back_stops_issuing_and_the_signatory_is_told_why(
    book: Book, monkeypatch: pytest.MonkeyPatch, language: str, why: str, mend: str
) -> None:
    """Nobody issues today what shall seem to be of yesterday; set right, it goes on with the next number."""
    freeze(monkeypatch, "2026-09-28 10:00")
    first, order = (book.bring(book.order(), "for_decision") for _ in range(2))
    services.issue_report(book.signatory, first)
    freeze(monkeypatch, "2026-09-28 09:30")
    with pytest.raises(Unavailable) as refused:
        services.issue_report(book.signatory, order)
    problem = refused.value.problem()
    assert (refused.value.reason, problem["status"]) == ("clock-set-back", 503)
    assert "2026-09-28 09:30:00" in problem["detail_zh"] and "2026-09-28 10:00:00" in problem["detail_en"]
    page = f"/orders/{order.case.uid}/"
    browser = browse(book.signatory, language)
    assert browser.post(f"{page}issue/", {"conclusion": ""}).status_code == 302
    told = browser.get(page).content.decode()
    assert why in told and mend in told
    order.case.refresh_from_db()
    assert order.case.state == "for_decision"
    assert Attestation.objects.count() == GateRecord.objects.count() == 1
    freeze(monkeypatch, "2026-09-28 10:01")
    assert services.issue_report(book.signatory, order).number.endswith("-000002")
    assert Head.objects.get().size == LogEntry.objects.count() == 3  # the issuer's key and two reports


def test_a_returned_order_goes_round_again(book: Book) -> None:
    order: Order = book.bring(book.order(), "in_review")
    with pytest.raises(Invalid):
        services.return_for_correction(book.reviewer, order, reason="  ")
    services.return_for_correction(book.reviewer, order, reason="第 1 项请复测")
    order.case.refresh_from_db()
    assert order.case.state == "working"
    assert book.bring(order, "delivered").case.closed_at
