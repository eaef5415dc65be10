"""Opening cases and moving them: every change of state on the platform passes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Hooks, act, remark
from quanheng.kernel.base.asking import not_now
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import running
from quanheng.kernel.cases.alerts import escalate_case
from quanheng.kernel.cases.models import Case, CaseRecord, Clock
from quanheng.kernel.cases.numbering import next_number, next_numbers
from quanheng.kernel.cases.process import PROCESSES, Move, Process
from quanheng.kernel.cases.recounting import recount_case
from quanheng.kernel.parties.models import Organisation

__all__ = [
    "ACTIONS",
    "Option",
    "escalate_case",
    "move",
    "next_number",
    "next_numbers",
    "open_case",
    "options",
    "record_of",
    "recount_case",
    "why_not_move",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=CaseRecord)


def open_case(
    process: Process,
    *,
    title: str,
    client: Organisation,
    handler: Organisation | None = None,
    region_code: str | None = None,
    parent: Case | None = None,
    at: datetime | None = None,
    state: str = "",
) -> Case:
    """A new case in the initial state of its process (or ``state``, where the process begins there too), its clocks
    started. Called inside an act."""
    if state and state not in (process.initial, *process.begins_too):
        raise ValueError(f"{process.name} does not begin in {state}")
    for party in (client, handler):
        if party is not None and (refusal := party.ended()):
            raise refusal
    at = at or timezone.now()
    year = timezone.localtime(at).year
    number = next_number(f"case.{process.name}.{year}")
    case = Case(
        process=process.name,
        state=state or process.initial,
        number=f"{process.prefix}{year}-{number:06d}",
        title=title[:200],
        parent=parent,
        client=client,
        handler=handler,
        region_code=region_code or (handler or client).region_code,
        opened_at=at,
        changed_at=at,
    )
    _wait(process, case)
    started = running.follow(process, case, None, at)
    case.save(force_insert=True)
    running.keep(started)
    return case


def record_of(case: Case) -> CaseRecord:
    """What a case is about: the record of its process that hangs on it."""
    model = apps.get_model(PROCESSES[case.process].model)
    return model._default_manager.select_related("case__client", "case__handler").get(pk=case.pk)


def _wait(process: Process, case: Case) -> None:
    waits = process.by_state[case.state].waits
    case.waiting_on_id = getattr(case, f"{waits.side}_id") if waits else None
    case.waiting_role = waits.role if waits else ""


# What a move may change of a case: a whole-row save would put back what was stored beside it.
_MOVED = ("state", "changed_at", "closed_at", "due_at", "waiting_on", "waiting_role")


@dataclass(frozen=True)
class Moving(Hooks):
    """Around the act: the state must fit and the guards hold; then the state, the wait and the clocks follow."""

    process: Process
    step: Move

    def lock(self, row: Any) -> Any:
        """The parent first where the move closes the case and may so go on to it: always in this order.

        A move of the parent that goes on to its children would otherwise wait for a child that waits for the parent.
        """
        parent_id = row.case.parent_id if self._closes else None
        parent = Case.objects.select_for_update(no_key=True).get(pk=parent_id) if parent_id else None
        row = super().lock(row)
        if parent:
            row.case.parent = parent
        return row

    @property
    def _closes(self) -> bool:
        return self.step.target is not None and self.process.by_state[self.step.target].final

    def before(self, actor: Actor, row: Any, arguments: dict[str, Any]) -> None:
        case = row.case
        if case.state not in self.step.source:
            raise Conflict(why_not_now(self.process, self.step, case), code="wrong-state")
        for guard in self.step.guards:
            reason = guard.check(actor, row, arguments)
            if reason:
                raise Conflict(reason, code=f"guard-{guard.name}")

    def after(self, actor: Actor, row: Any, result: Any) -> None:
        case: Case = row.case
        at = timezone.now()
        case.changed_at = at
        changed: list[Clock] = []
        if self.step.target and self.step.target != case.state:
            remark(state=[case.state, self.step.target])
            case.state = self.step.target
            # A reopened case is as open as any: it waits, and its clocks, stopped when it closed, start anew.
            case.closed_at = at if self._closes else None
            _wait(self.process, case)
            changed = running.follow(self.process, case, row, at)
        case.save(update_fields=_MOVED)
        running.keep(changed)
        if case.closed_at and case.parent:
            _child_closed(case.parent)
        elif self.step.target is None and self.process.follows_children and case.children.exists():
            # What a parent does about its children may be what its own next state waited for.
            _child_closed(case)


def why_not_now(process: Process, step: Move, case: Case) -> Any:
    """Why a move does not fit the state: what the case is now, since when, and by whom."""
    last = Entry.objects.filter(case_id=case.pk).order_by("-id").first()
    now = process.by_state[case.state].label
    if last is None:
        return filled(_("当前状态为“%(state)s”，不能“%(act)s”。请刷新页面查看最新情况。"), state=now, act=step.label)
    return filled(
        _("当前状态为“%(state)s”（%(who)s 于 %(when)s 办理），不能再“%(act)s”。请刷新页面查看最新情况。"),
        state=now,
        act=step.label,
        who=last.actor_name,
        when=timezone.localtime(last.at).strftime("%Y-%m-%d %H:%M"),
    )


def _child_closed(parent: Case) -> None:
    """Perform the automatic move of a locked parent that is due now that a child, or the last one, has closed.

    Because it is locked, the second of two children that close at once sees the first as closed. A parent that
    is closed stays so: a child that was reopened and closes again moves it no second time.
    """
    if parent.closed_at:
        return
    process = PROCESSES[parent.process]
    steps = [step for step in process.moves if step.by_itself and parent.state in step.source]
    if not steps:
        return
    all_closed = not parent.children.filter(closed_at=None).exists()
    row: CaseRecord | None = None
    for step in steps:
        if all_closed or step.when_child_closes:
            row = row or record_of(parent)
            if not any(guard.check(Actor.platform(), row, {}) for guard in step.guards):
                ACTIONS[process.name, step.name](Actor.platform(), row)
                return


ACTIONS: dict[tuple[str, str], Callable[..., Any]] = {}


def move(
    process: Process, name: str
) -> Callable[[Callable[Concatenate[Actor, T, P], R]], Callable[Concatenate[Actor, T, P], R]]:
    """Declare the service that performs a move of a process. The row's ``case`` is fresh and locked in it."""
    step = process.by_move[name]

    def decorate(
        function: Callable[Concatenate[Actor, T, P], R],
    ) -> Callable[Concatenate[Actor, T, P], R]:
        model: type[Any] = apps.get_registered_model(*process.model.split("."))
        performed = act(
            f"{process.name}.{name}",
            on=model,
            label=step.label,
            may=step.may,
            tells=step.tells,
            hooks=Moving(process, step),
        )(function)
        ACTIONS[process.name, name] = performed
        return performed

    return decorate


@dataclass(frozen=True)
class Option:
    """A move as it stands for an actor now: possible, or the reason why not."""

    step: Move
    why_not: Any | None

    @property
    def possible(self) -> bool:
        return self.why_not is None


def options(actor: Actor, row: CaseRecord) -> list[Option]:
    """The moves that the actor's role allows from the present state, each possible or with its reason."""
    process = PROCESSES[row.case.process]
    found = []
    for step in process.moves:
        if row.case.state not in step.source or step.by_itself or not step.may.allows(actor, row):
            continue
        asked = ((guard, guard.check(actor, row, {})) for guard in step.guards if not guard.needs_arguments)
        refusing, reason = next(((guard, reason) for guard, reason in asked if reason), (None, None))
        if refusing is None or not refusing.hides:
            found.append(Option(step, reason))
    return found


def why_not_move(actor: Actor, row: CaseRecord, name: str, stands: Sequence[Option] | None = None) -> Any | None:
    """Why a move cannot be made by an actor as things stand: its guard's reason, or that it is not offered at all.

    ``stands``: the options of the actor, where they are read already.
    """
    for option in options(actor, row) if stands is None else stands:
        if option.step.name == name:
            return option.why_not
    return not_now(PROCESSES[row.case.process].by_move[name].label)
