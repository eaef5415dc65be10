"""Posting, revising and withdrawing needs and results, and what each reader finds beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.exchange import finding, queries
from quanheng.domains.exchange.jobs import close_lapsed
from quanheng.domains.exchange.models import Corpus, Offering, TechnicalNeed, Word
from quanheng.domains.exchange.services import (
    post_need,
    post_offering,
    revise_need,
    revise_offering,
    withdraw_need,
    withdraw_offering,
)
from quanheng.domains.exchange.tests.conftest import Exchange, need_facts, offering_facts
from quanheng.domains.services.models import Gap, Need
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.services import merge_organisation
from tests.world import make_family, make_item, make_organisation


def test_a_need_is_open_for_a_year_or_until_its_deadline(exchange: Exchange) -> None:
    today = timezone.localdate()
    need = exchange.need()
    assert (need.state, need.region_code, need.named) == ("open", "120102", True)
    assert today + timedelta(days=360) < need.open_until <= today + timedelta(days=375)
    dated = exchange.need(deadline=today + timedelta(days=30))
    assert dated.open_until == dated.deadline


def test_who_posts_what(exchange: Exchange) -> None:
    """Firms post needs, institutions post results; the other way round is refused with what to do instead."""
    with pytest.raises(Denied, match="发布成果或能力"):
        post_need(exchange.scholar, exchange.institute, facts=need_facts())
    with pytest.raises(Denied, match="发布技术需求"):
        post_offering(exchange.buyer, exchange.firm, facts=offering_facts())
    with pytest.raises(Denied):
        post_need(exchange.stranger, exchange.firm, facts=need_facts())


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"field": "alchemy"}, "field"),
        ({"family": "none"}, "family"),
        ({"item": "无此项目"}, "item"),
        ({"lower": "0", "upper": "60"}, "unit"),
        ({"lower": "60", "upper": "0", "unit": "MPa"}, "lower"),
        ({"lower": "zero", "unit": "MPa"}, "lower"),
        ({"lower": "0", "unit": "furlong"}, "unit"),
        ({"uncertainty": "0.1", "unit": "MPa"}, "uncertainty"),
        ({"lower": "0", "upper": "60", "unit": "MPa", "uncertainty": "little"}, "uncertainty"),
        ({"lower": "0", "unit": "MPa", "uncertainty": "0.1%"}, "uncertainty"),
        ({"budget_cents": 0}, "budget_cents"),
        ({"budget_cents": 10**15}, "budget_cents"),
    ],
)
def test_what_is_wrong_with_a_need_is_named(exchange: Exchange, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        exchange.need(**facts)
    assert field in {error.field for error in refused.value.errors}
    assert not TechnicalNeed.objects.exists() and not Word.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "miracle"}, "kind"),
        ({"terms": "gift"}, "terms"),
        ({"maturity": 10}, "maturity"),
        ({"families": ("none",)}, "families"),
        ({"families": tuple("abcdefghijk")}, "families"),
        ({"open_until": timezone.localdate() - timedelta(days=1)}, "open_until"),
        ({"open_until": timezone.localdate() + timedelta(days=4000)}, "open_until"),
        ({"price_cents": -1}, "price_cents"),
        ({"identifier": "x" * 61}, "identifier"),
    ],
)
def test_what_is_wrong_with_a_result_is_named(exchange: Exchange, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        exchange.offering(**facts)
    assert field in {error.field for error in refused.value.errors}
    assert not Offering.objects.exists()


def test_a_past_deadline_is_refused(exchange: Exchange) -> None:
    with pytest.raises(Invalid) as refused:
        exchange.need(deadline=timezone.localdate() - timedelta(days=1))
    assert [error.field for error in refused.value.errors] == ["deadline"]


def test_a_range_is_kept_as_written_and_in_si(exchange: Exchange) -> None:
    make_item("pressure", "压力", quantity="pressure", unit="MPa")
    need = exchange.need(item="压力", lower="0", upper="60.0", unit="kPa", uncertainty="0.05% x + 0.01")
    assert (need.lower, need.upper, need.unit, need.lower_si, need.upper_si) == ("0", "60.0", "kPa", 0, 60000)
    assert need.uncertainty_si == pytest.approx(40)
    assert need.item is not None and need.item.code == "pressure"
    with pytest.raises(Invalid, match="压力"):
        exchange.need(item="压")
    with pytest.raises(Invalid) as refused:
        exchange.need(item="压力", lower="0", upper="1", unit="mm")
    assert [error.field for error in refused.value.errors] == ["unit"]


def test_a_temperature_uncertainty_is_a_difference(exchange: Exchange) -> None:
    need = exchange.need(lower="-20", upper="150", unit="℃", uncertainty="0.05")
    assert (need.lower_si, need.uncertainty_si) == (pytest.approx(253.15), pytest.approx(0.05))


def test_an_anonymous_firm_does_not_write_its_name(exchange: Exchange) -> None:
    for facts in ({"title": f"{exchange.firm.name_zh}求购"}, {"text": f"我是{exchange.firm.uscc.lower()}"}):
        with pytest.raises(Invalid, match="不公开"):
            exchange.need(named=False, **facts)
        exchange.need(named=True, **facts)


def test_a_need_starts_from_a_missing_capacity_of_ones_own(exchange: Exchange) -> None:
    item, family = make_item("brake", "制动"), make_family()
    stated = Need.objects.create(organisation=exchange.firm, text="x")
    gap = Gap.objects.create(
        need=stated,
        organisation=exchange.firm,
        region_code="120102",
        item=item,
        family=family,
        activity="testing",
        since=timezone.localdate(),
    )
    need = post_need(exchange.buyer, exchange.firm, facts=need_facts(item="brake", family="ebike"), gap=gap.uid)
    assert (need.gap, need.item, need.family) == (gap, item, family)
    other = Organisation.objects.get(pk=next(iter(exchange.stranger.all_organisations)))
    with pytest.raises(Invalid) as refused:
        post_need(exchange.stranger, other, facts=need_facts(), gap=gap.uid)
    assert [error.field for error in refused.value.errors] == ["gap"]


def test_revising_changes_what_is_found_by_the_words(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering()
    assert [one.post for one in finding.matches_of(need)] == [offering]
    revise_offering(exchange.scholar, offering, facts=offering_facts(title="齿轮噪声", text="箱体", field="acoustics"))
    assert finding.matches_of(need) == []
    revise_need(exchange.buyer, need, facts=need_facts(title="齿轮噪声太大", text="齿轮噪声", field="acoustics"))
    need.refresh_from_db()
    (found,) = finding.matches_of(need)
    assert (found.post, "齿轮噪声" in found.match.words) == (offering, True)
    offering.refresh_from_db()
    (back,) = finding.matches_of(offering)
    assert (back.post, back.match) == (need, found.match)


def test_what_is_withdrawn_is_found_no_more(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering()
    withdraw_offering(exchange.scholar, offering, reason="已转让")
    assert finding.matches_of(need) == [] and not Word.objects.filter(side="o").exists()
    withdraw_need(exchange.buyer, need, reason="自己解决了")
    assert not Word.objects.exists()
    for act, post in ((withdraw_need, need), (revise_need, need)):
        with pytest.raises(Conflict):
            act(exchange.buyer, post, **({"reason": "再来"} if act is withdraw_need else {"facts": need_facts()}))
    for uid, read in ((need.uid, queries.need_by_uid), (offering.uid, queries.offering_by_uid)):
        with pytest.raises(NotFound):
            read(exchange.stranger, uid)
        read(exchange.officer, uid)


def test_a_reason_is_needed_to_withdraw(exchange: Exchange) -> None:
    with pytest.raises(Invalid):
        withdraw_need(exchange.buyer, exchange.need(), reason=" ")


def test_what_nobody_withdrew_lapses_by_itself(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering()
    close_lapsed()
    need.refresh_from_db()
    assert need.state == "open"
    past = timezone.localdate() - timedelta(days=1)
    TechnicalNeed.objects.update(open_until=past)
    Offering.objects.update(open_until=past)
    close_lapsed()
    close_lapsed()
    need.refresh_from_db()
    offering.refresh_from_db()
    assert (need.state, offering.state, Word.objects.count()) == ("lapsed", "lapsed", 0)


def test_words_weigh_by_how_rare_they_are_and_are_counted_anew(exchange: Exchange) -> None:
    for _turn in range(3):
        exchange.need()
    exchange.offering()
    assert finding.weigh() == 4
    assert finding.weigh() == 4 and Corpus.objects.count() == 1
    weights = finding.weights()
    assert weights.counts["毛刺"] == 4 and weights.of("毛刺") < weights.of("机器")


def test_one_side_reads_what_the_other_reads(exchange: Exchange) -> None:
    """The same pair has the same score and the same reasons from both sides, before and after words are weighed."""
    need, offering = exchange.need(budget_cents=100), exchange.offering(price_cents=200, maturity=6)
    for _turn in range(2):
        ((there,), (back,)) = (finding.matches_of(need), finding.matches_of(offering))
        assert there.match == back.match
        assert {one.kind for one in there.match.cons} == {"price"}
        finding.weigh()


def test_matches_are_for_those_who_keep_the_post_and_others_see_their_own(exchange: Exchange) -> None:
    need, offering = exchange.need(named=False), exchange.offering()
    assert [one.post for one in queries.post_page(exchange.buyer, need).matches] == [offering]
    assert [one.post for one in queries.post_page(exchange.officer, need).matches] == [offering]
    for actor in (Actor.nobody(), exchange.stranger, exchange.rival):
        page = queries.post_page(actor, need)
        assert (page.matches, page.mine) == ([], [])
    page = queries.post_page(exchange.scholar, need)
    assert (page.matches, [one.post for one in page.mine]) == ([], [offering])


def test_a_firm_is_not_matched_with_itself(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering()
    Offering.objects.update(organisation=exchange.firm)
    assert finding.matches_of(need) == [] and offering.pk


def test_posts_follow_a_merger_and_those_in_contact_stay(exchange: Exchange) -> None:
    contact = exchange.contact()
    free = exchange.need(title="另一条毛刺需求")
    survivor = make_organisation("enterprise", "120101")
    merge_organisation(Actor.platform(), exchange.firm, survivor=survivor, reason="同一主体")
    free.refresh_from_db()
    contact.need.refresh_from_db()
    assert (free.organisation, free.region_code) == (survivor, "120101")
    assert contact.need.organisation == exchange.firm
