"""The tasks: one module each, which is called like its task and makes it as ``TASK``.

Nothing else has to be said for a new one: command line, API and toolbox find it here.

>>> "decision" in names()
True
>>> calculate("decision", {"value": 9.9, "u": 0.05, "upper": 10})["decision"]
'pass'
"""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import Any

from quanheng.science.task import Task, TaskRefused

__all__ = ["Task", "TaskRefused", "calculate", "names", "task"]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all tasks, in alphabetical order; imports none of them."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.ispkg))


def task(name: str) -> Task:
    """The task of this name. Raises TaskRefused, which tells what there is."""
    if name not in names():
        there = ", ".join(names())
        raise TaskRefused(f"没有这个计算任务，可选：{there}", f"there is no such task; there are: {there}", "task")
    found: Task = import_module(f"{__name__}.{name}").TASK
    return found


def calculate(name: str, data: Any) -> dict[str, Any]:
    """The answer of a task to an input, both as JSON values. Raises ScienceError."""
    return task(name).calculate(data)
