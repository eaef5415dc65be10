"""What holds for every task: its example works, its answer fits its schema, what is wrong is told with its place."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from quanheng.science import task as tasking
from quanheng.science import tasks
from quanheng.science.errors import ScienceError
from quanheng.science.task import DIALECT
from quanheng.science.tasks import calculate, names, task


def test_documented_examples_run() -> None:
    assert doctest.testmod(tasking).failed == 0
    assert doctest.testmod(tasks).failed == 0


@pytest.mark.parametrize("name", names())
def test_the_example_of_a_task_works_and_its_answer_fits_its_schema(name: str) -> None:
    found = task(name)
    assert found.name == name
    assert found.zh and found.en and found.source
    for schema in (found.takes, found.gives):
        jsonschema.Draft202012Validator.check_schema(schema)
    answer = found.calculate(found.example)
    jsonschema.validate(json.loads(json.dumps(answer, allow_nan=False)), {"$schema": DIALECT, **found.gives})


@pytest.mark.parametrize(
    ("name", "data", "field", "en"),
    [
        ("decision", {"value": 1}, "u", "'u' is missing"),
        ("decision", {"value": "a", "u": 1, "upper": 2}, "value", "must be a number"),
        ("decision", {"value": float("nan"), "u": 1, "upper": 2}, "value", "finite"),
        ("decision", {"value": 1, "u": -1, "upper": 2}, "u", "must not be less than 0"),
        ("decision", {"value": 1, "u": 1, "upper": 2, "rul": "simple"}, "rul", "there is no 'rul'"),
        ("decision", {"value": 1, "u": 1, "upper": 10**400}, "upper", "must"),
        ("decision", {"value": 1, "u": 1}, "upper", "no limit"),
        ("decision", [], "", "the input must be an object"),
        ("decision", {"value": 1 + 2j}, "", "JSON does not know"),
        ("no such", {}, "task", "there are: "),
    ],
)
def test_a_wrong_input_is_told_with_its_place(name: str, data: Any, field: str, en: str) -> None:
    with pytest.raises(ScienceError) as refused:
        calculate(name, data)
    assert refused.value.field == field
    assert en in refused.value.en
    assert refused.value.zh


def test_the_command_line_calculates_and_refuses() -> None:
    def run(*given: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "quanheng.cli.calc", *given]
        return subprocess.run(command, input=text, capture_output=True, text=True)

    done = run("decision", "-", text='{"value": 9, "u": 0.1, "upper": 10}')
    assert done.returncode == 0
    assert json.loads(done.stdout)["decision"] == "pass"
    refused = run("decision", "-", text='{"value": 9, "u": -1, "upper": 10}')
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "u: “u”不能小于 0" in refused.stderr
    assert "'u' must not be less than 0" in refused.stderr
    unusable = run("decision", "-", text='{"value": NaN}')
    assert unusable.returncode == 2
    assert "Traceback" not in unusable.stderr


def test_rows_can_stand_in_a_file_beside_the_input(tmp_path: Path) -> None:
    rows = [[str(one) for one in row] for row in task("signals").example["rows"]]
    (tmp_path / "rows.csv").write_text("report,product,event\n" + "\n".join(map(",".join, rows)), encoding="utf-8")
    (tmp_path / "input.json").write_text('{"rows": "rows.csv"}')
    command = [sys.executable, "-m", "quanheng.cli.calc", "signals"]
    done = subprocess.run([*command, str(tmp_path / "input.json")], capture_output=True, text=True)
    assert json.loads(done.stdout) == calculate("signals", {"rows": rows})
    refused = subprocess.run([*command, "-"], input='{"rows": "no.csv"}', capture_output=True, text=True)
    assert refused.returncode == 2 and "rows: " in refused.stderr and "Traceback" not in refused.stderr
    with pytest.raises(ScienceError, match="list"):
        calculate("signals", {"rows": "rows.csv"})  # a path is for the command line alone
