"""The four ways of one plan side by side are what each would be by itself."""

from __future__ import annotations

import math
from datetime import timedelta

from django.utils import timezone

from quanheng.domains.services.models import Plan
from quanheng.domains.services.services import choose_institution, propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.parties.models import Organisation
from tests.browse import browse


def test_what_is_told_of_a_way_is_the_plan_that_it_would_make(shop: Shop) -> None:
    need = shop.need(budget_cents=61000, deadline=timezone.localdate() + timedelta(days=60))
    plans = {prefer: propose_plan(shop.buyer, need, prefer=prefer) for prefer in Plan.Prefer.values}
    for plan in plans.values():
        told = {one["prefer"]: one for one in plan.schedule["ways"]}
        assert set(told) == set(Plan.Prefer.values)
        for prefer, other in plans.items():
            lines = other.lines.all()
            assert (told[prefer]["total_cents"], told[prefer]["days"]) == (other.total_cents, other.days)
            assert told[prefer]["ready_on"] == other.ready_on.isoformat()
            assert told[prefer]["institutions"] == len({line.institution_id for line in lines})


def test_the_farthest_institution_is_told_where_all_are_on_file(shop: Shop) -> None:
    assert {one["km"] for one in shop.plan().schedule["ways"]} == {None}
    for organisation, km in ((shop.client, 0), (shop.near, 10), (shop.far, 62)):
        north = 39.12 + math.degrees(km / 6371.0088)
        Organisation.objects.filter(pk=organisation.pk).update(latitude=north, longitude=117.2)
        organisation.latitude, organisation.longitude = north, 117.2
    assert [one["km"] for one in shop.plan().schedule["ways"]] == [62.0] * 4
    assert [one["km"] for one in shop.plan(items=["speed", "mass"]).schedule["ways"]][2] == 10.0


def test_the_page_shows_them_and_leads_to_each(shop: Shop) -> None:
    plan = shop.plan("cheapest")
    page = browse(shop.buyer).get(f"/proposals/{plan.uid}/")
    told = {way["prefer"]: (current, best) for way, _name, current, best in page.context["ways"]}
    assert [prefer for prefer, (current, _best) in told.items() if current] == ["cheapest"]
    assert told["cheapest"][1]["total_cents"] and not told["fewest"][1]["total_cents"]
    assert told["fewest"][1]["institutions"]
    html = page.content.decode()
    assert html.count(f'action="/needs/{plan.need.uid}/propose/"') == 3
    # Who may not act for the enterprise is offered nothing to press.
    choose_institution(shop.buyer, plan, position=1, scope_line=shop.lines["near", "speed"])
    assert "这里仍是生成时的数字" in browse(shop.buyer).get(f"/proposals/{plan.uid}/").content.decode()


def test_a_plan_of_nothing_compares_nothing(shop: Shop) -> None:
    plan = propose_plan(shop.buyer, shop.need("你好"))
    assert plan.schedule["ways"] == []
    assert browse(shop.buyer).get(f"/proposals/{plan.uid}/").status_code == 200
