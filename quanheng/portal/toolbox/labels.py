"""What the names in the schemas of tasks are called, in both languages, from one table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language

from quanheng.kernel.base.cells import read_csv

_TABLE = Path(__file__).parent / "data" / "labels.csv"


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["zh"], row["en"]) for row in read_csv(_TABLE)}


def pair(task: str, path: str, *, given: bool = True) -> tuple[str, str]:
    """The Chinese and the English of a member's ``path`` (``inputs.u``) in what a task takes, or gives.

    The narrowest row counts: of the task and path, of the last two names, of the task and name, of the name alone.
    KeyError where the table has none.
    """
    name, near = path.rpartition(".")[2], ".".join(path.split(".")[-2:])
    here, task_wide = ([f"{task}.out.{path}"], [f"{task}.out.{name}"]) if not given else ([], [])
    inner = [near] if near != name else []
    tried = [*here, f"{task}.{path}", *inner, *task_wide, f"{task}.{name}", name]
    found = next((one for one in tried if one in _known()), None)
    if found is None:
        raise KeyError(f"{task} {path}")
    return _known()[found]


def choice_pair(task: str, path: str, value: str) -> tuple[str, str]:
    """The same of a word that a member may be. KeyError where the table has none."""
    name = path.rpartition(".")[2]
    found = next((one for one in (f"{task}.{path}={value}", f"{name}={value}") if one in _known()), None)
    if found is None:
        raise KeyError(f"{task} {path}={value}")
    return _known()[found]


def label(task: str, path: str, *, given: bool = True) -> str:
    """A member's name in the language of the page."""
    return pair(task, path, given=given)[_english()]


def choice_label(task: str, path: str, value: str) -> str:
    """A word's name in the language of the page."""
    return choice_pair(task, path, value)[_english()]


def purpose(task: str) -> str:
    """What a task is good for, in a sentence."""
    return _known()[f"task:{task}"][_english()]


def listed(words: Iterable[str]) -> str:
    """Several words in a sentence."""
    return (", " if _english() else "、").join(words)


def _english() -> int:
    return int((get_language() or "").startswith("en"))
