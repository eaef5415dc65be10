"""What nobody here can do is kept for planners: once for each need, met when somebody can."""

from __future__ import annotations

import pytest
from django.utils import timezone

from quanheng.domains.services import queries
from quanheng.domains.services.models import Gap
from quanheng.domains.services.services import propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import Recognition, ScopeLine
from tests.browse import browse
from tests.world import make_actor, make_organisation, make_scope_line


def _kept() -> list[tuple[str, str, int, bool]]:
    rows = Gap.objects.select_related("item").order_by("id")
    return [(one.item.code, one.activity, one.nearly, one.met_on is None) for one in rows]


def test_what_a_plan_lacks_is_kept_once_however_often_it_is_planned(shop: Shop) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    need = shop.need()
    for _turn in range(2):
        propose_plan(shop.buyer, need)
    assert _kept() == [("brake", "testing", 0, True)]
    (gap,) = Gap.objects.all()
    assert (gap.organisation, gap.family, gap.since) == (shop.client, shop.family, timezone.localdate())


def test_institutions_that_nearly_can_are_counted(shop: Shop) -> None:
    Recognition.objects.filter(organisation=shop.far).update(valid_until=timezone.localdate().replace(year=2020))
    propose_plan(shop.buyer, shop.need(items=["brake"]))
    assert _kept() == [("brake", "testing", 1, True)]


def test_it_is_met_when_a_later_plan_has_somebody_for_it(shop: Shop) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    need = shop.need(items=["brake"])
    propose_plan(shop.buyer, need)
    make_scope_line(
        shop.near.recognitions.get(), shop.items["brake"], shop.standard, family=shop.family, price_cents=1, days=1
    )
    propose_plan(shop.buyer, need)
    assert _kept() == [("brake", "testing", 0, False)]
    Recognition.objects.update(valid_until=timezone.localdate().replace(year=2020))
    propose_plan(shop.buyer, need)
    assert _kept() == [("brake", "testing", 1, True)]


def test_planners_see_what_most_enterprises_wait_for(shop: Shop) -> None:
    ScopeLine.objects.filter(item__code__in=["brake", "mass"]).delete()
    propose_plan(shop.buyer, shop.need(items=["brake", "mass"]))
    propose_plan(shop.buyer, shop.need(items=["brake"]))
    city = make_organisation("regulator", "120000", name="市局")
    planner = make_actor((city, "planner"))
    found = [(one.item.code, one.enterprises, one.needs) for one in queries.most_missed(planner)]
    assert found == [("brake", 1, 2), ("mass", 1, 1)]
    assert queries.most_missed(Actor.nobody()) == queries.most_missed(shop.stranger) == []
    assert queries.gaps(shop.buyer).count() == 3


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_leads_from_an_item_to_who_waits_for_it(shop: Shop, language: str) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    propose_plan(shop.buyer, shop.need(items=["brake"]))
    client = browse(shop.buyer, language)
    page = client.get("/gaps/").content.decode()
    assert "/gaps/?status=open&amp;q=brake" in page
    waiting, met = (client.get(f"/gaps/?status={status}&q=brake").content.decode() for status in ("open", "met"))
    row = shop.items["brake"].name_en if language == "en" else shop.items["brake"].name_zh
    assert waiting.count(row) > met.count(row)
