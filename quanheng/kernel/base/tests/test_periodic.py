"""Periodic jobs come when their time has come, and a failing one holds up nobody."""

from __future__ import annotations

import logging

import pytest

from quanheng.kernel.base.periodic import JOBS, Job, Ticker, discover, every


def test_a_job_is_due_at_the_start_and_after_its_seconds() -> None:
    now, calls = [0.0], []
    jobs = {"a": Job("a", 10, lambda: calls.append("a")), "b": Job("b", 25, lambda: calls.append("b"))}
    ticker = Ticker(jobs, clock=lambda: now[0])
    for second in range(51):
        now[0] = float(second)
        while ticker.step():
            pass
    assert calls.count("a") == 6
    assert calls.count("b") == 3
    assert calls[:2] == ["a", "b"]


def test_a_failing_job_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    now, calls = [0.0], []

    def fails() -> None:
        calls.append("fails")
        raise RuntimeError("no room")

    ticker = Ticker({"f": Job("f", 5, fails), "g": Job("g", 5, lambda: calls.append("g"))}, clock=lambda: now[0])
    with caplog.at_level(logging.ERROR):
        assert [ticker.step(), ticker.step(), ticker.step()] == ["f", "g", ""]
        now[0] = 5.0
        assert [ticker.step(), ticker.step()] == ["f", "g"]
    assert calls == ["fails", "g", "fails", "g"]
    assert "no room" in caplog.text


def test_one_job_at_a_time_and_none_waits_for_ever() -> None:
    now = [0.0]

    def takes(seconds: float) -> None:
        now[0] += seconds

    jobs = {
        "daily": Job("daily", 1000, lambda: takes(40)),
        "often": Job("often", 5, lambda: takes(6)),
        "hourly": Job("hourly", 100, lambda: takes(1)),
    }
    ticker = Ticker(jobs, clock=lambda: now[0])
    assert [ticker.step() for _ in range(3)] == ["often", "hourly", "daily"], "the more frequent first"
    done = [ticker.step() for _ in range(200)]
    assert done.count("hourly") >= 10 and done.count("daily") == 1 and done[0] == "often"
    assert Ticker({}).step() == ""


def test_jobs_of_all_apps_are_found_once() -> None:
    jobs = discover()
    assert "quanheng.portal.jobs.take_up_lost_tasks" in jobs
    function = jobs["quanheng.portal.jobs.take_up_lost_tasks"].function
    with pytest.raises(ValueError, match="twice"):
        every(20)(function)
    with pytest.raises(ValueError, match="every 0"):
        every(0)
    assert JOBS is jobs
