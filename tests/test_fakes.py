"""The table of fakes names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs/developers/fakes.md").read_text(encoding="utf-8"))


def test_each_fake_has_its_test() -> None:
    assert len(ROWS) >= 45
    lost = [f"{path}::{name}" for path, name in ROWS if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")]
    assert not lost, lost
