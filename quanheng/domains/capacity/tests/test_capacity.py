"""Stating capacity: page, API and file; who sees what; what planners see of a region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.queries import capacities, loads
from quanheng.domains.capacity.services import (
    CapacityFacts,
    change_capacity,
    end_capacity,
    load_capacities,
    state_capacity,
)
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.imports import services as importing
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.tests.files import table
from quanheng.kernel.imports.tests.town import worked, wrong
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.services import merge_organisation
from tests.browse import browse
from tests.world import (
    make_actor,
    make_family,
    make_item,
    make_organisation,
    make_recognition,
    make_rules,
    make_scope_line,
    make_standard,
)


@dataclass
class Place:
    """A laboratory with one line of scope for e-bikes, its manager, a rival's, and a planner of the city."""

    lab: Organisation
    rival: Organisation
    line: ScopeLine
    manager: Actor
    stranger: Actor
    planner: Actor

    def states(self, **facts: object) -> Capacity:
        given = {"activity": "testing", "per_week": 10, **facts}
        return state_capacity(self.manager, self.lab, facts=CapacityFacts(**given))  # type: ignore[arg-type]


@pytest.fixture
def place(db: None) -> Place:
    make_rules()
    lab, rival = make_organisation("laboratory"), make_organisation("laboratory")
    family, standard = make_family(), make_standard("GB 17761-2024")
    item = make_item("max_speed", "最高车速", quantity="speed", unit="km/h")
    line = make_scope_line(make_recognition(lab), item, standard, family=family)
    make_scope_line(make_recognition(rival), item, standard, family=family)
    manager = make_actor((lab, "quality_manager"))
    city = make_organisation("regulator", "120000")
    return Place(lab, rival, line, manager, make_actor((rival, "administrator")), make_actor((city, "planner")))


