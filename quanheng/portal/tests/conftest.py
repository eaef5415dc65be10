"""The town, and visitors of either language."""

from __future__ import annotations

import pytest

from quanheng.portal.tests.town import Town, build_town


@pytest.fixture
def town(db: None) -> Town:
    return build_town()
