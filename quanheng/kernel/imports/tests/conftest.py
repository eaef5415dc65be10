"""The town of imports, its uploads in a folder of the test."""

from __future__ import annotations

from typing import Any

import pytest

from quanheng.kernel.imports.tests.town import Town, town


@pytest.fixture
def scene(settings: Any, tmp_path: Any) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return town()
