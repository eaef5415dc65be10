"""Reads of cases: what waits for me, what is late, what changed, and how one case stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.paging import COUNT_CAP
from quanheng.kernel.base.statements import rows_by_key
from quanheng.kernel.cases.models import Case, Rule
from quanheng.kernel.cases.process import PROCESSES, Process
from quanheng.kernel.parties.roles import Role

# Who answers for the whole of an organisation's work, whatever the role that has to act.
OVERSEERS = (Role.ADMINISTRATOR, Role.QUALITY_MANAGER)
_SHOWN = ("client", "handler", "waiting_on")


def cases(actor: Actor) -> QuerySet[Case]:
    """Cases that the actor may see, newest first, with the organisations that a list shows."""
    return restrict(Case.objects.all(), actor).select_related(*_SHOWN).order_by("-pk")


def case_by_uid(actor: Actor, uid: str) -> Case:
    """One case for its page. Raises NotFound, also where the actor may not see it."""
    found = cases(actor).select_related(*_SHOWN, "parent").filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该事项，或您无权查看。请核对编号。"))
    return found


def waiting_for(actor: Actor) -> QuerySet[Case]:
    """Open cases in which it is the actor's turn, newest first: one query on the index ``case_waiting``.

    A case waits for a role in an organisation; its administrators and quality managers see all that waits
    there. Nobody and the platform itself have nothing to do.
    """
    everything = actor.organisations(*OVERSEERS)
    roles: dict[str, set[int]] = defaultdict(set)
    for post in actor.posts:
        if post.organisation_id not in everything:
            roles[post.role].add(post.organisation_id)
    mine = Q(waiting_on__in=everything) if everything else Q(pk__in=())
    for role, organisations in sorted(roles.items()):
        mine |= Q(waiting_role=role, waiting_on__in=organisations)
    # A final state waits for nobody (the declaration is checked), so all of these are open.
    return Case.objects.filter(mine).select_related(*_SHOWN).order_by("-pk")


def is_late(now: datetime | None = None) -> Q:
    """Open cases past their nearest deadline."""
    return Q(closed_at=None, due_at__lt=now or timezone.now())


def late_for(actor: Actor, now: datetime | None = None) -> QuerySet[Case]:
    """Open cases past their nearest deadline that the actor may see, whoever has to act; newest first."""
    return cases(actor).filter(is_late(now))


@dataclass(frozen=True)
class Group:
    """The cases of one process that wait for somebody: how many, how many of them late, the most urgent."""

    process: Process
    waiting: int
    late: int
    first: tuple[Case, ...]


@dataclass(frozen=True)
class Workbench:
    """What waits, by process; counts end at ``COUNT_CAP`` (``more``: there are others beyond)."""

    groups: tuple[Group, ...]
    waiting: int
    late: int
    more: bool


def workbench(actor: Actor, *, first: int = 5, now: datetime | None = None) -> Workbench:
    """What waits for the actor, grouped by process, the most urgent ``first`` of each shown: two queries."""
    now = now or timezone.now()
    urgent = waiting_for(actor).order_by(F("due_at").asc(nulls_last=True), "pk")
    found = list(urgent.values_list("pk", "process", "due_at")[: COUNT_CAP + 1])
    by_process: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for key, process, due_at in found[:COUNT_CAP]:
        by_process[process].append((key, due_at is not None and due_at < now))
    wanted = [key for rows in by_process.values() for key, _late in rows[:first]]
    shown = {case.pk: case for case in rows_by_key(Case.objects.select_related(*_SHOWN), wanted)} if wanted else {}
    groups = tuple(
        Group(
            process=PROCESSES[name],
            waiting=len(rows),
            late=sum(late for _key, late in rows),
            first=tuple(shown[key] for key, _late in rows[:first] if key in shown),
        )
        for name, rows in by_process.items()
    )
    return Workbench(groups, sum(g.waiting for g in groups), sum(g.late for g in groups), len(found) > COUNT_CAP)


def rules(*, process: str = "", key: str = "", confidence: str = "", on: date | None = None) -> QuerySet[Rule]:
    """The rule table, narrowed, open to everyone; ``on`` keeps the versions in force that day."""
    found = Rule.objects.all()
    for name, value in (("process", process), ("key", key), ("confidence", confidence)):
        if value:
            found = found.filter(**{name: value})
    if on:
        found = found.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))
    return found


def rule_versions(uid: str) -> list[Rule]:
    """The rule of that public name, and every version of it, the latest first. NotFound if there is none."""
    chosen = Rule.objects.filter(uid=uid).values("key")
    versions = list(Rule.objects.filter(key__in=chosen).order_by(F("valid_from").desc(nulls_last=True), "pk"))
    if not versions:
        raise NotFound(_("没有找到该时限规则。请从规则表进入。"))
    return versions
