"""Outcomes of zones are released by closed quarter, and nobody subtracts a single member out of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from unittest import mock

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.domains.services.services import state_need
from quanheng.domains.stations import queries, services
from quanheng.domains.stations.models import Zone, ZoneMember, ZoneRelease
from quanheng.domains.stations.releasing import FEWEST, after, before, quarter_of, standing
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict
from tests.browse import browse
from tests.world import make_organisation

LAST = before(quarter_of(timezone.localdate()))
FIRMS, ZONES, QUARTERS = 6, 3, 3
firms = st.frozensets(st.integers(1, FIRMS))


def at(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(firms, firms), min_size=ZONES * QUARTERS, max_size=ZONES * QUARTERS),
)
def test_no_two_figures_differ_by_the_records_of_one_or_two(
    members: list[tuple[frozenset[int], frozenset[int]]],
) -> None:
    """Whoever is a member where and when, and whoever lets the operator see its figures: a figure is the set of the
    records that it counts, and what remains of two of them is nothing, or of three organisations at least."""
    published: list[tuple[frozenset[tuple[int, int]], frozenset[int]]] = []
    for quarter in range(QUARTERS):
        here: list[frozenset[int]] = []
        for zone in range(ZONES):
            cohort, shown = members[quarter * ZONES + zone]
            if standing(cohort, shown, here) == "published":
                here.append(cohort)
                published.append((frozenset((firm, quarter) for firm in cohort), shown))
    for records, shown in published:
        # The operator takes away what it may see of single members.
        assert len({firm for firm, _quarter in records} - shown) >= FEWEST
    for (one, _), (other, _) in combinations(published, 2):
        left = {firm for firm, _quarter in one ^ other}
        assert not left or len(left) >= FEWEST


def zone_of(counter: Counter, *organisations: object, name: str = "示范园区", shown: bool = False) -> Zone:
    """A zone whose members were there for all of the last quarter and before."""
    zone = counter.zone(name)
    Zone.objects.filter(pk=zone.pk).update(created_at=at(LAST - timedelta(days=1)))
    for one in organisations:
        ZoneMember.objects.create(zone=zone, organisation=one, state="joined", joined_on=LAST, shown=shown)
    zone.refresh_from_db()
    return zone


def test_a_quarter_is_counted_once_over_those_who_were_there_for_all_of_it(counter: Counter) -> None:
    shop = counter.shop
    zone = zone_of(counter, shop.client, shop.other, make_organisation())
    for moment in (
        at(LAST - timedelta(days=1)),
        at(LAST, 0),
        at(after(LAST) - timedelta(days=1), 23),
        at(after(LAST), 0),
    ):
        with mock.patch.object(timezone, "now", lambda moment=moment: moment):
            state_need(shop.buyer, shop.client, text="玩具检测")
    late = make_organisation()
    ZoneMember.objects.create(zone=zone, organisation=late, state="joined", joined_on=LAST + timedelta(days=1))
    left = ZoneMember.objects.create(zone=zone, organisation=make_organisation(), state="left", joined_on=LAST)
    ZoneMember.objects.filter(pk=left.pk).update(left_on=LAST + timedelta(days=9))
    with pytest.raises(Conflict, match="尚未结束"):
        services.release_outcomes(Actor.platform(), zone, quarter=quarter_of(timezone.localdate()))
    assert services.release_due() == 1
    (release,) = queries.releases(zone)
    assert (release.state, release.members, release.needs, release.mean_stars) == ("published", 3, 2, None)
    # Nobody who leaves, joins or is shown later changes what was released.
    ZoneMember.objects.filter(zone=zone).update(state="left", left_on=timezone.localdate())
    assert services.release_due() == 0
    with pytest.raises(Conflict, match="已公布"):
        services.release_outcomes(Actor.platform(), zone, quarter=LAST)
    page = browse().get(f"/zones/{zone.uid}/").content.decode()
    assert "季度" in page and "提出的需求" in page
    told = browse().get(f"/api/v1/zones/{zone.uid}").json()["outcomes"]
    assert [(one["quarter"], one["needs"], "cohort" in one) for one in told] == [(LAST.isoformat(), 2, False)]


def test_what_would_tell_of_one_member_is_withheld(counter: Counter) -> None:
    three = [make_organisation() for _ in range(3)]
    zone_of(counter, *three[:2], name="两家")
    # The operator sees two of the three by their own consent: the sum would tell it of the third.
    seen = zone_of(counter, *three, name="看得见")
    ZoneMember.objects.filter(zone=seen, organisation__in=three[:2]).update(shown=True)
    zone_of(counter, *three, name="三家")
    zone_of(counter, *three, make_organisation(), name="多一家")
    assert services.release_due() == 4
    found = {one.zone.name_zh: (one.state, one.needs) for one in ZoneRelease.objects.select_related("zone")}
    assert found == {
        "两家": ("few", None),
        "看得见": ("few", None),
        "三家": ("published", 0),
        "多一家": ("close", None),
    }
    other = Zone.objects.get(name_zh="多一家")
    assert "过于接近" in browse().get(f"/zones/{other.uid}/").content.decode()
