"""Acts on the register of standards: what they do, and to whom they are refused."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, SignInNeeded
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.models import Standard
from quanheng.kernel.requirements.services import StandardFacts
from quanheng.science.identifiers.standard_number import parse_standard_number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("single_handed")]


@pytest.fixture
def bureau() -> Organisation:
    region = Region.objects.create(
        code="120000", name_zh="天津市", name_en="Tianjin", level="province", source="s", confidence="confirmed"
    )
    return Organisation.objects.create(
        uscc="B" * 18, name_zh="监管", kind="regulator", region=region, region_code="120000"
    )


@pytest.fixture
def officer(bureau: Organisation) -> Actor:
    person = Person.objects.create(username="officer", name_zh="承办人")
    return Actor(person_id=person.pk, name="承办人", posts=(Post(bureau.pk, "case_officer", "120000"),))


def standard(number: str, **facts: object) -> Standard:
    key = parse_standard_number(number).key
    return Standard.objects.create(
        number=number, key=key, title_zh=number, kind="gb", source="s", confidence="c", **facts
    )


FACTS = StandardFacts(number="gbt 19001—2016", title_zh="质量管理体系", kind="gbt", source="公告")


def test_registering_normalises_the_number_and_leaves_an_entry(officer: Actor, bureau: Organisation) -> None:
    made = services.register_standard(officer, bureau, facts=FACTS)
    assert made.number == "GB/T 19001-2016"
    assert queries.standards(number="GB/T19001").get() == made
    entry = Entry.objects.get(act="requirements.standard.register")
    assert (entry.made_id, entry.actor_id) == (made.pk, officer.person_id)
    with pytest.raises(Conflict):
        services.register_standard(officer, bureau, facts=FACTS)


def test_a_wrong_fact_is_named(officer: Actor, bureau: Organisation) -> None:
    with pytest.raises(Invalid) as refused:
        services.register_standard(
            officer, bureau, facts=StandardFacts(number="??", title_zh="", kind="gb", source="x")
        )
    assert {error.field for error in refused.value.errors} == {"number", "title_zh"}
    assert not Standard.objects.exists()


def test_a_replacement_supersedes_from_the_day_the_successor_takes_effect(officer: Actor) -> None:
    old, new = standard("GB 1-2000"), standard("GB 1-2010", effective=date(2011, 5, 1))
    services.record_replacement(officer, new, predecessor=old)
    old.refresh_from_db()
    assert old.superseded_on == date(2011, 5, 1)
    entry = Entry.objects.get(act="requirements.standard.replace")
    assert entry.facts == {"predecessor": "GB 1-2000", "superseded_on": "2011-05-01"}
    page = queries.standard_page(old, date(2012, 1, 1))
    assert (page.status, page.outdated, [one.number for one in page.successors]) == ("superseded", True, ["GB 1-2010"])
    assert [one.number for one in queries.standard_page(new).predecessors] == ["GB 1-2000"]


def test_replacements_that_cannot_be_are_refused(officer: Actor) -> None:
    a, b, c = standard("GB 1-2000"), standard("GB 1-2010"), standard("GB 1")
    services.record_replacement(officer, b, predecessor=a)
    services.record_replacement(officer, c, predecessor=b)
    with pytest.raises(Invalid):
        services.record_replacement(officer, a, predecessor=a)
    with pytest.raises(Conflict):
        services.record_replacement(officer, b, predecessor=a)
    with pytest.raises(Invalid):
        services.record_replacement(officer, a, predecessor=b)
    with pytest.raises(Conflict):
        services.record_replacement(officer, a, predecessor=c)


def test_withdrawing(officer: Actor) -> None:
    one = standard("GB 1-2000", published=date(2000, 1, 1))
    with pytest.raises(Invalid):
        services.withdraw_standard(officer, one, on=date(1999, 1, 1), reason="公告")
    with pytest.raises(Invalid):
        services.withdraw_standard(officer, one, on=date(2005, 1, 1), reason=" ")
    services.withdraw_standard(officer, one, on=date(2005, 1, 1), reason="2005 年第 1 号公告")
    one.refresh_from_db()
    assert one.status_on(date(2005, 1, 1)) == "withdrawn"
    with pytest.raises(Conflict):
        services.withdraw_standard(officer, one, on=date(2006, 1, 1), reason="again")


@pytest.mark.parametrize(
    ("posts", "refusal"),
    [
        (None, SignInNeeded),
        ((("bureau", "member"),), Denied),
        ((("bureau", "district_officer"),), Denied),
        ((("other", "administrator"), ("other", "case_officer")), Denied),
    ],
)
def test_only_a_regulators_case_officer_keeps_the_register(
    bureau: Organisation, posts: tuple[tuple[str, str], ...] | None, refusal: type[Exception]
) -> None:
    other = Organisation.objects.create(
        uscc="C" * 18, name_zh="企业", kind="enterprise", region=bureau.region, region_code="120000"
    )
    held = {"bureau": (bureau.pk, "120000"), "other": (other.pk, "")}
    actor = Actor.nobody()
    if posts is not None:
        person = Person.objects.create(username="x", name_zh="某人")
        actor = Actor(person_id=person.pk, posts=tuple(Post(held[o][0], role, held[o][1]) for o, role in posts))
    old, new = standard("GB 1-2000"), standard("GB 1-2010")
    with pytest.raises(refusal):
        services.register_standard(actor, bureau, facts=FACTS)
    with pytest.raises(refusal):
        services.register_standard(actor, other, facts=FACTS)
    with pytest.raises(refusal):
        services.record_replacement(actor, new, predecessor=old)
    with pytest.raises(refusal):
        services.withdraw_standard(actor, new, on=date(2020, 1, 1), reason="公告")
    assert not new.replaces.exists()


def test_the_register_over_the_api(client: Client, officer: Actor, bureau: Organisation) -> None:
    old, new = standard("GB 1-2000"), standard("GB 1-2010", effective=date(2011, 5, 1))
    services.record_replacement(officer, new, predecessor=old)
    listed = client.get("/api/v1/standards", {"status": "superseded"}).json()
    assert [one["number"] for one in listed["items"]] == ["GB 1-2000"]
    listed = client.get("/api/v1/standards", {"number": "gb1-2010", "limit": 1}).json()
    assert [one["number"] for one in listed["items"]] == ["GB 1-2010"]
    detail = client.get(f"/api/v1/standards/{old.uid}").json()
    assert (detail["status"], detail["outdated"]) == ("superseded", True)
    assert detail["successors"][0]["number"] == "GB 1-2010"
    assert client.get("/api/v1/standards/nothing").status_code == 404
    assert client.get("/api/v1/standards", {"number": "???"}).status_code == 422
    assert client.get("/api/v1/standards", {"status": "old"}).status_code == 422
    assert client.get("/api/v1/families").json()["items"] == []
    assert client.get("/api/v1/items", {"text": "速 度"}).json()["items"] == []
    body = {"on": "2020-01-01", "reason": "公告"}
    answer = client.post(f"/api/v1/standards/{new.uid}/withdraw", body, content_type="application/json")
    assert answer.status_code == 401
