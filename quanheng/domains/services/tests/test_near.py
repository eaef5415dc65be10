"""How near an institution must be: read, edited, kept, and what would be possible farther away."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.domains.services.composing.choice import Candidate, Limits, Wanted
from quanheng.domains.services.composing.limits import least_km, within
from quanheng.domains.services.composing.ways import compose
from quanheng.domains.services.knowledge import shipped_knowledge
from quanheng.domains.services.models import Gap, Plan
from quanheng.domains.services.near import up
from quanheng.domains.services.recognise import recognise
from quanheng.domains.services.revising import ChipIn, Revision
from quanheng.domains.services.services import choose_institution, confirm_plan, propose_plan, revise_need
from quanheng.domains.services.tests.market import WAYS
from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.services.tests.test_composing import _all_choices, _keeps, _worth
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.competence.asking import Place
from quanheng.kernel.parties.models import Organisation
from tests.browse import browse
from tests.world import make_organisation, make_recognition, make_region, make_scope_line

TODAY = date(2026, 11, 21)
TIANJIN = shipped_knowledge("12")
HERE = (39.12, 117.20)


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("电动自行车检测，50公里以内", ("distance", "50", "50公里以内")),
        ("电动自行车检测，方圆三十公里，一周内", ("distance", "30", "方圆三十公里")),
        ("压力表校准，离我们不超过20.5千米", ("distance", "20.5", "离我们不超过20.5千米")),
        ("压力表校准，五十千米范围内", ("distance", "50", "五十千米范围内")),
        ("e-bike test within 50 km", ("distance", "50", "within 50 km")),
        ("toy test, no farther than 1,000 km away", ("distance", "1000", "no farther than 1,000 km away")),
        ("大米检测，不出滨海新区", ("area", "120116", "不出滨海新区")),
        ("大米检测，静海区以内", ("area", "120118", "静海区以内")),
        ("大米检测，不出本区", ("area", "own_district", "不出本区")),
        ("toy test only in Binhai", ("area", "120116", "only in Binhai")),
        ("toy test within our own city", ("area", "own_city", "within our own city")),
    ],
)  # fmt: skip
def test_how_near_is_read_with_its_words(text: str, wanted: tuple[str, str, str]) -> None:
    read = recognise(text, TIANJIN, TODAY)
    assert [(one.kind, one.code, one.words) for one in read.chips if one.kind in ("distance", "area")] == [wanted]
    assert not read.unknown
    assert "place" not in {one.kind for one in read.chips}


@pytest.mark.parametrize(
    "text",
    ["电动自行车续航50公里以内", "最高车速不超过25km/h的电动自行车", "滨海新区的饭盒总迁移量", "e-bike test in Binhai",
     "e-bike with a range within 80 km", "压力表校准，0公里以内", "在滨海新区内部使用的压力表"],
)  # fmt: skip
def test_what_is_no_limit_of_nearness_is_none(text: str) -> None:
    assert {one.kind for one in recognise(text, TIANJIN, TODAY).chips} & {"distance", "area"} == set()


# --- arithmetic -------------------------------------------------------------------------------------------


def _by_vectors(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The angle between two directions from the centre of the earth, by cross and dot product."""

    def direction(place: tuple[float, float]) -> tuple[float, float, float]:
        phi, lam = map(math.radians, place)
        return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)

    a, b = direction(one), direction(other)
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return 6371.0088 * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))


POSITIONS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(one=POSITIONS, other=POSITIONS)
def test_a_distance_is_the_great_circle(one: tuple[float, float], other: tuple[float, float]) -> None:
    told = Place(point=one).distance_km(*other)
    assert told == pytest.approx(_by_vectors(one, other), abs=0.2, rel=1e-9)


def test_a_known_distance() -> None:
    """Beijing to Shanghai, by the coordinates of their centres: 1,067 to 1,069 km."""
    assert Place(point=(39.9042, 116.4074)).distance_km(31.2304, 121.4737) == pytest.approx(1068, abs=1.5)


