"""The four questions at the top of every case page: who has it, until when, what happened, what can I do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.queries import Told
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.html import local
from quanheng.kernel.cases.models import Case, CaseRecord
from quanheng.kernel.cases.process import PROCESSES, Process, State
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.cases.standing import ClockView, clocks_of, nearest
from quanheng.kernel.parties.roles import Role

_UNITS = {"working_day": "workday", "day": "day", "minute": "minute"}


def tone_of(state: State) -> str:
    """The tone of a state's badge."""
    if state.final:
        return "ok" if state.good else "ended"
    return "wait" if state.waits else "info"


def badge_of(case: Case) -> dict[str, Any]:
    """The badge of a case's state, for lists and heads."""
    state = PROCESSES[case.process].by_state[case.state]
    return {"label": state.label, "tone": tone_of(state)}


def head_of(
    actor: Actor,
    row: CaseRecord,
    story: list[Told],
    asking: Collection[str],
    stands: Sequence[Option] | None = None,
) -> dict[str, Any]:
    """What ``components/case_head.html`` shows.

    ``asking``: the moves that ask for input on a page of their own; ``stands``: ``options``, where they were asked.
    """
    case = row.case
    process = PROCESSES[case.process]
    state = process.by_state[case.state]
    last = story[0] if story else None
    return {
        "number": case.number,
        "kind": process.label,
        "title": case.title,
        "badge": badge_of(case),
        "holder": _holder(case, state),
        "holder_note": Role(state.waits.role).label if state.waits else "",
        **_until(case),
        "last": {"what": last.what, "when": last.when, "who": last.who} if last else None,
        "acts": [_act(option, case, process, asking) for option in (options(actor, row) if stands is None else stands)],
    }


def _holder(case: Case, state: State) -> Any:
    if state.final:
        return _("已办结")
    if state.waits is None:
        return local(case.handler or case.client)
    return local(case.client if state.waits.side == "client" else case.handler)


def left_of(clock: ClockView | None) -> dict[str, Any]:
    """What the ``clock`` tag wants to know of a running clock."""
    if clock is None:
        return {"due": None}
    return {"due": clock.due_at, "left": -clock.amount if clock.late else clock.amount, "unit": _UNITS[clock.unit]}


def _until(case: Case) -> dict[str, Any]:
    clock = nearest(clocks_of(case))
    return left_of(clock) | ({"clock_note": f"{clock.label} · {clock.source}"} if clock else {})


def _act(option: Option, case: Case, process: Process, asking: Collection[str]) -> dict[str, Any]:
    step = option.step
    path = process.path.format(uid=case.uid)
    return {
        "label": step.label,
        "url": f"{path}{step.name}/",
        "method": "get" if step.name in asking else "post",
        "primary": step.primary and option.possible,
        "danger": bool(step.target)
        and process.by_state[step.target or case.state].final
        and not process.by_state[step.target or case.state].good,
        "reason": option.why_not,
    }
