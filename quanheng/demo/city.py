"""Loading a reference city, once, in one go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.demo.bodies import Bodies, found_bodies, open_account, staff_bodies
from quanheng.demo.busy import state_capacities
from quanheng.demo.counters import Counters, greet, open_counters, visits
from quanheng.demo.exchanging import open_exchange
from quanheng.demo.oversight import look_into
from quanheng.demo.quarrels import QUARRELS
from quanheng.demo.scale import SCALES
from quanheng.demo.scopes import certification_rows, equip_bodies, former_rows, recognise_bodies, scope_rows
from quanheng.demo.size import load_breadth
from quanheng.demo.story import MEETING_TRADE, as_of, leave_gaps, play
from quanheng.domains.disputes.models import Objection
from quanheng.domains.testing.models import Order
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.competence.services import bulk_load_scope_lines
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.search.services import rebuilt_at_the_end

SEED = 20260101
PASSWORD = "Quanheng-demo-2026"

Kind = OrganisationKind


def load_city(scale_name: str, tell: Callable[[str], None]) -> list[dict[str, str]]:
    """Make the city; returns the demonstration accounts. Conflict where organisations are already registered."""
    if Organisation.objects.exists():
        raise Conflict(_("数据库中已有机构，示范城市只能载入空的平台。"))
    scale = SCALES[scale_name]
    random = Random(SEED)
    now = timezone.now()
    past = now - timedelta(days=75)
    with transaction.atomic(), rebuilt_at_the_end():
        with as_of(past):
            bodies = found_bodies(random, scale, settings.PACK)
            staff_bodies(random, bodies, timezone.localdate())
            tell(f"{len(bodies.everyone)} 家机构")
            held = recognise_bodies(random, bodies, timezone.localdate())
            equip_bodies(random, bodies, now.date())
        if scale.wide:
            load_breadth(random, bodies, scale, held, now, tell)
        else:
            with as_of(past):
                former = list(former_rows(bodies, held, timezone.localdate(), now.date()))
                lines = bulk_load_scope_lines(Actor.platform(), former) if former else 0
            current = scope_rows(random, bodies, scale, held, now.date())
            lines += bulk_load_scope_lines(Actor.platform(), current)
            tell(f"{lines} 条能力范围")
        bulk_load_scope_lines(Actor.platform(), certification_rows(Random(SEED), bodies, held))
        with as_of(past):
            counters = open_counters(bodies)
        play(random, bodies, scale.commissions, now, QUARRELS, visits(bodies, counters, now))
        leave_gaps(bodies, now)
        tell(f"{scale.commissions} 份委托")
        laboratory, maker = _meeting()
        open_exchange(SEED, bodies, maker, now)
        look_into(bodies, laboratory)
        tell(f"{state_capacities(bodies, laboratory)} 家机构申报了承接能力")
        accounts = _accounts(bodies, counters, laboratory, maker, now)
        tell(f"{len(counters.stations)} 个服务站点")
    tell("已建立检索索引")
    return accounts


def _meeting() -> tuple[Organisation, Organisation]:
    """The laboratory that most plans for e-bikes choose, and one of its clients."""
    chosen = Order.objects.filter(family__code=MEETING_TRADE).values("case__handler").annotate(orders=Count("pk"))
    laboratory = Organisation.objects.get(pk=chosen.order_by("-orders", "case__handler")[0]["case__handler"])
    return laboratory, Order.objects.filter(family__code=MEETING_TRADE, case__handler=laboratory).latest(
        "pk"
    ).case.client


def _accounts(
    bodies: Bodies, counters: Counters, laboratory: Organisation, maker: Organisation, now: datetime
) -> list[dict[str, str]]:
    """One account for each role: those who meet in the same story belong together."""
    institute = bodies.of(Kind.METROLOGY_INSTITUTE)[0]
    greet(counters, maker, now)
    station = counters.stations[0].operator
    wanted: list[tuple[Organisation, Any, str]] = [
        (maker, Role.MEMBER, "enterprise"),
        (maker, Role.ADMINISTRATOR, "enterprise-admin"),
        (laboratory, Role.OPERATOR, "operator"),
        (laboratory, Role.REVIEWER, "reviewer"),
        (laboratory, Role.SIGNATORY, "signatory"),
        (laboratory, Role.QUALITY_MANAGER, "quality"),
        (laboratory, Role.ADMINISTRATOR, "lab-admin"),
        (institute, Role.OPERATOR, "metrology-operator"),
        (institute, Role.REVIEWER, "metrology-reviewer"),
        (institute, Role.SIGNATORY, "metrology-signatory"),
        (bodies.of(Kind.RESEARCH)[0], Role.ADMINISTRATOR, "research"),
        *_retesting(),
        (bodies.districts[0], Role.DISTRICT_OFFICER, "district"),
        (bodies.city, Role.CASE_OFFICER, "officer"),
        (bodies.city, Role.PLANNER, "planner"),
        (bodies.city, Role.ADMINISTRATOR, "city-admin"),
        (station, Role.MEMBER, "station"),
        (station, Role.ADMINISTRATOR, "station-admin"),
        (counters.leads[0], Role.ADMINISTRATOR, "group-lead"),
    ]
    return [open_account(organisation, role, username, PASSWORD) for organisation, role, username in wanted]


def _retesting() -> list[tuple[Organisation, Any, str]]:
    """Those of the laboratory that has retested another's result."""
    retested = Objection.objects.exclude(retest=None).select_related("retest__case__handler").first()
    if retested is None or retested.retest is None or retested.retest.case.handler is None:
        return []
    laboratory = retested.retest.case.handler
    roles = {"retest-operator": Role.OPERATOR, "retest-reviewer": Role.REVIEWER, "retest-signatory": Role.SIGNATORY}
    return [(laboratory, role, username) for username, role in roles.items()]
