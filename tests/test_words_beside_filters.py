"""Words and filters of a list together: what the search index decides is what the filter alone would decide."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.services import correct_registration
from tests import world
from tests.browse import browse

pytestmark = pytest.mark.django_db

LIST = "/api/v1/registers/scope-lines"


def shown(**asked: str) -> set[str]:
    """The public names of all lines that a list shows, page after page."""
    client, found, cursor = browse(), set[str](), ""
    while True:
        answer = client.get(LIST, {**asked, "limit": "3", **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.content
        page: dict[str, Any] = answer.json()
        names = [one["uid"] for one in page["items"]]
        assert not found.intersection(names)
        found.update(names)
        cursor = page["next"]
        if not cursor:
            return found


def a_city() -> None:
    families = [world.make_family(code, name) for code, name in (("gauge", "压力表"), ("pump", "水泵"))]
    items = [world.make_item("pressure_a", "压力示值误差"), world.make_item("speed_a", "转速")]
    method = world.make_standard("GB/T 100-2018")
    for region, scheme in (("120101", "CMA"), ("120116", "CMA"), ("120116", "CNAS")):
        held = world.make_recognition(world.make_organisation("laboratory", region), scheme)
        for family, item, activity in product(families, items, ("testing", "inspection")):
            world.make_scope_line(held, item, method, family=family, activity=activity)


def test_a_word_and_filters_find_what_each_of_them_finds() -> None:
    a_city()
    lines = list(ScopeLine.objects.select_related("organisation", "family", "item"))
    for region, scheme, family, activity in product(
        ("", "120000", "120101", "120116", "210100"), ("", "CNAS"), ("", "pump"), ("", "inspection")
    ):
        asked = {"q": "压力", "region": region, "scheme": scheme, "family": family, "activity": activity}
        expected = {
            one.uid
            for one in lines
            if ("压力" in one.item.name_zh or (one.family and "压力" in one.family.name_zh))
            and one.region_code.startswith(region.rstrip("0") if region.endswith("0") else region)
            and (not scheme or one.scheme == scheme)
            and (not family or (one.family and one.family.code == family))
            and (not activity or one.activity == activity)
        }
        assert shown(**{name: value for name, value in asked.items() if value}) == expected, asked


def test_lines_are_found_where_their_institution_has_moved_to() -> None:
    lab = world.make_organisation("laboratory", "120101")
    there = world.make_organisation("laboratory", "120116").region
    item, method = world.make_item("pressure_b", "压力示值误差"), world.make_standard("GB/T 101-2018")
    line = world.make_scope_line(world.make_recognition(lab), item, method)
    assert shown(q="压力", region="120101") == {line.uid} and not shown(q="压力", region="120116")
    correct_registration(Actor.platform(), lab, reason="迁址", region=there)
    assert shown(q="压力", region="120116") == {line.uid} and not shown(q="压力", region="120101")


def test_a_filter_beside_a_word_is_still_looked_at() -> None:
    a_city()
    for wrong in ({"region": "12"}, {"activity": "nothing"}, {"scheme": "nothing"}):
        assert browse().get(LIST, {"q": "压力", **wrong}).status_code == 422, wrong
    # What is no word at all finds nothing; blanks are no text, and the filter decides by itself.
    assert not shown(q="，", region="120101") and len(shown(q=" ", region="120101")) == 8
