"""Many act on the same order at once: one has it, the others are told so."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quanheng.cli.instance import Instance
from tests.faults.calls import call, inside

pytestmark = pytest.mark.faults

CLIENTS = 200


def test_one_of_200_wins(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    stocked = inside(instance, "stock(0, offered=1)")
    (uid,), token = stocked["offered"], stocked["operator"]
    instance.start()
    together = threading.Barrier(CLIENTS)

    def accept() -> tuple[int, dict[str, Any]]:
        together.wait()
        return call(instance.url, f"/orders/{uid}/accept", token)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = [one.result() for one in [clients.submit(accept) for _ in range(CLIENTS)]]
    instance.stop()
    assert Counter(status for status, _answer in answers) == {200: 1, 409: CLIENTS - 1}
    for status, answer in answers:
        if status == 409:
            assert answer["type"] == "/problems/wrong-state"
            assert "待收样" in answer["detail_zh"]
            assert "刷新" in answer["detail_zh"]
            assert "accepted" in answer["detail_en"].lower() or "sample" in answer["detail_en"].lower()
    found = inside(instance, "outcome()")
    assert found["sound"]
    assert found["states"] == ["accepted"]


def test_two_signatories_amend_and_issue_at_once(make_server: Callable[..., Instance]) -> None:
    """Each act happens once, and the chain of reports does not fork."""
    instance = make_server(None, start=False)
    stocked = inside(instance, "stock(0, delivered=1)")
    (uid,) = stocked["delivered"]
    instance.start()

    def at_once(act: str, body: dict[str, Any]) -> None:
        tokens = stocked["signatories"] * 8
        together = threading.Barrier(len(tokens))

        def do(token: str) -> tuple[int, dict[str, Any]]:
            together.wait()
            return call(instance.url, f"/orders/{uid}/{act}", token, body)

        with ThreadPoolExecutor(len(tokens)) as clients:
            answers = [one.result() for one in [clients.submit(do, token) for token in tokens]]
        assert Counter(status for status, _answer in answers) == {200: 1, 409: len(tokens) - 1}, act
        assert {answer["type"] for status, answer in answers if status == 409} == {"/problems/wrong-state"}

    at_once("amend", {"reason": "车速换算有误", "suspend": True})
    for act, who in (("submit", "operator"), ("review", "reviewer")):
        assert call(instance.url, f"/orders/{uid}/{act}", stocked[who])[0] == 200
    at_once("issue", {})
    instance.stop()
    found = inside(instance, "outcome()")
    assert found["states_of_reports"] == ["superseded", "issued"]
    assert found["numbers"] == [[1, 2]]
    assert found["states"] == ["issued"]
    assert found["sound"] and not found["forged"] and not found["log"]
