"""The world of these tests as a fixture."""

from __future__ import annotations

import pytest

from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.tests.shop import open_shop
from quanheng.domains.stations.tests.counter import Counter


@pytest.fixture
def counter(db: None) -> Counter:
    """A fresh counter."""
    forget_dictionary()
    return Counter(open_shop())
