"""Entries that are one organisation: found with their reasons, merged by the rules, and taken apart again."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, Proposed
from quanheng.kernel.cases.models import Case
from quanheng.kernel.changes.models import Proposal
from quanheng.kernel.changes.services import approve_proposal
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.objects.services import ProductFacts, register_product
from quanheng.kernel.parties import duplicates, queries, services
from quanheng.kernel.parties.absorbing import Merging, rules
from quanheng.kernel.parties.models import (
    DuplicatePair,
    Group,
    Membership,
    Merger,
    Organisation,
    OrganisationName,
    SignatoryField,
)
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.world import actor, credit_code, organisation, person, region
from quanheng.kernel.requirements.models import ProductFamily

pytestmark = pytest.mark.django_db

PLATFORM = Actor.platform()


def merge(loser: Organisation, survivor: Organisation, by: Actor = PLATFORM, **facts: Any) -> Merger:
    return services.merge_organisation(by, loser, survivor=survivor, reason="同一营业执照", **facts)


def known(key: int, name: str, **facts: Any) -> duplicates.Known:
    given = {"uscc": credit_code(key), "english": "", "address": "", "phone": "", "latitude": None, "longitude": None}
    return duplicates.Known(key=key, names=(duplicates.read_firm_name(name),), **{**given, **facts})


# --- finding ------------------------------------------------------------------------------------------------


def test_spellings_of_one_name_meet_and_say_why() -> None:
    [found] = duplicates.find(
        [known(1, "天津市华信检测有限责任公司"), known(500, "华信检测(天津)有限公司"), known(900, "华新阀门有限公司")]
    )
    assert (found.first, found.second, found.reasons) == (1, 500, ("name", "form"))
    assert found.score == 70


def test_different_places_and_branches_are_not_one() -> None:
    assert not duplicates.find([known(1, "天津华信检测有限公司"), known(500, "北京华信检测有限公司")])
    assert not duplicates.find([known(1, "华信检测有限公司"), known(500, "华信检测有限公司天津分公司")])


def test_a_similar_name_counts_only_with_something_else() -> None:
    one, other = "天津华信精密仪器有限公司", "天津华兴精密仪器有限公司"
    assert not duplicates.find([known(1, one), known(500, other)])
    same = {"phone": "22881234", "address": "新港路一号楼"}
    [found] = duplicates.find([known(1, one, **same), known(500, other, **same)])
    assert found.reasons == ("similar", "phone", "address")
    # A telephone that strangers share says nothing.
    assert not duplicates.find([known(1, "甲厂", **same), known(500, "乙行", **same)])


def test_codes_of_one_body_meet() -> None:
    one = known(1, "甲厂", uscc="91350100M000100Y43")
    other = known(2, "乙行", uscc="91120101M000100Y4X")
    [found] = duplicates.find([one, other])
    assert found.reasons == ("body",)


def test_a_former_name_meets_the_name_of_another() -> None:
    old = duplicates.read_firm_name("大港化工厂")
    first = duplicates.Known(
        1, credit_code(1), (duplicates.read_firm_name("滨海新材料有限公司"), old), "", "", "", None, None
    )
    [found] = duplicates.find([first, known(500, "大港化工厂")])
    assert found.reasons == ("former",)


def test_a_crowd_under_one_name_is_left_alone() -> None:
    assert not duplicates.find([known(key * 40, "便民超市") for key in range(1, duplicates.CROWD + 2)])


def test_sixteen_thousand_cost_seconds() -> None:
    """A bound that only a quadratic search would miss, on a machine however busy."""
    draw = random.Random(7)
    words = [chr(0x4E00 + draw.randrange(3000)) for _ in range(900)]
    entries = []
    for key in range(1, 16001):
        name = f"天津市{''.join(draw.choices(words, k=3))}科技有限公司"
        entries.append(
            known(
                key,
                name,
                phone=f"2{draw.randrange(10**7):07d}",
                latitude=39 + draw.random(),
                longitude=117 + draw.random(),
            )
        )
    entries.append(known(20_000, name.replace("有限公司", "有限责任公司")))
    began = time.process_time()
    found = duplicates.find(entries)
    assert time.process_time() - began < 20
    assert any((one.first, one.second) == (16000, 20_000) for one in found)


def test_the_list_is_kept_and_what_was_decided_stays() -> None:
    one, other = organisation(name="华信检测有限公司"), organisation(name="华信检测有限责任公司")
    bureau = organisation("regulator", "120101")
    assert duplicates.refresh() == 1
    assert duplicates.refresh() == 1
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second) == (one, other)
    officer = actor((bureau, "case_officer"))
    with pytest.raises(Invalid):
        services.dismiss_pair(officer, pair, reason=" ")
    with pytest.raises(NotFound):
        services.dismiss_pair(actor((organisation("regulator", "120103"), "case_officer")), pair, reason="x")
    services.dismiss_pair(officer, pair, reason="母子公司")
    assert duplicates.refresh() == 0
    assert DuplicatePair.objects.get().state == "dismissed"
    with pytest.raises(Conflict):
        services.dismiss_pair(officer, pair, reason="x")
    third = organisation(name="华信检测有限公司")
    assert duplicates.refresh() == 2
    Organisation.objects.filter(pk=third.pk).update(name_zh="别的名字厂")
    assert duplicates.refresh() == 0


def test_a_pair_across_districts_is_the_city_s() -> None:
    one, other = organisation(name="华信检测有限公司"), organisation(code="120102", name="华信检测有限公司")
    duplicates.refresh()
    for code, sees in {"120101": False, "120102": False, "120000": True, "210000": False}.items():
        officer = actor((organisation("regulator", code), "case_officer"))
        assert queries.duplicate_pairs(officer).exists() is sees
        for loser, survivor in ((one, other), (other, one)):
            with pytest.raises(Proposed if sees else (Denied, NotFound)):
                services.merge_organisation(officer, loser, survivor=survivor, reason="x")
            Proposal.objects.all().delete()


# --- merging ------------------------------------------------------------------------------------------------


def test_every_relation_to_organisations_has_a_rule() -> None:
    """A new relation fails here until somebody has decided what becomes of it."""
    found = set()
    for model in apps.get_models():
        if not model.__module__.startswith("quanheng."):
            continue
        for column in [*model._meta.concrete_fields, *model._meta.local_many_to_many]:
            if isinstance(column, models.ForeignKey | models.ManyToManyField) and column.related_model is Organisation:
                found.add(f"{model._meta.label}.{column.name}")
    assert found == set(rules()), found ^ set(rules())
    assert all(rule.handle is not None or rule.why for rule in rules().values())


def test_what_is_in_use_moves_and_what_is_history_stays() -> None:
    survivor, loser = organisation(name="华信检测有限公司"), organisation(name="华信检测有限责任公司")
    family = ProductFamily.objects.create(code="e", name_zh="e", name_en="e", source="t", confidence="confirmed")
    ours = Product.objects.create(owner=survivor, family=family, name="车", model="A")
    twin = Product.objects.create(owner=loser, family=family, name="车", model="A")
    own = Product.objects.create(owner=loser, family=family, name="车", model="B")
    gauge = Instrument.objects.create(owner=loser, name_zh="表", serial="1")
    Instrument.objects.create(owner=survivor, name_zh="表", serial="2")
    same = Instrument.objects.create(owner=loser, name_zh="表", serial="2")
    both = person((survivor, "member"), (loser, "member"))
    worker = person((loser, "administrator"))
    lead, led = organisation(), Group.objects.create(lead=loser, name_zh="甲")
    joined = Group.objects.create(lead=lead, name_zh="乙")
    joined.members.add(loser)
    now = timezone.now()
    case = Case.objects.create(
        process="test", state="open", number="T1", title="x", client=loser, region_code="120101",
        opened_at=now, changed_at=now,
    )  # fmt: skip
    before = {model: model.objects.count() for model in (Product, Instrument, Membership, Group)}
    merger = merge(loser, survivor, take=["phone"])
    for row in (loser, twin, own, gauge, same, led, case):
        row.refresh_from_db()
    assert loser.merged_into == survivor
    assert (own.owner, gauge.owner, led.lead) == (survivor, survivor, survivor)
    assert (own.retired_on, twin.owner) == (None, survivor)
    assert twin.retired_on is not None
    assert (same.owner, same.in_service) == (loser, False)
    assert case.client == loser
    assert Membership.objects.get(person=worker).organisation == survivor
    ended = Membership.objects.get(person=both, organisation=loser)
    assert ended.valid_until == timezone.localdate() - timedelta(days=1)
    # Nobody is put under another's group by a merger.
    assert not joined.members.exists()
    assert list(joined.invited.all()) == [survivor]
    assert [name.text for name in queries.names_of(survivor)] == ["华信检测有限责任公司"]
    entry = Entry.objects.get(act="parties.organisation.merge")
    assert entry.facts["moved"]["objects.product"] == 2
    assert entry.facts["kept"]["cases.case"] == 1
    assert len(entry.facts["journal_sha256"]) == 64
    assert prove().sound
    # It is listed no more, nothing is done on it any more, and its people look after what stays with it.
    assert loser not in queries.organisations()
    assert survivor in queries.organisations(text="有限责任")
    boss = actor_of(worker)
    with pytest.raises(Conflict) as refused:
        register_product(boss, loser, facts=ProductFacts(family="e", name="新"))
    assert survivor.name_zh in str(refused.value)
    assert Case.visible_to.allows(boss, case)
    assert queries.managed_by(boss) == [survivor]
    # And everything goes back.
    with pytest.raises(Invalid):
        services.undo_merger(PLATFORM, merger, reason=" ")
    services.undo_merger(PLATFORM, merger, reason="不是同一主体")
    for row in (loser, twin, own, gauge, same, led, ours):
        row.refresh_from_db()
    assert loser.merged_into is None
    assert {own.owner, gauge.owner, twin.owner, led.lead} == {loser}
    assert (twin.retired_on, same.in_service) == (None, True)
    assert Membership.objects.get(person=worker).organisation == loser
    assert Membership.objects.get(person=both, organisation=loser).valid_until is None
    assert list(joined.members.all()) == [loser]
    assert not joined.invited.exists()
    assert not OrganisationName.objects.exists()
    assert {model: model.objects.count() for model in before} == before
    with pytest.raises(Conflict):
        services.undo_merger(PLATFORM, merger, reason="x")
    assert prove().sound


def test_what_was_changed_since_stays_when_a_merger_is_undone() -> None:
    survivor, loser, third = organisation(), organisation(), organisation()
    family = ProductFamily.objects.create(code="e", name_zh="e", name_en="e", source="t", confidence="confirmed")
    product = Product.objects.create(owner=loser, family=family, name="车")
    merger = merge(loser, survivor)
    Product.objects.filter(pk=product.pk).update(owner=third)
    services.undo_merger(PLATFORM, merger, reason="x")
    product.refresh_from_db()
    assert product.owner == third
    assert Entry.objects.latest("id").facts["left"] == 1


def test_the_survivor_takes_over_what_was_chosen_and_keeps_the_rest() -> None:
    survivor, loser = organisation(name="旧名厂"), organisation(name="新名厂")
    Organisation.objects.filter(pk=loser.pk).update(phone="1", address="a", latitude=39.0, longitude=117.0)
    Organisation.objects.filter(pk=survivor.pk).update(phone="2", address="b")
    loser.refresh_from_db()
    merger = merge(loser, survivor, take=["name_zh", "phone", "position"])
    survivor.refresh_from_db()
    assert (survivor.name_zh, survivor.phone, survivor.address, survivor.latitude) == ("新名厂", "1", "b", 39.0)
    assert {name.text for name in queries.names_of(survivor)} == {"旧名厂"}
    services.undo_merger(PLATFORM, merger, reason="x")
    survivor.refresh_from_db()
    assert (survivor.name_zh, survivor.phone, survivor.latitude) == ("旧名厂", "2", None)
    with pytest.raises(Invalid):
        merge(loser, survivor, take=["uscc"])


def test_signatories_are_authorised_anew() -> None:
    survivor, loser = organisation("laboratory"), organisation("laboratory")
    signer = person((loser, "signatory"), (loser, "operator"))
    post = Membership.objects.get(person=signer, role="signatory")
    field = SignatoryField.objects.create(membership=post, category="*", valid_from=date(2020, 1, 1))
    assert queries.may_sign(signer.pk, loser.pk, "e", timezone.localdate())
    merger = merge(loser, survivor)
    for organisation_id in (survivor.pk, loser.pk):
        assert not queries.may_sign(signer.pk, organisation_id, "e", timezone.localdate())
    assert Membership.objects.filter(person=signer, organisation=survivor, role="operator").exists()
    services.undo_merger(PLATFORM, merger, reason="x")
    field.refresh_from_db()
    assert field.valid_until is None
    assert queries.may_sign(signer.pk, loser.pk, "e", timezone.localdate())


def recognise(holder: Organisation, until: date | None = None) -> Recognition:
    return Recognition.objects.create(
        organisation=holder,
        scheme="CMA",
        number=f"{holder.pk}",
        valid_from=date(2020, 1, 1),
        valid_until=until or timezone.localdate() + timedelta(days=100),
    )


def sign(issuer: Organisation) -> None:
    key = IssuerKey.objects.create(
        organisation=issuer, key_id="k", public_multibase="z", private_sealed="s", valid_from=timezone.now()
    )
    Attestation.objects.create(
        kind="test_report", number="1", issuer=issuer, key=key, title="x", address="https://x/r/1", document="{}",
        sha256="0" * 64, issued_at=timezone.now(),
    )  # fmt: skip


def test_a_recognition_in_force_moves_only_when_it_is_said_to_and_never_from_documents() -> None:
    survivor, loser = organisation("laboratory"), organisation("laboratory")
    recognition = recognise(loser)
    with pytest.raises(Conflict) as refused:
        merge(loser, survivor)
    assert refused.value.reason == "cannot-merge"
    assert recognition.number in str(refused.value.errors[0].message)
    merger = merge(loser, survivor, with_recognitions=True)
    recognition.refresh_from_db()
    assert recognition.organisation == survivor
    services.undo_merger(PLATFORM, merger, reason="x")
    recognition.refresh_from_db()
    assert recognition.organisation == loser
    sign(loser)
    for given in (False, True):
        with pytest.raises(Conflict):
            merge(loser, survivor, with_recognitions=given)
    # Ended recognitions and what was signed under them stay behind.
    Recognition.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
    merge(loser, survivor)
    recognition.refresh_from_db()
    assert (recognition.organisation, Attestation.objects.get().issuer) == (loser, loser)


def test_mergers_that_cannot_be_are_refused() -> None:
    firm, twin = organisation(), organisation()
    laboratory, bureau = organisation("laboratory"), organisation("regulator")
    now = timezone.now()
    Case.objects.create(
        process="test", state="open", number="T9", title="x", client=firm, handler=laboratory, region_code="120101",
        opened_at=now, changed_at=now,
    )  # fmt: skip
    with pytest.raises(Invalid):
        merge(firm, firm)
    with pytest.raises(Conflict):
        merge(firm, laboratory)
    with pytest.raises(Conflict):
        merge(organisation("regulator"), bureau)
    with pytest.raises(Conflict) as refused:
        merge(laboratory, organisation("laboratory"))
    assert "T9" in str(refused.value.errors[0].message)
    merge(twin, firm)
    for loser, survivor in ((twin, organisation()), (organisation(), twin)):
        with pytest.raises(Conflict) as refused:
            merge(loser, survivor)
        assert refused.value.reason == "merged"


def test_a_chain_of_mergers_leads_to_the_last_and_comes_apart_in_turn() -> None:
    one, two, three = organisation(), organisation(), organisation()
    first = merge(one, two)
    second = merge(two, three)
    one.refresh_from_db()
    assert one.merged_into == three
    holder = actor_of(person((three, "member")))
    assert holder.organisations("member") == {one.pk, two.pk, three.pk}
    with pytest.raises(Conflict):
        services.undo_merger(PLATFORM, first, reason="x")
    services.undo_merger(PLATFORM, second, reason="x")
    one.refresh_from_db()
    assert one.merged_into == two
    services.undo_merger(PLATFORM, first, reason="x")
    one.refresh_from_db()
    assert one.merged_into is None


def test_a_merger_waits_for_a_second_person() -> None:
    survivor, loser = organisation(name="甲厂"), organisation(name="乙厂")
    bureau = organisation("regulator", "120101")
    one, two = (actor((bureau, "case_officer")) for _ in range(2))
    with pytest.raises(Proposed):
        merge(loser, survivor, by=one, take=["phone"])
    loser.refresh_from_db()
    assert loser.merged_into is None
    assert not Merger.objects.exists()
    approve_proposal(two, Proposal.objects.get())
    loser.refresh_from_db()
    assert loser.merged_into == survivor


# --- names --------------------------------------------------------------------------------------------------


def test_a_corrected_name_is_remembered() -> None:
    firm = organisation(name="旧名厂")
    services.correct_registration(PLATFORM, firm, name_zh="新名厂", reason="更名")
    [name] = queries.names_of(firm)
    assert (name.text, name.kind, name.until) == ("旧名厂", "former", timezone.localdate())
    assert firm in queries.organisations(text="旧名")
    # Back again: the register does not call its own name a former one.
    services.correct_registration(PLATFORM, firm, name_zh="旧名厂", reason="改回")
    assert [one.text for one in queries.names_of(firm)] == ["新名厂"]


def test_names_are_entered_and_taken_out_by_registrars() -> None:
    firm, bureau = organisation(name="甲厂"), organisation("regulator", "120101")
    officer = actor((bureau, "case_officer"))
    for wrong in (
        {"text": ""},
        {"kind": "merged"},
        {"until": timezone.localdate() + timedelta(days=1)},
        {"reason": ""},
    ):
        with pytest.raises(Invalid):
            services.add_name(officer, firm, **{"text": "老厂", "kind": "former", "reason": "档案", **wrong})
    name = services.add_name(officer, firm, text="老厂", kind="former", reason="档案")
    for text in ("老厂", "甲厂"):
        with pytest.raises(Conflict):
            services.add_name(officer, firm, text=text, kind="other", reason="x")
    services.drop_name(officer, name, reason="录错")
    assert not queries.names_of(firm)


# --- pages --------------------------------------------------------------------------------------------------


def test_the_pages_and_the_api(client: Client) -> None:
    bureau = organisation("regulator", "120101")
    survivor, loser = organisation(name="华信检测有限公司"), organisation(name="华信检测有限责任公司")
    duplicates.refresh()
    pair = DuplicatePair.objects.get()
    officer, second = person((bureau, "case_officer")), person((bureau, "case_officer"))
    assert client.get("/duplicates/").status_code == 302
    client.force_login(person((survivor, "administrator")))
    assert client.get("/duplicates/").status_code == 403
    client.force_login(officer)
    page = client.get("/duplicates/").content.decode()
    assert "名称的规范形式相同" in page
    compared = f"/organisations/{survivor.uid}/compare/{loser.uid}/"
    assert compared in page
    found = client.get("/duplicates/", {"one": survivor.uscc, "other": loser.uscc.lower()})
    assert found.headers["Location"] == compared
    assert client.get("/duplicates/", {"one": survivor.uscc, "other": "x"}).status_code == 422
    assert "各自名下" in client.get(compared).content.decode()
    assert client.post(compared, {"survivor": "", "reason": ""}).status_code == 422
    answer = client.post(compared, {"survivor": survivor.uid, "take": ["phone"], "reason": "同一营业执照"})
    proposal = Proposal.objects.get()
    assert answer.headers["Location"] == f"/changes/{proposal.uid}/"
    client.force_login(second)
    assert "华信检测有限公司" in client.get(f"/changes/{proposal.uid}/").content.decode()
    client.post(f"/changes/{proposal.uid}/approve/")
    gone = client.get(f"/organisations/{loser.uid}/")
    assert (gone.status_code, gone.headers["Location"]) == (302, f"/organisations/{survivor.uid}/")
    assert "华信检测有限责任公司" in client.get(f"/organisations/{survivor.uid}/").content.decode()
    told = client.get(f"/api/v1/organisations/{loser.uid}").json()
    assert told["merged_into"] == survivor.uid
    assert [one["text"] for one in client.get(f"/api/v1/organisations/{survivor.uid}").json()["other_names"]] == [
        "华信检测有限责任公司"
    ]
    assert client.get("/api/v1/duplicates").json()["items"] == []
    [merger] = client.get("/api/v1/mergers").json()["items"]
    assert "撤销合并" in client.get("/duplicates/?show=merged").content.decode()
    undone = client.post(f"/api/v1/mergers/{merger['uid']}/undo", {"reason": "x"}, content_type="application/json")
    assert undone.status_code == 200, undone.content
    pair.refresh_from_db()
    assert pair.state == "open"
    client.post(f"/duplicates/{pair.uid}/dismiss/", {"reason": "母子公司"})
    pair.refresh_from_db()
    assert pair.state == "dismissed"


def test_the_list_costs_the_same_for_many(client: Client) -> None:
    bureau = organisation("regulator", "120101")
    client.force_login(person((bureau, "case_officer")))
    region()
    client.get("/duplicates/")
    counts = []
    for size in (3, 60):
        for n in range(size):
            for form in ("有限公司", "有限责任公司"):
                organisation(name=f"厂{size}号{n}字{form}")
        duplicates.refresh()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get("/duplicates/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 15


def test_a_check_can_be_asked_without_merging() -> None:
    from quanheng.kernel.parties.absorbing import refusals

    one, other = organisation(), organisation("laboratory")
    assert len(refusals(Merging(PLATFORM, one, other))) == 1
