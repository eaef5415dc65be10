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
    """A state of a case. A final state closes the case."""

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
    by_state: dict[str, State] = field(init=False)
    by_move: dict[str, Move] = field(init=False)

    def __post_init__(self) -> None:
        self.by_state = {state.name: state for state in self.states}
        self.by_move = {move.name: move for move in self.moves}
        self._prove()
        if self.name in PROCESSES:
            raise ValueError(f"process declared twice: {self.name}")
        PROCESSES[self.name] = self

    def _prove(self) -> None:
        """A declaration that contradicts itself does not load."""
        known = set(self.by_state)
        for name in (
            {self.initial}
            | {source for move in self.moves for source in move.source}
            | {move.target for move in self.moves if move.target}
            | {state for clock in self.clocks for state in clock.runs_in | clock.pauses_in}
        ):
            if name not in known:
                raise ValueError(f"{self.name}: unknown state {name}")
        reached, frontier = {self.initial}, [self.initial]
        while frontier:
            state = frontier.pop()
            for move in self.moves:
                if state in move.source and move.target and move.target not in reached:
                    reached.add(move.target)
                    frontier.append(move.target)
        if lost := known - reached:
            raise ValueError(f"{self.name}: no way into {sorted(lost)}")
        for state in self.states:
            if not state.final and not any(state.name in move.source and move.target for move in self.moves):
                raise ValueError(f"{self.name}: no way out of {state.name}")


PROCESSES: dict[str, Process] = {}


def states(*names: str) -> frozenset[str]:
    """A set of state names, readable in a declaration."""
    return frozenset(names)
