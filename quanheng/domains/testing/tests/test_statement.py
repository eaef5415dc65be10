"""What a report concludes: which results the decision is about, by which standards (ISO/IEC 17025 7.8.6.2)."""

from __future__ import annotations

from quanheng.domains.testing.statement import _decision, verdict_of
from quanheng.kernel.requirements.models import Item, Standard
from quanheng.kernel.results.models import Result


def result(name: str, verdict: str, standard: str = "GB 1-2020") -> Result:
    return Result(item=Item(name_zh=name, name_en=name), standard=Standard(number=standard), verdict=verdict)


def told(*results: Result) -> tuple[str, str, str]:
    return _decision(verdict_of(results), results)


def test_a_failure_names_the_standards_that_are_not_met_alone() -> None:
    decision, zh, en = told(result("a", "pass", "GB 1-2020"), result("b", "fail", "GB 2-2020"))
    assert (decision, zh, en) == ("does-not-conform", "b 不符合 GB 2-2020 的要求。", "b: not conforming to GB 2-2020.")


def test_conformity_is_claimed_for_what_was_judged_alone() -> None:
    decision, zh, en = told(result("a", "pass", "GB 1-2020"), result("b", "reported", "GB 2-2020"))
    assert decision == "conforms"
    assert zh == "所判定的项目符合 GB 1-2020 的要求；其余项目只给出结果。"
    assert "GB 2-2020" not in en
    assert told(result("a", "pass"), result("b", "conditional_pass"))[1] == "所检项目符合 GB 1-2020 的要求。"


def test_without_a_limit_nothing_is_judged() -> None:
    assert told(result("a", "reported"))[0] == "not-judged"
