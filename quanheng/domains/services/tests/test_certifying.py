"""Certification as a step of a plan: after the tests it needs, by whom, how long, for how much, and what is unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.services.certifying import steps_of
from quanheng.domains.services.models import Plan
from quanheng.domains.services.services import choose_institution, propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.cases import running
from quanheng.kernel.requirements.models import ProductFamily
from quanheng.kernel.requirements.schemes import _rows, scheme_en, scheme_kind
from tests.world import (
    make_item,
    make_organisation,
    make_recognition,
    make_rules,
    make_scope_line,
    make_standard,
)

HANDLING = 7
CCC = "电动自行车做检测和CCC认证"


def _kinds(plan: Plan) -> set[str]:
    return {one["kind"] for one in plan.warnings}


def _entry(plan: Plan) -> dict[str, Any]:
    (entry,) = plan.certification
    return entry


def _plan(shop: Shop, text: str = CCC, prefer: str = "cheapest", **changes: Any) -> Plan:
    return propose_plan(shop.buyer, shop.need(text, **changes), prefer=prefer)


@pytest.fixture
def body(shop: Shop) -> Any:
    """A certification body with the product in its registered scope, beside one that is approved and no more."""
    make_rules("certification.")
    certifier = make_organisation("certification_body", name="认证中心")
    make_recognition(make_organisation("certification_body", name="别的认证中心"), "certifier")
    return make_scope_line(
        make_recognition(certifier, "certifier"), make_item("certified", "认证决定书"),
        make_standard("GB/T 27065-2015"), family=shop.family, activity="certification", price_cents=600_000, days=30,
    )  # fmt: skip


# --- what is not wanted ---


def test_who_declines_what_the_law_asks_for_is_told_so_and_gets_no_such_step(shop: Shop, body: Any) -> None:
    plan = _plan(shop, "电动自行车做检测，不做CCC，制动性能就不测了")
    assert plan.certification == [] and "mandatory" in _kinds(plan)
    assert sorted(line.item.code for line in plan.lines.select_related("item")) == ["mass", "speed"]
    assert "mandatory" not in _kinds(_plan(shop, "电动自行车做检测"))


# --- what is on file --------------------------------------------------------------------------------------


def test_the_bodies_approved_here_are_named_with_their_numbers(shop: Shop) -> None:
    make_recognition(shop.near, "certifier")
    make_recognition(shop.far, "certifier", days=-1)
    entry = _entry(shop.plan())
    assert (entry["scheme"], entry["mandatory"], entry["asked"]) == ("CCC CNCA-C11-16", True, False)
    assert [one["name_zh"] for one in entry["bodies"]] == ["近检测"]
    assert "须取得 CCC CNCA-C11-16 认证" in entry["zh"]


def test_the_steps_come_from_the_rule_of_the_product_with_their_source() -> None:
    own = steps_of("CCC CNCA-C11-16", date(2026, 1, 1))
    assert [one["step"] for one in own] == ["type_test", "application", "factory_inspection", "certificate"]
    assert {one["source"] for one in own} == {"CNCA-C11-16:2023"}
    general = steps_of("CCC CNCA-C01-01", date(2026, 1, 1))
    assert [one["step"] for one in general] == [one["step"] for one in own]
    assert all(one["source"] and one["confidence"] for one in [*own, *general])
    # Before the edition was in force the general regulation is what is known.
    assert {one["source"] for one in steps_of("CCC CNCA-C11-16", date(2022, 1, 1))} != {"CNCA-C11-16:2023"}
    assert steps_of("CCC CNCA-C11-16", date(2000, 1, 1)) == steps_of("中国绿色产品认证（自愿）", date(2026, 1, 1)) == []


def test_every_scheme_of_the_products_has_an_english_name_and_a_kind() -> None:
    from quanheng.domains.services.knowledge import SHIPPED

    schemes = {one for row in read_csv(SHIPPED["families"]) for one in row["schemes"].split(";") if one}
    assert len(schemes) > 30
    assert all(scheme_en(one).isascii() for one in schemes)
    assert {scheme_kind(one) for one in schemes} >= {"mandatory_certification", "voluntary_certification", "licence"}
    # Nothing on file that no product has: the general CCC is what the rules of single products are.
    assert set(_rows()) - schemes == {"CCC"}


# --- when -------------------------------------------------------------------------------------------------


def test_it_starts_after_the_last_test_that_it_needs(shop: Shop, body: Any) -> None:
    plan, calendar = _plan(shop), running.calendar()
    entry = _entry(plan)
    assert plan.ready_on == calendar.add_workdays(timezone.localdate(), 9 + HANDLING)
    assert entry["starts_on"] == calendar.add_workdays(plan.ready_on, 1).isoformat()
    # Thirty working days, as the body has them on file.
    first = date.fromisoformat(entry["starts_on"])
    assert entry["ends_on"] == calendar.add_workdays(first, 30).isoformat()
    assert [one["taken"] for one in entry["bodies"]] == [True, False]
    assert entry["price_cents"] == 600_000


def test_it_does_not_wait_for_a_calibration_beside_it(shop: Shop, body: Any) -> None:
    gauge = make_item("general_pressure_gauge", quantity="pressure", unit="MPa")
    make_scope_line(
        make_recognition(shop.far, "statutory"), gauge, make_standard("JJG 52-2013"),
        activity="calibration", lower="0", upper="60", unit="MPa", uncertainty="0.005", days=30,
    )  # fmt: skip
    plan = _plan(shop, f"{CCC}，校准压力表", items=["speed"], prefer="fastest")
    assert {line.activity: line.days for line in plan.lines.all()} == {"testing": 4, "calibration": 30}
    tests_on = running.calendar().add_workdays(timezone.localdate(), 4 + HANDLING)
    assert _entry(plan)["starts_on"] == running.calendar().add_workdays(tests_on, 1).isoformat()
    assert plan.ready_on == running.calendar().add_workdays(timezone.localdate(), 30 + HANDLING)


def test_where_no_scope_says_how_long_the_law_does(shop: Shop) -> None:
    make_rules("certification.")
    make_recognition(shop.near, "certifier")
    entry = _entry(_plan(shop))
    first = date.fromisoformat(entry["starts_on"])
    last = date.fromisoformat(entry["ends_on"])
    # Ninety days that begin the day after the application is accepted; a day of rest gives way to the next worked one.
    assert 90 <= (last - first).days <= 99
    assert last == running.calendar().on_or_after(first + timedelta(days=90))
    assert entry["period"]["source"] and entry["period"]["confidence"] == "secondary"
    assert entry["price_cents"] is None


def test_what_nobody_knows_stays_unknown(shop: Shop) -> None:
    make_recognition(shop.near, "certifier")
    plan = _plan(shop, budget_cents=10_000_000, deadline=timezone.localdate() + timedelta(days=400))
    entry = _entry(plan)
    assert (entry["period"], entry["ends_on"], entry["price_cents"]) == (None, None, None)
    assert _kinds(plan) == {"certification_time", "certification_fee"}


def test_a_price_of_nothing_is_no_price(shop: Shop, body: Any) -> None:
    type(body).objects.filter(pk=body.pk).update(price_cents=0)
    assert _entry(_plan(shop))["price_cents"] is None


# --- deadline and budget ----------------------------------------------------------------------------------


def test_the_deadline_holds_for_the_certificate_and_the_plan_says_which_part_is_late(shop: Shop, body: Any) -> None:
    calendar, today = running.calendar(), timezone.localdate()
    # 4 + 7 days to the reports of the fast laboratory, one to the application, 30 to the certificate.
    in_time = calendar.add_workdays(today, 4 + HANDLING + 1 + 30)
    kept = _plan(shop, items=["speed", "mass"], deadline=in_time)
    assert (_entry(kept)["ends_on"], _kinds(kept)) == (in_time.isoformat(), set())
    assert {line.institution for line in kept.lines.all()} == {shop.near}
    late = _plan(shop, items=["speed", "mass"], deadline=in_time - timedelta(days=1))
    assert _kinds(late) == {"deadline", "way_out"}
    told = [one for one in late.warnings if one["kind"] == "deadline"]
    assert [one["zh"][:4] for one in told] == ["晚在认证"]
    way_out = next(one for one in late.warnings if one["kind"] == "way_out")
    assert str(in_time) in way_out["zh"] and "含认证" in way_out["zh"]
    soon = _plan(shop, items=["speed"], deadline=today)
    assert len([one for one in soon.warnings if one["kind"] == "deadline"]) == 2


def test_what_was_not_asked_for_is_shown_and_not_counted(shop: Shop, body: Any) -> None:
    soon = running.calendar().add_workdays(timezone.localdate(), 5 + HANDLING)
    plan = _plan(shop, "电动自行车做检测", items=["speed", "mass"], deadline=soon, budget_cents=35_000)
    assert not _kinds(plan)
    assert (_entry(plan)["asked"], bool(_entry(plan)["ends_on"])) == (False, True)


def test_a_budget_holds_for_the_fee_too(shop: Shop, body: Any) -> None:
    plan = _plan(shop, items=["speed", "mass"], budget_cents=600_000 + 30_000)
    assert (plan.total_cents, _kinds(plan)) == (30_000, set())
    over = _plan(shop, items=["speed", "mass"], budget_cents=600_000)
    assert _kinds(over) == {"budget", "way_out"}
    assert next(one["zh"] for one in over.warnings if one["kind"] == "way_out") == "最少需要 6,300 元。"
    assert "超出预算 300 元" in next(one["zh"] for one in over.warnings if one["kind"] == "budget")


def test_another_institution_moves_the_certificate_too(shop: Shop, body: Any) -> None:
    plan = _plan(shop, items=["speed"])
    before = _entry(plan)["ends_on"]
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])
    plan.refresh_from_db()
    assert _entry(plan)["ends_on"] < before


# --- who asks for it --------------------------------------------------------------------------------------


def test_who_declines_it_has_none(shop: Shop) -> None:
    assert _plan(shop, "电动自行车做检测，不要CCC").certification == []


def test_a_voluntary_certification_is_a_step_where_it_is_asked_for(shop: Shop) -> None:
    ProductFamily.objects.filter(pk=shop.family.pk).update(schemes=["中国绿色产品认证（自愿）", "食品生产许可 SC"])
    plan = _plan(shop, "电动自行车做检测")
    assert plan.certification == []
    assert [one["scheme_en"] for one in plan.advice if one["kind"] == "licence"] == ["Food production licence (SC)"]
    entry = _entry(_plan(shop, "电动自行车做检测和认证"))
    assert (entry["mandatory"], entry["steps"], entry["ends_on"]) == (False, [], None)


def test_where_no_scheme_is_on_file_that_is_told(shop: Shop) -> None:
    ProductFamily.objects.filter(pk=shop.family.pk).update(schemes=[])
    plan = _plan(shop, "电动自行车做检测和认证")
    assert plan.certification == [] and "certification" in _kinds(plan)


def test_reports_that_nobody_here_can_give_are_named(shop: Shop, body: Any) -> None:
    from quanheng.kernel.competence.models import ScopeLine

    ScopeLine.objects.filter(item__code="brake").delete()
    assert [one["item"] for one in _entry(_plan(shop))["missing"]] == ["brake"]
