"""A declaration that contradicts itself does not load; a sound one reads as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from quanheng.kernel.base.grants import Both, Grant, Having, Holds, Is, Oversees, PlatformOnly, Public, SignedIn
from quanheng.kernel.cases.describing import describe, who
from quanheng.kernel.cases.process import PROCESSES, ClockSpec, Guard, Move, Process, State, Wait, states

A, B, END = State("a", "甲", Wait("handler", "operator")), State("b", "乙"), State("end", "完", final=True)
GO = Move("go", "去", states("a"), "b", PlatformOnly())
DONE = Move("done", "毕", states("b"), "end", PlatformOnly())


def _declare(**changes: Any) -> Process:
    facts: dict[str, Any] = {"states": (A, B, END), "moves": (GO, DONE), "initial": "a", "clocks": ()}
    return Process(name="test.x", label="试", model="test.X", path="/x/{uid}/", prefix="X", **(facts | changes))


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    PROCESSES.pop("test.x", None)


CONTRADICTIONS = {
    "unknown state": {"moves": (GO, DONE, Move("x", "", states("nowhere"), "b", PlatformOnly()))},
    "unknown target": {"moves": (GO, DONE, Move("x", "", states("a"), "nowhere", PlatformOnly()))},
    "unknown beginning": {"initial": "nowhere"},
    "no way in": {"states": (A, B, END, State("c", "丙", final=True))},
    "no way out": {"moves": (GO, Move("x", "", states("a"), "end", PlatformOnly()))},
    "a move to itself is no way out": {
        "moves": (GO, Move("x", "", states("b"), "b", PlatformOnly()), Move("y", "", states("a"), "end", Public()))
    },
    "a final state that waits": {"states": (A, B, State("end", "完", Wait("client", "member"), final=True))},
    "a move out of a final state": {"moves": (GO, DONE, Move("x", "", states("end"), "a", PlatformOnly()))},
    "an act in a final state": {"moves": (GO, DONE, Move("x", "", states("end"), None, PlatformOnly()))},
    "an opening of what is open": {"moves": (GO, DONE, Move("x", "", states("b"), "a", Public(), reopens=True))},
    "an opening that leaves it closed": {
        "moves": (GO, DONE, Move("x", "", states("end"), "end", Public(), reopens=True))
    },
    "an opening to nowhere": {"moves": (GO, DONE, Move("x", "", states("end"), None, Public(), reopens=True))},
    "an opening by itself": {
        "moves": (GO, DONE, Move("x", "", states("end"), "a", Public(), when_children_closed=True, reopens=True))
    },
    "an unknown side": {"states": (State("a", "甲", Wait("nobody", "member")), B, END)},
    "a state twice": {"states": (A, A, B, END)},
    "a move twice": {"moves": (GO, GO, DONE)},
    "an internal move that tells": {
        "moves": (Move("go", "", states("a"), "b", PlatformOnly(), tells=("case__client",), internal=True), DONE)
    },
    "a clock without a length": {"clocks": (ClockSpec("t", "", states("a")),)},
    "a clock with two lengths": {"clocks": (ClockSpec("t", "", states("b"), rule="r", agreed="days"),)},
    "a clock that runs where it pauses": {
        "clocks": (ClockSpec("t", "", states("a"), rule="r", pauses_in=states("a")),)
    },
    "a clock that never runs": {"clocks": (ClockSpec("t", "", states(), rule="r"),)},
    "a clock in a closed case": {"clocks": (ClockSpec("t", "", states("a", "end"), rule="r"),)},
    "a clock in an unknown state": {"clocks": (ClockSpec("t", "", states("x"), rule="r"),)},
    "a clock before anything was agreed": {"clocks": (ClockSpec("t", "", states("a"), agreed="days"),)},
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_does_not_load(name: str) -> None:
    with pytest.raises(ValueError, match=r"test\.x"):
        _declare(**CONTRADICTIONS[name])
    assert "test.x" not in PROCESSES


def test_a_final_state_is_left_by_what_reopens_it_alone() -> None:
    again = Move("again", "再", states("b", "end"), "a", Public(), reopens=True)
    process = _declare(moves=(GO, DONE, again))
    assert process.by_state["end"].waits is None
    assert "| `again` | 再 | `b`, `end` | `a`, reopened | everyone |  |  |" in describe(process)


def test_a_name_is_declared_once() -> None:
    _declare()
    with pytest.raises(ValueError, match="twice"):
        _declare()


def _ready(actor: Any, row: Any, arguments: dict[str, Any]) -> None:
    """Everything is
    there | now."""


def test_a_process_reads_as_tables() -> None:
    may = Holds("case__client", "member") | PlatformOnly()
    move = Move("go", "去", states("a"), "b", may, (Guard("ready", _ready),), ("x",))
    clocks = (
        ClockSpec("t", "钟", states("b"), agreed="days", pauses_in=states("a")),
        ClockSpec("u", "表", states("b", "a"), rule="some.rule"),
    )
    page = describe(_declare(moves=(move, DONE), clocks=clocks)).splitlines()
    assert page[0] == "## 试 `test.x`"
    for line in (
        "| `a` | 甲 | handler: operator |  |",
        "| `end` | 完 |  | well |",
        "| `go` | 去 | `a` | `b` | client: member or the platform | `ready`: Everything is there / now. | x |",
        "| `t` | 钟 | `b` | `a` | working days agreed in `days` |",
        "| `u` | 表 | `a`, `b` |  | rule `some.rule` |",
    ):
        assert line in page


def test_every_grant_has_words() -> None:
    for grant, words in (
        (Public(), "everyone"),
        (SignedIn(), "whoever is signed in"),
        (Holds("organisation"), "organisation: any role"),
        (Oversees("region_code", "case_officer"), "regulator of the region: case_officer"),
        (Both((Is("person"), Having("kind", 3))), "the person in `person` and `kind` is 3"),
    ):
        assert who(grant) == words
    with pytest.raises(ValueError):
        who(Grant())
