"""Addresses are confirmed, twice at once, while their reports are suspended: nobody misses the news."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quanheng.cli.instance import Instance
from tests.races import alone, at_once

pytestmark = pytest.mark.faults

REPORTS = 10
_MAKE = f"""
from quanheng.kernel.attestations.following.acts import ask_by_mail
from quanheng.kernel.translog.tests.issuing import issue, laboratory
body = laboratory()
for place in range({REPORTS}):
    ask_by_mail(issue(body), f"reader{{place}}@example.com")
"""
_CONFIRM = """
from quanheng.kernel.attestations.following.acts import confirm, confirm_address
from quanheng.kernel.attestations.models import Follow
for one in Follow.objects.order_by("pk"):
    confirm(confirm_address(one).rstrip("/").rsplit("/", 1)[1])
    print("done")
"""
_SUSPEND = """
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import suspend_attestation
for one in Attestation.objects.order_by("pk"):
    print(tried(suspend_attestation, Actor.platform(), one, reason="in doubt"))
"""
_FOUND = """
from quanheng.kernel.attestations.models import Follow
told = Follow.objects.filter(confirmed_at__isnull=False, owed_at__isnull=False).count()
print(Follow.objects.count(), told, prove().sound)
"""


def test_whoever_confirms_while_it_is_suspended_is_told(make_server: Callable[..., Instance]) -> None:
    instance = make_server(None, start=False)
    at_once(instance, _MAKE)
    outcomes = at_once(instance, _CONFIRM, _CONFIRM, _SUSPEND)
    assert outcomes == [["done"] * REPORTS] * 3
    assert alone(instance, _FOUND).split() == [str(REPORTS), str(REPORTS), "True"]
