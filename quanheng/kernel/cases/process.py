"""Processes as data: states, moves, guards with their reasons, who may act, clocks.

A domain declares its process once. Services perform its moves (``@move``), pages show what can be done and
why not, the workbench asks who waits, and the documentation prints the table: all from this declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from quanheng.kernel.base.grants import Grant


@dataclass(frozen=True)
class Wait:
    """Who has to act next: the organisation in a column of the case, in a role."""

    side: str  # "client" or "handler"
    role: str


@dataclass(frozen=True)
class State:
    """A state of a case. A final state closes the case; a closed case waits for nobody."""

    name: str
    label: Any
    waits: Wait | None = None
    final: bool = False
    good: bool = True  # a final state that is a success


@dataclass(frozen=True)
class Guard:
    """A condition on a move. ``check`` gets (actor, row, arguments) and returns the reason why not, or None."""

    name: str
    check: Callable[[Any, Any, dict[str, Any]], Any | None]
    # A guard about the arguments can only be asked when the act is done, not when the page is shown.
    needs_arguments: bool = False
    # Where it refuses, the move does not concern the record at all: it is refused, but not shown as possible later.
    hides: bool = False


@dataclass(frozen=True)
class Move:
    """A move from one of ``source`` to ``target``; ``target`` None keeps the state."""

    name: str
    label: Any
    source: frozenset[str]
    target: str | None
    may: Grant
    guards: tuple[Guard, ...] = ()
    tells: tuple[str, ...] = ()
    primary: bool = False
    # The platform performs the move on the parent when the last child case has closed.
    when_children_closed: bool = False
    # The platform performs the move on the parent as soon as its guards hold after a child case has closed.
    when_child_closes: bool = False
    # The handler's own affair: its reason is for the handler's people and for regulators, not for the client.
    internal: bool = False
    # The move takes up a closed case again: the only way out of a final state. It is offered to whoever may make
    # it, but nobody has to: the closed case is on no workbench, and no clock of it runs.
    reopens: bool = False

    @property
    def by_itself(self) -> bool:
        """Whether the platform performs the move when child cases close; nobody is offered it."""
        return self.when_children_closed or self.when_child_closes


@dataclass(frozen=True)
class ClockSpec:
    """A clock: runs in ``runs_in``, is paused in ``pauses_in``, stops in every other state.

    Its length comes from ``rule`` (a key of the rule table), or from ``agreed``: the attribute of the record
    that holds the working days agreed between the parties.
    """

    name: str
    label: Any
    runs_in: frozenset[str]
    rule: str = ""
    agreed: str = ""
    pauses_in: frozenset[str] = frozenset()


@dataclass
class Process:
    """A declared process. ``model`` is the record that hangs on the case; ``path`` its page."""

    name: str
    label: Any
    model: str
    path: str
    prefix: str
    initial: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    clocks: tuple[ClockSpec, ...] = ()
    # Other states in which a case may be opened: where who has to act first depends on who began.
    begins_too: tuple[str, ...] = ()
    by_state: dict[str, State] = field(init=False)
    by_move: dict[str, Move] = field(init=False)

    def __post_init__(self) -> None:
        self.by_state = {state.name: state for state in self.states}
        self.by_move = {move.name: move for move in self.moves}
        self._prove()
        if self.name in PROCESSES:
            raise ValueError(f"process declared twice: {self.name}")
        PROCESSES[self.name] = self

    @property
    def follows_children(self) -> bool:
        """Whether the platform moves a case of this process when its child cases close."""
        return any(move.by_itself for move in self.moves)

    def _prove(self) -> None:
        """A declaration that contradicts itself does not load. Raises ValueError."""
        for kind in (self.states, self.moves, self.clocks):
            names = [part.name for part in kind]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{self.name}: declared twice: {twice}")
        if told := sorted(move.name for move in self.moves if move.internal and move.tells):
            raise ValueError(f"{self.name}: internal moves tell nobody: {told}")
        self._prove_states()
        for clock in self.clocks:
            self._prove_clock(clock)

    def _prove_states(self) -> None:
        known = set(self.by_state)
        named = {source for move in self.moves for source in move.source}
        named |= {move.target for move in self.moves if move.target}
        named |= {state for clock in self.clocks for state in clock.runs_in | clock.pauses_in}
        begins = {self.initial, *self.begins_too}
        if unknown := sorted((named | begins) - known):
            raise ValueError(f"{self.name}: unknown states {unknown}")
        reached, frontier = begins, list(begins)
        while frontier:
            here = frontier.pop()
            for move in self.moves:
                if here in move.source and move.target and move.target not in reached:
                    reached.add(move.target)
                    frontier.append(move.target)
        if lost := known - reached:
            raise ValueError(f"{self.name}: no way into {sorted(lost)}")
        for state in self.states:
            leaves = any(state.name in move.source and move.target != state.name for move in self.moves if move.target)
            if not state.final and not leaves:
                raise ValueError(f"{self.name}: no way out of {state.name}")
            # A closed case waits for nobody: what waits is found by who it waits for alone.
            if state.final and (
                state.waits or any(state.name in move.source and not move.reopens for move in self.moves)
            ):
                raise ValueError(f"{self.name}: {state.name} is final, yet something is still to be done")
            if state.waits and state.waits.side not in ("client", "handler"):
                raise ValueError(f"{self.name}: {state.name} waits for an unknown side {state.waits.side!r}")
        for move in self.moves:
            if move.reopens:
                self._prove_reopening(move)

    def _prove_reopening(self, move: Move) -> None:
        if not any(self.by_state[source].final for source in move.source):
            raise ValueError(f"{self.name}: {move.name} reopens, yet begins in no final state")
        if move.target is None or self.by_state[move.target].final:
            raise ValueError(f"{self.name}: {move.name} reopens, yet leaves the case closed")
        # What the platform does by itself when the last child has closed, it does to open cases alone.
        if move.by_itself:
            raise ValueError(f"{self.name}: {move.name} reopens, yet nobody decides it")

    def _prove_clock(self, clock: ClockSpec) -> None:
        if bool(clock.rule) == bool(clock.agreed):
            raise ValueError(f"{self.name}: clock {clock.name} takes its length from a rule or from an agreement")
        if clock.runs_in & clock.pauses_in or not clock.runs_in:
            raise ValueError(f"{self.name}: clock {clock.name} cannot tell where it runs from where it pauses")
        if any(self.by_state[state].final for state in clock.runs_in | clock.pauses_in):
            raise ValueError(f"{self.name}: clock {clock.name} goes on in a closed case")
        if clock.agreed and clock.runs_in & {self.initial, *self.begins_too}:
            raise ValueError(f"{self.name}: clock {clock.name} would start before anything was agreed")


PROCESSES: dict[str, Process] = {}


def states(*names: str) -> frozenset[str]:
    """A set of state names, readable in a declaration."""
    return frozenset(names)
