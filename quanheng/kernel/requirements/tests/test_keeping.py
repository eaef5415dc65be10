"""What keepers of the register do, what files may not undo, and who is told of a change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.kernel.audit.models import Notice
from quanheng.kernel.audit.queries import notices_for, unseen_count
from quanheng.kernel.base import errors
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.requirements import family, queries, services
from quanheng.kernel.requirements.drawing import COLUMN, draw
from quanheng.kernel.requirements.loading.graph import admit
from quanheng.kernel.requirements.loading.remarks import read_remark
from quanheng.kernel.requirements.models import Conflict, Relation, Standard, Watch
from quanheng.science.identifiers.standard_number import parse_standard_number
from tests import world

pytestmark = pytest.mark.django_db
KEEPER = Actor.platform()
ROW = {"title_zh": "某规范", "kind": "gb", "source": "s", "confidence": "confirmed"}


def load(*rows: dict[str, Any]) -> None:
    services.load_standards([{**ROW, **row} for row in rows])


def at(number: str) -> Standard:
    return Standard.objects.get(number=number)


@pytest.mark.parametrize(
    ("text", "replaces", "partly", "by", "unread", "rest"),
    [
        ("代替GB 1-2000,GB/T 2.1-2001", ["GB 1-2000", "GB/T 2.1-2001"], [], [], [], ""),
        ("代替,GB/T 28288-2012", ["GB/T 28288-2012"], [], [], [], ""),
        ("部分代替GB 3-1999", [], ["GB 3-1999"], [], [], ""),
        ("被JJF(机械)1050-2020代替标准类别：计量检定规程", [], [], ["JJF(机械) 1050-2020"], [], ""),
        ("代替GB 9-2014被GB 9-2031代替", ["GB 9-2014"], [], ["GB 9-2031"], [], ""),
        ("代替GB 1-2000,GB 1,GB 2-20", ["GB 1-2000"], [], [], ["GB 1", "GB 2-1920"], ""),
        ("京津冀共建规范;替代JJF(京)30-2002", ["JJF(京) 30-2002"], [], [], [], "京津冀共建规范"),
        ("GB 9-1994", ["GB 9-1994"], [], [], [], ""),
        ("本规范引用了下列文件:JJG646-2006移液器", [], [], [], [], "本规范引用了下列文件:JJG646-2006移液器"),
    ],
)
def test_remarks(
    text: str, replaces: list[str], partly: list[str], by: list[str], unread: list[str], rest: str
) -> None:
    found = read_remark(text, parse_standard_number("GB 9-2024"))
    assert [one.text for one in found.replaces] == replaces
    assert [one.text for one in found.partly] == partly
    assert [one.text for one in found.replaced_by] == by
    assert (found.unread, found.rest) == (unread, rest)


def test_a_link_that_closes_a_circle_or_runs_backward_is_not_admitted() -> None:
    days = {1: date(2010, 1, 1), 2: date(2020, 1, 1), 3: None}
    assert admit(set(), {(2, 1), (3, 2), (2, 3)}, days) == {(2, 1): "", (3, 2): "", (2, 3): "cycle"}
    assert admit(set(), {(1, 2)}, days) == {(1, 2): "backward"}


def test_what_is_corrected_stays_when_a_file_says_otherwise() -> None:
    load({"number": "GB 1-2000"}, {"number": "GB 1-2010", "effective": "2011-01-01", "replaces": "GB 1-2000"})
    new = at("GB 1-2010")
    facts = {"title_zh": "正名", "effective": date(2012, 1, 1), "ics": ["17.020"]}
    services.correct_standard(KEEPER, new, facts=facts, reason="公告")
    load({"number": "GB 1-2010", "effective": "2011-01-01", "title_zh": "别名", "ics": "01"})
    new.refresh_from_db()
    assert (new.title_zh, new.effective, new.ics) == ("正名", date(2012, 1, 1), ["17.020"])
    assert at("GB 1-2000").superseded_on == date(2012, 1, 1)
    assert queries.standards(ics="17").get() == new
    with pytest.raises(errors.Invalid):
        services.correct_standard(KEEPER, new, facts={"title_zh": "正名"}, reason="公告")
    with pytest.raises(errors.Invalid):
        services.correct_standard(KEEPER, new, facts={"title_zh": "x"}, reason=" ")
    with pytest.raises(errors.Invalid):
        services.correct_standard(KEEPER, new, facts={"number": "GB 2-2000"}, reason="公告")
    with pytest.raises(errors.Invalid):
        services.correct_standard(KEEPER, new, facts={"ics": ["abc"]}, reason="公告")


def test_a_replacement_taken_back_is_not_entered_again() -> None:
    rows = ({"number": "GB 1-2000"}, {"number": "GB 1-2010", "replaces": "GB 1-2000"})
    load(*rows)
    services.undo_replacement(KEEPER, at("GB 1-2010"), predecessor=at("GB 1-2000"), reason="查无此事")
    load(*rows)
    assert not at("GB 1-2010").replaces.exists()
    assert at("GB 1-2000").superseded_on is None
    services.record_replacement(KEEPER, at("GB 1-2010"), predecessor=at("GB 1-2000"))
    assert not Relation.objects.exists()
    assert at("GB 1-2000").superseded_on == date(2010, 12, 31)


def test_adoption_is_linked_once_the_international_one_is_registered() -> None:
    load({"number": "GB/T 19001-2016", "kind": "gbt", "adopts": "IDT ISO 9001:2015"})
    own = at("GB/T 19001-2016")
    assert (family.relations(own).adopts[0].degree, family.relations(own).adopts[0].other) == ("IDT", None)
    load({"number": "ISO 9001:2015", "kind": "iso", "title_zh": "", "title_en": "Quality management systems"})
    assert family.relations(at("ISO 9001:2015")).adopted_by[0].standard == own
    services.record_adoption(KEEPER, own, number="iso 9001-2015", degree="MOD")
    assert family.relations(own).adopts[0].degree == "MOD"
    for number, degree in (("GB 1-2000", "IDT"), ("ISO 9001:2015", "XYZ"), ("???", "IDT")):
        with pytest.raises(errors.Invalid):
            services.record_adoption(KEEPER, own, number=number, degree=degree)


def test_a_conflict_is_settled_once_and_for_all() -> None:
    load({"number": "ISO 1:2000", "kind": "iso", "title_en": "One", "stage": "60.60"})
    one = at("ISO 1:2000")
    conflict = Conflict.objects.create(
        standard=one, field="stage", kept="60.60", other="95.99", kept_source="a", other_source="b"
    )
    with pytest.raises(errors.Invalid):
        services.settle_conflict(KEEPER, conflict, choice="both", reason="x")
    with pytest.raises(errors.Invalid):
        services.settle_conflict(KEEPER, conflict, choice="other", reason="")
    services.settle_conflict(KEEPER, conflict, choice="other", reason="核对官网")
    one.refresh_from_db()
    assert (one.stage, one.status_on(timezone.localdate()), one.withdrawn_exact) == ("95.99", "withdrawn", False)
    with pytest.raises(errors.Conflict):
        services.settle_conflict(KEEPER, conflict, choice="kept", reason="y")
    load({"number": "ISO 1:2000", "kind": "iso", "title_en": "One", "stage": "90.20"})
    assert at("ISO 1:2000").stage == "95.99"


def test_watchers_are_told_once_of_each_change() -> None:
    lab = world.make_organisation("laboratory")
    person = world.make_person((lab, "quality_manager"))
    actor = world.make_actor((lab, "quality_manager"))
    today = timezone.localdate()
    soon = today + timedelta(days=30)
    load({"number": "GB 1-2000"}, {"number": "GB 1-2010", "effective": soon.isoformat()})
    old, new = at("GB 1-2000"), at("GB 1-2010")
    own = Actor(person_id=person.pk, name="x")
    services.watch_standard(own, person, standard=old)
    services.watch_for_organisation(actor, lab, standard=old)
    with pytest.raises(errors.Conflict):
        services.watch_standard(own, person, standard=old)
    assert services.tell_changes() == 0
    services.record_replacement(KEEPER, new, predecessor=old)
    assert services.tell_changes() == 0
    assert Notice.objects.filter(person=person).count() == Notice.objects.filter(organisation=lab).count() == 1
    (notice,) = notices_for(own)
    assert (notice.act, notice.number, notice.path) == (
        "requirements.watch.announced", "GB 1-2000", f"/standards/{old.uid}/",
    )  # fmt: skip
    assert unseen_count(own) == 1
    assert services.tell_changes(on=soon) == 2
    assert services.tell_changes(on=soon) == 0
    assert notices_for(own)[0].act == "requirements.watch.ended"
    services.unwatch(own, Watch.objects.get(person=person))
    assert Watch.objects.get().organisation == lab


def test_an_organisation_watches_all_that_its_scope_cites() -> None:
    lab = world.make_organisation("laboratory")
    standard, item = world.make_standard("GB 1-2000"), world.make_item("speed")
    world.make_scope_line(world.make_recognition(lab), item, standard)
    services.watch_for_organisation(world.make_actor((lab, "quality_manager")), lab)
    services.withdraw_standard(KEEPER, standard, on=timezone.localdate(), reason="公告")
    assert Notice.objects.filter(organisation=lab, entry__act="requirements.watch.ended").count() == 1


def test_nobody_sees_or_ends_the_watch_of_another(client: Client) -> None:
    load({"number": "GB 1-2000"})
    lab = world.make_organisation("laboratory")
    mine, other = (
        world.make_person((lab, "member")),
        world.make_actor((world.make_organisation("laboratory"), "member")),
    )
    watch = services.watch_standard(Actor(person_id=mine.pk), mine, standard=at("GB 1-2000"))
    assert not queries.watches(other).exists()
    with pytest.raises(errors.NotFound):
        services.unwatch(other, watch)
    assert client.get("/api/v1/standard-watches").json()["items"] == []
    body = {"standard": at("GB 1-2000").uid}
    assert client.post("/api/v1/standard-watches", body, content_type="application/json").status_code == 401


def test_a_huge_family_is_cut_and_drawn() -> None:
    rows = [{"number": f"GB {n}-2000"} for n in range(1, 301)]
    load(*rows)
    load({"number": "GB 900-2010", "replaces": ";".join(row["number"] for row in rows)})
    hub = at("GB 900-2010")
    tree = family.tree(hub, timezone.localdate())
    assert (len(tree.members), tree.more) == (family.NODES, True)
    drawing = draw(tree)
    assert drawing is not None
    assert len(drawing.boxes) == COLUMN + 1
    assert drawing.rest[0][2] == family.NODES - 1 - COLUMN


def test_pages_and_answers_stay_within_their_queries(client: Client) -> None:
    load(*({"number": f"GB {n}.{part}-2000", "ics": "17.020", "ccs": "A50"} for n in (1, 2) for part in range(1, 9)))
    load({"number": "GB 1.1-2010", "replaces": "GB 1.1-2000;GB 2.1-2000", "ics": "17.020;01.040.17"})
    one = at("GB 1.1-2010")
    for address, most in (
        (f"/api/v1/standards/{one.uid}", 6),
        (f"/api/v1/standards/{one.uid}/family", 6),
        (f"/api/v1/standards/{one.uid}/editions", 6),
        ("/api/v1/standards?ics=17&ccs=A&year=2000", 6),
        ("/api/v1/standard-conflicts", 6),
        ("/api/v1/classifications?scheme=ics", 6),
        (f"/standards/{one.uid}/", 15),
        ("/standards/", 15),
        ("/standards/conflicts/", 15),
    ):
        with CaptureQueriesContext(
            connection,
        ) as made:
            answer = client.get(address)
        assert answer.status_code == 200, address
        assert len(made) <= most, (address, len(made), [query["sql"][:90] for query in made])
    assert len(client.get("/api/v1/standards?ics=17&ccs=A&year=2000").json()["items"]) == 16
    detail = client.get(f"/api/v1/standards/{one.uid}/family").json()
    assert {member["generation"] for member in detail["members"]} == {0, -1}