def _small() -> st.SearchStrategy[list[Wanted]]:
    offer = st.tuples(st.integers(0, 200), st.integers(1, 8), st.sampled_from([0.0, 51.3, 60.0, 62.0, 80.5]))
    offers = st.dictionaries(st.integers(1, 6), offer, min_size=1, max_size=4)
    return st.lists(offers, min_size=1, max_size=4).map(
        lambda items: [
            Wanted(
                place,
                "testing",
                tuple(Candidate(key, place * 100 + key, *facts) for key, facts in item.items()),
            )
            for place, item in enumerate(items, start=1)
        ]
    )


LIMITS = st.builds(Limits, st.none() | st.integers(0, 700), st.none() | st.integers(1, 9))


@settings(max_examples=150, deadline=None)
@given(wanted=_small(), limits=LIMITS)
def test_the_least_distance_is_enough_and_nothing_less_would_be(wanted: list[Wanted], limits: Limits) -> None:
    """Against all choices: how far the farthest of each reaches, among those that keep the limits."""
    reaches = [
        max(one.km for one in choice.values()) for choice in _all_choices(wanted) if _keeps(choice, limits)
    ]  # fmt: skip
    assert least_km(wanted, limits) == min(reaches, default=None)


@settings(max_examples=150, deadline=None)
@given(wanted=_small(), limits=LIMITS, way=st.sampled_from(WAYS), km=st.sampled_from([0.0, 55.0, 62.0]))
def test_within_a_distance_too_the_choice_is_the_best_of_all(
    wanted: list[Wanted], limits: Limits, way: str, km: float
) -> None:
    near = within(wanted, km)
    if not all(item.candidates for item in near):
        return
    found = compose(near, way, limits, seconds=30)
    choices = [one for one in _all_choices(wanted) if all(candidate.km <= km for candidate in one.values())]
    possible = [choice for choice in choices if _keeps(choice, limits)]
    assert bool(possible) == (not found.relaxations)
    if possible:
        worth = _worth(way, near, possible, limits)
        assert found.choice in possible
        assert worth(found.choice) == min(map(worth, possible))


# --- plans ------------------------------------------------------------------------------------------------


def _put(organisation: Organisation, north_km: float | None) -> None:
    """So far to the north of the client."""
    latitude = None if north_km is None else HERE[0] + math.degrees(north_km / 6371.0088)
    longitude = None if north_km is None else HERE[1]
    Organisation.objects.filter(pk=organisation.pk).update(latitude=latitude, longitude=longitude)
    organisation.latitude, organisation.longitude = latitude, longitude


@pytest.fixture
def town(shop: Shop) -> Shop:
    """The client here, one laboratory 10 km away, the other 61.96 km."""
    for organisation, km in ((shop.client, 0), (shop.near, 10), (shop.far, 61.96)):
        _put(organisation, km)
    return shop


def _plan(shop: Shop, km: float | None, prefer: str = "cheapest", **changes: Any) -> Plan:
    return shop.plan(prefer, distance_km=km, **changes)


def _who(plan: Plan) -> set[tuple[str, str]]:
    return {(line.item.code, line.institution.name_zh) for line in plan.lines.select_related("item", "institution")}


def _ways_out(plan: Plan) -> list[tuple[str, float]]:
    return [(one["limit"], one["least"]) for one in plan.warnings if one["kind"] == "way_out"]


def test_who_is_too_far_away_is_told_and_not_chosen(town: Shop) -> None:
    plan = _plan(town, 50, items=["speed", "mass"])
    assert _who(plan) == {("speed", "近检测"), ("mass", "近检测")}
    considered = {one["name_zh"]: one for one in plan.lines.get(item__code="speed").considered}
    assert considered["近检测"]["able"] and not considered["远检测"]["able"]
    assert considered["远检测"]["against"] == [
        {"zh": "距离 62.0 千米，超出要求的 50 千米", "en": "62.0 km away, beyond the 50 km asked"}
    ]
    assert not plan.gaps and not _ways_out(plan)


