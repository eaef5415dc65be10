"""Proposing a plan and changing it before it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone

from quanheng.domains.services.models import Plan
from quanheng.domains.services.revising import ChipIn, Revision
from quanheng.domains.services.services import choose_institution, confirm_plan, propose_plan, revise_need
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.services.wanting import Subject
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases import running
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.requirements.models import ProductFamily, Requirement, Standard
from tests.browse import browse
from tests.world import (
    make_actor,
    make_item,
    make_organisation,
    make_recognition,
    make_requirement,
    make_scope_line,
    make_standard,
)

# 2 + 2 + 2 + 1 working days at the latest for acceptance, review, decision and delivery.
HANDLING = 7


def _who(plan: Plan) -> list[tuple[str, str]]:
    return [(line.item.code, line.institution.name_zh) for line in plan.lines.select_related("item", "institution")]


def _kinds(plan: Plan) -> set[str]:
    return {one["kind"] for one in plan.warnings}


def test_each_preference_keeps_its_promise(shop: Shop) -> None:
    need = shop.need()
    plans = {prefer: propose_plan(shop.buyer, need, prefer=prefer) for prefer in Plan.Prefer.values}
    assert _who(plans["cheapest"]) == [("speed", "远检测"), ("mass", "近检测"), ("brake", "远检测")]
    assert plans["cheapest"].total_cents == 15000 + 15000 + 30000
    assert _who(plans["fewest"]) == [("speed", "远检测"), ("mass", "远检测"), ("brake", "远检测")]
    assert plans["fewest"].total_cents == 61000
    assert plans["fastest"].days == 9 + HANDLING
    assert all(plan.total_cents == sum(line.price_cents for line in plan.lines.all()) for plan in plans.values())


def test_days_are_the_longest_order_and_its_handling(shop: Shop) -> None:
    plan = shop.plan("fastest", items=["speed", "mass"])
    assert _who(plan) == [("speed", "近检测"), ("mass", "近检测")]
    assert plan.days == 4 + HANDLING
    assert plan.ready_on is not None and plan.ready_on > timezone.localdate() + timedelta(days=10)


def test_an_urgent_need_prefers_the_fastest(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("电动自行车加急检测最高车速"))
    assert plan.prefer == "fastest"
    assert propose_plan(shop.buyer, shop.need()).prefer == "balanced"


def test_the_same_question_has_the_same_answer(shop: Shop) -> None:
    need = shop.need()
    for prefer in Plan.Prefer.values:
        first, second = (propose_plan(shop.buyer, need, prefer=prefer) for _turn in range(2))
        keep = ("position", "scope_line_id", "price_cents", "days", "considered")
        assert list(first.lines.values(*keep)) == list(second.lines.values(*keep))
        keep = ("gaps", "warnings", "advice", "certification", "schedule")
        assert [getattr(first, name) for name in keep] == [getattr(second, name) for name in keep]


def test_a_budget_is_kept_where_that_is_possible(shop: Shop) -> None:
    # 200 + 150 yuan near and fast, 150 + 160 far and slow: 300 yuan is enough for the cheapest of each.
    items = ["speed", "mass"]
    assert _who(shop.plan("fastest", items=items)) == [("speed", "近检测"), ("mass", "近检测")]
    kept = shop.plan("fastest", items=items, budget_cents=30000)
    assert (_who(kept), kept.total_cents) == ([("speed", "远检测"), ("mass", "近检测")], 30000)
    assert not _kinds(kept) & {"budget", "way_out"}


def test_a_deadline_is_kept_where_that_is_possible(shop: Shop) -> None:
    soon = running.calendar().add_workdays(timezone.localdate(), 5 + HANDLING)
    kept = shop.plan("cheapest", items=["speed", "mass"], deadline=soon)
    assert _who(kept) == [("speed", "近检测"), ("mass", "近检测")]
    assert not _kinds(kept) & {"deadline", "way_out"}


def test_what_cannot_be_kept_says_what_would_have_to_give_way(shop: Shop) -> None:
    today = timezone.localdate()
    soon = running.calendar().add_workdays(today, 5 + HANDLING)
    plan = shop.plan("balanced", items=["speed", "mass"], deadline=soon, budget_cents=31000)
    ways_out = [one for one in plan.warnings if one["kind"] == "way_out"]
    late = running.calendar().add_workdays(today, 9 + HANDLING)
    assert [(one["limit"], one["least"]) for one in ways_out] == [("budget", 35000), ("days", 9)]
    assert [one["zh"] for one in ways_out] == [
        f"要在 {soon} 前交付，预算至少要 350 元。", f"预算 310 元之内，最早 {late} 可以交付。",
    ]  # fmt: skip
    # The day is kept, the money told to be short.
    assert (plan.days, plan.total_cents) == (4 + HANDLING, 35000)
    assert _kinds(plan) & {"budget", "deadline"} == {"budget"}


def test_a_day_long_past_is_told_with_the_first_that_is_possible(shop: Shop) -> None:
    plan = shop.plan("cheapest", items=["speed"], deadline=timezone.localdate())
    (way_out,) = [one for one in plan.warnings if one["kind"] == "way_out"]
    assert (way_out["limit"], way_out["least"]) == ("days", 4)
    assert plan.days == 4 + HANDLING


def test_a_day_that_is_over_is_asked_back_on_the_page_and_in_the_plan(shop: Shop) -> None:
    need = shop.need("电动自行车检测最高车速，昨天前")
    yesterday = timezone.localdate() - timedelta(days=1)
    assert need.deadline == yesterday
    for page in (browse(shop.buyer).get(f"/needs/{need.uid}/"), browse().get("/needs/new/", {"text": need.text})):
        assert f"您写的期限 {yesterday} 已经过去" in page.content.decode()
    assert _kinds(propose_plan(shop.buyer, need)) == {"past", "deadline", "way_out"}


def test_a_plan_says_that_nothing_better_exists_until_a_person_chooses(shop: Shop) -> None:
    plan = shop.plan("balanced")
    assert plan.gap == 0
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])
    plan.refresh_from_db()
    assert plan.gap is None


def test_candidates_are_kept_with_reasons_for_and_against(shop: Shop) -> None:
    line = shop.plan().lines.get(item__code="speed")
    chosen, other = [one for one in line.considered if one["able"]]
    assert (chosen["name_zh"], chosen["chosen"]) == ("远检测", True)
    assert (other["name_zh"], other["chosen"]) == ("近检测", False)
    assert "比所选机构高 50 元" in [one["zh"] for one in other["against"]]
    assert "比所选机构少 5 个工作日" in [one["zh"] for one in other["for"]]
    assert all(one["en"] for reason in (chosen, other) for one in [*reason["for"], *reason["against"]])


def test_what_nobody_can_do_is_a_gap_with_its_reasons(shop: Shop) -> None:
    make_requirement(shop.family, make_item("flame", "阻燃"), shop.standard)
    Recognition.objects.filter(organisation=shop.far).update(state="suspended")
    plan = shop.plan()
    assert [item for item, _who_does in _who(plan)] == ["speed", "mass"]
    gaps = {gap["item"]: gap for gap in plan.gaps}
    assert set(gaps) == {"flame", "brake"}
    assert gaps["flame"]["considered"] == [] and gaps["flame"]["reasons"]
    assert [one["name_zh"] for one in gaps["brake"]["considered"]] == ["远检测"]
    assert gaps["brake"]["considered"][0]["against"]


def test_a_missed_deadline_and_a_broken_budget_are_told(shop: Shop) -> None:
    plan = shop.plan(budget_cents=50000, deadline=timezone.localdate() + timedelta(days=3))
    assert _kinds(plan) == {"deadline", "budget", "way_out"}
    over = next(one for one in plan.warnings if one["kind"] == "budget")
    assert "100 元" in over["zh"] and "100" in over["en"]
    assert _kinds(shop.plan(budget_cents=60000, deadline=timezone.localdate() + timedelta(days=90))) == set()


def test_words_that_stayed_unknown_are_told(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("电动自行车检测哗啦圈"))
    told = [one["zh"] for one in plan.warnings if one["kind"] == "unknown"]
    assert told == ["这些内容未能识别，方案未予考虑：哗啦圈"]


def test_a_need_that_comes_to_nothing_says_so(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("你好"))
    assert "nothing" in _kinds(plan)
    assert not plan.lines.exists()


def test_several_limits_for_one_item_are_shown_and_one_may_be_picked(shop: Shop) -> None:
    other = make_requirement(shop.family, shop.items["mass"], shop.standard, upper="63", text="铅酸：不大于63 kg")
    plan = shop.plan()
    told = next(one for one in plan.advice if one["kind"] == "variants")
    assert told["item"] == "mass" and len(told["choices"]) == 2
    assert told["taken"] != other.uid
    need = shop.need()

    revise_need(shop.buyer, need, revision=Revision(add=[ChipIn("requirement", other.uid)]))
    assert propose_plan(shop.buyer, need).lines.get(item=shop.items["mass"]).requirement == other


def test_a_superseded_standard_is_never_used_and_its_successor_is_named(shop: Shop) -> None:
    make_standard("GB 17761-2026", replaces="GB 17761-2024", effective="2026-01-01")
    plan = shop.plan()
    assert not plan.lines.exists()
    told = [one["zh"] for one in plan.warnings if one["kind"] == "standard"]
    assert told == ["GB 17761-2024 已被 GB 17761-2026 代替，本方案不采用。"]


def test_a_line_under_a_superseded_method_is_never_chosen(shop: Shop) -> None:
    old, item = make_standard("GB/T 5454-1997"), make_item("oxygen", "氧指数")
    make_scope_line(make_recognition(shop.near), item, old)
    new = make_standard("GB/T 5454-2020", replaces="GB/T 5454-1997", effective="2021-01-01")
    plan = shop.plan(items=["oxygen"], remove=[("product", "ebike")])
    assert not plan.lines.exists()
    assert [gap["item"] for gap in plan.gaps] == ["oxygen"]
    line = make_scope_line(make_recognition(shop.near), item, new)
    plan = shop.plan(items=["oxygen"], remove=[("product", "ebike")])
    assert [one.scope_line for one in plan.lines.all()] == [line]


def test_instruments_are_calibrated_or_verified_piece_by_piece(shop: Shop) -> None:
    procedure, item = make_standard("JJG 52-2013"), make_item("general_pressure_gauge", quantity="pressure", unit="MPa")
    recognition = make_recognition(shop.far, "statutory")
    for activity, price in (("verification", 2500), ("calibration", 4000)):
        make_scope_line(
            recognition,
            item,
            procedure,
            activity=activity,
            lower="0",
            upper="60",
            unit="MPa",
            uncertainty="0.005" if activity == "calibration" else "",
            price_cents=price,
        )
    plan = propose_plan(shop.buyer, shop.need("检定3块压力表"))
    line = plan.lines.get()
    assert (line.activity, line.count, line.price_cents) == ("verification", 3, 7500)
    plan = propose_plan(shop.buyer, shop.need("校准压力表"))
    assert plan.lines.get().activity == "calibration"
    assert "mandatory" in _kinds(plan)


def test_a_product_is_tested_though_calibration_alone_was_said_of_the_instruments_beside_it(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("电动自行车最高车速，3块压力表校准"))
    assert [(line.item.code, line.activity) for line in plan.lines.select_related("item")] == [("speed", "testing")]


def test_an_institute_calibrates_only_what_it_measures_well_enough(shop: Shop) -> None:
    """A gauge of ±1.6 % of 1.6 MPa asks for U ≤ 0.0256 MPa / 3, rounded down: 0.00853 MPa (JJF 1094-2002, 5.3.1.4)."""
    procedure, item = make_standard("JJG 52-2013"), make_item("general_pressure_gauge", quantity="pressure", unit="MPa")
    for laboratory, uncertainty, price in ((shop.near, "0.0086", 100), (shop.far, "0.0085", 9000)):
        make_scope_line(
            make_recognition(laboratory, "CNAS"),
            item,
            procedure,
            activity="calibration",
            lower="0",
            upper="60",
            unit="MPa",
            uncertainty=uncertainty,
            price_cents=price,
        )
    line = propose_plan(shop.buyer, shop.need("校准压力表"), prefer="cheapest").lines.get()
    assert line.institution == shop.far
    (refused,) = [one for one in line.considered if not one["able"]]
    assert refused["name_zh"] == "近检测" and "0.00853" in refused["against"][0]["zh"]


def test_an_instrument_beyond_every_range_is_a_gap(shop: Shop) -> None:
    procedure, item = make_standard("JJG 52-2013"), make_item("general_pressure_gauge", quantity="pressure", unit="MPa")
    make_scope_line(
        make_recognition(shop.far), item, procedure, activity="verification", lower="0", upper="1", unit="MPa"
    )
    plan = propose_plan(shop.buyer, shop.need("检定压力表"))
    assert [gap["item"] for gap in plan.gaps] == ["general_pressure_gauge"]


def test_who_says_inspection_gets_a_test_where_nobody_inspects(shop: Shop) -> None:
    assert {line.activity for line in shop.plan(activities=["inspection"]).lines.all()} == {"testing"}


def test_a_wanted_recognition_narrows_the_choice(shop: Shop) -> None:
    recognition = make_recognition(shop.near, "CNAS")
    make_scope_line(recognition, shop.items["brake"], shop.standard, family=shop.family, price_cents=99900)
    plan = propose_plan(shop.buyer, shop.need("电动自行车检测制动性能，要CNAS报告"))
    assert _who(plan) == [("brake", "近检测")]


@pytest.mark.parametrize(
    ("limits", "reach"),
    [
        ({"upper": "25"}, ("25", "km/h")),
        ({"lower": "75", "upper": "100"}, ("(75~100)", "km/h")),
        ({"lower": "-2", "upper": "2"}, ("2", "km/h")),
        ({"lower": "5"}, ("5", "km/h")),
    ],
)
def test_competence_is_asked_for_where_the_limits_lie(
    shop: Shop, limits: dict[str, str], reach: tuple[str, str]
) -> None:
    requirement = Requirement(unit="km/h", **limits)
    assert Subject(1, ("testing",), shop.items["speed"], requirement=requirement).reach == reach


def test_whoever_cannot_measure_as_far_as_the_limit_is_not_proposed(shop: Shop) -> None:
    need = shop.need("电动自行车检测最高车速")
    recognition = make_recognition(shop.near)
    short, enough = (
        make_scope_line(
            recognition, shop.items["speed"], shop.standard,
            family=shop.family, lower="0", upper=upper, unit="km/h", price_cents=price,
        )
        for upper, price in (("24", 1), ("25", 2))
    )  # fmt: skip
    assert propose_plan(shop.buyer, need, prefer="cheapest").lines.get().scope_line == enough
    assert short.upper_si < enough.upper_si


def test_another_institution_can_be_chosen_and_everything_is_counted_anew(shop: Shop) -> None:
    plan = shop.plan(budget_cents=60000)
    assert _kinds(plan) == set()
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])
    plan.refresh_from_db()
    assert _who(plan)[0] == ("speed", "近检测")
    assert plan.total_cents == 65000
    assert _kinds(plan) == {"budget"}
    chosen = [one["name_zh"] for one in plan.lines.get(position=1).considered if one["chosen"]]
    assert chosen == ["近检测"]
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["far", "speed"])
    plan.refresh_from_db()
    assert (plan.total_cents, _kinds(plan)) == (60000, set())


def test_an_institution_that_is_not_competent_cannot_be_chosen(shop: Shop) -> None:
    plan = shop.plan()
    with pytest.raises(Invalid) as refused:
        choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "mass"])
    assert refused.value.errors[0].field == "scope_line"
    Recognition.objects.filter(organisation=shop.near).update(state="withdrawn")
    with pytest.raises(Invalid):
        choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])


def test_choosing_is_refused_where_it_makes_no_sense(shop: Shop) -> None:
    plan, line = shop.plan(), shop.lines["near", "speed"]
    with pytest.raises(NotFound):
        choose_institution(shop.buyer, plan, position=9, scope_line=line)
    with pytest.raises(NotFound):
        choose_institution(shop.stranger, plan, position=1, scope_line=line)
    with pytest.raises(Denied):
        choose_institution(make_actor((shop.client, "operator")), plan, position=1, scope_line=line)
    Plan.objects.filter(pk=plan.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(Conflict):
        choose_institution(shop.buyer, plan, position=1, scope_line=line)
    Plan.objects.filter(pk=plan.pk).update(valid_until=timezone.localdate())
    confirm_plan(shop.buyer, plan, contact="张工")
    with pytest.raises(Conflict):
        choose_institution(shop.buyer, plan, position=1, scope_line=line)


@pytest.mark.parametrize("what", ["line", "recognition", "method"])
def test_who_can_today_but_not_any_more_when_the_report_would_be_out_is_told_and_not_chosen(
    shop: Shop, what: str
) -> None:
    soon = timezone.localdate() + timedelta(days=3)
    line = shop.lines["far", "brake"]
    if what == "line":
        ScopeLine.objects.filter(pk=line.pk).update(valid_until=soon)
    elif what == "recognition":
        Recognition.objects.filter(pk=line.recognition_id).update(valid_until=soon)
    else:
        other = make_standard("GB/T 1-2020")
        ScopeLine.objects.filter(pk=line.pk).update(method=other)
        Requirement.objects.filter(item__code="brake").update(method=other)
        Standard.objects.filter(pk=other.pk).update(superseded_on=soon)
    plan = shop.plan("cheapest", items=["brake"])
    assert _who(plan) == []
    (gap,) = plan.gaps
    told = [one["zh"] for considered in gap["considered"] for one in considered["against"]]
    assert len(told) == 1 and str(soon) in told[0] and "早于预计出报告的" in told[0]


def test_a_plan_is_proposed_to_its_own_house_only(shop: Shop) -> None:
    need = shop.need()
    with pytest.raises(NotFound):
        propose_plan(shop.stranger, need)
    with pytest.raises(Denied):
        propose_plan(make_actor((shop.client, "operator")), need)
    with pytest.raises(Invalid):
        propose_plan(shop.buyer, need, prefer="luckiest")


def _shake(shop: Shop, chance: Random) -> None:
    """Suspend, expire and supersede at random."""
    today = timezone.localdate()
    for recognition in Recognition.objects.all():
        Recognition.objects.filter(pk=recognition.pk).update(
            state=chance.choice(["valid"] * 4 + ["suspended", "withdrawn"]),
            valid_until=today + timedelta(days=chance.choice([0, 1, 300, 300, -1])),
        )
    for line in ScopeLine.objects.all():
        ScopeLine.objects.filter(pk=line.pk).update(
            price_cents=chance.randrange(1, 500) * 100,
            days=chance.randrange(1, 20),
            valid_from=today + timedelta(days=chance.choice([-900, -900, -900, 0, 1])),
            valid_until=today + timedelta(days=chance.choice([1, 400, 400, 400])),
        )
    for standard in Standard.objects.filter(number__startswith="GB/T"):
        gone = today + timedelta(days=chance.choice([-1, 0, 1]))
        Standard.objects.filter(pk=standard.pk).update(superseded_on=chance.choice([None, None, gone]))


def _holds(line: ScopeLine, family: ProductFamily) -> bool:
    """The rule said once more, in other words than the query's: today, and until the report would be out."""
    today, recognition = timezone.localdate(), line.recognition
    ready = running.calendar().add_workdays(today, line.days + HANDLING)
    return (
        line.valid_from <= today <= ready <= line.valid_until
        and recognition.state == "valid"
        and recognition.valid_from <= today <= ready <= recognition.valid_until
        and all(line.method.status_on(day) == "in_force" for day in (today, ready))
        and line.family_id in (None, family.pk)
        and line.activity == "testing"
    )


def test_no_line_ever_names_an_institution_that_is_not_competent_from_today_until_its_report(shop: Shop) -> None:
    for number in range(4):
        item, method = make_item(f"item{number}"), make_standard(f"GB/T {100 + number}-2020")
        make_requirement(shop.family, item, shop.standard, method=method)
        for _laboratory in range(3):
            make_scope_line(make_recognition(make_organisation("laboratory")), item, method, family=shop.family)
    need = shop.need()
    for seed in range(24):
        chance = Random(seed)
        mark = transaction.savepoint()
        _shake(shop, chance)
        plan = propose_plan(shop.buyer, need, prefer=chance.choice(Plan.Prefer.values))
        lines = plan.lines.select_related("scope_line__recognition", "scope_line__method", "item")
        assert all(_holds(line.scope_line, shop.family) for line in lines), seed
        assert all(line.institution_id == line.scope_line.organisation_id for line in lines), seed
        able = {
            line.item.code
            for line in ScopeLine.objects.select_related("recognition", "method", "item")
            if _holds(line, shop.family)
        }
        assert {line.item.code for line in lines} == able, seed
        transaction.savepoint_rollback(mark)
