"""Plans and what institutions have room for: the promised day follows the load, and is never sooner than it allows."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from random import Random

import pytest
from django.utils import timezone

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.services import CapacityFacts, change_capacity, state_capacity
from quanheng.domains.services.models import Gap, Plan, PlanLine
from quanheng.domains.services.services import choose_institution, confirm_plan, propose_plan, replace_order
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.testing.services import accept_order, decline_order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.cases import running
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.results.models import Result
from tests.browse import browse
from tests.world import make_actor, make_item, make_organisation, make_recognition, make_requirement, make_scope_line

HANDLING = 7
PLATFORM = Actor.platform()


def _states(laboratory: Organisation, per_week: int, **facts: object) -> Capacity:
    given = CapacityFacts(activity="testing", per_week=per_week, **facts)  # type: ignore[arg-type]
    return state_capacity(PLATFORM, laboratory, facts=given)


def _lines(plan: Plan) -> dict[str, PlanLine]:
    return {line.item.code: line for line in plan.lines.select_related("item", "institution", "scope_line")}


def _told(line: PlanLine, name: str) -> list[str]:
    entry = next(one for one in line.considered if one["name_zh"] == name)
    return [one["zh"] for one in (*entry["for"], *entry["against"])]


def test_what_is_in_hand_comes_first_and_the_plan_says_so(shop: Shop) -> None:
    _states(shop.near, 10, outside=12)  # two a day: six days
    plan = shop.plan("cheapest", items=["mass"])
    line = _lines(plan)["mass"]
    assert (line.institution, line.days, line.wait_days) == (shop.near, 6 + 4, 6)
    assert plan.days == 10 + HANDLING
    assert "要排队：约 6 个工作日后开始" in _told(line, "近检测")
    page = browse(shop.buyer).get(f"/proposals/{plan.uid}/").content.decode()
    assert "要排队：约 6 个工作日后开始" in page
    assert "含排队 6 个工作日" in page
    # Who has nothing in hand says that, too.
    change_capacity(PLATFORM, Capacity.objects.get(), facts=CapacityFacts(per_week=10))
    line = _lines(shop.plan("cheapest", items=["mass"]))["mass"]
    assert (line.days, line.wait_days) == (4, 0)
    assert "申报的能力有余量，不用排队" in _told(line, "近检测")


def test_the_optimiser_goes_where_nobody_waits(shop: Shop) -> None:
    assert _lines(shop.plan("fastest", items=["speed"]))["speed"].institution == shop.near
    _states(shop.near, 5, outside=10)  # ten days, then four: later than the nine of the other
    plan = shop.plan("fastest", items=["speed"])
    line = _lines(plan)["speed"]
    assert (line.institution, line.days, plan.gap) == (shop.far, 9, 0.0)
    assert "比所选机构多 5 个工作日" in _told(line, "近检测")


def test_orders_on_the_platform_are_the_load_until_they_are_determined(shop: Shop) -> None:
    _states(shop.near, 5)  # one a day
    made = shop.commission("fastest", items=["speed", "mass"])
    assert Result.objects.filter(case__handler=shop.near).count() == 2
    line = _lines(shop.plan("cheapest", items=["mass"]))["mass"]
    assert (line.wait_days, line.days) == (2, 6)
    (order,) = shop.orders(made)
    operator = make_actor((shop.near, "operator"))
    # What is accepted is promised as it was planned, behind what was there before.
    assert accept_order(operator, order).promised_on == running.calendar().add_workdays(timezone.localdate(), 4 + 5)
    Result.objects.filter(case=order.case_id, item__code="speed").update(verdict="pass")
    assert _lines(shop.plan("cheapest", items=["mass"]))["mass"].wait_days == 1


def test_all_that_a_plan_gives_to_one_institution_counts_together(shop: Shop) -> None:
    _states(shop.far, 1)  # one a week
    plan = shop.plan("fewest")
    assert {line.institution for line in _lines(plan).values()} == {shop.far}
    # Three items at one a week are three weeks, each item alone would be one.
    assert {line.days for line in _lines(plan).values()} == {15}
    assert plan.days == 15 + HANDLING
    assert plan.gap is None  # it was chosen in two looks: nobody proves it
    assert "有机构要排队或接不下全部" in browse(shop.buyer).get(f"/proposals/{plan.uid}/").content.decode()


def test_samples_are_counted_by_order(shop: Shop) -> None:
    _states(shop.far, 1, unit="samples")
    plan = shop.plan("fewest")
    assert {line.days for line in _lines(plan).values()} == {9}  # one sample in the week, three items on it
    confirm_plan(shop.buyer, plan, contact="张工")
    assert {line.wait_days for line in _lines(shop.plan("fewest")).values()} == {5}


def test_who_is_full_is_told_and_why_and_until_when(shop: Shop) -> None:
    _states(shop.near, 5, outside=10, most_weeks=2)
    line = _lines(shop.plan("cheapest", items=["mass"]))["mass"]
    assert line.institution == shop.far
    entry = next(one for one in line.considered if one["name_zh"] == "近检测")
    tomorrow = running.calendar().add_workdays(timezone.localdate(), 1)
    assert not entry["able"]
    assert entry["against"] == [
        {
            "zh": f"手头任务已排满，预计 {tomorrow} 起才能再接",
            "en": f"fully booked; expected to take on more from {tomorrow}",
        }
    ]
    with pytest.raises(Invalid, match="手头任务已排满"):
        plan = shop.plan("cheapest", items=["mass"])
        choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "mass"])


def test_where_everybody_is_full_it_is_said_and_is_no_missing_capacity(shop: Shop) -> None:
    _states(shop.far, 5, outside=5, most_weeks=1)
    plan = shop.plan("cheapest", items=["speed", "brake"])
    assert list(_lines(plan)) == ["speed"]
    (gap,) = plan.gaps
    assert (gap["item"], gap["full"]) == ("brake", True)
    assert "手头任务已排满" in str(gap["considered"])
    assert not Gap.objects.exists()
    assert "手头任务已排满" in browse(shop.buyer).get(f"/proposals/{plan.uid}/").content.decode()


def test_what_is_too_much_for_one_goes_to_another(shop: Shop) -> None:
    """``far`` takes on two items: of three, the one that somebody else can do goes there."""
    _states(shop.far, 2, most_weeks=1)
    plan = shop.plan("fewest")
    given = {code: line.institution for code, line in _lines(plan).items()}
    assert given["brake"] == shop.far
    assert list(given.values()).count(shop.far) == 2
    assert not plan.gaps


def test_a_laboratory_that_moves_begins_later(shop: Shop) -> None:
    opens = timezone.localdate() + timedelta(days=40)
    _states(shop.near, 50, opens_on=opens)
    line = _lines(shop.plan("cheapest", items=["mass"], budget_cents=15000))["mass"]
    assert line.institution == shop.near
    ready = running.calendar().add_workdays(timezone.localdate(), line.days)
    assert ready >= running.calendar().add_workdays(opens, 4 - 1)
    assert "起才开始新任务" in " ".join(_told(line, "近检测"))


def test_what_was_said_long_ago_of_other_work_counts_no_more(shop: Shop) -> None:
    stated = _states(shop.near, 5, outside=20)
    assert _lines(shop.plan("fastest", items=["mass"]))["mass"].institution == shop.far
    Capacity.objects.filter(pk=stated.pk).update(outside_on=timezone.localdate() - timedelta(days=30))
    assert _lines(shop.plan("fastest", items=["mass"]))["mass"].wait_days == 0


def test_a_competence_that_ends_behind_the_queue_is_not_offered(shop: Shop) -> None:
    """In date today and by its usual days, but not when the work would be done."""
    line = shop.lines["near", "mass"]
    line.valid_until = timezone.localdate() + timedelta(days=30)
    line.save()
    assert _lines(shop.plan("cheapest", items=["mass"]))["mass"].institution == shop.near
    _states(shop.near, 5, outside=30)
    found = _lines(shop.plan("cheapest", items=["mass"]))["mass"]
    assert found.institution == shop.far
    entry = next(one for one in found.considered if one["name_zh"] == "近检测")
    assert "早于预计出报告的" in entry["against"][0]["zh"]


def test_a_place_that_was_taken_meanwhile_is_told_and_nothing_is_ordered(shop: Shop) -> None:
    _states(shop.near, 5)
    first, second = (shop.plan("fastest", items=["speed", "mass"]) for _turn in range(2))
    assert {line.days for line in _lines(second).values()} == {4}
    confirm_plan(shop.buyer, first, contact="张工")
    with pytest.raises(Conflict) as refused:
        confirm_plan(shop.buyer, second, contact="张工")
    assert refused.value.reason == "plan-changed"
    assert "6 个工作日" in str(refused.value.errors[0].message)
    assert not hasattr(Plan.objects.get(pk=second.pk), "commission")


def test_another_institution_for_one_line_counts_the_others_anew(shop: Shop) -> None:
    _states(shop.far, 1)
    plan = shop.plan("cheapest", items=["speed", "mass"])
    assert {code: line.institution for code, line in _lines(plan).items()} == {"speed": shop.far, "mass": shop.near}
    assert _lines(plan)["speed"].days == 9
    choose_institution(shop.buyer, plan, position=2, scope_line=shop.lines["far", "mass"])
    assert {code: (line.days, line.wait_days) for code, line in _lines(plan).items()} == {
        "speed": (10, 1),
        "mass": (10, 1),
    }
    assert _lines(plan)["speed"].considered[0]["days"] == 10


def test_whoever_takes_over_is_reckoned_with_what_it_has_in_hand(shop: Shop) -> None:
    made = shop.commission("fastest", items=["speed"])
    (order,) = shop.orders(made)
    decline_order(make_actor((shop.near, "operator")), order, reason="设备故障")
    _states(shop.far, 5, outside=3)
    again = replace_order(shop.buyer, made, order=order.case.uid, institution=shop.far)
    assert again.days == 3 + 9


# --- properties ----------------------------------------------------------------------------------------------


def _world(shop: Shop, random: Random) -> list[Organisation]:
    """Three more laboratories and an item, and capacities of every kind at random."""
    shop.items["light"] = make_item("light", "前照灯")
    make_requirement(shop.family, shop.items["light"], shop.standard)
    laboratories = [shop.near, shop.far, *(make_organisation("laboratory", name=f"检测{n}") for n in range(3))]
    for laboratory in laboratories[2:]:
        recognition = make_recognition(laboratory, days=random.choice([20, 60, 1000]))
        for code in random.sample(list(shop.items), random.randrange(1, 5)):
            line = make_scope_line(
                recognition,
                shop.items[code],
                shop.standard,
                family=shop.family,
                price_cents=random.randrange(10_000, 30_000),
                days=random.randrange(1, 12),
            )
            if random.random() < 0.3:
                facts = CapacityFacts(line=line.uid, per_week=random.randrange(1, 5))
                state_capacity(PLATFORM, laboratory, facts=facts)
    for laboratory in laboratories:
        for family in ("", "ebike"):
            if random.random() < 0.6:
                _states(
                    laboratory,
                    random.randrange(1, 12),
                    family=family,
                    unit=random.choice(["items", "samples"]),
                    outside=random.choice([0, 0, 3, 15]),
                    most_weeks=random.choice(["", "", 1, 3]),
                    opens_on=random.choice(["", "", timezone.localdate() + timedelta(days=random.randrange(1, 30))]),
                )
    return laboratories


def _covered(row: Capacity, line: PlanLine) -> bool:
    """Whether a statement is for a line: read from the rows, without the code under test."""
    if row.organisation_id != line.institution_id or row.activity != line.activity:
        return False
    if row.scope_line_id:
        return row.scope_line_id == line.scope_line_id
    return row.family is None or row.family.code == "ebike"


def _ahead(row: Capacity) -> int:
    """What is ordered and not determined, counted one by one."""
    found = [
        one
        for one in Result.objects.select_related("case", "case__order__family")
        if one.case.handler_id == row.organisation_id
        and one.case.state in ("offered", "quoted", "accepted", "working")
        and not one.verdict
        and (not row.scope_line_id or one.scope_line_id == row.scope_line_id)
        and (row.family is None or one.case.order.family == row.family)
    ]
    return row.outside + (len(found) if row.unit == "items" else len({one.case_id for one in found}))


def _prove(plan: Plan) -> int:
    """No day of a plan is sooner than every statement allows; returns how many statements held it back."""
    lines, proved = list(plan.lines.select_related("scope_line__recognition")), 0
    calendar, today = running.calendar(), timezone.localdate()
    for line in lines:
        ready = calendar.add_workdays(today, line.days + HANDLING)
        assert line.scope_line.valid_until >= ready and line.scope_line.recognition.valid_until >= ready
    for row in Capacity.objects.filter(ended_on=None).select_related("family"):
        mine = [line for line in lines if _covered(row, line)]
        if not mine:
            continue
        ahead, own = _ahead(row), len(mine) if row.unit == "items" else 1
        for line in mine:
            assert row.per_week * line.days >= 5 * (ahead + own)
            if row.opens_on and row.opens_on > today:
                assert calendar.add_workdays(today, line.days) >= row.opens_on
        assert row.most_weeks is None or ahead + own <= row.most_weeks * row.per_week
        proved += 1
    return proved


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_promises_a_day_sooner_than_capacity_allows(shop: Shop, seed: int) -> None:
    random, proved = Random(seed), 0
    _world(shop, random)
    for _turn in range(4):
        need = shop.need()
        for prefer in Plan.Prefer.values:
            plan = propose_plan(shop.buyer, need, prefer=prefer)
            proved += _prove(plan)
        if plan.lines.exists():
            confirm_plan(shop.buyer, plan, contact="张工")  # and it is ahead of whoever asks next
    assert proved


@pytest.mark.parametrize("seed", range(8))
def test_what_is_proved_is_the_best_of_all_choices_within_capacity(shop: Shop, seed: int) -> None:
    """Every choice is tried, its days by the rule itself: none is cheaper, or as fast and cheaper."""
    _world(shop, Random(seed))
    need = shop.need()
    for prefer in ("cheapest", "fastest"):
        plan = propose_plan(shop.buyer, need, prefer=prefer)
        lines = list(plan.lines.select_related("scope_line"))
        if plan.gap != 0.0 or not lines:
            continue
        able = [_able(line) for line in lines]
        best = min(
            (days, price) if prefer == "fastest" else (price,)
            for choice in product(*able)
            if (days := _days(lines, choice)) is not None
            for price in [sum(cents for _lab, _key, cents, _usual in choice)]
        )
        mine = (max(line.days for line in lines), plan.total_cents)
        assert best == (mine if prefer == "fastest" else mine[1:])


def _able(line: PlanLine) -> list[tuple[int, int, int, int]]:
    from quanheng.kernel.competence.models import ScopeLine

    rows = ScopeLine.objects.filter(item=line.item_id, activity=line.activity)
    return [(one.organisation_id, one.pk, one.price_cents, one.days) for one in rows]


def _days(lines: list[PlanLine], choice: tuple[tuple[int, int, int, int], ...]) -> int | None:
    """The days of a choice, or None where capacity or a competence does not allow it."""
    from quanheng.kernel.competence.models import ScopeLine

    calendar, today, longest = running.calendar(), timezone.localdate(), 0
    rows = list(Capacity.objects.filter(ended_on=None).select_related("family"))
    placed = [
        PlanLine(activity=line.activity, institution_id=lab, scope_line_id=key, days=usual)
        for line, (lab, key, _cents, usual) in zip(lines, choice, strict=True)
    ]
    for one in placed:
        days = one.days
        for row in (row for row in rows if _covered(row, one)):
            own = sum(_covered(row, each) for each in placed) if row.unit == "items" else 1
            ahead = _ahead(row)
            if row.most_weeks and ahead + own > row.most_weeks * row.per_week:
                return None
            opens = 0
            if row.opens_on and row.opens_on > today:
                opens = calendar.workdays_between(today, row.opens_on - timedelta(days=1))
            rate = row.per_week
            days = max(days, max(opens, -(-5 * ahead // rate)) + max(one.days, -(-5 * own // rate)))
        line = ScopeLine.objects.select_related("recognition").get(pk=one.scope_line_id)
        ready = calendar.add_workdays(today, days + HANDLING)
        if line.valid_until < ready or line.recognition.valid_until < ready:
            return None
        longest = max(longest, days)
    return longest
