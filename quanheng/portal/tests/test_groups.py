"""A port group and its suppliers: joined by consent, seen together by the lead, acted for, and left again."""

from __future__ import annotations

import pytest
from django.test import Client

from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.models import Need, Plan
from quanheng.domains.services.services import state_need
from quanheng.domains.services.tests.shop import Shop, open_shop
from quanheng.kernel.audit.models import Notice
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.parties import services
from quanheng.kernel.parties.models import Group, Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from tests.browse import BACKEND
from tests.world import make_organisation, make_person

TEXT = "我厂生产电动自行车，想做产品检测，要求有CMA资质。"


@pytest.fixture
def shop(db: None) -> Shop:
    forget_dictionary()
    return open_shop()


def signed_in(person: Person, language: str = "zh-hans") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(person, backend=BACKEND)
    return client


class Port:
    """The lead with its administrator and a buyer; ``shop.client`` is the supplier, ``theirs`` administers it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.supplier = shop, shop.client
        self.lead: Organisation = make_organisation(name="示范港务集团")
        self.boss = make_person((self.lead, "administrator"))
        self.buyer = make_person((self.lead, "member"))
        self.theirs = make_person((self.supplier, "administrator"))
        self.group: Group = services.create_group(actor_of(self.boss), self.lead, name_zh="港口供应链")
        self.page = f"/groups/{self.group.uid}/"

    def join(self) -> None:
        services.invite_to_group(actor_of(self.boss), self.group, organisation=self.supplier)
        services.join_group(actor_of(self.theirs), self.supplier, group=self.group)


@pytest.fixture
def port(shop: Shop) -> Port:
    return Port(shop)


def test_an_invitation_is_told_accepted_and_told_back(port: Port) -> None:
    boss, theirs = signed_in(port.boss), signed_in(port.theirs)
    assert boss.post(f"{port.page}invite/", {"firm": "车业"}).status_code == 422
    assert boss.post(f"{port.page}invite/", {"firm": "没有的厂"}).status_code == 422
    assert boss.post(f"{port.page}invite/", {"firm": port.supplier.uscc}).status_code == 302
    with pytest.raises(Conflict, match="已收到邀请"):
        services.invite_to_group(actor_of(port.boss), port.group, organisation=port.supplier)
    assert Notice.objects.filter(organisation=port.supplier, entry__act="parties.group.invited").exists()
    page = theirs.get("/groups/").content.decode()
    assert "港口供应链" in page and "接受" in page
    assert theirs.post(f"{port.page}join/{port.supplier.uid}/").status_code == 302
    assert port.group.members.get() == port.supplier
    assert Notice.objects.filter(organisation=port.lead, entry__act="parties.group.join").exists()
    with pytest.raises(NotFound):
        services.join_group(actor_of(port.theirs), port.supplier, group=port.group)


def test_the_lead_states_a_need_for_a_member_and_the_member_sees_it(port: Port) -> None:
    buyer = signed_in(port.buyer)
    refused = buyer.post("/needs/new/", {"text": TEXT, "organisation": port.supplier.uid})
    assert refused.status_code == 422 and not Need.objects.exists()
    port.join()
    page = buyer.get(port.page).content.decode()
    assert port.supplier.name_zh in page and "为成员提出需求" in page and "邀请成员" not in page
    answer = buyer.post("/needs/new/", {"text": TEXT, "organisation": port.supplier.uid})
    plan = Plan.objects.get()
    assert answer["Location"] == f"/proposals/{plan.uid}/"
    assert plan.organisation == port.supplier
    assert TEXT[:20] in signed_in(port.theirs).get("/needs/").content.decode()


def test_totals_are_those_of_the_records_to_the_cent(port: Port) -> None:
    port.join()
    first, second = port.shop.commission("cheapest"), port.shop.commission("fewest")
    page = signed_in(port.boss).get(port.page)
    assert page.status_code == 200
    total = page.context["total"]
    assert total.cents == first.plan.total_cents + second.plan.total_cents
    assert (total.commissions, total.under_way, total.needs) == (2, 2, 2)
    assert total.orders == len(port.shop.orders(first)) + len(port.shop.orders(second))
    (row,) = signed_in(port.boss).get(f"/api/v1{port.page}standing").json()
    assert (row["organisation"]["uid"], row["cents"]) == (port.supplier.uid, total.cents)
    assert signed_in(port.theirs).get(f"/api/v1{port.page}standing").status_code == 404
    # Nothing of anybody else is in it.
    state_need(port.shop.stranger, port.shop.other, text=TEXT)
    assert signed_in(port.boss).get(port.page).context["total"].needs == 2
    assert signed_in(port.boss, "en").get(port.page).status_code == 200


def test_left_and_removed_with_the_reason_and_over_at_once(port: Port) -> None:
    port.join()
    with pytest.raises(Invalid, match="理由"):
        services.leave_group(actor_of(port.theirs), port.supplier, group=port.group)
    theirs, part = signed_in(port.theirs), f"{port.page}part/{port.supplier.uid}/"
    assert "退出集团" in theirs.get("/groups/").content.decode()
    assert theirs.post(part, {"reason": ""}).status_code == 422
    assert theirs.post(part, {"reason": "合同到期"}).status_code == 302
    assert not port.group.members.exists()
    assert port.supplier.pk not in actor_of(port.boss).all_organisations
    port.join()
    with pytest.raises(Invalid, match="理由"):
        services.remove_from_group(actor_of(port.boss), port.group, organisation=port.supplier)
    assert signed_in(port.boss).post(part, {"reason": "停止供货"}).status_code == 302
    assert Notice.objects.filter(organisation=port.supplier, entry__act="parties.group.removed").exists()


def test_nobody_else_sees_the_group(port: Port) -> None:
    port.join()
    stranger = signed_in(make_person((port.shop.other, "administrator")))
    assert stranger.get(port.page).status_code == 404
    assert stranger.post(f"{port.page}part/{port.supplier.uid}/", {"reason": "x"}).status_code == 404
    assert "港口供应链" not in stranger.get("/groups/").content.decode()
    assert Client().get(port.page).status_code in (302, 401)
    # A member is led to its own list: what the others do is not its business.
    assert signed_in(port.theirs).get(port.page)["Location"] == "/groups/"
    # The lead's ordinary people neither invite nor remove.
    refused = signed_in(port.buyer).post(f"{port.page}invite/", {"firm": port.shop.other.uscc}, follow=True)
    assert "note-error" in refused.content.decode()
    assert not port.group.invited.exists()


def test_a_group_is_made_on_a_page(port: Port) -> None:
    boss = signed_in(port.boss)
    assert boss.post("/groups/new/", {"lead": port.lead.uid, "name_zh": "港口供应链"}).status_code == 422
    assert boss.post("/groups/new/", {"lead": port.lead.uid, "name_zh": "二期"}).status_code == 302
    assert signed_in(port.buyer).get("/groups/new/").status_code == 403


def test_the_page_costs_the_same_however_many_members(port: Port, django_assert_max_num_queries: object) -> None:
    port.join()
    port.group.members.add(*[make_organisation() for _ in range(12)])
    boss = signed_in(port.boss)
    boss.get(port.page)
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        assert boss.get(port.page).status_code == 200
