"""The task of measurement uncertainty: keys in and out, units, several outputs, and places of what is wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from quanheng.science.errors import ScienceError
from quanheng.science.tasks import calculate, task

MASS = task("uncertainty").example


def test_both_ways_and_the_verdict() -> None:
    found = calculate("uncertainty", MASS)
    assert found["value"] == pytest.approx(1.234, abs=1e-9)
    assert found["u"] == pytest.approx(0.053_851_648, rel=1e-7)
    assert found["u_higher_order"] == pytest.approx(0.074_963_474, rel=1e-7)
    assert found["dof"] is None
    assert found["monte_carlo"]["u"] == pytest.approx(0.0755, abs=5e-4)
    assert found["gum_validated"] is False
    assert [row["name"] for row in found["budget"]] == list(MASS["inputs"])
    assert sum(row["share"] for row in found["budget"]) == pytest.approx(1)
    assert calculate("uncertainty", MASS) == found


def test_the_unit_of_the_result_changes_its_numbers_and_not_its_verdict() -> None:
    in_mg, in_kg = calculate("uncertainty", MASS), calculate("uncertainty", {**MASS, "unit": "kg"})
    assert in_kg["u"] * 1e6 == pytest.approx(in_mg["u"])
    assert in_kg["budget"][0]["value"] == in_mg["budget"][0]["value"] == 100_000
    assert in_kg["budget"][0]["sensitivity"] == pytest.approx(1e-6)
    assert in_kg["monte_carlo"]["symmetric"][0] * 1e6 == pytest.approx(in_mg["monte_carlo"]["symmetric"][0])
    assert in_kg["gum_validated"] is in_mg["gum_validated"]


def test_each_method_alone_and_a_histogram() -> None:
    data = {"model": "a + b", "inputs": {"a": {"value": 1, "u": 3}, "b": {"value": 2, "U": 8}}, "trials": 50_000}
    gum = calculate("uncertainty", {**data, "method": "gum"})
    assert (gum["u"], gum["monte_carlo"], gum["gum_validated"]) == (5, None, None)
    drawn = calculate("uncertainty", {**data, "method": "monte_carlo", "bins": 20})
    assert (drawn["k"], drawn["budget"]) == (None, [])
    assert drawn["interval"] == drawn["monte_carlo"]["symmetric"]
    shown = drawn["monte_carlo"]["histogram"]
    width = shown["edges"][1] - shown["edges"][0]
    assert (len(shown["edges"]), sum(shown["density"]) * width) == (21, pytest.approx(0.998, abs=0.003))


def test_several_and_complex_outputs() -> None:
    inputs = {"V": {"value": 5, "u": 0.003}, "I": {"value": 0.02, "u": 1e-5}, "phi": {"value": 1.04, "u": 8e-4}}
    found = calculate("uncertainty", {"model": "V/I*exp(1j*phi)", "inputs": inputs, "trials": 20_000})
    names = [one["name"] for one in found["outputs"]["gum"]["quantities"]]
    assert names == ["Y.re", "Y.im"]
    several = {"R": "V/I*cos(phi)", "X": "V/I*sin(phi)"}
    other = calculate("uncertainty", {"model": several, "inputs": inputs, "method": "gum"})
    u = [[one["u"] for one in each["outputs"]["gum"]["quantities"]] for each in (found, other)]
    assert u[0] == pytest.approx(u[1])
    inputs["V"] |= {"unit": "V"}
    inputs["I"] = {"value": 20, "u": 0.01, "unit": "mA"}
    scaled = calculate("uncertainty", {"model": several, "inputs": inputs, "method": "gum"})["outputs"]["gum"]
    assert [one["u"] for one in scaled["quantities"]] == pytest.approx(u[0])
    assert {one["unit"] for one in scaled["quantities"]} == {"A⁻²·kg·m²·s⁻³"}


@pytest.mark.parametrize(
    ("change", "field", "en"),
    [
        ({"model": "__import__('os').system('x')"}, "model", "at character 12"),
        ({"model": "a" * 5000}, "model", "2000 characters"),
        ({"model": "a + c"}, "inputs.c", "not given"),
        ({"model": "a"}, "inputs.b", "does not use b"),
        ({"inputs": {"a": {"value": 1, "u": -1}, "b": {"value": 1}}}, "inputs.a.u", "must not be less than 0"),
        ({"inputs": {"a": {"value": 1, "dist": "t", "u": 1}, "b": {"value": 1}}}, "inputs.a.dof", "dof is missing"),
        ({"inputs": {"a b": {"value": 1}}}, "inputs.a b", "cannot name an input"),
        ({"inputs": {"a": {"value": 1, "u": 1, "unit": "m"}, "b": {"value": 1}}}, "model", "cannot be put together"),
        ({"correlations": [["a", "b", 1]]}, "correlations", "singular"),
        ({"correlations": [["a", "b"]]}, "correlations.0", "at least 3"),
        ({"correlations": [["a", "b", 2]]}, "correlations.0.2", "must not be greater than 1"),
        ({"trials": "many"}, "trials", "schema"),
        ({"trials": 50_000_000}, "trials", "must not be greater"),
        ({"coverage": 1}, "coverage", "must not be greater"),
        ({"model": "a^b", "inputs": {"a": {"value": 1e99, "u": 1}, "b": {"value": 60}}}, "model", "no finite value"),
        ({"model": "a*b", "inputs": {"a": {"value": 1e99, "u": 1e99}, "b": {"value": 1e99, "u": 1}}}, "", "too large"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_at_once(change: dict[str, Any], field: str, en: str) -> None:
    data = {"model": "a + b", "inputs": {"a": {"value": 1, "u": 1}, "b": {"value": 1, "u": 1}}, "trials": 1000}
    began = time.process_time()
    with pytest.raises(ScienceError) as refused:
        calculate("uncertainty", {**data, **change})
    assert time.process_time() - began < 1
    assert (refused.value.field, en in refused.value.en) == (field, True), refused.value.en
