"""A zone grows by consent of both sides; its outcomes are counted, and nobody is told of a single member."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.domains.stations import queries, services
from quanheng.domains.stations.models import Zone, ZoneMember
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.models import Organisation
from tests.browse import browse
from tests.world import make_actor, make_organisation


def boss_of(organisation: Organisation) -> Actor:
    return make_actor((organisation, "administrator"), (organisation, "member"))


def member(counter: Counter, zone: Zone, organisation: Organisation, **allows: bool) -> ZoneMember:
    invited = services.invite_to_zone(counter.manager, zone, organisation=organisation)
    return services.join_zone(boss_of(organisation), invited, **allows)


def test_a_zone_is_entered_from_above_and_kept_by_its_operator(counter: Counter) -> None:
    zone = counter.zone()
    with pytest.raises(Invalid, match="同名"):
        counter.zone()
    with pytest.raises(Denied):
        services.register_zone(counter.elsewhere, counter.region, operator=counter.operator, name_zh="x")
    services.change_zone(counter.manager, zone, reason="扩区", hectares=300)
    zone.refresh_from_db()
    assert (zone.hectares, zone.name_zh) == (300, "示范园区")
    for facts, field in (({"hectares": -1}, "hectares"), ({"name_zh": ""}, "name_zh"), ({"operator": 1}, "operator")):
        with pytest.raises(Invalid) as refused:
            services.change_zone(counter.manager, zone, reason="x", **facts)
        assert refused.value.errors[0].field == field


def test_nobody_is_a_member_without_both_sides(counter: Counter) -> None:
    zone, firm = counter.zone(), counter.shop.client
    boss = boss_of(firm)
    invited = services.invite_to_zone(counter.manager, zone, organisation=firm)
    assert Notice.objects.filter(organisation=firm, entry__act="stations.zone.invite").exists()
    with pytest.raises(Denied):
        services.join_zone(counter.manager, invited)
    with pytest.raises(Conflict, match="没有待批准"):
        services.admit_member(counter.manager, invited)
    with pytest.raises(Conflict, match="已在办理"):
        services.ask_to_join(boss, firm, zone=zone)
    services.join_zone(boss, invited, named=True)
    with pytest.raises(Conflict, match="他人办理"):
        services.join_zone(boss, invited)

    other, theirs = counter.shop.other, counter.shop.stranger
    asked = services.ask_to_join(theirs, other, zone=zone, named=True)
    with pytest.raises(Denied):
        services.admit_member(theirs, asked)
    services.admit_member(counter.manager, asked)
    with pytest.raises(Conflict):
        services.admit_member(counter.manager, asked)
    assert set(queries.joined(zone).values_list("organisation", flat=True)) == {firm.pk, other.pk}
    with pytest.raises(Conflict, match="监管部门"):
        services.invite_to_zone(counter.manager, zone, organisation=counter.bureau)


def test_either_side_parts_with_the_reason_and_may_begin_anew(counter: Counter) -> None:
    zone, firm = counter.zone(), counter.shop.client
    one = member(counter, zone, firm, named=True, shown=True)
    with pytest.raises(Invalid, match="理由"):
        services.part_from_zone(counter.manager, one, reason="")
    services.part_from_zone(counter.manager, one, reason="迁出")
    one.refresh_from_db()
    assert (one.state, one.named, one.shown) == ("left", False, False)
    with pytest.raises(Conflict):
        services.part_from_zone(boss_of(firm), one, reason="x")
    again = services.invite_to_zone(counter.manager, zone, organisation=firm)
    assert again == one and again.state == "invited"
    services.part_from_zone(boss_of(firm), again, reason="不加入")
    assert not queries.joined(zone).exists()


def test_a_count_opens_to_what_the_reader_may_see(counter: Counter) -> None:
    zone, shop = counter.zone(), counter.shop
    for one in (shop.client, shop.other, make_organisation()):
        member(counter, zone, one)
    shop.commission()
    address = f"/zones/{zone.uid}/records"
    assert "电动自行车做检测" in browse(shop.buyer).get(f"{address}/needs/").content.decode()
    for blind in (shop.stranger, counter.manager):
        page = browse(blind).get(f"{address}/needs/").content.decode()
        assert "电动自行车做检测" not in page and "没有您有权查看的记录" in page
    for kind in ("needs", "commissions", "reports", "gaps", "ratings"):
        assert browse(shop.buyer).get(f"{address}/{kind}/").status_code == 200
    assert browse().get(f"{address}/needs/").status_code in (302, 401)
    # The laboratory sees its orders, but is not told by them who is a member and would not be named.
    assert not queries.records(make_actor((shop.near, "member")), zone, "reports").exists()


def test_the_operator_sees_of_a_member_what_it_allows(counter: Counter) -> None:
    zone, firm = counter.zone(), counter.shop.client
    one = member(counter, zone, firm)
    counter.shop.need()
    boss = boss_of(firm)
    assert queries.own_figures(boss, one).needs == 1
    with pytest.raises(NotFound):
        queries.own_figures(counter.manager, one)
    assert firm.name_zh not in browse().get(f"/zones/{zone.uid}/").content.decode()
    services.settle_consent(boss, one, named=True, shown=True)
    one = queries.member_by_uid(counter.manager, one.uid)
    assert queries.own_figures(counter.manager, one).needs == 1
    assert firm.name_zh in browse().get(f"/zones/{zone.uid}/").content.decode()
    with pytest.raises(Denied):
        services.settle_consent(counter.manager, one, named=True, shown=True)
    with pytest.raises(NotFound):
        queries.own_figures(counter.officer, one)


def test_institutions_serve_there_by_consent_too(counter: Counter) -> None:
    zone, shop = counter.zone(), counter.shop
    member(counter, zone, shop.near, named=True)
    station = counter.station(zone=zone.name_zh)
    page = queries.zone_page(Actor.nobody(), zone.uid)
    assert [one.pk for one in page.institutions] == [shop.near.pk]
    assert [one.pk for one in page.stations] == [station.pk]
    assert not page.members


def test_the_walk_of_a_zone_on_pages_and_over_the_api(counter: Counter) -> None:
    officer, manager = browse(counter.officer), browse(counter.manager)
    firm = browse(boss_of(counter.shop.client))
    given = {"region": "120101", "operator": counter.operator.name_zh, "name_zh": "页面园区"}
    assert officer.post("/zones/new/", {**given, "name_zh": ""}).status_code == 422
    assert manager.post("/zones/new/", given).status_code == 403
    answer = officer.post("/zones/new/", given)
    zone = Zone.objects.get()
    here = f"/zones/{zone.uid}/"
    assert answer["Location"] == here
    assert manager.post(f"{here}invite/", {"firm": "没有的"}).status_code == 422
    assert manager.post(f"{here}invite/", {"firm": counter.shop.client.uscc}).status_code == 302
    one = ZoneMember.objects.get()
    assert "接受" in firm.get(here).content.decode()
    assert firm.post(f"/zones/members/{one.uid}/join/", {"named": "on"}).status_code == 302
    assert firm.get(f"/zones/members/{one.uid}/figures/").status_code == 200
    assert manager.get(f"/zones/members/{one.uid}/figures/").status_code == 404
    other = browse(counter.shop.stranger)
    assert other.post(f"{here}apply/", {"organisation": counter.shop.other.uid}).status_code == 302
    asked = ZoneMember.objects.get(state="asked")
    assert manager.post(f"/zones/members/{asked.uid}/admit/").status_code == 302
    assert manager.post(f"/zones/members/{asked.uid}/part/", {"reason": ""}).status_code == 422
    assert manager.post(f"/zones/members/{asked.uid}/part/", {"reason": "迁出"}).status_code == 302
    assert manager.post(f"{here}change/", {"name_zh": "页面园区", "hectares": "5", "reason": "量"}).status_code == 302

    json = {"content_type": "application/json"}
    shown = browse().get(f"/api/v1/zones/{zone.uid}").json()
    assert (shown["members"], shown["hectares"], shown["outcomes"]) == (1, 5, [])
    assert [row["uid"] for row in shown["named_members"]] == [counter.shop.client.uid]
    assert browse().get(f"/api/v1/zones/{zone.uid}/members").json()["items"] == []
    assert len(manager.get(f"/api/v1/zones/{zone.uid}/members").json()["items"]) == 2
    again = other.post(f"/api/v1/zones/{zone.uid}/apply", {"organisation": counter.shop.other.uid}, **json)
    assert again.status_code == 201, again.content
    uid = again.json()["uid"]
    assert manager.post(f"/api/v1/zones/members/{uid}/admit", **json).json()["state"] == "joined"
    allowed = other.put(f"/api/v1/zones/members/{uid}/consent", {"shown": True}, **json)
    assert allowed.json()["shown"]
    assert manager.get(f"/api/v1/zones/members/{uid}/figures").json()["needs"] == 0
    assert other.post(f"/api/v1/zones/members/{uid}/part", {"reason": "走"}, **json).json()["state"] == "left"


def test_a_zone_page_costs_the_same_however_many_members(counter: Counter) -> None:
    zone, manager = counter.zone(), browse(counter.manager)
    member(counter, zone, make_organisation(), named=True)
    manager.get(f"/zones/{zone.uid}/")
    with CaptureQueriesContext(connection) as one:
        assert manager.get(f"/zones/{zone.uid}/").status_code == 200
    for _ in range(6):
        member(counter, zone, make_organisation(), named=True)
    with CaptureQueriesContext(connection) as seven:
        assert manager.get(f"/zones/{zone.uid}/").status_code == 200
    assert len(seven) == len(one) <= 15
