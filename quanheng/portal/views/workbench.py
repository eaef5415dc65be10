"""The workbench: what waits for me, what is late, what changed; and the ways from here by role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from quanheng.kernel.audit.queries import label_of, notices_for
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.paging import first_rows
from quanheng.kernel.cases import queries
from quanheng.kernel.cases.head import badge_of, left_of
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.standing import ClockView, running_clocks
from quanheng.kernel.changes.queries import waiting_first
from quanheng.kernel.competence.services import STEWARDS
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.queries import posts_of
from quanheng.kernel.parties.roles import CLIENT_ROLES, INSTITUTIONS, REGULATORS, OrganisationKind, Role
from quanheng.portal.templatetags.ui import local

SHOWN, CHANGES = 10, 6


@dataclass(frozen=True)
class Link:
    """A way from the workbench."""

    url: str
    label: Any
    icon: str


@require_safe
def workbench(request: ActorRequest) -> HttpResponse:
    """Late first, then by deadline; whoever has nothing to do is told the next act."""
    person = request.user
    if not request.actor.signed_in or not isinstance(person, Person):
        raise SignInNeeded(_("请先登录查看工作台。"))
    now = timezone.now()
    bench = queries.workbench(request.actor, first=SHOWN, now=now)
    mine = {case.pk for group in bench.groups for case in group.first}
    late = [case for case in first_rows(queries.late_for(request.actor, now), 2 * SHOWN) if case.pk not in mine][:SHOWN]
    clocks = running_clocks([*(case for group in bench.groups for case in group.first), *late], now)
    notices = notices_for(request.actor, limit=CHANGES)
    posts = posts_of(person)
    proposals, more_proposals = waiting_first(request.actor, SHOWN)
    return render(
        request,
        "portal/workbench.html",
        {
            "place": "workbench",
            "held": _held(posts),
            "bench": bench,
            "groups": [
                {"process": group.process, "group": group, "rows": case_rows(group.first, clocks)}
                for group in bench.groups
            ],
            "late": case_rows(late, clocks),
            "proposals": [(one, label_of(one.act)) for one in proposals],
            "more_proposals": more_proposals,
            "notices": notices,
            "links": links_for(posts),
            "next": next_act(posts),
        },
    )


def _held(posts: Iterable[Membership]) -> list[tuple[str, list[Any]]]:
    """The roles held in each organisation."""
    found: dict[int, tuple[str, list[Any]]] = {}
    for post in posts:
        _name, roles = found.setdefault(post.organisation_id, (local(post.organisation), []))
        roles.append(Role(post.role).label)
    return list(found.values())


def case_rows(cases: Iterable[Case], clocks: Mapping[int, ClockView]) -> list[dict[str, Any]]:
    """Cases as ``portal/cases.html`` shows them."""
    return [
        {
            "case": case,
            "url": PROCESSES[case.process].path.format(uid=case.uid),
            "badge": badge_of(case),
            **left_of(clocks.get(case.pk)),
            "holder": local(case.waiting_on),
            "role": Role(case.waiting_role).label if case.waiting_role else "",
            "other": local(case.client if case.waiting_on_id == case.handler_id else case.handler),
        }
        for case in cases
    ]


def links_for(posts: Iterable[Membership]) -> list[Link]:
    """The ways from the workbench of somebody with these posts, each once."""
    posts = list(posts)
    found: dict[str, Link] = {}
    several = len({post.organisation_id for post in posts}) > 1

    def add(url: str, label: Any, icon: str) -> None:
        found.setdefault(url, Link(url, label, icon))

    for post in posts:
        kind, role = post.organisation.kind, post.role
        if kind in INSTITUTIONS:
            if role == Role.OPERATOR:
                add("/orders/?state=offered", _("待接受的任务单"), "list-checks")
                add("/orders/?state=working", _("检测中的任务单"), "flask-conical")
            elif role == Role.REVIEWER:
                add("/orders/?state=in_review", _("待审核的任务单"), "eye")
            elif role == Role.SIGNATORY:
                add("/orders/signing/", _("待我签发"), "stamp")
            add("/orders/", _("全部任务单"), "list-checks")
            label = local(post.organisation) if several else _("本机构的资质与能力")
            add(f"/organisations/{post.organisation.uid}/", label, "badge-check")
            if role in STEWARDS:
                add("/capacities/", _("承接能力与负荷"), "chart-column")
            add("/equipment/", _("测量设备台账"), "gauge")
            add("/worklists/", _("复核清单"), "triangle-alert")
            add("/reports/", _("报告与证书"), "file-check")
            add("/settlements/", _("结算"), "receipt")
        elif kind == OrganisationKind.ENTERPRISE:
            add("/needs/new/", _("提出需求"), "plus")
            add("/needs/", _("需求与方案"), "file-text")
            add("/commissions/", _("委托"), "truck")
            add("/orders/", _("任务单"), "list-checks")
            add("/products/", _("产品台账"), "award")
            add("/equipment/", _("测量设备台账"), "gauge")
            add("/worklists/", _("复核清单"), "triangle-alert")
            add("/reports/", _("报告与证书"), "file-check")
            add("/settlements/", _("结算"), "receipt")
        if role in CLIENT_ROLES and kind not in (OrganisationKind.REGULATOR, OrganisationKind.SERVICE_STATION):
            add("/exchange/mine/", _("技术需求、成果与对接"), "send")
        if kind == OrganisationKind.SERVICE_STATION:
            add("/stations/", _("服务站点"), "map-pin")
            add("/visits/?state=open", _("待答复的来访"), "list-checks")
            add("/visit-contests/", _("来访异议"), "triangle-alert")
            add("/mandates/", _("代办授权"), "shield-check")
        elif kind == OrganisationKind.ENTERPRISE:
            add("/stations/", _("服务站点"), "map-pin")
            add("/visits/", _("站点来访与代办"), "list-checks")
            add("/groups/", _("集团"), "building-2")
        if role == Role.ADMINISTRATOR:
            add("/organisation/", _("本机构人员"), "user")
            add("/organisation/integrations/", _("接口与回调"), "settings")
        if role in REGULATORS:
            add("/worklists/", _("复核清单"), "triangle-alert")
            add("/orders/", _("辖区任务单"), "list-checks")
            add(f"/organisations/?region={post.organisation.region_code}", _("辖区机构"), "building-2")
            add("/scope-lines/", _("能力范围"), "award")
            add("/rules/", _("时限规则表"), "clock")
            add("/changes/", _("变更审批"), "list-checks")
            add("/duplicates/", _("重复登记"), "building-2")
            add("/stations/", _("服务站点"), "map-pin")
            add("/visit-contests/", _("来访异议"), "triangle-alert")
        if role == Role.PLANNER:
            add("/plans/", _("规划落实"), "chart-column")
            add("/gaps/", _("能力缺口"), "triangle-alert")
            add("/capacities/overview/", _("能力与负荷"), "gauge")
            add("/exchange/figures/", _("供需对接统计"), "chart-column")
    add("/verify/", _("查验报告与证书"), "scan-line")
    add("/registers/", _("全部登记册"), "table")
    return list(found.values())


def next_act(posts: Iterable[Membership]) -> Link:
    """What to do when nothing waits."""
    kinds = {post.organisation.kind for post in posts}
    if OrganisationKind.ENTERPRISE in kinds:
        return Link("/needs/new/", _("提出需求"), "plus")
    if kinds & set(INSTITUTIONS):
        return Link("/orders/", _("看全部任务单"), "list-checks")
    return Link("/organisations/", _("看机构名录"), "building-2")
