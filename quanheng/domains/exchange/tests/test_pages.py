"""The pages of needs, results and contacts, in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.services import accept_contact, post_need
from quanheng.domains.exchange.tests.conftest import Exchange, need_facts
from quanheng.domains.services.models import Gap, Need
from tests.browse import browse
from tests.world import make_family, make_item


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_need_is_posted_and_leads_to_what_may_answer_it(exchange: Exchange, language: str) -> None:
    offering, client = exchange.offering(), browse(exchange.buyer, language)
    page = client.get("/exchange/needs/new/").content.decode()
    assert page.count("<select") == 2 and 'name="organisation"' in page
    answer = client.post(
        "/exchange/needs/new/",
        {
            "organisation": exchange.firm.uid,
            "title": "极片毛刺检测",
            "text": "要在线",
            "field": "energy",
            "budget": "300000",
            "anonymous": "on",
        },
    )
    need = TechnicalNeed.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/exchange/needs/{need.uid}/")
    assert (need.named, need.budget_cents, need.posted_by_id) == (False, 30000000, exchange.buyer.person_id)
    shown = client.get(answer["Location"]).content.decode()
    assert offering.title in shown and f"?with={offering.uid}" in shown
    assert ("The texts are alike" if language == "en" else "文字相近") in shown


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(exchange: Exchange) -> None:
    answer = browse(exchange.buyer).post(
        "/exchange/needs/new/",
        {
            "organisation": exchange.firm.uid,
            "title": "极片毛刺检测",
            "text": "要在线",
            "field": "energy",
            "lower": "60",
            "upper": "0",
            "unit": "MPa",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "对调" in page and "极片毛刺检测" in page
    assert '<details class="more mt-3" open' in page
    for wrong in ({}, {"organisation": "x"}, {"budget": "-1"}, {"budget": "many"}, {"deadline": "soon"}):
        assert browse(exchange.buyer).post("/exchange/needs/new/", wrong).status_code == 422
    assert not TechnicalNeed.objects.exists()


def test_a_need_from_a_missing_capacity_is_filled_in_already(exchange: Exchange) -> None:
    gap = Gap.objects.create(
        need=Need.objects.create(organisation=exchange.firm, text="x"),
        organisation=exchange.firm,
        region_code="120102",
        item=make_item("brake", "制动距离"),
        family=make_family(),
        activity="testing",
        since=timezone.localdate(),
    )
    # The register leads to the form, to the need once it is posted, and the need's page back.
    assert f"/exchange/needs/new/?gap={gap.uid}" in browse(exchange.buyer).get("/gaps/").content.decode()
    assert f"?gap={gap.uid}" not in browse(exchange.officer).get("/gaps/").content.decode()
    page = browse(exchange.buyer).get(f"/exchange/needs/new/?gap={gap.uid}").content.decode()
    assert "制动距离" in page and gap.uid in page
    # Somebody else's tells nothing.
    assert "制动距离" not in browse(exchange.stranger).get(f"/exchange/needs/new/?gap={gap.uid}").content.decode()
    assert browse(exchange.buyer).get("/exchange/needs/new/?gap=%00").status_code in (400, 422)
    need = post_need(exchange.buyer, exchange.firm, facts=need_facts(), gap=gap.uid)
    assert f"/exchange/needs/{need.uid}/" in browse(exchange.buyer).get("/gaps/").content.decode()
    here, over_api = f"/exchange/needs/{need.uid}/", f"/api/v1/exchange/needs/{need.uid}"
    assert "/gaps/?q=brake" in browse(exchange.buyer).get(here).content.decode()
    assert browse(exchange.buyer).get(over_api).json()["gap"] == gap.uid
    assert "/gaps/?q=brake" not in browse(exchange.stranger).get(here).content.decode()
    assert browse(exchange.stranger).get(over_api).json()["gap"] is None


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_result_is_posted_revised_and_withdrawn(exchange: Exchange, language: str) -> None:
    family, client = make_family(), browse(exchange.scholar, language)
    assert client.get("/exchange/results/new/").status_code == 200
    given = {
        "organisation": exchange.institute.uid,
        "title": "毛刺检测仪",
        "text": "机器视觉",
        "field": "manufacturing",
        "kind": "instrument",
        "maturity": "7",
        "terms": "licence",
        "families": [family.code],
        "open_until": (timezone.localdate() + timedelta(days=90)).isoformat(),
        "price": "1500.50",
    }
    client.post("/exchange/results/new/", given)
    offering = Offering.objects.get()
    assert (offering.maturity, offering.price_cents, list(offering.families.all())) == (7, 150050, [family])
    path = f"/exchange/results/{offering.uid}/"
    assert "1,500.50" in client.get(path).content.decode()
    assert "1500.50" in client.get(f"{path}revise/").content.decode()
    assert client.post(f"{path}revise/", given | {"title": "毛刺检测仪二代"}).status_code == 302
    assert client.post(f"{path}withdraw/", {"reason": ""}).status_code == 422
    assert client.post(f"{path}withdraw/", {"reason": "已转让"}).status_code == 302
    offering.refresh_from_db()
    assert (offering.title, offering.state) == ("毛刺检测仪二代", "withdrawn")
    assert browse(exchange.stranger).get(path).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_contact_is_asked_answered_and_signed(exchange: Exchange, language: str) -> None:
    need, offering = exchange.need(), exchange.offering()
    scholar, buyer = browse(exchange.scholar, language), browse(exchange.buyer, language)
    assert f"?with={need.uid}" in scholar.get(f"/exchange/needs/{need.uid}/").content.decode()
    ask = f"/exchange/results/{offering.uid}/ask/?with={need.uid}"
    assert scholar.get(ask).status_code == 200
    path = scholar.post(ask, {"message": "可以来看样机"})["Location"]
    page = buyer.get(path).content.decode()
    assert f'action="{path}accept/"' in page and "可以来看样机" in page
    assert f"{path}accept/" not in scholar.get(path).content.decode()
    assert buyer.get(f"{path}accept/").status_code == 302
    assert buyer.get(f"{path}sign/").status_code == 302  # not yet
    buyer.post(f"{path}accept/")
    scholar.post(f"{path}write/", {"reason": "周三见"})
    assert "周三见" in buyer.get(path).content.decode()
    for wrong in ({}, {"amount": "0", "signed_on": timezone.localdate().isoformat(), "contract_number": "1"}):
        assert buyer.post(f"{path}sign/", wrong).status_code == 422
    given = {"amount": "300000", "signed_on": timezone.localdate().isoformat(), "contract_number": "HT-7"}
    assert buyer.post(f"{path}sign/", given)["Location"] == path
    for client in (buyer, scholar):
        page = client.get(path).content.decode()
        assert "HT-7" in page and "300,000" in page
        assert client.get("/exchange/mine/").status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_no_asks_for_its_reason(exchange: Exchange, language: str) -> None:
    contact = exchange.contact()
    client, path = browse(exchange.buyer, language), f"/exchange/contacts/{contact.case.uid}/"
    assert client.post(f"{path}decline/", {"why_not": "silence", "reason": "x"}).status_code == 422
    assert client.post(f"{path}decline/", {"why_not": "price", "reason": "偏高"})["Location"] == path
    contact = Contact.objects.select_related("case").get(pk=contact.pk)
    assert (contact.case.state, contact.why_not) == ("declined", "price")
    # A second answer comes too late and is told so.
    assert client.post(f"{path}decline/", {"why_not": "price", "reason": "偏高"}, follow=True).status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_planners_read_counts_and_others_do_not(exchange: Exchange, language: str) -> None:
    contact = exchange.contact()
    accept_contact(exchange.buyer, contact)
    page = browse(exchange.planner, language).get("/exchange/figures/").content.decode()
    assert ("New energy" if language == "en" else "新能源与节能") in page
    assert browse(exchange.planner, language).get(f"/exchange/contacts/{contact.case.uid}/").status_code == 200
    assert browse(exchange.buyer, language).get("/exchange/figures/").status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_lists_are_narrowed_by_field_kind_maturity_and_words(exchange: Exchange, language: str) -> None:
    family = make_family()
    exchange.need(family=family.code)
    exchange.need(title="齿轮噪声", text="箱体共振", field="acoustics")
    exchange.offering(maturity=4, kind="patent", title="甲成果")
    exchange.offering(maturity=9, kind="software", title="乙成果", families=(family.code,))
    client = browse(None, language)
    for query, count in (("field=acoustics", 1), (f"family={family.code}", 1), ("q=共振", 1), ("state=open", 2)):
        found = client.get(f"/api/v1/registers/technical-needs?{query}").json()["items"]
        assert len(found) == count, query
        assert client.get(f"/exchange/needs/?{query}").status_code == 200
    for query, title in (("maturity=5", "乙成果"), ("kind=patent", "甲成果"), (f"family={family.code}", "乙成果")):
        found = client.get(f"/api/v1/registers/results-offered?{query}").json()["items"]
        assert [one["title"] for one in found] == [title]
        assert client.get(f"/exchange/results/?{query}").status_code == 200
    assert client.get("/api/v1/registers/results-offered?maturity=0").status_code == 422
    assert client.get("/api/v1/registers/technical-needs?field=alchemy").status_code == 422


def test_the_search_box_finds_what_is_open(exchange: Exchange) -> None:
    need, offering = exchange.need(), exchange.offering(identifier="ZL2024-1234")
    client = browse()
    page = client.get("/search/?q=毛刺").content.decode()
    assert f"/exchange/needs/{need.uid}/" in page and f"/exchange/results/{offering.uid}/" in page
    assert f"/exchange/results/{offering.uid}/" in client.get("/search/?q=ZL2024-1234").content.decode()
    TechnicalNeed.objects.update(state="withdrawn")
    assert f"/exchange/needs/{need.uid}/" not in client.get("/search/?q=毛刺").content.decode()


def test_a_visitor_is_asked_to_sign_in_where_that_is_needed(exchange: Exchange) -> None:
    need, client = exchange.need(), browse()
    for path in ("/exchange/mine/", "/exchange/needs/new/", "/exchange/results/new/", "/exchange/figures/"):
        assert client.get(path).status_code in (302, 401), path
    assert client.get(f"/exchange/needs/{need.uid}/revise/").status_code in (302, 401)
    # Whoever may post nothing is told why.
    answer = browse(exchange.officer).get("/exchange/needs/new/")
    assert answer.status_code == 403 and "企业" in answer.content.decode()
