"""What holds for every test: which of them are run again on a second database."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from unittest import TestCase

import pytest
from django.test import SimpleTestCase
from django.utils import translation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--records-only", action="store_true", help="only tests that touch the database")


def pytest_configure(config: pytest.Config) -> None:
    """Tests call the API more often than anybody may; those of the limits set their own.

    And they sign in more often than anybody does: passwords are kept as on a platform that nobody attacks.
    """
    from django.conf import settings

    # What tests consist of is never garbage, and looking through it took a fifth of their time.
    gc.set_threshold(100_000, 20, 100)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_LIMITS = {"anonymous": (0, 0), "token": (0, 0)}
    # The same for the servers that tests start.
    os.environ |= {"QH_API_ANONYMOUS": "0/0", "QH_API_TOKEN": "0/0"}


def touches_records(item: pytest.Item) -> bool:
    """Whether a test reads or writes records, in this process or through a server of its own.

    What a browser shows is not run again: the journeys' acts are, as tours over the API.
    """
    if item.get_closest_marker("any_database") or "browser" in getattr(item, "fixturenames", ()):
        return False
    kind = getattr(item, "cls", None)
    if kind is not None and issubclass(kind, TestCase):
        return issubclass(kind, SimpleTestCase) and bool(kind.databases)
    wanted = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(wanted & {"db", "make_server"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    gc.freeze()
    # What starts servers takes longest: first, so that what is left at the end is small and shared out evenly.
    beside_code = config.rootpath / "quanheng"
    items.sort(key=lambda item: (item.get_closest_marker("faults") is None, item.path.is_relative_to(beside_code)))
    second = config.getoption("--records-only")
    wanted = {
        item for item in items if (touches_records(item) if second else not item.get_closest_marker("postgresql"))
    }
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = [item for item in items if item in wanted]


@pytest.fixture
def single_handed(db: None) -> None:
    """A deployment in which every act takes effect at once: for tests of what an act does, not of who approves it."""
    from quanheng.kernel.changes.models import Switch
    from quanheng.kernel.changes.table import demands

    Switch.objects.bulk_create([Switch(act=name, required=False) for name in demands()])


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What pages remember of the records for a minute is not remembered from one test to the next."""
    from quanheng.domains.services.chains import forget_chains
    from quanheng.portal.context import forget

    forget()
    forget_chains()


@pytest.fixture(autouse=True)
def default_language() -> Iterator[None]:
    """A page read in English leaves its thread in English: the next test begins in Chinese all the same."""
    yield
    translation.deactivate()
