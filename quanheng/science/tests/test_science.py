"""What holds for the science rooms of the spine together: they are light, and errors speak two languages."""

import doctest
import pickle
import subprocess
import sys

import pytest

from quanheng.science import errors, text
from quanheng.science.errors import ScienceError


@pytest.mark.parametrize("module", [errors, text])
def test_documented_examples_run(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_a_web_worker_can_import_them_cheaply() -> None:
    code = (
        "import sys, quanheng.science.quantities, quanheng.science.uncertainty, quanheng.science.identifiers\n"
        "import quanheng.science.tasks; quanheng.science.tasks.names()\n"
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "quanheng" in loaded
    assert not {"django", "numpy", "scipy", "pandas", "random", "statistics", "difflib"} & set(loaded)


def test_errors_speak_two_languages_and_travel_between_processes() -> None:
    error = ScienceError("数值为空", "the number is empty").at("x")
    assert error.message("zh-hans") == "数值为空"
    assert error.message("en") == "the number is empty"
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.zh, again.en, again.field) == (error.zh, error.en, error.field)
