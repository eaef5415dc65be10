"""What the page of a plan shows of time, place and comparison: the same facts as its tables, without a script."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from quanheng.domains.services.models import Plan
from quanheng.domains.services.outlines import outlines, simplified
from quanheng.domains.services.placing import WIDTH
from quanheng.domains.services.services import propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.cases import running
from quanheng.kernel.parties.models import Organisation
from tests.browse import browse
from tests.world import make_recognition, make_rules

HANDLING = 7
HERE = (39.12, 117.20)


def _put(organisation: Organisation, north: float, east: float = 0.0) -> None:
    """So many kilometres north and east of the centre of the city."""
    latitude = HERE[0] + math.degrees(north / 6371.0088)
    longitude = HERE[1] + math.degrees(east / 6371.0088 / math.cos(math.radians(HERE[0])))
    Organisation.objects.filter(pk=organisation.pk).update(latitude=latitude, longitude=longitude)
    organisation.latitude, organisation.longitude = latitude, longitude


@pytest.fixture
def town(shop: Shop) -> Shop:
    for organisation, north, east in ((shop.client, 0, 0), (shop.near, 10, 0), (shop.far, 0, 40)):
        _put(organisation, north, east)
    make_rules("certification.")
    make_recognition(shop.near, "certifier")
    return shop


def _page(shop: Shop, plan: Plan, language: str = "zh-hans") -> Any:
    page = browse(shop.buyer, language).get(f"/proposals/{plan.uid}/")
    assert page.status_code == 200
    return page


def _svgs(page: Any) -> list[ElementTree.Element]:
    """Every picture of the page, which must be well-formed."""
    found = re.findall(r"<svg[^>]*>(?:(?!</svg>).)*</svg>", page.content.decode(), re.S)
    return [ElementTree.fromstring(one) for one in found]


# --- time -------------------------------------------------------------------------------------------------


def test_the_steps_stand_in_order_with_their_working_days(town: Shop) -> None:
    day, calendar = timezone.localdate(), running.calendar()
    plan = propose_plan(town.buyer, town.need("电动自行车做检测和CCC认证"), prefer="cheapest")
    time = _page(town, plan).context["time"]
    assert [one.kind for one in time.parts] == ["send", "order", "order", "certificate"]
    send, first, second, certificate = time.parts
    # Accepted within two working days, then ten to bring the samples; that counts towards nothing.
    assert (send.first, send.counts) == (calendar.add_workdays(day, 2), False)
    assert send.last == calendar.add_workdays(send.first, 10)
    for order, days in ((first, 9), (second, 4)):
        assert order.first == calendar.add_workdays(day, 1)
        assert (order.last, order.workdays) == (calendar.add_workdays(day, days + HANDLING), days + HANDLING)
    assert certificate.first == calendar.add_workdays(first.last, 1)
    assert certificate.last.isoformat() == plan.certification[0]["ends_on"]
    assert (time.end, time.margin, time.deadline) == (certificate.last, None, None)


def test_the_margin_is_counted_in_working_days_and_lateness_is_a_word(town: Shop) -> None:
    ready = running.calendar().add_workdays(timezone.localdate(), 4 + HANDLING)
    for more, margin, word in ((3, 3, "余 3 个工作日"), (0, 0, "余 0 个工作日")):
        wanted = running.calendar().add_workdays(ready, more)
        page = _page(town, town.plan("fastest", items=["speed"], deadline=wanted))
        assert page.context["time"].margin == margin
        assert word in page.content.decode()
    late = running.calendar().add_workdays(timezone.localdate(), 4 + HANDLING - 2)
    page = _page(town, town.plan("fastest", items=["speed"], deadline=late))
    order = next(one for one in page.context["time"].parts if one.kind == "order")
    assert (order.late, page.context["time"].margin) == (2, -2)
    assert "晚 2 个工作日" in page.content.decode() and order.over_width


def test_bars_stand_where_their_days_are(town: Shop) -> None:
    wanted = timezone.localdate() + timedelta(days=30)
    time = _page(town, town.plan("fewest", deadline=wanted)).context["time"]
    for one in time.parts:
        assert float(one.left) >= 0 and float(one.left) + float(one.width) <= 100.01
    by_start = sorted(time.parts, key=lambda one: one.first)
    assert [float(one.left) for one in by_start] == sorted(float(one.left) for one in by_start)
    assert 0 < float(time.mark) <= 100 and 2 <= len(time.ticks) <= 7
    # Weekends and holidays, each run once.
    assert all(float(width) > 0 for _left, width in time.rests)


@pytest.mark.parametrize("days", [3000, -400])
def test_a_day_far_away_does_not_squeeze_the_picture(town: Shop, days: int) -> None:
    need = town.need()
    need.deadline = timezone.localdate() + timedelta(days=days)
    need.save()
    page = _page(town, propose_plan(town.buyer, need))
    assert page.context["time"].mark == ""
    assert need.deadline.isoformat() in page.content.decode()


def test_what_nobody_knows_is_an_open_bar(shop: Shop) -> None:
    make_recognition(shop.near, "certifier")
    need = shop.need("电动自行车做检测和CCC认证", deadline=timezone.localdate() + timedelta(days=90))
    page = _page(shop, propose_plan(shop.buyer, need))
    time = page.context["time"]
    assert (time.parts[-1].last, time.end, time.margin) == (None, None, None)
    assert "gantt-bar certificate open" in page.content.decode()


def test_a_plan_kept_before_there_was_a_timeline_still_has_one(town: Shop) -> None:
    plan = town.plan()
    Plan.objects.filter(pk=plan.pk).update(schedule={}, certification=[])
    page = _page(town, plan)
    assert [one.kind for one in page.context["time"].parts] == ["order", "order"]
    assert page.context["map"] is None


# --- place ------------------------------------------------------------------------------------------------


def test_everybody_who_was_considered_is_on_the_map_with_the_distance(town: Shop) -> None:
    page = _page(town, town.plan("cheapest", distance_km=20))
    marks = {one.name["name_zh"]: one for one in page.context["map"].marks}
    assert {name: one.kind for name, one in marks.items()} == {
        "示范车业": "firm", "近检测": "chosen", "远检测": "unable",
    }  # fmt: skip
    assert marks["近检测"].km == pytest.approx(10, abs=0.01)
    assert marks["远检测"].km == pytest.approx(40, abs=0.05)
    firm, near, far = (marks[name] for name in ("示范车业", "近检测", "远检测"))
    # North is up, east is right, and the scale bar measures both.
    bar = float(page.context["map"].bar) / float(page.context["map"].bar_km)
    assert (float(firm.y) - float(near.y)) / bar == pytest.approx(10, rel=0.02)
    assert (float(far.x) - float(firm.x)) / bar == pytest.approx(40, rel=0.02)
    assert float(page.context["map"].circle) / bar == pytest.approx(20, rel=0.02)
    for one in marks.values():
        assert 0 < float(one.x) < WIDTH and 0 < float(one.y) < page.context["map"].height


def test_who_is_not_on_file_is_in_the_table_alone(town: Shop) -> None:
    Organisation.objects.filter(pk=town.far.pk).update(latitude=None, longitude=None)
    page = _page(town, town.plan("fewest"))
    mark = next(one for one in page.context["map"].marks if one.name["name_zh"] == "远检测")
    assert (mark.x, mark.km) == ("", None)
    assert "位置未登记" in page.content.decode()


def test_where_no_position_is_on_file_there_is_no_map(shop: Shop) -> None:
    assert _page(shop, shop.plan()).context["map"] is None


def test_the_pictures_are_well_formed_in_both_languages(town: Shop) -> None:
    plan = town.plan("cheapest", distance_km=80, deadline=timezone.localdate() + timedelta(days=20))
    for language in ("zh-hans", "en"):
        page = _page(town, plan, language)
        assert len(_svgs(page)) > 5
        html = page.content.decode()
        assert "style=" not in html.split("<main")[1].split("</main>")[0]
        assert "http://" not in re.sub(r'xmlns="[^"]*"', "", html.split("<main")[1].split("</main>")[0])


def test_outlines_are_simplified_without_moving_them_further_than_told() -> None:
    ring = [(math.cos(angle / 50), math.sin(angle / 50)) for angle in range(314)]
    ring.append(ring[0])
    drawn = simplified(ring, 0.01)
    assert drawn[0] == ring[0] and drawn[-1] == ring[-1]
    assert len(drawn) < 40
    # On a circle the farthest that a chord leaves is its sagitta.
    for a, b in pairwise(drawn):
        half = math.dist(a, b) / 2
        assert 1 - math.sqrt(max(0, 1 - half * half)) <= 0.0101


def test_the_districts_of_the_city_are_drawn_with_their_codes() -> None:
    found = outlines(0.004)
    assert len(found) == 16 and all(one.code.startswith("12") and one.path.startswith("M") for one in found)
    assert sum(len(one.path) for one in found) < 20_000


# --- comparison -------------------------------------------------------------------------------------------


def test_the_table_tells_what_each_would_cost_and_why_it_cannot(town: Shop) -> None:
    page = _page(town, town.plan("cheapest", distance_km=20))
    table = page.context["matrix"]
    assert [one["name_zh"] for one in table.institutions] == ["近检测"]
    plan = town.plan("cheapest")
    table = _page(town, plan).context["matrix"]
    feet = {one["name_zh"]: foot for one, foot in zip(table.institutions, table.feet, strict=True)}
    assert (feet["近检测"].able, feet["近检测"].cents) == (2, 35000)
    assert (feet["远检测"].able, feet["远检测"].cents) == (3, 61000)
    assert feet["远检测"].km == pytest.approx(40, abs=0.05)


def test_who_cannot_do_an_item_is_told_beside_the_table(town: Shop) -> None:
    line = town.lines["near", "mass"]
    type(line).objects.filter(pk=line.pk).update(valid_until=date(2021, 1, 1))
    page = _page(town, town.plan("cheapest"))
    ((institution, reasons),) = page.context["matrix"].refused
    assert institution["name_zh"] == "近检测"
    assert [item.code for item, _why in reasons] == ["mass"]
    assert "2021-01-01" in reasons[0][1][0]["zh"]


def test_each_line_says_how_sure_its_requirement_is(town: Shop) -> None:
    from quanheng.kernel.requirements.models import Requirement

    Requirement.objects.filter(item__code="speed").update(confidence="secondary")
    html = _page(town, town.plan()).content.decode()
    assert "依据: 二手来源" in html and "依据: 已核对" in html
    assert "Basis: Secondary source" in _page(town, town.plan(), "en").content.decode()
