"""At the counter: who came, what was done in the firm's name and on what authority, and what the firm makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.domains.services.models import Commission, Need, Plan
from quanheng.domains.services.revising import Revision
from quanheng.domains.services.services import confirm_plan, revise_need
from quanheng.domains.stations import queries, services
from quanheng.domains.stations.models import Mandate, Visit
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.models import Organisation
from tests.browse import browse
from tests.world import make_actor, make_organisation

TEXT = "我厂生产电动自行车，想做产品检测，要求有CMA资质。"


def test_a_visit_is_recorded_answered_and_closed(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    assert visit.state == Visit.State.OPEN
    # The firm is told that it was recorded.
    assert Notice.objects.filter(organisation=counter.shop.client, entry__act="stations.visit.record").exists()
    with pytest.raises(Conflict, match="先填写答复"):
        services.close_visit(counter.clerk, visit)
    with pytest.raises(Invalid):
        services.answer_visit(counter.clerk, visit, answer=" ")
    services.answer_visit(counter.clerk, visit, answer="按 GB 17761 检测")
    services.close_visit(counter.clerk, visit)
    with pytest.raises(Conflict, match="已办结"):
        services.answer_visit(counter.clerk, visit, answer="再说一次")
    # An answer given at once needs no second act.
    assert counter.visit(station, client_name="某厂", answer="可以").state == Visit.State.ANSWERED


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"topic": "haircut"}, "topic"),
        ({"question": ""}, "question"),
        ({"client_name": ""}, "client_name"),
        ({"question": "字" * 2001}, "question"),
        ({"on": timezone.localdate() + timedelta(days=2)}, "on"),
        ({"on": timezone.localdate().replace(year=2020, day=1)}, "on"),
    ],
)
def test_what_is_wrong_with_a_visit_is_named(counter: Counter, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        counter.visit(counter.station(), **{"client_name": "某厂", **facts})  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == [field]


def test_a_name_becomes_a_firm_once_it_is_on_the_platform(counter: Counter) -> None:
    visit = counter.visit(counter.station(), client_name="示范车业公司")
    assert not queries.visits(counter.shop.buyer).exists()
    services.identify_visitor(counter.clerk, visit, client=counter.shop.client)
    assert queries.visits(counter.shop.buyer).get() == visit
    with pytest.raises(Conflict, match="不能再改"):
        services.identify_visitor(counter.clerk, visit, client=counter.shop.other)


def test_a_duplicate_that_was_merged_is_not_taken_for_the_firm(counter: Counter) -> None:
    twin = make_organisation(name="示范车业（重复）")
    Organisation.objects.filter(pk=twin.pk).update(merged_into=counter.shop.client)
    twin.refresh_from_db()
    with pytest.raises(Conflict, match="已并入"):
        counter.visit(counter.station(), twin)
    assert twin not in queries.firms_named(twin.uscc)


def test_the_station_the_firm_and_the_region_see_a_visit_and_nobody_else(counter: Counter) -> None:
    visit = counter.visit(counter.station(), counter.shop.client)
    for sees in (counter.clerk, counter.shop.buyer, counter.officer):
        assert queries.visit_by_uid(sees, visit.uid) == visit
    for blind in (counter.shop.stranger, counter.elsewhere, make_actor((counter.shop.near, "administrator"))):
        with pytest.raises(NotFound):
            queries.visit_by_uid(blind, visit.uid)
    with pytest.raises(NotFound):
        services.answer_visit(counter.shop.stranger, visit, answer="x")
    with pytest.raises(Denied):
        services.answer_visit(counter.shop.buyer, visit, answer="x")


def test_the_firm_rates_once_after_the_answer(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    with pytest.raises(Conflict, match="答复后"):
        services.rate_visit(counter.shop.buyer, visit, stars=5)
    services.answer_visit(counter.clerk, visit, answer="可以")
    with pytest.raises(Denied):
        services.rate_visit(counter.clerk, visit, stars=5)
    with pytest.raises(Invalid):
        services.rate_visit(counter.shop.buyer, visit, stars=6)
    services.rate_visit(counter.shop.buyer, visit, stars=4, comment="耐心")
    with pytest.raises(Conflict, match="一次"):
        services.rate_visit(counter.shop.buyer, visit, stars=1)
    found = queries.station_by_uid(counter.shop.stranger, station.uid)
    assert (found.visit_count, found.rating_count, found.mean_stars) == (1, 1, 4.0)  # type: ignore[attr-defined]
    old = counter.visit(station, counter.shop.client, answer="可以")
    Visit.objects.filter(pk=old.pk).update(answered_at=timezone.now() - timedelta(days=60))
    with pytest.raises(Conflict, match="评价期"):
        services.rate_visit(counter.shop.buyer, old, stars=5)


def test_nothing_is_done_in_a_firms_name_without_its_mandate(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    with pytest.raises(Denied, match="没有授权"):
        services.state_need_for(counter.clerk, visit, text=TEXT)
    mandate = services.ask_mandate(counter.clerk, visit)
    assert Notice.objects.filter(organisation=counter.shop.client, entry__act="stations.mandate.ask").exists()
    with pytest.raises(Denied):
        services.state_need_for(counter.clerk, visit, text=TEXT)
    with pytest.raises(Conflict, match="请等待"):
        services.ask_mandate(counter.clerk, visit)
    # The station cannot give itself what it asked for.
    until = timezone.localdate() + timedelta(days=30)
    with pytest.raises(Denied):
        services.give_mandate(counter.clerk, counter.shop.client, station=station, valid_until=until)
    given = counter.mandate(station)
    assert given == mandate and given.in_force and given.given_by_id == counter.shop.buyer.person_id
    need = services.state_need_for(counter.clerk, visit, text=TEXT)
    assert (need.organisation, need.stated_by_id) == (counter.shop.client, counter.clerk.person_id)
    entry = Entry.objects.get(act="services.need.state")
    assert entry.facts["on_behalf_of"] == counter.shop.client.uid
    assert (entry.facts["mandate"], entry.actor_id) == (mandate.uid, counter.clerk.person_id)
    assert not Need.objects.exclude(pk=need.pk).exists()
    with pytest.raises(Conflict, match="已代为提出"):
        services.state_need_for(counter.clerk, visit, text=TEXT)


def test_a_visitor_by_name_alone_cannot_be_acted_for(counter: Counter) -> None:
    visit = counter.visit(counter.station(), client_name="未登记的厂")
    with pytest.raises(Conflict, match="尚未在平台登记"):
        services.ask_mandate(counter.clerk, visit)
    with pytest.raises(Denied):
        services.state_need_for(counter.clerk, visit, text=TEXT)


def test_only_the_firm_confirms(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    counter.mandate(station)
    need = services.state_need_for(counter.clerk, visit, text=TEXT)
    visit.refresh_from_db()
    plan = services.plan_for(counter.clerk, visit, text="电动自行车测最高车速", prefer="cheapest")
    assert need.plans.count() == 2
    # The clerk sees the plan on the visit's page, but neither confirms it nor touches the need as such.
    assert queries.plan_on_behalf(counter.clerk, visit, plan.uid).plan == plan
    for act in (
        lambda: confirm_plan(counter.clerk, plan, contact="x"),
        lambda: revise_need(counter.clerk, need, revision=Revision(text="x")),
    ):
        with pytest.raises(NotFound):
            act()
    confirm_plan(counter.shop.buyer, plan, contact="张工 13800000000")
    assert Commission.objects.get().plan == plan
    with pytest.raises(Conflict, match="已确认方案"):
        services.plan_for(counter.clerk, visit, text="改")
    assert Plan.objects.count() == 2


def test_what_was_taken_back_is_over_at_once(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    mandate = counter.mandate(station)
    services.state_need_for(counter.clerk, visit, text=TEXT)
    plan = Plan.objects.get()
    services.end_mandate(counter.shop.buyer, mandate, reason="改由自己办理")
    visit = queries.visit_by_uid(counter.clerk, visit.uid)
    with pytest.raises(Denied):
        services.plan_for(counter.clerk, visit, text="再来")
    # What stands in the need is the firm's alone again; that something was done stays on record.
    acted = queries.done_on_behalf(counter.clerk, visit)
    assert acted is not None and not acted.open and not acted.plans
    with pytest.raises(NotFound):
        queries.plan_on_behalf(counter.clerk, visit, plan.uid)
    mine = queries.done_on_behalf(counter.shop.buyer, queries.visit_by_uid(counter.shop.buyer, visit.uid))
    assert mine is not None and mine.open and [one.uid for one in mine.plans] == [plan.uid]
    with pytest.raises(Conflict, match="已经终止"):
        services.end_mandate(counter.shop.buyer, mandate, reason="再")


def test_a_mandate_runs_out_and_is_given_anew(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    first = counter.mandate(station, 0)
    with pytest.raises(Conflict, match="已授权"):
        counter.mandate(station)
    Mandate.objects.filter(pk=first.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(Denied):
        services.state_need_for(counter.clerk, visit, text=TEXT)
    second = counter.mandate(station)
    first.refresh_from_db()
    assert (first.state, second.state) == ("ended", "given")
    for wrong in (-1, 400):
        with pytest.raises(Invalid, match="有效期须在"):
            counter.mandate(counter.station(f"站{wrong}"), wrong)


def test_the_regulator_of_the_region_is_not_shown_what_the_firm_needs(counter: Counter) -> None:
    """The station's region oversees the visit; the need is for whoever oversees the firm."""
    station = counter.station()
    elsewhere, abroad = counter.shop.other, counter.shop.stranger
    visit = counter.visit(station, elsewhere)
    until = timezone.localdate() + timedelta(days=3)
    services.give_mandate(abroad, elsewhere, station=station, valid_until=until)
    services.state_need_for(counter.clerk, visit, text=TEXT)
    seen = queries.done_on_behalf(counter.officer, queries.visit_by_uid(counter.officer, visit.uid))
    assert seen is not None and not seen.open
    page = browse(counter.officer).get(f"/visits/{visit.uid}/").content.decode()
    assert TEXT not in page and Plan.objects.get().uid not in page


