"""Tables of standards beside this file: CSV whose first lines, marked with #, name source and confidence.

>>> rows("prepackage_samples")[0]["rule"]
'jjf1070'
"""

from __future__ import annotations

import csv
import os
from functools import lru_cache

_HERE = os.path.dirname(os.path.abspath(__file__))


@lru_cache(maxsize=16)
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table, as texts by the names of its columns."""
    with open(os.path.join(_HERE, f"{name}.csv"), encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(line for line in file if not line.startswith("#")))


def source(name: str) -> str:
    """What the first lines of a table say of where it is from.

    >>> source("prepackage_samples").startswith("JJF 1070-2023")
    True
    """
    with open(os.path.join(_HERE, f"{name}.csv"), encoding="utf-8") as file:
        return " ".join(line[1:].strip() for line in file if line.startswith("#"))
