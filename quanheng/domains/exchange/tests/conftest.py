"""The world of these tests: a firm with a need, an institute with a result, and who looks on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.services import ask_needer, ask_offerer, post_need, post_offering
from quanheng.domains.exchange.stating import NeedFacts, OfferingFacts
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Organisation
from tests.world import make_actor, make_organisation, make_region, make_rules

FIRM = "隐名电池厂"


@dataclass
class Exchange:
    """Two sides and the acts of these tests on them."""

    firm: Organisation
    institute: Organisation
    buyer: Actor
    scholar: Actor
    stranger: Actor
    rival: Actor
    officer: Actor
    planner: Actor
    facts: dict[str, Any] = field(default_factory=dict)

    def need(self, **facts: Any) -> TechnicalNeed:
        return post_need(self.buyer, self.firm, facts=need_facts(**facts))

    def offering(self, **facts: Any) -> Offering:
        return post_offering(self.scholar, self.institute, facts=offering_facts(**facts))

    def contact(self, *, by_need: bool = False, **facts: Any) -> Contact:
        need, offering = self.need(**facts), self.offering()
        if by_need:
            return ask_offerer(self.buyer, need, offering=offering, message="想了解装置")
        return ask_needer(self.scholar, offering, need=need, message="我们做过类似的")


def need_facts(**facts: Any) -> NeedFacts:
    given = {"title": "电池极片毛刺在线检测", "text": "分切后有毛刺，想在线检测", "field": "energy"}
    return NeedFacts(**{**given, **facts})


def offering_facts(**facts: Any) -> OfferingFacts:
    given: dict[str, Any] = {
        "title": "极片毛刺机器视觉检测装置",
        "text": "识别 7 μm 以上毛刺",
        "field": "manufacturing",
        "kind": "instrument",
        "maturity": 8,
        "terms": "transfer",
        "open_until": timezone.localdate() + timedelta(days=400),
    }
    return OfferingFacts(**{**given, **facts})


@pytest.fixture
def exchange(db: None) -> Exchange:
    """A fresh exchange."""
    make_rules("one_stop.")
    make_region("120000")
    firm = make_organisation("enterprise", "120102", name=FIRM)
    institute = make_organisation("research", "120101", name="示范研究院")
    other, city = make_organisation("enterprise", "120102"), make_organisation("regulator", "120000")
    rival = make_organisation("research", "120101", name="另一研究院")
    return Exchange(
        firm,
        institute,
        buyer=make_actor((firm, "member")),
        scholar=make_actor((institute, "member")),
        stranger=make_actor((other, "member")),
        rival=make_actor((rival, "administrator")),
        officer=make_actor((city, "case_officer")),
        planner=make_actor((city, "planner")),
    )