def test_what_a_limit_makes_impossible_says_from_which_distance_on_it_would_be_possible(town: Shop) -> None:
    plan = _plan(town, 50)
    assert {item for item, _by in _who(plan)} == {"speed", "mass"}
    (gap,) = plan.gaps
    assert (gap["item"], gap["beyond"]) == ("brake", True)
    assert gap["reasons"][0]["zh"] == "最近的一家距离 62.0 千米。"
    assert _ways_out(plan) == [("distance", 62.0)]
    told = next(one for one in plan.warnings if one["kind"] == "way_out")
    assert told["en"] == "Within 62.0 km everything that is left out for its distance could be done."
    # It is no missing capacity: somebody here can.
    assert not Gap.objects.exists()
    # What is told is enough, and nothing less is.
    assert not _plan(town, 62.0).gaps
    assert _plan(town, 61.9).gaps


def test_a_budget_that_only_somebody_farther_away_would_keep_says_so(town: Shop) -> None:
    plan = _plan(town, 50, items=["speed", "mass"], budget_cents=30000)
    assert _ways_out(plan) == [("budget", 35000), ("distance", 62.0)]
    kept = _plan(town, 62, items=["speed", "mass"], budget_cents=30000)
    assert (kept.total_cents, _ways_out(kept)) == (30000, [])


def test_left_out_and_over_the_budget_each_way_out_is_told(town: Shop) -> None:
    third = make_organisation("laboratory", "120117", name="更远检测")
    _put(third, 80)
    line = make_scope_line(make_recognition(third), town.items["brake"], town.standard, family=town.family)
    assert line.price_cents == 10000
    plan = _plan(town, 50, items=["brake", "mass"], budget_cents=26000)
    # Within 62 km it can be done for 450 yuan, within 80.0 km for 250.
    assert _ways_out(plan) == [("distance", 62.0), ("distance", 80.0)]
    assert not _ways_out(_plan(town, 80, items=["brake", "mass"], budget_cents=26000))


def test_an_area_leaves_out_who_is_elsewhere(town: Shop) -> None:
    type(town.client.region).objects.filter(code__in=["120101", "120116"]).update(parent=make_region("120000"))
    plan = shop_plan(town, "120116")
    assert _who(plan) == {("speed", "远检测"), ("mass", "远检测"), ("brake", "远检测")}
    own = shop_plan(town, "own_district")
    assert town.client.region_code == town.near.region_code
    assert {by for _item, by in _who(own)} == {"近检测"}
    assert [gap["item"] for gap in own.gaps] == ["brake"]
    told = [one for one in own.warnings if one["kind"] == "way_out"]
    assert [(one["limit"], one["least"]) for one in told] == [("distance", 62.0)]
    assert told[0]["zh"].startswith("不限于")
    city = shop_plan(town, "own_city")
    assert not city.gaps


def shop_plan(shop: Shop, area: str) -> Plan:
    return shop.plan("cheapest", add=[ChipIn("area", area)])


def test_an_institution_whose_position_is_not_on_file_is_left_out_and_says_so(town: Shop) -> None:
    _put(town.far, None)
    plan = _plan(town, 50)
    (gap,) = plan.gaps
    assert gap["considered"][0]["against"][0]["zh"] == "未登记位置，无法确认距离在 50 千米以内"
    # Nobody knows how far it is: no distance is promised.
    assert _ways_out(plan) == []


def test_where_the_enterprise_is_not_on_file_its_district_stands_for_it_and_that_is_told(town: Shop) -> None:
    _put(town.client, None)
    type(town.client.region).objects.filter(code=town.client.region_code).update(latitude=HERE[0], longitude=HERE[1])
    plan = _plan(town, 50, items=["speed"])
    assert _who(plan) == {("speed", "近检测")}
    assert "代表点" in next(one["zh"] for one in plan.warnings if one["kind"] == "place")


def test_where_nobody_knows_where_the_enterprise_is_the_limit_is_told_not_to_be_kept(town: Shop) -> None:
    _put(town.client, None)
    type(town.client.region).objects.filter(code=town.client.region_code).update(latitude=None, longitude=None)
    plan = _plan(town, 1)
    assert len(_who(plan)) == 3
    assert "未能执行" in next(one["zh"] for one in plan.warnings if one["kind"] == "place")


