"""What a process declares, as Markdown tables for the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.grants import Both, Either, Grant, Having, Holds, Is, Oversees, PlatformOnly, Public, SignedIn
from quanheng.kernel.cases.process import ClockSpec, Guard, Move, Process, State

HEAD = """\
# Processes

Made by `./qh manage describe_processes` from the declarations in each domain's `process.py`; a test keeps it up to
date. Who has to act is a side of the case and a role there; a clock pauses in some states and stops in all others.
A case that ended waits for nobody; only a move that reopens it leads out again, and its clocks start anew.
"""


def _when(move: Move) -> str:
    if move.when_child_closes:
        return ", when a child has closed"
    return ", when the last child has closed" if move.when_children_closed else ""


def describe_all(processes: Iterable[Process]) -> str:
    """The whole page, processes by name."""
    return "\n".join([HEAD, *(describe(process) for process in sorted(processes, key=lambda one: one.name))])


def describe(process: Process) -> str:
    """A process as Markdown: its states, its moves with who may make them and their guards, its clocks."""
    parts = [
        f"## {_zh(process.label)} `{process.name}`\n",
        f"Record `{process.model}`, page `{process.path}`, numbers `{process.prefix}YYYY-NNNNNN`, "
        f"begins in {', '.join(f'`{one}`' for one in (process.initial, *process.begins_too))}.\n",
        _table(("state", "name", "waits for", "ends"), (_state(state) for state in process.states)),
        _table(
            ("move", "name", "from", "to", "who", "guards", "tells"), (_move(process, move) for move in process.moves)
        ),
    ]
    if process.clocks:
        head = ("clock", "name", "runs in", "pauses in", "length")
        parts.append(_table(head, (_clock(process, clock) for clock in process.clocks)))
    return "\n".join(parts)


def who(grant: Grant) -> str:
    """A grant in words. ValueError for a kind of grant that has none."""
    if grant.words:
        return grant.words
    match grant:
        case Public():
            return "everyone"
        case SignedIn():
            return "whoever is signed in"
        case PlatformOnly():
            return "the platform"
        case Holds(path=path, roles=roles):
            return f"{path.removeprefix('case__')}: {', '.join(roles) or 'any role'}"
        case Oversees(roles=roles):
            return f"regulator of the region: {', '.join(roles)}"
        case Is(path=path):
            return f"the person in `{path}`"
        case Having(path=path, value=value):
            return f"`{path}` is {value}"
        case Either(parts=parts):
            return " or ".join(map(who, parts))
        case Both(parts=parts):
            return " and ".join(map(who, parts))
    raise ValueError(f"no words for {grant!r}")


def _zh(label: object) -> str:
    return in_language(label, "zh-hans")


def _state(state: State) -> tuple[str, ...]:
    waits = f"{state.waits.side}: {state.waits.role}" if state.waits else ""
    ends = ("well" if state.good else "badly") if state.final else ""
    return f"`{state.name}`", _zh(state.label), waits, ends


def _move(process: Process, move: Move) -> tuple[str, ...]:
    return (
        f"`{move.name}`",
        _zh(move.label),
        _names(process, move.source),
        (f"`{move.target}`" if move.target else "stays") + (", reopened" if move.reopens else ""),
        who(move.may) + _when(move),
        "; ".join(_guard(guard) for guard in move.guards),
        "nobody: internal" if move.internal else ", ".join(path.removeprefix("case__") for path in move.tells),
    )


def _guard(guard: Guard) -> str:
    said = " ".join((guard.check.__doc__ or "").split())
    return f"`{guard.name}`: {said}" if said else f"`{guard.name}`"


def _clock(process: Process, clock: ClockSpec) -> tuple[str, ...]:
    length = f"rule `{clock.rule}`" if clock.rule else f"working days agreed in `{clock.agreed}`"
    return (
        f"`{clock.name}`",
        _zh(clock.label),
        _names(process, clock.runs_in),
        _names(process, clock.pauses_in),
        length,
    )


def _names(process: Process, names: frozenset[str]) -> str:
    """States in the order of the declaration."""
    return ", ".join(f"`{state.name}`" for state in process.states if state.name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"
