"""The world of these tests as a fixture."""

from __future__ import annotations

import pytest

from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.tests.shop import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A fresh shop."""
    forget_dictionary()
    return open_shop()
