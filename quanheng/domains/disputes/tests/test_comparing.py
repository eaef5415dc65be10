"""Two results of one item: by E_n where both state an uncertainty, else by their verdicts, else nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from quanheng.domains.disputes.comparing import Comparison, compare


@dataclass
class Said:
    value: str
    unit: str = ""
    uncertainty: str = ""
    k: str = ""
    verdict: str = "pass"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # 0.8 / √(0.3² + 0.4²) = 1.6
        (Said("24.9", "km/h", "0.3"), Said("24.1", "km/h", "0.4"), Comparison("en", False, "1.60")),
        # The same values agree although the verdicts differ: both are near the limit of 25.
        (
            Said("24.9", "km/h", "0.3", "2"),
            Said("25.2", "km/h", "0.4", "2", "fail"),
            Comparison("en", True, "-0.60"),
        ),
        (Said("24.9", "km/h", "0.3"), Said("6.9167", "m/s", "0.1"), Comparison("en", True, "0.00")),
        # A bound has no uncertainty: the verdicts are compared.
        (Said("<0.01", "mg/kg"), Said("0.02", "mg/kg", "0.004"), Comparison("verdict", True)),
        (Said("<0.01", "mg/kg"), Said("0.2", "mg/kg", "0.04", "2", "fail"), Comparison("verdict", False)),
        (Said("符合"), Said("不符合", verdict="fail"), Comparison("verdict", False)),
        (Said("符合"), Said("符合", verdict="conditional_pass"), Comparison("verdict", True)),
        # Units of different kinds are no reason for a failure of ours.
        (Said("1", "km/h", "1"), Said("1", "kg", "1"), Comparison("verdict", True)),
        # What is only reported has no verdict.
        (Said("蓝色", verdict="reported"), Said("红色", verdict="reported"), Comparison("none", None)),
        (
            Said("12", "V", "1", "2", "reported"),
            Said("15", "V", "1", "2", "reported"),
            Comparison("en", False, "-2.12"),
        ),
    ],
)
def test_by_what_two_results_are_compared(first: Said, second: Said, expected: Comparison) -> None:
    assert compare(first, second) == expected
