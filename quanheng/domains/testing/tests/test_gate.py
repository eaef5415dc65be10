"""The gate: by each rule an honest report passes, its fake is caught, and a record that is missing is told."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from quanheng.domains.services.models import Commission
from quanheng.domains.testing import services
from quanheng.domains.testing.gate import publishing, rules
from quanheng.domains.testing.gate.evaluation import Evaluation, evaluate
from quanheng.domains.testing.gate.finding import FINDERS, Finding
from quanheng.domains.testing.gate.likeness import digits, scatter
from quanheng.domains.testing.gate.publishing import enter_rules
from quanheng.domains.testing.gate.records import Records, likeness_of, records_of
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.domains.testing.queries import results_of
from quanheng.domains.testing.services import Ordered, place_order
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.gated import gate_lines, gate_summary, gated
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.attestations.shown import gate_rows
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.objects.models import HandOver, Instrument, Outage, PastCalibration, Sample
from quanheng.kernel.parties.models import SignatoryField
from quanheng.kernel.requirements.models import Item, Requirement, Standard
from quanheng.kernel.results.models import RawFile, RawKey, Result
from quanheng.kernel.results.services import Entered, attach_raw_file
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from tests.orderbook import FAR_OFF, LONG_AGO, Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def ready(book: Book) -> Order:
    """An honest order, ready to be signed."""
    return book.bring(book.order(), "for_decision")


def asked(book: Book, order: Order) -> Evaluation:
    results = results_of(order.case_id)
    return evaluate(order, results, day=timezone.localdate(), signatory=book.signatory.person_id)


def found(book: Book, order: Order, key: str) -> Finding:
    return next(one.found for one in asked(book, order).asked if one.rule.key == key)


def issue(book: Book, order: Order, **reasons: str) -> Attestation:
    given = {name.replace("__", "."): reason for name, reason in reasons.items()}
    return services.issue_report(book.signatory, Order.objects.get(pk=order.pk), reasons=given)


# --- rules are data -------------------------------------------------------------------------------------------


def test_each_rule_has_its_code_its_source_and_one_edition_a_day() -> None:
    today = rules.rules_on(date(2026, 11, 28))
    assert {one.key for one in today} == set(FINDERS)
    assert len({one.key for one in today}) == len(today)
    assert all(one.source and one.title_zh and one.title_en for one in today)
    assert {one.grade for one in today} == {"hard", "soft"}
    # Before the law there was no rule.
    assert "instrument.calibrated" not in {one.key for one in rules.rules_on(date(2021, 5, 31))}
    with rules.TABLE.open(encoding="utf-8") as table:
        assert all(len(row) == 11 for row in csv.reader(table))


def test_another_edition_of_a_rule_has_another_digest() -> None:
    today = rules.rules_on(date(2026, 11, 28))
    other = (replace(today[0], grade="soft"), *today[1:])
    assert rules.digest_of(today) == rules.digest_on(date(2026, 11, 28)) != rules.digest_of(other)


# --- an honest report -----------------------------------------------------------------------------------------


def test_an_honest_report_passes_and_holds_what_was_checked(book: Book) -> None:
    report = issue(book, ready(book))
    document = loads(report.document)
    rows = {one.rule: one for one in gated(document)}
    assert len(rows) == len(FINDERS) and {one.outcome for one in rows.values()} == {"pass", "not-evaluated"}
    kept = {rule for rule, one in rows.items() if one.outcome == "pass"}
    assert kept >= {"instrument.calibrated", "instrument.in_service", "signatory.authorised", "method.in_force"}
    assert kept >= {"items.planned", "sample.chain", "operator.one_place", "operator.volume"}
    assert rows["instrument.calibrated"].looked_at[0].startswith(book.instrument.uid)
    assert document["@context"][1].endswith("/v3")
    verdict = check(report)
    assert verdict.genuine and (gate := verdict.check("gate")) and gate.outcome == "pass"
    record = GateRecord.objects.get(attestation=report)
    assert (record.failed, record.missing) == (0, sum(one.outcome == "not-evaluated" for one in rows.values()))
    assert gate_summary(document).startswith(f"{len(FINDERS)} 条规则：符合")
    assert len(gate_lines(document, chinese=False)) == len(FINDERS)


def test_what_was_checked_cannot_be_changed_afterwards(book: Book) -> None:
    report = issue(book, ready(book))
    forged = report.document.replace('"outcome":"not-evaluated"', '"outcome":"pass"', 1)
    assert forged != report.document
    report.document = forged
    assert not check(report).genuine


# --- hard rules -----------------------------------------------------------------------------------------------

Fake = Callable[[Book, Order], Any]


def calibration_ended(book: Book, order: Order) -> None:
    Instrument.objects.update(calibrated_on=LONG_AGO, calibrated_until=timezone.localdate() - timedelta(days=1))


def in_repair(book: Book, order: Order) -> None:
    today = timezone.localdate()
    Outage.objects.create(
        instrument=book.instrument, since=today - timedelta(days=3), until=today + timedelta(days=2), reason="送修"
    )


def beyond_range(book: Book, order: Order) -> None:
    book.line.range_lower, book.line.range_upper, book.line.lower_si, book.line.upper_si = "0", "20", 0.0, 5.5556
    book.line.save()


def below_capability(book: Book, order: Order) -> None:
    book.line.uncertainty, book.line.k = "0.5 km/h", "2"
    book.line.save()


def item_dropped(book: Book, order: Order) -> None:
    Result.objects.filter(case_id=order.case_id).update(value="", verdict="")


def sample_came_later(book: Book, order: Order) -> None:
    HandOver.objects.update(at=timezone.now() + timedelta(days=2))


def sample_had_gone(book: Book, order: Order) -> None:
    (piece,) = Sample.objects.filter(case_id=order.case_id)
    HandOver.objects.update(at=timezone.now() - timedelta(days=9))
    HandOver.objects.create(sample=piece, kind=HandOver.Kind.RETURNED, at=timezone.now() - timedelta(days=4))


def sample_never_came(book: Book, order: Order) -> None:
    HandOver.objects.all().delete()


def stopped(book: Book, key: str, fake: Fake) -> None:
    """A hard rule that is not kept stops the report, whatever reason is given, and says how to mend it."""
    order = ready(book)
    assert found(book, order, key).outcome != "fail"
    fake(book, order)
    told = found(book, order, key)
    assert told.outcome == "fail" and told.mend_zh and told.mend_en
    with pytest.raises(Conflict) as refused:
        issue(book, order, **{key.replace(".", "__"): "照发"})
    assert refused.value.reason == "gate"
    problem = refused.value.problem()
    assert told.zh in problem["detail_zh"] and told.mend_en in problem["detail_en"]
    assert not Attestation.objects.exists() and not GateRecord.objects.exists()


def test_an_instrument_out_of_calibration_on_the_day_stops_the_report(book: Book) -> None:
    stopped(book, "instrument.calibrated", calibration_ended)


def test_an_instrument_in_repair_on_the_day_stops_the_report(book: Book) -> None:
    stopped(book, "instrument.in_service", in_repair)


def test_a_value_beyond_the_range_of_the_scope_stops_the_report(book: Book) -> None:
    stopped(book, "scope.range", beyond_range)


def test_an_uncertainty_below_the_best_capability_stops_the_report(book: Book) -> None:
    stopped(book, "scope.uncertainty", below_capability)


def test_an_accepted_item_that_was_dropped_stops_the_report(book: Book) -> None:
    stopped(book, "items.planned", item_dropped)


def test_a_sample_that_came_after_its_test_stops_the_report(book: Book) -> None:
    stopped(book, "sample.chain", sample_came_later)


def test_a_sample_that_had_gone_before_its_test_stops_the_report(book: Book) -> None:
    stopped(book, "sample.chain", sample_had_gone)


def test_a_sample_that_never_came_stops_the_report(book: Book) -> None:
    stopped(book, "sample.chain", sample_never_came)


def test_a_result_of_another_order_s_sample_stops_the_report(book: Book) -> None:
    """The sample was swapped: what was tested is not what the client gave."""
    order, other = ready(book), ready(book)
    (piece,) = Sample.objects.filter(case_id=other.case_id)
    Result.objects.filter(case_id=order.case_id).update(sample=piece)
    with pytest.raises(Invalid) as refused:
        issue(book, order)
    assert [error.field for error in refused.value.errors] == ["credentialSubject.items[0].sample"]
    assert piece.label in str(refused.value.errors[0].message)
    assert not Attestation.objects.exists()


def test_a_signatory_without_the_field_is_found_by_the_rule_too(book: Book) -> None:
    order = ready(book)
    assert found(book, order, "signatory.authorised").outcome == "pass"
    SignatoryField.objects.update(category="rice")
    assert found(book, order, "signatory.authorised").outcome == "fail"
    SignatoryField.objects.update(category="*")
    told = found(book, order, "signatory.authorised")
    assert told.outcome == "pass" and "全部领域" in told.zh and "all fields" in told.en
    rows = gate_rows(loads(issue(book, ready(book)).document))
    (row,) = [one for one in rows if one["rule"] == "signatory.authorised"]
    assert [str(one) for one in row["looked_at"]] == ["全部领域"]
    # Before anybody is about to sign there is nothing to tell.
    draft = evaluate(order, results_of(order.case_id), day=timezone.localdate())
    assert next(one for one in draft.asked if one.rule.key == "signatory.authorised").found.outcome == "not-evaluated"


def test_the_calibration_of_the_day_counts_and_not_that_of_today(book: Book) -> None:
    order = ready(book)
    calibration_ended(book, order)
    # What was calibrated then stays known when a later calibration is recorded.
    PastCalibration.objects.create(
        instrument=book.instrument, number="J-1", calibrated_on=LONG_AGO, calibrated_until=FAR_OFF
    )
    assert found(book, order, "instrument.calibrated").outcome == "pass"


def test_an_instrument_back_from_repair_may_be_used_that_day(book: Book) -> None:
    order = ready(book)
    Outage.objects.create(instrument=book.instrument, since=LONG_AGO, until=timezone.localdate(), reason="送修")
    assert found(book, order, "instrument.in_service").outcome == "pass"


def test_range_and_capability_are_kept_at_their_ends(book: Book) -> None:
    order = ready(book)
    book.line.range_lower, book.line.range_upper, book.line.lower_si, book.line.upper_si = "0", "60", 0.0, 16.667
    book.line.uncertainty, book.line.k = "0.2 km/h", "2"
    book.line.save()
    assert found(book, order, "scope.range").outcome == "pass"
    assert found(book, order, "scope.uncertainty").outcome == "pass"


# --- soft rules -----------------------------------------------------------------------------------------------


def method_superseded(book: Book, order: Order) -> None:
    Standard.objects.update(superseded_on=timezone.localdate() - timedelta(days=1))


def mandatory_missing(book: Book, order: Order) -> None:
    item = Item.objects.create(code="brake_t", name_zh="制动", name_en="braking", source="t", confidence="confirmed")
    facts = {"family": book.family, "standard": book.requirement.standard, "method": book.requirement.standard}
    needed = Requirement.objects.create(
        **facts, item=item, limit="qualitative", mandatory=True, source="t", confidence="confirmed"
    )
    assert found(book, order, "items.mandatory").outcome == "not-evaluated"  # it was never commissioned
    lost = book.order(Commission.objects.get(case=order.case.parent))
    Result.objects.filter(case_id=lost.case_id).update(requirement=needed)
    assert found(book, order, "items.mandatory").outcome == "pass"  # somebody else is at it
    services.decline_order(book.operator, lost, reason="做不了")


def one_of_twelve(book: Book, order: Order) -> None:
    Sample.objects.filter(case_id=order.case_id).update(quantity="12 枚")
    Result.objects.filter(case_id=order.case_id).update(pieces=1)


def also_elsewhere(book: Book, order: Order) -> None:
    other = book.bring(book.order(), "for_decision")
    other.case.handler = book.outsider
    other.case.save()


def too_much(book: Book, order: Order) -> None:
    (result,) = Result.objects.filter(case_id=order.case_id)
    other = book.bring(book.order(), "accepted")
    Result.objects.filter(case_id=other.case_id).delete()
    Result.objects.bulk_create(
        Result(
            case=other.case,
            position=place + 1,
            item_id=result.item_id,
            method_id=result.method_id,
            limit="max",
            operator_id=result.operator_id,
            measured_on=result.measured_on,
        )
        for place in range(300)
    )


def instrument_overrun(book: Book, order: Order) -> None:
    """The instrument can do 300 a day; another order had it do 300 on the same day, by other people."""
    Instrument.objects.update(tests_a_day=300)
    too_much(book, order)
    Result.objects.exclude(case_id=order.case_id).update(operator=None)
    used = Result.objects.filter(operator=None).exclude(case_id=order.case_id)
    through = Result.instruments.through
    through.objects.bulk_create(through(result=one, instrument=book.instrument) for one in used)


def same_file(book: Book, order: Order) -> None:
    for one in (order, book.bring(book.order(), "working")):
        RawFile.objects.create(
            case=one.case,
            file=ContentFile(b"t,v\n", name="x"),
            name="曲线.csv",
            media_type="text/csv",
            size=4,
            sha256="ab" * 32,
        )


def explained(book: Book, key: str, fake: Fake) -> None:
    """A soft rule that is not kept wants a reason, which is signed and which all can read."""
    order = ready(book)
    fake(book, order)
    told = found(book, order, key)
    assert told.outcome == "fail" and told.mend_zh
    name = key.replace(".", "__")
    for reason in ("", " ", "长" * 301):
        with pytest.raises(Invalid) as refused:
            issue(book, order, **{name: reason})
        assert [error.field for error in refused.value.errors] == [f"gate_{key.replace('.', '_')}"]
    assert not Attestation.objects.exists()
    report = issue(book, order, **{name: "委托方指定，见合同第 3 条", "results__alike": "未被问到的理由不写入"})
    (row,) = [one for one in gated(loads(report.document)) if one.outcome == "fail"]
    assert (row.rule, row.explanation_zh) == (key, "委托方指定，见合同第 3 条")
    assert "未被问到的理由" not in report.document
    verdict = check(report)
    assert verdict.genuine and (gate := verdict.check("gate")) and gate.outcome == "fail"
    assert "委托方指定" in gate.zh and row.reason_en in gate.en and "委托方指定" in gate_summary(loads(report.document))
    record = GateRecord.objects.get(attestation=report)
    assert (record.failed, record.reasons) == (1, {key: "委托方指定，见合同第 3 条"})


def test_a_superseded_method_wants_a_reason(book: Book) -> None:
    explained(book, "method.in_force", method_superseded)


def test_a_mandatory_item_that_is_missing_wants_a_reason(book: Book) -> None:
    explained(book, "items.mandatory", mandatory_missing)


def test_one_of_twelve_tested_wants_a_reason(book: Book) -> None:
    explained(book, "sample.counted", one_of_twelve)


def test_an_operator_in_two_places_on_a_day_wants_a_reason(book: Book) -> None:
    explained(book, "operator.one_place", also_elsewhere)


def test_more_tests_in_a_day_than_a_person_can_do_want_a_reason(book: Book) -> None:
    explained(book, "operator.volume", too_much)


def test_more_tests_in_a_day_than_an_instrument_can_do_want_a_reason(book: Book) -> None:
    explained(book, "instrument.volume", instrument_overrun)


def test_an_instrument_may_be_used_up_to_what_it_can_do(book: Book) -> None:
    order = ready(book)
    assert found(book, order, "instrument.volume").outcome == "not-evaluated"  # nobody has stated what it can do
    Instrument.objects.update(tests_a_day=1)
    told = found(book, order, "instrument.volume")
    assert told.outcome == "pass" and told.looked_at[0].endswith(" 1/1")
    # The day before was another day.
    other = ready(book)
    assert found(book, order, "instrument.volume").outcome == "fail"
    Result.objects.filter(case_id=other.case_id).update(measured_on=timezone.localdate() - timedelta(days=1))
    assert found(book, order, "instrument.volume").outcome == "pass"


def test_raw_data_of_another_report_want_a_reason(book: Book) -> None:
    explained(book, "raw.copied", same_file)


def curve(seed: int, *, noise: float = 0.01) -> list[float]:
    """A heating curve as an instrument writes it: the shape of all of its kind, and noise of its own."""
    chance = random.Random(seed)
    return [1 - math.exp(-place / 200) + chance.gauss(0, noise) for place in range(1000)]


def table(points: list[float]) -> bytes:
    rows = "".join(f"{place / 10:.1f},{point:.4f}\n" for place, point in enumerate(points))
    return f"时间/s,温度/℃\n{rows}".encode()


def picture(seed: int, kind: str = "PNG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A photograph of a device on a bench: where it lies and how light falls on it differs from one to the next."""
    chance = random.Random(seed)
    image = Image.new("L", (640, 480), 90)
    draw = ImageDraw.Draw(image)
    for _patch in range(40):
        x, y = chance.randrange(640), chance.randrange(480)
        draw.ellipse((x, y, x + chance.randrange(20, 160), y + chance.randrange(20, 160)), fill=chance.randrange(256))
    grain = Image.frombytes("L", image.size, chance.randbytes(640 * 480)).point(lambda one: one // 16)
    image = ImageChops.add(image.filter(ImageFilter.GaussianBlur(3)), grain).resize(size)
    out = io.BytesIO()
    image.save(out, kind, quality=90)
    return out.getvalue()


def attached(book: Book, order: Order, data: bytes, name: str = "曲线.csv") -> RawFile:
    return attach_raw_file(book.operator, order.case, file=ContentFile(data), name=name)


def with_file(book: Book, data: bytes, name: str = "曲线.csv") -> Order:
    order = book.bring(book.order(), "working")
    attached(book, order, data, name)
    book.bring(order, "for_decision")
    return order


def test_a_curve_of_another_report_that_was_changed_wants_a_reason(book: Book, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    points, chance = curve(1), random.Random(9)
    first = with_file(book, table(points))
    assert found(book, first, "raw.alike").outcome == "pass"
    assert found(book, with_file(book, table(curve(2))), "raw.alike").outcome == "pass"
    for copy in (
        [round(point, 3) for point in points],
        [point * 1.8 + 32 for point in points],
        [point + chance.gauss(0, 0.002) for point in points],
        [points[int(place * 0.8)] for place in range(1250)],
        points[10:-10],
    ):
        told = found(book, with_file(book, table(copy)), "raw.alike")
        assert told.outcome == "fail" and "曲线.csv" in told.zh and told.mend_en


def test_a_photograph_of_another_report_that_was_changed_wants_a_reason(
    book: Book, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    first = with_file(book, picture(1), "a.png")
    assert found(book, with_file(book, picture(2), "a.png"), "raw.alike").outcome == "pass"
    for copy in (picture(1, "JPEG"), picture(1, "JPEG", (320, 240)), picture(1, size=(600, 450))):
        told = found(book, with_file(book, copy, "b.png"), "raw.alike")
        assert told.outcome == "fail" and "照片" in told.zh
    with pytest.raises(Invalid) as refused:
        issue(book, with_file(book, picture(1, size=(500, 375)), "b.png"))
    assert [error.field for error in refused.value.errors] == ["gate_raw_alike"]
    RawKey.objects.exclude(raw__case=first.case).delete()
    assert found(book, first, "raw.alike").outcome == "pass"


def test_all_pieces_tested_pass_and_uncounted_ones_are_not_evaluated(book: Book) -> None:
    order = ready(book)
    assert found(book, order, "sample.counted").outcome == "not-evaluated"
    Result.objects.update(pieces=1)
    assert found(book, order, "sample.counted").outcome == "pass"
    Sample.objects.update(quantity="若干")
    assert found(book, order, "sample.counted").outcome == "not-evaluated"


def test_a_file_of_another_institution_is_not_named(book: Book) -> None:
    order = ready(book)
    same_file(book, order)
    other = RawFile.objects.exclude(case=order.case).get()
    assert other.case.number in found(book, order, "raw.copied").zh
    other.case.handler = book.outsider
    other.case.save()
    told = found(book, order, "raw.copied")
    assert told.outcome == "fail" and other.case.number not in told.zh and "另一机构的报告" in told.zh


# --- likeness -------------------------------------------------------------------------------------------------


def of_three(book: Book, values: tuple[str, str, str]) -> Order:
    """An order of three items with these results, ready to be signed."""
    lines = [book.line]
    for place in (2, 3):
        item = Item.objects.get_or_create(
            code=f"speed_t{place}",
            defaults={"name_zh": f"车速{place}", "name_en": f"speed {place}", "quantity": "speed", "unit": "km/h"}
            | {"source": "t", "confidence": "confirmed"},
        )[0]
        line = book.line.__class__.objects.get(pk=book.line.pk)
        line.pk, line.uid, line.item = None, f"line{place}{Order.objects.count():08}", item
        line._state.adding = True
        line.save()
        lines.append(line)
    order = place_order(
        book.buyer,
        book.commission().case,
        institution=book.institution,
        activity="testing",
        family=book.family,
        object_name="电动自行车",
        object_model="T1",
        items=[Ordered(line, None if place else book.requirement) for place, line in enumerate(lines)],
        price_cents=100,
        days=5,
    )
    book.bring(order, "working")
    rows = [
        Entered(
            position=place,
            value=value,
            unit="km/h",
            uncertainty="0.2",
            instruments=(book.instrument.uid,),
            measured_on=timezone.localdate(),
        )
        for place, value in enumerate(values, 1)
    ]
    services.enter_results(book.operator, order, rows=rows)
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    return order


def test_results_copied_from_another_report_are_caught(book: Book) -> None:
    first = issue(book, of_three(book, ("24.1", "23.7", "22.9")))
    honest = of_three(book, ("24.1", "23.7", "22.8"))
    assert found(book, honest, "results.alike").outcome == "pass"
    copy = of_three(book, ("24.1", "23.7", "22.9"))
    told = found(book, copy, "results.alike")
    assert told.outcome == "fail" and first.number in told.zh
    with pytest.raises(Invalid):
        issue(book, copy)


def test_the_amendment_of_a_report_is_not_its_copy(book: Book) -> None:
    order = of_three(book, ("24.1", "23.7", "22.9"))
    issue(book, order)
    order = Order.objects.get(pk=order.pk)
    services.amend_report(book.signatory, order, reason="名称有误", object_name="电动车")
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    assert found(book, order, "results.alike").outcome == "pass"
    issue(book, order)


def test_few_or_level_results_are_like_any_other(book: Book) -> None:
    order = ready(book)
    assert likeness_of(results_of(order.case_id), 3) == ""
    assert found(book, order, "results.alike").outcome == "not-evaluated"
    assert likeness_of(results_of(of_three(book, ("20", "20", "20")).case_id), 3) == ""


def of_values(book: Book, values: list[str], uncertainty: str) -> Records:
    order = ready(book)
    (one,) = results_of(order.case_id)
    rows = [
        Result(item=one.item, item_id=one.item_id, value=value, unit="km/h", uncertainty=uncertainty, k="2")
        for value in values
    ]
    return replace(records_of(order, [one], day=timezone.localdate(), signatory=None), results=rows)


def test_digits_that_a_person_chose_are_caught(book: Book) -> None:
    numbers = {"p": 0.0001}
    even = [f"{20 + place / 100:.2f}" for place in range(100)]
    assert digits(of_values(book, even, "0.1"), numbers).outcome == "pass"
    assert digits(of_values(book, ["20.10", "20.15"] * 40, "0.1"), numbers).outcome == "fail"
    assert digits(of_values(book, even[:40], "0.1"), numbers).outcome == "not-evaluated"


def test_repeats_that_scatter_too_little_are_caught(book: Book) -> None:
    numbers = {"p": 0.0001}
    honest = ["20.11", "19.84", "20.31", "19.95", "20.02", "20.18"]
    copied = ["20.01", "20.01", "20.01", "20.02", "20.01", "20.01"]
    assert scatter(of_values(book, honest, "0.4"), numbers).outcome == "pass"
    assert scatter(of_values(book, copied, "0.4"), numbers).outcome == "fail"
    assert scatter(of_values(book, honest[:2], "0.4"), numbers).outcome == "not-evaluated"


# --- what it costs, and that it never stands in the way --------------------------------------------------------


def test_asking_takes_a_bounded_number_of_queries(book: Book) -> None:
    counts = []
    for order in (ready(book), of_three(book, ("24.1", "23.7", "22.9"))):
        results = results_of(order.case_id)
        order = Order.objects.select_related("case", "family").get(pk=order.pk)
        for _again in range(2):  # the first time puts the questions into SQL
            with CaptureQueriesContext(
                connection,
            ) as queries:
                evaluate(order, results, day=timezone.localdate(), signatory=book.signatory.person_id)
        counts.append(len(queries))
    assert max(counts) <= 12, counts


def test_numbers_that_cannot_be_read_are_not_evaluated(book: Book) -> None:
    order = ready(book)
    book.line.range_upper, book.line.upper_si, book.line.uncertainty = "60", 17.0, "0.2 km/h"
    book.line.save()
    Result.objects.update(unit="kg")
    assert found(book, order, "scope.range").outcome == "not-evaluated"
    assert found(book, order, "scope.uncertainty").outcome == "not-evaluated"


def test_without_instruments_and_days_nothing_is_claimed(book: Book) -> None:
    order = ready(book)
    Result.instruments.through.objects.all().delete()
    Result.objects.update(measured_on=None, operator=None)
    for key in (
        "instrument.calibrated",
        "instrument.in_service",
        "instrument.volume",
        "method.in_force",
        "sample.chain",
    ):
        assert found(book, order, key).outcome == "not-evaluated", key
    for key in (
        "operator.one_place",
        "operator.volume",
        "raw.copied",
        "raw.alike",
        "results.digits",
        "results.scatter",
    ):
        assert found(book, order, key).outcome == "not-evaluated", key


def test_the_document_says_the_same_to_machines(book: Book) -> None:
    report = issue(book, ready(book))
    gate = json.loads(report.document)["credentialSubject"]["gate"]
    assert gate["rules"] == rules.digest_on(timezone.localdate())
    assert gate["checks"][0]["rule"] == "instrument.calibrated" and gate["checks"][0]["version"] == "2021-06-01"


@pytest.mark.django_db
def test_rules_enter_the_log_when_they_change_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    assert enter_rules() and not enter_rules()
    monkeypatch.setattr(publishing, "digest_on", lambda day: "0" * 64)
    assert enter_rules() and not enter_rules()
    said = [json.loads(one.statement) for one in LogEntry.objects.filter(kind="rules").order_by("id")]
    assert [one["sha256"] for one in said] == [rules.digest_on(timezone.localdate()), "0" * 64]
    assert all(one["type"] == "rules" and one["id"] == "gate" for one in said)
    assert list(audit()) == []


def test_whoever_holds_a_report_can_read_its_rules_and_make_their_digest(book: Book) -> None:
    told = Client().get("/api/v1/gate/rules").json()
    text = rfc8785.dumps(told["rules"])
    report = issue(book, ready(book))
    stated = loads(report.document.encode())["credentialSubject"]["gate"]["rules"]
    assert hashlib.sha256(text).hexdigest() == told["sha256"] == stated
    before = Client().get("/api/v1/gate/rules", {"day": "2021-06-01"}).json()
    assert len(before["rules"]) < len(told["rules"])
    assert Client().get("/api/v1/gate/rules", {"day": "gestern"}).status_code == 422