def test_distances_count_from_the_place_that_was_named_unless_the_enterprise_is_there(town: Shop) -> None:
    other = make_region("120117")
    type(other).objects.filter(code="120117").update(latitude=HERE[0] + math.degrees(60 / 6371.0088), longitude=HERE[1])
    away = _plan(town, 5, items=["speed"], add=[ChipIn("place", "120117")])
    assert _who(away) == {("speed", "远检测")}
    own = _plan(town, 15, items=["speed"], add=[ChipIn("place", town.client.region_code)])
    assert _who(own) == {("speed", "近检测")}


def test_nobody_beyond_the_limit_is_chosen_by_hand_or_confirmed(town: Shop) -> None:
    need = town.need(distance_km=50, items=["speed"])
    plan = propose_plan(town.buyer, need)
    with pytest.raises(Invalid) as refused:
        choose_institution(town.buyer, plan, position=1, scope_line=town.lines["far", "speed"])
    assert "62.0" in str(refused.value.errors[0].message)
    _put(town.near, 70)
    with pytest.raises(Conflict):
        confirm_plan(town.buyer, plan, contact="张工")


def test_a_limit_is_added_changed_and_taken_away(town: Shop) -> None:
    need = town.need("电动自行车检测，50公里以内")
    assert propose_plan(town.buyer, need).gaps
    revise_need(town.buyer, need, revision=Revision(distance_km=80))
    assert not propose_plan(town.buyer, need).gaps
    revise_need(town.buyer, need, revision=Revision(remove=[("distance", "80")]))
    assert not propose_plan(town.buyer, need).gaps
    for wrong in ("0", "-1", "30000", "far", "1e3"):
        with pytest.raises(Invalid):
            revise_need(town.buyer, need, revision=Revision(add=[ChipIn("distance", wrong)]))
    with pytest.raises(Invalid):
        revise_need(town.buyer, need, revision=Revision(add=[ChipIn("area", "999999")]))


def test_the_box_and_the_steps_take_a_distance(town: Shop) -> None:
    answer = browse().get("/needs/new/", {"text": "电动自行车检测", "distance": "50"})
    assert "add=distance%3A50" in answer["Location"]
    assert "50 千米以内" in browse().get(answer["Location"]).content.decode()
    assert browse().get("/needs/new/", {"text": "电动自行车检测", "distance": "far"}).status_code == 422
    done = browse().get("/needs/guided/", {"family": "product:ebike", "distance": "12.5", "done": "1"})
    assert "distance%3A12.5" in done["Location"]


def test_no_plan_names_an_institution_beyond_the_distance(town: Shop) -> None:
    laboratories = [town.near, town.far, *(make_organisation("laboratory") for _one in range(4))]
    for laboratory in laboratories[2:]:
        recognition = make_recognition(laboratory)
        for item in town.items.values():
            make_scope_line(recognition, item, town.standard, family=town.family)
    for seed in range(16):
        chance = Random(seed)
        placed = {}
        for laboratory in laboratories:
            km = chance.choice([None, chance.uniform(0, 100)])
            _put(laboratory, km)
            placed[laboratory.pk] = km
        most = chance.uniform(5, 90)
        plan = _plan(town, round(most, 1), chance.choice(Plan.Prefer.values))
        for line in plan.lines.all():
            km = placed[line.institution_id]
            assert km is not None, seed
            assert km <= round(most, 1) + 1e-6, seed
        reach = [one for one in _ways_out(plan) if one[0] == "distance"]
        able = {key for key, km in placed.items() if km is not None and km <= round(most, 1)}
        # Every one of the four others does everything.
        assert bool(plan.gaps) == (not able - {town.near.pk, town.far.pk} and town.far.pk not in able), seed
        if plan.gaps and reach:
            farther = [km for key, km in placed.items() if km is not None and key != town.near.pk]
            assert reach[0][1] == up(min(farther)), seed


def test_the_deadline_and_the_distance_are_kept_together(town: Shop) -> None:
    plan = _plan(town, 50, items=["speed"], deadline=timezone.localdate() + timedelta(days=60))
    assert _who(plan) == {("speed", "近检测")} and not plan.warnings
