"""Stating and revising a need: read at once, edited by chips, never half-changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.services import chips
from quanheng.domains.services.models import Need
from quanheng.domains.services.revising import ChipIn, Revision, understand
from quanheng.domains.services.services import revise_need, state_need
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Denied, Invalid, NotFound, SignInNeeded
from quanheng.kernel.requirements.models import Requirement
from tests.world import make_actor


def test_a_need_keeps_what_was_understood_and_what_was_not(shop: Shop) -> None:
    need = shop.need("我们的电动自行车要检测最高车速和哗啦圈，预算3万元")
    assert need.family == shop.family
    assert chips.codes(need.understanding, "item") == ["speed"]
    assert chips.codes(need.understanding, "activity") == ["testing"]
    assert need.budget_cents == 3_000_000
    assert [one["words"] for one in need.understanding["unknown"]] == ["哗啦圈"]
    product = chips.of_kind(need.understanding, "product")[0]
    assert need.text[product["start"] : product["end"]] == product["words"] == "电动自行车"
    assert Entry.objects.get(made_type="services.need", made_id=need.pk).act == "services.need.state"


def test_a_number_before_an_instrument_counts_it(shop: Shop) -> None:
    found = understand("校准3块压力表和游标卡尺")
    assert [(one["code"], one["count"]) for one in chips.of_kind(found, "instrument")] == [
        ("general_pressure_gauge", 3),
        ("caliper", 1),
    ]


def test_what_was_chosen_beside_the_words_joins_the_chips(shop: Shop) -> None:
    day = timezone.localdate() + timedelta(days=40)
    need = shop.need(
        "请帮忙",
        family="ebike",
        items=["mass", "brake"],
        activities=["testing"],
        budget_cents=123456,
        deadline=day,
        product_name="飞马",
        product_model="T1",
    )
    assert need.family == shop.family
    assert chips.codes(need.understanding, "item") == ["mass", "brake"]
    assert (need.budget_cents, need.deadline, need.product_name, need.product_model) == (123456, day, "飞马", "T1")
    label = chips.of_kind(need.understanding, "budget")[0]
    assert (label["label"], label["label_en"]) == ("预算 1,234.56 元", "Budget CNY 1,234.56")


def test_chips_are_added_and_removed_one_by_one(shop: Shop) -> None:
    need = shop.need("电动自行车检测最高车速，要CMA报告")
    revise_need(
        shop.buyer,
        need,
        revision=Revision(add=[ChipIn("item", "mass"), ChipIn("item", "mass")], remove=[("recognition", "CMA")]),
    )
    need.refresh_from_db()
    assert chips.codes(need.understanding, "item") == ["speed", "mass"]
    assert chips.codes(need.understanding, "recognition") == []
    revise_need(shop.buyer, need, revision=Revision(remove=[("product", "ebike")]))
    need.refresh_from_db()
    assert need.family is None


def test_new_words_are_read_anew(shop: Shop) -> None:
    need = shop.need("电动自行车检测最高车速")
    revise_need(shop.buyer, need, revision=Revision(text="电动自行车检测整车质量"))
    need.refresh_from_db()
    assert chips.codes(need.understanding, "item") == ["mass"]


def test_a_requirement_is_chosen_by_its_uid(shop: Shop) -> None:
    requirement = Requirement.objects.get(item=shop.items["mass"])
    need = shop.need()
    revise_need(shop.buyer, need, revision=Revision(add=[ChipIn("requirement", requirement.uid)]))
    assert chips.of_kind(need.understanding, "requirement") == []
    need.refresh_from_db()
    assert chips.codes(need.understanding, "requirement") == [requirement.uid]


@pytest.mark.parametrize(
    ("revision", "field"),
    [
        (Revision(family="spaceship"), "family"),
        (Revision(items=["speed", "charm"]), "items"),
        (Revision(activities=["divination"]), "activities"),
        (Revision(deadline=timezone.localdate() - timedelta(days=1)), "deadline"),
        (Revision(add=[ChipIn("deadline", "soon")]), "add"),
        (Revision(add=[ChipIn("budget", "-5")]), "add"),
        (Revision(add=[ChipIn("budget", "1e400")]), "add"),
        (Revision(add=[ChipIn("standard", "GB 0-1900")]), "add"),
        (Revision(add=[ChipIn("requirement", "nothing")]), "add"),
        (Revision(add=[ChipIn("instrument", "caliper", 51)]), "add"),
        (Revision(add=[ChipIn("spell", "abracadabra")]), "add"),
        (Revision(product_name="x" * 121), "product_name"),
        (Revision(text=" "), "text"),
        (Revision(text="x" * 2001), "text"),
        (Revision(text="电动车\x00"), "text"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(shop: Shop, revision: Revision, field: str) -> None:
    need = shop.need()
    before = Need.objects.values().get(pk=need.pk)
    with pytest.raises(Invalid) as refused:
        revise_need(shop.buyer, need, revision=revision)
    assert [error.field for error in refused.value.errors] == [field]
    assert Need.objects.values().get(pk=need.pk) == before


def test_all_wrong_inputs_are_named_at_once(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        shop.need(family="spaceship", items=["charm", "speed"])
    assert [error.field for error in refused.value.errors] == ["family", "items"]
    assert not Need.objects.exists()


def test_too_many_chips_are_refused(shop: Shop) -> None:
    need = shop.need()
    need.understanding = {"chips": [{"kind": "purpose", "code": str(n)} for n in range(120)], "unknown": []}
    need.save()
    with pytest.raises(Invalid):
        revise_need(shop.buyer, need, revision=Revision(add=[ChipIn("item", "mass")]))


@pytest.mark.parametrize("role", ["member", "quality_manager", "administrator"])
def test_these_roles_may_state_a_need(shop: Shop, role: str) -> None:
    assert state_need(make_actor((shop.client, role)), shop.client, text="电动车").pk


@pytest.mark.parametrize("role", ["operator", "reviewer", "signatory", "case_officer", "district_officer", "planner"])
def test_others_of_the_house_may_not(shop: Shop, role: str) -> None:
    with pytest.raises(Denied):
        state_need(make_actor((shop.client, role)), shop.client, text="电动车")


def test_nobody_states_a_need_for_another(shop: Shop) -> None:
    with pytest.raises(Denied):
        state_need(shop.stranger, shop.client, text="电动车")
    with pytest.raises(SignInNeeded):
        state_need(Actor.nobody(), shop.client, text="电动车")


def test_another_organisation_does_not_know_the_need(shop: Shop) -> None:
    with pytest.raises(NotFound):
        revise_need(shop.stranger, shop.need(), revision=Revision(text="电动车"))


def test_that_a_firm_has_a_need_is_not_told_in_its_public_history(shop: Shop) -> None:
    shop.need()
    assert [told.act for told in row_story(shop.buyer, shop.client)] == ["services.need.state"]
    assert row_story(shop.stranger, shop.client) == []
