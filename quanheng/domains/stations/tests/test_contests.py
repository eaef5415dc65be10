"""A firm contests what was recorded in its name: corrected, struck or ruled upon; until then it is in no count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.stations import queries, services
from quanheng.domains.stations.jobs import end_contests
from quanheng.domains.stations.models import Contest, Station, Visit
from quanheng.domains.stations.services.contests import decider_of
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.queries import waiting_for
from tests.browse import browse
from tests.world import make_actor, make_organisation


def counted(station: Station) -> tuple[int, int, int, float | None]:
    """Visits, needs stated on behalf, ratings and their mean, as everybody sees them."""
    found: Any = queries.station_by_uid(Actor.nobody(), station.uid)
    return found.visit_count, found.behalf_count, found.rating_count, found.mean_stars


def contested(counter: Counter, station: Station | None = None) -> Contest:
    visit = counter.visit(station or counter.station(), counter.shop.client, answer="可以")
    return services.contest_visit(counter.shop.buyer, visit, ground="never", text="当天没有人去过")


def reload(contest: Contest) -> Contest:
    return Contest.objects.select_related("case", "visit__station").get(pk=contest.pk)


def overdue(contest: Contest) -> None:
    Case.objects.filter(pk=contest.pk).update(due_at=timezone.now() - timedelta(days=1))


def test_a_contested_visit_is_in_no_count_and_the_rating_stays_the_firms(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client, answer="可以")
    services.rate_visit(counter.shop.buyer, visit, stars=1, comment="没去过")
    assert counted(station) == (1, 0, 1, 1.0)
    contest = services.contest_visit(counter.shop.buyer, visit, ground="never", text="当天没有人去过")
    assert counted(station) == (0, 0, 1, 1.0)
    # Neither side writes on in the record, nor can the station be rid of a rating by striking it.
    with pytest.raises(Conflict, match="异议"):
        services.answer_visit(counter.clerk, visit, answer="改口")
    with pytest.raises(Conflict, match="正在办理"):
        services.contest_visit(counter.shop.buyer, visit, ground="never", text="再说一次")
    services.strike_contested(counter.clerk, contest, reason="登记到了别家")
    assert counted(station) == (0, 0, 1, 1.0)
    with pytest.raises(Conflict, match="已撤销"):
        services.contest_visit(counter.shop.buyer, visit, ground="never", text="再说一次")
    # What became of the visit stands in its own history, with who struck it in the contest's.
    assert Entry.objects.get(act="stations.visit.settle").after["standing"] == "struck"
    assert Entry.objects.get(act="stations.contest.strike").reason == "登记到了别家"


def test_only_the_firm_contests_only_the_station_answers_and_each_is_told(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client)
    with pytest.raises(Denied):
        services.contest_visit(counter.clerk, visit, ground="never", text="x")
    with pytest.raises(Invalid) as refused:
        services.contest_visit(counter.shop.buyer, visit, ground="mood", text="x")
    assert refused.value.errors[0].field == "ground"
    contest = services.contest_visit(counter.shop.buyer, visit, ground="wrong", text="问的不是这个")
    told = Notice.objects.filter(organisation=counter.operator, entry__act="stations.contest.raise")
    assert told.exists()
    colleague = make_actor((counter.operator, "member"))
    for nobody in (colleague, counter.shop.buyer):
        with pytest.raises(Denied):
            services.stand_by_record(nobody, contest, text="x")
    with pytest.raises(NotFound):
        services.stand_by_record(counter.shop.stranger, contest, text="x")
    services.stand_by_record(counter.clerk, contest, text="当天有登记表")
    assert contest in [one.contest for one in waiting_for(counter.shop.buyer)]
    services.accept_record(counter.shop.buyer, reload(contest))
    assert counted(station)[0] == 1
    with pytest.raises(Conflict, match="已有结论"):
        services.contest_visit(counter.shop.buyer, visit, ground="wrong", text="又想起来")


def test_a_record_put_right_counts_again_and_may_be_contested_anew(counter: Counter) -> None:
    contest = contested(counter)
    for facts, field in (({}, "question"), ({"channel": "pigeon"}, "channel"), ({"answer": ""}, "answer")):
        with pytest.raises(Invalid) as refused:
            services.correct_contested(counter.clerk, contest, reason="笔误", **facts)
        assert [error.field for error in refused.value.errors] == [field]
    services.correct_contested(counter.clerk, contest, reason="是电话咨询", channel="phone", question="问标准")
    visit = Visit.objects.get()
    assert (visit.channel, visit.question, visit.standing) == ("phone", "问标准", "counts")
    assert Entry.objects.get(act="stations.visit.correct").after["channel"] == "phone"
    services.contest_visit(counter.shop.buyer, visit, ground="wrong", text="还是不对")
    # Outside a contest nobody rewrites what was recorded.
    other = counter.visit(visit.station, counter.shop.client)
    with pytest.raises(Conflict, match="提出异议"):
        services.correct_visit(counter.clerk, other, reason="x", question="y")


def test_the_windows_close(counter: Counter) -> None:
    contest = contested(counter)
    # While the station has time the firm waits; past it the firm need not.
    with pytest.raises(Conflict, match="答复期限"):
        services.ask_ruling(counter.shop.buyer, contest, text="等不及")
    overdue(contest)
    services.ask_ruling(counter.shop.buyer, reload(contest), text="逾期没有答复")
    assert reload(contest).case.state == "for_ruling"
    second = contested(counter, contest.visit.station)
    services.stand_by_record(counter.clerk, second, text="有登记表")
    assert end_contests() == 0
    overdue(second)
    assert end_contests() == 1
    assert (reload(second).case.state, reload(second).visit.standing) == ("lapsed", "counts")
    old = counter.visit(contest.visit.station, counter.shop.client)
    Visit.objects.filter(pk=old.pk).update(told_at=timezone.now() - timedelta(days=60))
    with pytest.raises(Conflict, match="期限已于"):
        services.contest_visit(counter.shop.buyer, old, ground="never", text="x")


@pytest.mark.parametrize(("ruling", "standing"), [(services.rule_struck, "struck"), (services.rule_kept, "counts")])
def test_where_the_two_disagree_somebody_else_rules(counter: Counter, ruling: Any, standing: str) -> None:
    contest = contested(counter)
    services.stand_by_record(counter.clerk, contest, text="有登记表")
    services.ask_ruling(counter.shop.buyer, reload(contest), text="登记表不是我们签的")
    contest = reload(contest)
    # The station lies in no zone: the regulator of its district rules, and the case waits there.
    assert contest.decider == counter.bureau and contest in [one.contest for one in waiting_for(counter.officer)]
    for side in (counter.clerk, counter.manager, counter.shop.buyer):
        with pytest.raises(Denied):
            ruling(side, contest, text="x")
    with pytest.raises(Invalid, match="裁定理由"):
        ruling(counter.officer, contest, text=" ")
    # Both sides go on reading it while it lies with somebody else.
    for side in (counter.clerk, counter.shop.buyer):
        assert queries.contest_page(side, contest.case.uid).story
    ruling(counter.officer, contest, text="核对了签字")
    contest = reload(contest)
    assert (contest.visit.standing, contest.case.handler) == (standing, counter.operator)
    assert Notice.objects.filter(organisation=counter.operator, entry__act__startswith="stations.contest.rule").exists()


def test_the_operator_of_the_zone_rules_unless_it_is_a_side(counter: Counter) -> None:
    zone = counter.zone()
    station = counter.station(zone=zone.name_zh)
    assert decider_of(station, None) == counter.bureau
    zone.operator = make_organisation("service_station", "120101")
    zone.save()
    station.refresh_from_db()
    assert decider_of(station, None) == zone.operator
    assert decider_of(station, zone.operator_id) == counter.bureau
    counter.bureau.region_code = "210000"
    counter.bureau.save()
    assert decider_of(station, zone.operator_id) is None


def test_a_contest_on_pages_and_over_the_api(counter: Counter) -> None:
    station = counter.station()
    visit = counter.visit(station, counter.shop.client, answer="可以")
    clerk, firm, officer = browse(counter.clerk), browse(counter.shop.buyer), browse(counter.officer)
    here = f"/visits/{visit.uid}/"
    assert "提出异议" in firm.get(here).content.decode() and "提出异议" not in clerk.get(here).content.decode()
    assert firm.get(f"{here}contest/").status_code == 200
    assert firm.post(f"{here}contest/", {"ground": "wrong", "text": ""}).status_code == 422
    made = firm.post(f"{here}contest/", {"ground": "wrong", "text": "问的不是这个"})
    contest = Contest.objects.get()
    page = f"/visit-contests/{contest.case.uid}/"
    assert made["Location"] == page
    assert "异议处理中" in clerk.get(here).content.decode()
    assert clerk.get(f"{page}correct/").status_code == 200
    same = {"channel": "on_site", "topic": "testing", "question": visit.question, "answer": "可以"}
    same |= {"on": visit.visited_on.isoformat(), "reason": "x"}
    assert clerk.post(f"{page}correct/", same).status_code == 422
    assert clerk.post(f"{page}stand/", {"text": "有登记表"}).status_code == 302
    assert firm.post(f"{page}ask_ruling/", {"text": "不是我们签的"}).status_code == 302
    assert officer.get(f"{page}rule_kept/").status_code == 200
    assert "A ruling is awaited" in browse(counter.officer, "en").get(page).content.decode()
    assert officer.post(f"{page}rule_kept/", {"text": "签字一致"}).status_code == 302
    assert "签字一致" in firm.get(page).content.decode()
    assert browse(counter.shop.stranger).get(page).status_code == 404

    json = {"content_type": "application/json"}
    other = counter.visit(station, counter.shop.client)
    body = {"ground": "not_us", "text": "不是我们"}
    told = firm.post(f"/api/v1/visits/{other.uid}/contest", body, **json)
    assert told.status_code == 201 and told.json()["standing"] == "contested", told.content
    path = f"/api/v1/visit-contests/{told.json()['uid']}"
    assert [one["name"] for one in clerk.get(path).json()["moves"]] == ["correct", "strike", "stand"]
    fixed = clerk.post(f"{path}/correct", {"reason": "听错了", "question": "另一个问题"}, **json)
    assert fixed.json()["state"] == "corrected", fixed.content
    seen = firm.get(f"/api/v1/visits/{other.uid}").json()
    assert (seen["question"], seen["standing"]) == ("另一个问题", "counts")
    again = firm.post(f"/api/v1/visits/{other.uid}/contest", body, **json).json()["uid"]
    assert firm.post(f"/api/v1/visit-contests/{again}/withdraw", **json).json()["state"] == "withdrawn"
    rows = firm.get("/api/v1/registers/visit-contests", {"state": "kept"}).json()["items"]
    assert [row["station"] for row in rows] == [station.uid]
