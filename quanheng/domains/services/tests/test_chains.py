"""Industrial chains: what can be tested along them, and where nobody can."""

from __future__ import annotations

import pytest
from django.utils import timezone

from quanheng.domains.services.chains import chain_by_code, chains, waiting
from quanheng.domains.services.services import propose_plan
from quanheng.domains.services.tests.shop import Shop
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.requirements.models import ProductFamily
from tests.browse import browse
from tests.world import make_actor, make_organisation


@pytest.fixture
def cycles(shop: Shop) -> Shop:
    ProductFamily.objects.update(chain="自行车与电动自行车产业链")
    return shop


def _cycles() -> tuple[int, int, list[str]]:
    chain = chain_by_code("cycles")
    return chain.covered, chain.items, [item.code for link in chain.links for item in link.missing]


def test_a_chain_counts_what_somebody_here_can_do(cycles: Shop) -> None:
    assert _cycles() == (3, 3, [])
    assert chain_by_code("cycles").weak == []


def test_an_item_that_nobody_can_do_today_is_a_weak_link(cycles: Shop) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    assert _cycles() == (2, 3, ["brake"])
    assert [link.family.code for link in chain_by_code("cycles").weak] == [cycles.family.code]


@pytest.mark.parametrize("change", ["ended", "suspended", "superseded"])
def test_what_has_run_out_is_no_capacity(cycles: Shop, change: str) -> None:
    lines = ScopeLine.objects.filter(item__code="brake")
    today = timezone.localdate()
    if change == "ended":
        lines.update(valid_until=today.replace(year=2020))
    elif change == "suspended":
        Recognition.objects.filter(organisation=cycles.far).update(state=Recognition.State.SUSPENDED)
    else:
        lines.update(family=None)
        cycles.standard.superseded_on = today
        cycles.standard.save()
    covered, items, missing = _cycles()
    # Of a standard that is no longer in force nothing is asked any more.
    assert (covered, items) == ((0, 0) if change == "superseded" else (2, 3))
    assert missing == ([] if change == "superseded" else ["brake"])


def test_counting_is_done_again_only_after_a_while(cycles: Shop) -> None:
    first, _chains = chains()
    ScopeLine.objects.all().delete()
    assert chains()[0] == first
    assert _cycles() == (3, 3, [])


def test_an_unknown_chain_is_not_found(cycles: Shop) -> None:
    with pytest.raises(NotFound):
        chain_by_code("wishes")
    assert browse().get("/chains/wishes/").status_code == 404


def test_who_waits_is_seen_by_those_who_may(cycles: Shop) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    propose_plan(cycles.buyer, cycles.need(items=["brake"]))
    planner = make_actor((make_organisation("regulator", "120000", name="市局"), "planner"))
    assert waiting(planner) == {cycles.family.pk: 1}
    assert waiting(Actor.nobody()) == waiting(cycles.stranger) == {}
    assert "等待的企业" in browse(planner).get("/chains/cycles/").content.decode()
    assert "等待的企业" not in browse().get("/chains/cycles/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_and_api_tell_the_same(cycles: Shop, language: str) -> None:
    ScopeLine.objects.filter(item__code="brake").delete()
    visitor = browse(language=language)
    told = next(one for one in visitor.get("/api/v1/chains").json()["chains"] if one["code"] == "cycles")
    assert (told["covered"], told["items"]) == (2, 3)
    assert [one["code"] for link in told["links"] for one in link["missing"]] == ["brake"]
    for path in ("/chains/", "/chains/cycles/"):
        assert "2 / 3" in visitor.get(path).content.decode()


def test_the_shipped_chains_and_families_name_one_another() -> None:
    from quanheng.domains.services.chains import _rows
    from quanheng.domains.services.knowledge import SHIPPED
    from quanheng.kernel.base.cells import read_csv

    assert {row["name_zh"] for row in _rows()} == {row["chain"] for row in read_csv(SHIPPED["families"])}