def test_the_walk_of_a_visit_on_pages(counter: Counter) -> None:
    station, clerk, firm = counter.station(), browse(counter.clerk), browse(counter.shop.buyer)
    address = f"/stations/{station.uid}/visits/new/"
    assert firm.get(address).status_code == 403
    assert clerk.get(address).status_code == 200
    today = timezone.localdate().isoformat()
    given = {"firm": "车业", "channel": "on_site", "topic": "testing", "question": TEXT, "on": today}
    page = clerk.post(address, given)
    assert page.status_code == 422 and counter.shop.client.uscc in page.content.decode()
    answer = clerk.post(address, {**given, "chosen": counter.shop.client.uid})
    visit = Visit.objects.get()
    assert answer["Location"] == f"/visits/{visit.uid}/"
    assert visit.client == counter.shop.client
    clerk.post(address, {**given, "chosen": "none"})
    assert Visit.objects.latest("pk").client_name == "车业"
    clerk.post(address, {**given, "firm": counter.shop.other.uscc})
    assert Visit.objects.latest("pk").client == counter.shop.other
    clerk.post(address, {**given, "firm": "从没听过的厂"})
    assert Visit.objects.latest("pk").client_name == "从没听过的厂"

    here = f"/visits/{visit.uid}/"
    assert clerk.post(f"{here}answer/", {"answer": ""}).status_code == 422
    assert clerk.post(f"{here}answer/", {"answer": "可以"}).status_code == 302
    clerk.post(f"{here}mandate/")
    mandate = Mandate.objects.get()
    assert f"/mandates/{mandate.uid}/" in firm.get(here).content.decode()
    assert "同意授权" in firm.get(f"/mandates/{mandate.uid}/").content.decode()
    until = (timezone.localdate() + timedelta(days=9)).isoformat()
    give = f"/stations/{station.uid}/mandate/"
    assert firm.post(give, {"client": counter.shop.client.uid, "valid_until": "2020-01-01"}).status_code == 422
    assert firm.post(give, {"client": counter.shop.client.uid, "valid_until": until}).status_code == 302
    assert clerk.post(f"{here}need/", {"text": TEXT}).status_code == 302
    plan = Plan.objects.get()
    assert clerk.get(f"{here}plans/{plan.uid}/").status_code == 200
    assert clerk.get(f"/proposals/{plan.uid}/").status_code == 404
    assert f"/proposals/{plan.uid}/" in firm.get(here).content.decode()
    # The need itself says who stated it, and on what occasion.
    assert "凭企业授权代为提出" in firm.get(f"/needs/{plan.need.uid}/").content.decode()
    assert clerk.post(f"{here}need/", {"text": "电动自行车测最高车速"}).status_code == 302
    assert Plan.objects.count() == 2
    assert firm.post(f"{here}rate/", {"stars": "5", "comment": "好"}).status_code == 302
    assert clerk.post(f"{here}close/").status_code == 302
    assert firm.post(f"/mandates/{mandate.uid}/end/", {"reason": "办完了"}).status_code == 302
    assert "办完了" in firm.get(f"/mandates/{mandate.uid}/").content.decode()
    for reader, language in ((clerk, "en"), (firm, "en")):
        assert reader.get(here, HTTP_ACCEPT_LANGUAGE=language).status_code == 200