def test_it_is_stated_for_an_activity_a_field_or_a_line_each_once(place: Place) -> None:
    whole, field = place.states(), place.states(family="ebike", per_week="7", outside="3", most_weeks="2")
    one = place.states(activity="", line=place.line.uid, per_week=2)
    assert (whole.family, field.family, one.family) == (None, place.line.family, place.line.family)
    assert (one.activity, one.scope_line) == ("testing", place.line)
    assert (field.outside, field.outside_on, field.most_weeks) == (3, timezone.localdate(), 2)
    for again in ({}, {"family": "ebike"}, {"line": place.line.uid}):
        with pytest.raises(Conflict, match="已申报"):
            place.states(**again)
    end_capacity(place.manager, whole, reason="人员离职")
    assert place.states().pk != whole.pk
    assert Entry.objects.filter(act="capacity.end").get().reason == "人员离职"


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"per_week": 0}, {"per_week"}),
        ({"per_week": ""}, {"per_week"}),
        ({"per_week": "many"}, {"per_week"}),
        ({"activity": "baking"}, {"activity"}),
        ({"family": "nothing"}, {"family"}),
        ({"line": "nothing"}, {"line"}),
        ({"unit": "kg"}, {"unit"}),
        ({"outside": -1, "most_weeks": 99, "opens_on": "soon"}, {"outside", "most_weeks", "opens_on"}),
        # Capacity for what is not in the scope means nothing.
        ({"activity": "calibration"}, {"activity"}),
    ],
)
def test_what_is_wrong_is_named(place: Place, facts: dict[str, object], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        place.states(**facts)
    assert {error.field for error in refused.value.errors} == fields
    assert not Capacity.objects.exists()


def test_rows_out_of_scope_are_named_however_many_and_nothing_is_kept(place: Place) -> None:
    rows = [{"activity": "testing", "family": "ebike", "per_week": 10}] + [
        {"activity": activity, "per_week": 5} for activity in ("calibration", "testing", "inspection")
    ]
    with pytest.raises(Invalid) as refused, CaptureQueriesContext(connection) as queries:
        load_capacities(place.manager, place.lab, rows=rows)
    assert [(error.field, error.row) for error in refused.value.errors] == [("activity", 2), ("activity", 4)]
    assert not Capacity.objects.exists()
    assert sum("competence_scopeline" in one["sql"] for one in queries) == 1, "asked once for all rows"


def test_only_its_own_stewards_state_it_and_rivals_never_see_it(place: Place) -> None:
    made = place.states()
    with pytest.raises(Denied):
        state_capacity(place.stranger, place.lab, facts=CapacityFacts(activity="testing", per_week=1))
    with pytest.raises(NotFound):
        change_capacity(place.stranger, made, facts=CapacityFacts(per_week=1))
    assert list(capacities(place.planner)) == [made]
    with pytest.raises(Denied):
        change_capacity(place.planner, made, facts=CapacityFacts(per_week=1))
    assert not capacities(place.stranger).exists()
    assert browse(place.stranger).get(f"/capacities/{made.uid}/").status_code == 404


def test_the_pages_from_stating_to_taking_back(place: Place) -> None:
    desk = browse(place.manager)
    assert "还没有申报承接能力" in desk.get("/capacities/").content.decode()
    to = desk.get("/capacities/new/mine/")
    assert to.headers["Location"] == f"/capacities/new/{place.lab.uid}/"
    form = {"activity": "testing", "family": "ebike", "per_week": "0", "unit": "items"}
    assert desk.post(to.headers["Location"], form).status_code == 422
    assert desk.post(to.headers["Location"], {**form, "per_week": "10", "outside": "25"}).status_code == 302
    made = Capacity.objects.get()
    page = desk.get(f"/capacities/{made.uid}/").content.decode()
    assert "约 13 个工作日后开始" in page and "在手合计约 2.5 周的工作" in page
    again = {"per_week": "10", "unit": "items", "outside": "", "most_weeks": "2"}
    assert desk.post(f"/capacities/{made.uid}/change/", again).status_code == 302
    assert "随时可以开始" in desk.get(f"/capacities/{made.uid}/").content.decode()
    answer = desk.post(f"/capacities/{made.uid}/end/", {"reason": ""})
    assert answer.status_code == 422
    assert desk.post(f"/capacities/{made.uid}/end/", {"reason": "搬迁"}).status_code == 302
    # A second press is led back with the reason, and changes nothing.
    twice = desk.post(f"/capacities/{made.uid}/end/", {"reason": "搬迁"}, follow=True).content.decode()
    assert "该承接能力已撤回，无需再次撤回。" in twice
    assert Entry.objects.filter(act="capacity.end").count() == 1
    led = browse(place.planner).get(f"/capacities/new/{place.lab.uid}/", follow=True).content.decode()
    assert "现在不能“申报承接能力”" in led
    assert browse().get("/capacities/overview/").status_code == 302


def test_the_api_states_and_tells_the_same(place: Place) -> None:
    desk = browse(place.manager)
    body = {"activity": "testing", "family": "ebike", "per_week": 10, "outside": 30, "most_weeks": 3}
    url = f"/api/v1/organisations/{place.lab.uid}/capacities"
    made = desk.post(url, body, content_type="application/json").json()
    assert (made["ahead"], made["outside"], made["waits"], made["full"]) == (0, 30, 15, True)
    assert desk.post(url, body, content_type="application/json").status_code == 409
    assert desk.post(url, {**body, "per_week": 0}, content_type="application/json").status_code == 422
    changed = desk.post(f"/api/v1/capacities/{made['uid']}/change", {"per_week": 20}, content_type="application/json")
    assert (changed.json()["waits"], changed.json()["full"], changed.json()["most_weeks"]) == (0, False, None)
    (row,) = desk.get("/api/v1/registers/capacities").json()["items"]
    assert (row["per_week"], row["waits"], row["standing"]) == (20, 0, "open")
    assert browse(place.stranger).get(f"/api/v1/capacities/{made['uid']}").status_code == 404
    assert browse().get("/api/v1/capacity/overview").status_code == 401
    assert desk.get("/api/v1/capacity/overview?activity=baking").status_code == 422
    assert desk.get("/api/v1/capacity/overview?region=tj").status_code == 422


def test_planners_see_capacity_and_load_by_region_and_field(place: Place) -> None:
    place.states(family="ebike", outside=30, most_weeks=3)
    place.states(activity="", line=place.line.uid, per_week=2)  # a part of the field: not added again
    facts = CapacityFacts(activity="testing", family="ebike", per_week=30, outside=10)
    state_capacity(make_actor((place.rival, "administrator")), place.rival, facts=facts)
    (load,) = loads(place.planner)
    assert (load.institutions, load.per_week, load.ahead, load.outside, load.full) == (2, 40, 0, 40, 1)
    assert (load.weeks, load.least_wait, load.longest_wait) == (1.0, 2, 15)
    assert loads(place.planner, "1202") == [] and loads(place.planner, "", "calibration") == []
    page = browse(place.planner).get("/capacities/overview/").content.decode()
    assert "检测 · 电动自行车" in page and "2–15" in page
    (told,) = browse(place.planner).get("/api/v1/capacity/overview").json()
    assert (told["region"], told["family"], told["weeks"], told["full"]) == ("120101", "ebike", 1.0, 1)
    # An institution sees what is its own.
    assert [one.institutions for one in loads(place.manager)] == [1]


def test_what_was_said_of_other_work_counts_for_its_term_alone(place: Place) -> None:
    made = place.states(outside=30)
    Capacity.objects.filter(pk=made.pk).update(outside_on=timezone.localdate() - timedelta(days=40))
    (load,) = loads(place.planner)
    assert (load.outside, load.longest_wait) == (0, 0)
    page = browse(place.manager).get(f"/capacities/{made.uid}/").content.decode()
    assert "后未更新，不再计入" in page
    assert not browse(place.manager).get(f"/api/v1/capacities/{made.uid}").json()["outside_counts"]


HEAD = ["活动", "产品类别编码", "能力范围编号", "计数单位", "每周能力", "平台外在手", "最多排期（周）"]


def _import(place: Place, *rows: list[str]) -> Batch:
    content = table([HEAD, *rows])
    file = ContentFile(content, name="能力.csv")
    return worked(importing.upload(place.manager, place.lab, kind="capacities", file=file, name="能力.csv"))


def test_a_file_states_new_ones_and_states_others_anew_and_can_be_taken_back(place: Place) -> None:
    known = place.states(per_week=5)
    batch = _import(place, ["检测", "", "", "项次", "8", "4", ""], ["检测", "ebike", "", "样品", "3", "", "2"])
    importing.request_commit(place.manager, batch)
    worked(batch)
    assert Capacity.objects.count() == 2
    known.refresh_from_db()
    assert (known.per_week, known.outside) == (8, 4)
    field = Capacity.objects.exclude(pk=known.pk).get()
    assert (field.unit, field.per_week, field.most_weeks) == ("samples", 3, 2)
    importing.request_undo(place.manager, batch)
    worked(batch)
    known.refresh_from_db()
    assert (Capacity.objects.count(), known.per_week) == (1, 5)


def test_a_file_that_is_wrong_names_each_cell_and_changes_nothing(place: Place) -> None:
    batch = _import(
        place,
        ["检测", "", "", "项次", "0", "", ""],
        ["检测", "nothing", "", "项次", "8", "", ""],
        ["检测", "ebike", "", "项次", "8", "", ""],
        ["检测", "ebike", "", "项次", "9", "", ""],
    )
    assert wrong(batch) == {2: ["per_week"], 3: ["family"], 5: ["activity"]}
    assert not Capacity.objects.exists()
    with pytest.raises(Denied):
        load_capacities(place.stranger, place.lab, rows=[{"activity": "testing", "per_week": "1"}])


def test_statements_follow_the_scope_into_the_entry_that_survives(place: Place, single_handed: None) -> None:
    mine = place.states(family="ebike")
    other = place.states(activity="", line=place.line.uid)
    facts = CapacityFacts(activity="testing", family="ebike", per_week=3)
    state_capacity(Actor.platform(), place.rival, facts=facts)
    merge_organisation(Actor.platform(), place.lab, survivor=place.rival, reason="重复登记", with_recognitions=True)
    mine.refresh_from_db(), other.refresh_from_db()
    assert (mine.organisation, other.organisation) == (place.lab, place.rival)
