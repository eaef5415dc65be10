"""Pages of acts behave alike: led back with the reason where it is not possible, a missing reason stands beside its
field, a second press changes nothing and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.exchange.services import accept_contact, ask_needer, post_need, post_offering
from quanheng.domains.exchange.tests.conftest import need_facts, offering_facts
from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.tests.shop import open_shop
from quanheng.domains.stations import services
from quanheng.domains.stations.tests.counter import Counter
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.services import create_group, invite_to_group, join_group
from tests.browse import browse
from tests.world import make_actor, make_organisation


@dataclass
class ActPage:
    """An act on a page: where, who does it, what is sent, and somebody who sees the page's subject but may not."""

    url: str
    act: str
    doer: Actor
    onlooker: Actor
    given: dict[str, Any]


def _station(counter: Counter) -> ActPage:
    given = {"on": timezone.localdate().isoformat(), "reason": "撤并"}
    url = f"/stations/{counter.station().uid}/close/"
    return ActPage(url, "stations.station.close", counter.manager, counter.shop.buyer, given)


def _staff(counter: Counter) -> ActPage:
    staff = counter.station().staff.get()
    url = f"/stations/staff/{staff.uid}/end/"
    return ActPage(url, "stations.staff.end", counter.manager, counter.clerk, {"reason": "调岗"})


def _mandate(counter: Counter) -> ActPage:
    mandate = counter.mandate(counter.station())
    url = f"/mandates/{mandate.uid}/end/"
    return ActPage(url, "stations.mandate.end", counter.shop.buyer, counter.officer, {"reason": "自己办"})


def _zone_member(counter: Counter) -> ActPage:
    firm = make_actor((counter.shop.client, "administrator"))
    member = services.ask_to_join(firm, counter.shop.client, zone=counter.zone(), named=True)
    url = f"/zones/members/{member.uid}/part/"
    return ActPage(url, "stations.zone.part", firm, counter.officer, {"reason": "搬迁"})


def _contest(counter: Counter) -> ActPage:
    visit = counter.visit(counter.station(), counter.shop.client)
    services.answer_visit(counter.clerk, visit, answer="按 GB 17761 检测")
    contest = services.contest_visit(counter.shop.buyer, visit, ground="never", text="没有来过")
    url = f"/visit-contests/{contest.case.uid}/strike/"
    return ActPage(url, "stations.contest.strike", counter.clerk, counter.officer, {"reason": "登记有误"})


def _need(counter: Counter) -> ActPage:
    need = post_need(counter.shop.buyer, counter.shop.client, facts=need_facts())
    url = f"/exchange/needs/{need.uid}/withdraw/"
    return ActPage(url, "exchange.need.withdraw", counter.shop.buyer, counter.shop.stranger, {"reason": "已解决"})


def _contact(counter: Counter) -> ActPage:
    institute = make_organisation("research")
    scholar = make_actor((institute, "administrator"))
    offering = post_offering(scholar, institute, facts=offering_facts())
    need = post_need(counter.shop.buyer, counter.shop.client, facts=need_facts())
    contact = ask_needer(scholar, offering, need=need, message="做过类似的")
    accept_contact(counter.shop.buyer, contact)
    url, given = f"/exchange/contacts/{contact.case.uid}/end/", {"why_not": "price", "reason": "太贵"}
    city = make_actor((make_organisation("regulator", "120000"), "case_officer"))
    return ActPage(url, "exchange.contact.end", counter.shop.buyer, city, given)


def _group(counter: Counter) -> ActPage:
    lead = make_organisation(name="示范港务集团")
    boss, firm = make_actor((lead, "administrator")), make_actor((counter.shop.client, "administrator"))
    group = create_group(boss, lead, name_zh="港口供应链")
    invite_to_group(boss, group, organisation=counter.shop.client)
    join_group(firm, counter.shop.client, group=group)
    url = f"/groups/{group.uid}/part/{counter.shop.client.uid}/"
    return ActPage(url, "parties.group.leave", firm, counter.shop.buyer, {"reason": "不再合作"})


_PAGES = (_station, _staff, _mandate, _zone_member, _contest, _need, _contact, _group)


@pytest.fixture
def page(db: None, request: Any) -> ActPage:
    forget_dictionary()
    make: Callable[[Counter], ActPage] = request.param
    return make(Counter(open_shop()))


@pytest.mark.parametrize("page", _PAGES, indirect=True, ids=lambda one: one.__name__[1:])
def test_it_is_led_back_refused_or_done_and_each_tells_why(page: ActPage) -> None:
    looks, does = browse(page.onlooker), browse(page.doer)
    led = looks.get(page.url, follow=True)
    assert led.redirect_chain and "现在不能" in led.content.decode(), "whoever may not is led back with the reason"
    sent = looks.post(page.url, page.given, follow=True).content.decode()
    assert "note-error" in sent and not Entry.objects.filter(act=page.act).exists()

    assert does.get(page.url).status_code == 200
    missing = does.post(page.url, {**page.given, "reason": " "})
    assert missing.status_code == 422 and 'aria-invalid="true"' in missing.content.decode()
    done = does.post(page.url, page.given, follow=True)
    assert done.redirect_chain and "note-success" in done.content.decode()
    assert Entry.objects.filter(act=page.act).count() == 1

    again = does.post(page.url, page.given, follow=True)
    assert again.status_code in (200, 404)
    if again.status_code == 200:
        assert again.redirect_chain and "note-error" in again.content.decode()
    assert Entry.objects.filter(act=page.act).count() == 1, "a second press changes nothing"