def test_a_station_page_costs_the_same_however_many_came(counter: Counter) -> None:
    station, clerk = counter.station(), browse(counter.clerk)
    counter.visit(station, counter.shop.client, answer="可以")
    clerk.get(f"/stations/{station.uid}/")
    with CaptureQueriesContext(connection) as one:
        assert clerk.get(f"/stations/{station.uid}/").status_code == 200
    for _ in range(8):
        counter.visit(station, counter.shop.client, answer="可以")
    with CaptureQueriesContext(connection) as nine:
        assert clerk.get(f"/stations/{station.uid}/").status_code == 200
    assert len(nine) == len(one) <= 15


def test_visits_over_the_api(counter: Counter) -> None:
    station, clerk, firm = counter.station(), browse(counter.clerk), browse(counter.shop.buyer)
    json = {"content_type": "application/json"}
    body = {"client": counter.shop.client.uid, "channel": "phone", "topic": "testing", "question": TEXT}
    made = clerk.post(f"/api/v1/stations/{station.uid}/visits", body, **json)
    assert made.status_code == 201, made.content
    uid = made.json()["uid"]
    assert clerk.post(f"/api/v1/visits/{uid}/need", {"text": TEXT}, **json).status_code == 403
    assert clerk.post(f"/api/v1/visits/{uid}/mandate", **json).status_code == 201
    until = (timezone.localdate() + timedelta(days=9)).isoformat()
    given = {"client": counter.shop.client.uid, "valid_until": until}
    mandate = firm.post(f"/api/v1/stations/{station.uid}/mandates", given, **json).json()
    assert mandate["in_force"] and firm.get("/api/v1/mandates").json()["items"][0]["uid"] == mandate["uid"]
    stated = clerk.post(f"/api/v1/visits/{uid}/need", {"text": TEXT}, **json).json()
    assert stated["need"] and len(stated["plans"]) == 1
    assert len(clerk.post(f"/api/v1/visits/{uid}/plan", {"prefer": "cheapest"}, **json).json()["plans"]) == 2
    assert clerk.post(f"/api/v1/visits/{uid}/answer", {"answer": "可以"}, **json).status_code == 200
    assert firm.post(f"/api/v1/visits/{uid}/rating", {"stars": 5}, **json).json()["stars"] == 5
    assert clerk.post(f"/api/v1/visits/{uid}/close", **json).json()["state"] == "closed"
    assert firm.post(f"/api/v1/mandates/{mandate['uid']}/end", {"reason": "完"}, **json).json()["state"] == "ended"
    assert browse(counter.shop.stranger).get(f"/api/v1/visits/{uid}").status_code == 404
    assert firm.get(f"/api/v1/mandates/{mandate['uid']}").status_code == 200
