"""The register of stations: who enters one, what is asked of it, how it closes, and how it comes in by file."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from quanheng.domains.stations import queries, services
from quanheng.domains.stations.imports import STATIONS
from quanheng.domains.stations.models import Station
from quanheng.domains.stations.offers import joined, named, offers
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.region.models import Region
from tests.browse import browse
from tests.world import make_actor, make_organisation, make_region


def test_every_offer_names_the_document_that_asks_for_it() -> None:
    assert len(offers()) >= 6
    for one in offers().values():
        assert one.name_zh and one.name_en and one.source and one.confidence == "confirmed"
    assert joined(["testing", "consulting", "testing"]) == " consulting testing "
    assert [str(one) for one in named(" testing ")] == ["检验检测受理"]
    with pytest.raises(Invalid, match="没有这种服务"):
        joined(["haircut"])


def test_the_regulator_of_the_region_enters_a_station(counter: Counter) -> None:
    station = counter.station()
    assert (station.region_code, station.offers, station.synthetic) == ("120101", " consulting testing ", False)
    entry = Entry.objects.get(act="stations.station.register")
    assert entry.facts["made"]["name_zh"] == "示范站"
    for stranger in (counter.elsewhere, counter.manager, counter.shop.buyer):
        with pytest.raises(Denied):
            services.register_station(stranger, counter.region, operator=counter.operator, name_zh="另站")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "tent"}, "kind"),
        ({"kind": "online"}, "website"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "https://[broken"}, "website"),
        ({"address": ""}, "address"),
        ({"offers": []}, "offers"),
        ({"offers": ["haircut"]}, "offers"),
        ({"zone": "没有的园区"}, "zone"),
        ({"latitude": 39.1}, "latitude"),
        ({"latitude": 390.0, "longitude": 117.0}, "latitude"),
        ({"opened_on": "gestern"}, "opened_on"),
        ({"phone": "1" * 41}, "phone"),
        ({"name": "  "}, "name_zh"),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(counter: Counter, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        counter.station(**facts)  # type: ignore[arg-type]
    assert {error.field for error in refused.value.errors} == {field}
    assert not Station.objects.exists()


def test_one_name_once_in_a_region(counter: Counter) -> None:
    counter.station()
    with pytest.raises(Invalid, match="同名站点"):
        counter.station()


def test_the_operator_keeps_it_and_says_why(counter: Counter) -> None:
    zone = counter.zone()
    station = counter.station()
    services.change_station(counter.manager, station, reason="搬迁", address="新路 2 号", zone=zone.name_zh)
    station.refresh_from_db()
    assert (station.address, station.zone, station.phone) == ("新路 2 号", zone, "022-1234")
    with pytest.raises(Invalid, match="理由"):
        services.change_station(counter.manager, station, reason=" ", address="x")
    with pytest.raises(Invalid, match="不能变更"):
        services.change_station(counter.manager, station, reason="x", operator=counter.bureau)
    with pytest.raises(Denied):
        services.change_station(counter.clerk, station, reason="x", address="x")


def test_a_closed_station_says_why_and_takes_no_visits(counter: Counter) -> None:
    station = counter.station()
    today = timezone.localdate()
    for wrong in (today + timedelta(days=1), date(2025, 12, 31)):
        with pytest.raises(Invalid, match="停办日期"):
            services.close_station(counter.manager, station, reason="装修", on=wrong)
    services.close_station(counter.manager, station, reason="装修")
    with pytest.raises(Conflict):
        services.close_station(counter.manager, station, reason="装修")
    with pytest.raises(Conflict, match="停办"):
        counter.visit(station, client_name="某厂")
    # What happened before that day can still be recorded.
    counter.visit(station, client_name="某厂", on=today - timedelta(days=1))
    page = browse().get(f"/stations/{station.uid}/").content.decode()
    assert "装修" in page and "已停办" in page
    services.reopen_station(counter.officer, station, reason="完工")
    with pytest.raises(Conflict, match="无需恢复"):
        services.reopen_station(counter.officer, station, reason="完工")
    counter.visit(station, client_name="某厂")


def test_seventy_stations_come_in_by_file_under_one_entry(counter: Counter) -> None:
    rows = [
        {
            "name_zh": f"第 {number} 站",
            "kind": "physical" if number % 7 else "online",
            "operator": counter.operator.uscc,
            "region": "120101",
            "address": "路",
            "website": "" if number % 7 else "https://station.example",
            "offers": "testing；training",
            "opened_on": "2026-03-01",
        }
        for number in range(70)
    ]
    services.load_stations(counter.officer, counter.bureau, rows=rows)
    assert Station.objects.filter(offers=" testing training ", synthetic=False).count() == 70
    assert Entry.objects.get(act="stations.station.load").facts["stations"] == 70
    with pytest.raises(Invalid) as refused:
        services.load_stations(counter.officer, counter.bureau, rows=rows)
    assert {error.field for error in refused.value.errors} == {"name_zh"}
    make_region("120102")
    beyond = [{**rows[0], "name_zh": "越界", "region": "120102"}, {**rows[1], "name_zh": "无主", "operator": "x"}]
    with pytest.raises(Invalid) as refused:
        services.load_stations(counter.officer, counter.bureau, rows=[*beyond, {**rows[2], "name_zh": "越界"}])
    assert {(error.row, error.field) for error in refused.value.errors} >= {(1, "region"), (2, "operator")}
    assert Station.objects.count() == 70
    assert STATIONS.by_name["offers"].kind == "many"
    with pytest.raises(Denied):
        services.load_stations(counter.manager, counter.operator, rows=rows)


def test_anybody_finds_the_nearest_that_does_what_is_needed(counter: Counter) -> None:
    near, far = counter.station("近站"), counter.station("证站", offers=["certification"])
    services.close_station(counter.manager, far, reason="撤并")
    visitor = browse()

    def found(**asked: str) -> set[str]:
        answer = visitor.get("/api/v1/registers/stations", asked)
        assert answer.status_code == 200, answer.content
        return {row["name"] for row in answer.json()["items"]}

    assert found() == {"近站", "证站"}
    assert found(region="120101", offer="testing") == {"近站"}
    assert found(region="120102") == set()
    assert found(status="closed") == {"证站"}
    assert found(offer="certification", status="open") == set()
    assert visitor.get("/api/v1/registers/stations", {"offer": "haircut"}).status_code == 422
    page = visitor.get(f"/stations/{near.uid}/").content.decode()
    assert "检验检测受理" in page and "tel:022-1234" in page
    assert visitor.get("/stations/nothing/").status_code == 404
    assert visitor.get("/stations/new/").status_code in (302, 401)


def test_the_nearest_may_be_across_the_border(counter: Counter) -> None:
    Region.objects.filter(code="120101").update(latitude=39.12, longitude=117.19)
    near = counter.station("近站", latitude=39.13, longitude=117.20)
    far = counter.station("远站", latitude=39.50, longitude=117.20)
    shut = counter.station("停站", latitude=39.12, longitude=117.19)
    services.close_station(counter.manager, shut, reason="撤并")
    counter.station("无位置")
    found = queries.nearest(Actor.nobody(), "120101")
    assert [one for one, _far in found] == [near, far]
    # A degree of latitude is 111.2 km on the sphere of mean radius.
    assert found[1][1] == pytest.approx(0.38 * 111.2, rel=0.005)
    assert "离该区划最近的站点" in browse().get("/stations/?region=120101").content.decode()
    assert "离该区划最近的站点" not in browse().get("/stations/?region=nowhere").content.decode()
    rows = browse().get("/api/v1/stations/nearest?region=120101&limit=1").json()
    assert [row["station"]["name_zh"] for row in rows] == ["近站"]
    assert browse().get("/api/v1/stations/nearest?region=999999").status_code == 422


def test_entered_and_kept_on_pages(counter: Counter) -> None:
    officer = browse(counter.officer)
    assert officer.get("/stations/new/").status_code == 200
    given = {"region": "120101", "operator": counter.operator.uscc, "name_zh": "页面站", "kind": "physical"}
    given |= {"offers": ["testing"], "address": "路", "opened_on": "2026-01-01"}
    page = officer.post("/stations/new/", {**given, "operator": "没有的机构"})
    assert page.status_code == 422 and "名录中没有" in page.content.decode()
    answer = officer.post("/stations/new/", given)
    station = Station.objects.get()
    assert answer["Location"] == f"/stations/{station.uid}/"
    manager = browse(counter.manager)
    assert manager.get("/stations/new/").status_code == 403
    change = {**given, "phone": "022-9", "reason": "换号"}
    assert manager.post(f"/stations/{station.uid}/change/", {**change, "reason": ""}).status_code == 422
    assert manager.post(f"/stations/{station.uid}/change/", change).status_code == 302
    assert Station.objects.get().phone == "022-9"
    assert manager.post(f"/stations/{station.uid}/close/", {"on": "2026-02-01", "reason": "撤并"}).status_code == 302
    assert manager.post(f"/stations/{station.uid}/reopen/", {"reason": "恢复"}).status_code == 302
    english = browse(counter.manager, "en").get(f"/stations/{station.uid}/").content.decode()
    assert "Record a visit" in english


def test_over_the_api(counter: Counter) -> None:
    officer = browse(counter.officer)
    body = {"region": "120101", "operator": counter.operator.uid, "name_zh": "接口站", "kind": "online"}
    body |= {"offers": ["standards"], "opened_on": "2026-01-01", "website": "https://s.example"}
    made = officer.post("/api/v1/stations", body, content_type="application/json")
    assert made.status_code == 201, made.content
    uid = made.json()["uid"]
    assert made.json()["visits"] == 0 and made.json()["satisfaction"] is None
    patched = officer.patch(
        f"/api/v1/stations/{uid}", {"hours": "全天", "reason": "x"}, content_type="application/json"
    )
    assert patched.json()["hours"] == "全天"
    closed = officer.post(f"/api/v1/stations/{uid}/close", {"reason": "停"}, content_type="application/json")
    assert closed.json()["closing_reason"] == "停"
    assert browse().get("/api/v1/stations/offers").json()[0]["source"]
    assert (
        browse().post(f"/api/v1/stations/{uid}/reopen", {"reason": "x"}, content_type="application/json").status_code
        == 401
    )


def test_the_platform_alone_makes_up_stations(counter: Counter) -> None:
    row = {"operator": counter.operator, "name_zh": "合成站", "kind": "physical", "address": "路", "synthetic": True}
    row |= {"offers": ["testing"], "opened_on": date(2026, 1, 1)}
    assert services.register_station(Actor.platform(), counter.region, **row).synthetic
    assert not services.register_station(counter.officer, counter.region, **{**row, "name_zh": "真站"}).synthetic
    assert make_organisation().pk


def test_the_registers_ask_the_same_however_many_rows_they_show(
    counter: Counter, django_assert_max_num_queries: object
) -> None:
    """Counts, satisfaction and staff come with the list: none is asked for once a row."""
    officer = browse(counter.officer)
    for number in range(9):
        station = counter.station(f"站 {number}")
        counter.visit(station, counter.shop.client, answer="可以")
        counter.zone(f"区 {number}")
    for path, most in (("/stations/", 12), ("/visits/", 12), ("/zones/", 12)):
        officer.get(path)
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            page = officer.get(path).content.decode()
        assert page.count("row-link") == 9, path
    for name in ("stations", "visits", "zones", "mandates"):
        with django_assert_max_num_queries(6):  # type: ignore[operator]
            assert officer.get(f"/api/v1/registers/{name}").status_code == 200


def test_only_its_own_staff_and_the_operators_administrator_act_for_a_station(counter: Counter) -> None:
    here, there = counter.station("本站"), counter.station("另站")
    colleague = make_actor((counter.operator, "member"))
    visit = counter.visit(here, client_name="某厂")
    for act in (
        lambda: services.record_visit(colleague, here, client_name="x", channel="phone", topic="testing", question="x"),
        lambda: services.answer_visit(colleague, visit, answer="x"),
    ):
        with pytest.raises(Denied):
            act()
    counter.staff(there, colleague)
    with pytest.raises(Denied):
        services.answer_visit(colleague, visit, answer="x")
    counter.staff(here, colleague, "expert")
    services.answer_visit(colleague, visit, answer="可以")
    services.answer_visit(counter.manager, visit, answer="可以，附标准清单")
    found = queries.station_by_uid(Actor.nobody(), here.uid)
    assert found.staff_count == 2  # type: ignore[attr-defined]
    # Whoever leaves the operator leaves its counters, though nobody thought of ending the assignment.
    Membership.objects.filter(person=colleague.person_id).update(valid_until=timezone.localdate() - timedelta(days=1))
    gone = actor_of(Person.objects.get(pk=colleague.person_id or 0))
    with pytest.raises(NotFound):
        services.answer_visit(gone, visit, answer="x")
    assert queries.station_by_uid(Actor.nobody(), here.uid).staff_count == 1  # type: ignore[attr-defined]


def test_staff_is_assigned_from_a_day_to_a_day_and_ended_with_the_reason(counter: Counter) -> None:
    station = counter.station()
    today, person = timezone.localdate(), Person.objects.get(pk=counter.clerk.person_id or 0)
    (staff,) = station.staff.all()
    with pytest.raises(Conflict, match="已在本站"):
        counter.staff(station)
    with pytest.raises(Denied):
        services.end_staff(counter.clerk, staff, reason="x")
    with pytest.raises(Invalid, match="理由"):
        services.end_staff(counter.manager, staff, reason="")
    services.end_staff(counter.manager, staff, reason="轮岗")
    with pytest.raises(Conflict, match="结束"):
        services.end_staff(counter.manager, staff, reason="轮岗")
    with pytest.raises(Denied):
        counter.visit(station, client_name="某厂")
    later = counter.staff(station, role="head", valid_from=today + timedelta(days=1))
    assert not queries.acts_for(counter.clerk, station) and later.pk != staff.pk
    # The person is told of each, and it stands in the trail.
    told = Notice.objects.filter(person=person, entry__act__startswith="stations.staff.")
    assert [one.entry.act for one in told.order_by("id")].count("stations.staff.assign") == 2
    assert Entry.objects.get(act="stations.staff.end").reason == "轮岗"
    stranger = Person.objects.get(pk=counter.shop.buyer.person_id or 0)
    assign = services.assign_staff
    for facts, field in (
        ({"person": stranger, "role": "adviser"}, "person"),
        ({"person": person, "role": "king"}, "role"),
        ({"person": person, "role": "head", "valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"person": person, "role": "head", "valid_until": today - timedelta(days=9)}, "valid_until"),
    ):
        with pytest.raises(Invalid) as refused:
            assign(counter.manager, station, **facts)  # type: ignore[arg-type]
        assert [error.field for error in refused.value.errors] == [field]


def test_those_who_acted_before_there_were_assignments_are_staff(counter: Counter) -> None:
    station = counter.station()
    station.staff.all().delete()
    browse(counter.manager), browse(make_actor((counter.operator, "planner")))
    assign = import_module("quanheng.domains.stations.migrations.0003_assign_staff").assign
    assign(apps, None)
    assert {one.person_id for one in station.staff.all()} == {counter.clerk.person_id, counter.manager.person_id}
    # Each begins and ends with the post; here posts began today.
    assert {(one.valid_from, one.valid_until) for one in station.staff.all()} == {(timezone.localdate(), None)}
    assert counter.visit(station, client_name="某厂").pk


def test_staff_on_pages_and_over_the_api(counter: Counter) -> None:
    station = counter.station()
    manager, clerk = browse(counter.manager), browse(counter.clerk)
    here, listed = f"/stations/{station.uid}/staff/", f"/api/v1/stations/{station.uid}/staff"
    colleague = make_actor((counter.operator, "member"))
    browse(colleague)
    person = Person.objects.get(pk=colleague.person_id or 0)
    given = {"person": person.uid, "role": "expert", "valid_from": timezone.localdate().isoformat()}
    assert clerk.get(here).status_code == 200
    assert clerk.post(here, given).status_code in (403, 422)
    assert manager.post(here, {**given, "valid_until": "2020-01-01"}).status_code == 422
    assert manager.post(here, given).status_code == 302
    assert "技术专家" in manager.get(here).content.decode()
    assert "Technical expert" in browse(counter.manager, "en").get(here).content.decode()
    rows = manager.get(listed).json()["items"]
    assert [row["role"] for row in rows] == ["expert", "adviser"] and rows[0]["person"] == person.uid
    assert {row["person"] for row in clerk.get(listed).json()["items"]} == {None}
    assert browse().get(listed).json()["items"] == []
    # How many, what and when is everybody's to know; who, is not.
    public = browse().get(f"/api/v1/stations/{station.uid}").json()
    assert (public["staff"], public["offers"], public["hours"]) == (2, ["consulting", "testing"], "")
    assert person.name_zh not in browse().get(f"/stations/{station.uid}/").content.decode()
    end = {"reason": "调离"}
    assert manager.post(f"/stations/staff/{rows[0]['uid']}/end/", end).status_code == 302
    again = manager.post(f"/api/v1/stations/staff/{rows[0]['uid']}/end", end, content_type="application/json")
    assert again.status_code == 409
    body = {"person": person.uid, "role": "head"}
    made = manager.post(listed, body, content_type="application/json")
    assert made.status_code == 201 and made.json()["in_force"], made.content
