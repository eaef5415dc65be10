"""The world of these tests as a fixture."""

from __future__ import annotations

import pytest

from quanheng.domains.disputes.tests.quarrel import Quarrel, start_quarrel
from quanheng.domains.services.dictionary import forget_dictionary


@pytest.fixture
def quarrel(db: None) -> Quarrel:
    """A delivered report of speed and mass."""
    forget_dictionary()
    return start_quarrel("speed", "mass")
