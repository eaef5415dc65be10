"""Issuing, laying out and verifying a report of two pages: 20 results, each with method, limit and uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from benchmarks.frame import Figure, cpu_ms, rate
from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf import GIVING_BACK, renderer
from quanheng.kernel.attestations.services import Issuance, issue_attestation
from quanheng.kernel.attestations.statement import Statement
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.attestations.verify import verify
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region

CITY = None
ITEMS = 20


def figures() -> Iterator[Figure]:
    """Rates per second; laying out per second of CPU, since a second core lays out twice as many."""
    laboratory = _laboratory()
    yield Figure("report as signed JSON with number", rate(lambda: _issue(laboratory), 4), "per s", 200)
    issued = list(Attestation.objects.order_by("id")[:300])
    _check_numbers(laboratory)

    documents = [queries.document_of(one) for one in issued]
    one_at_a_time = iter(documents * 100)

    def laid_out() -> None:
        for _ in range(GIVING_BACK):
            renderer().render(next(one_at_a_time))

    yield Figure("Chinese PDF/A of two pages, per core", GIVING_BACK * 1000 / cpu_ms(laid_out, 80), "per s", 60)

    bundle, now = queries.bundle_for(issued[0]), timezone.now()
    originals = iter([one.document.encode() for one in issued] * 100)

    def verified() -> None:
        verdict = verify(next(originals), bundle, now)
        if not verdict.genuine:
            raise AssertionError(verdict)

    yield Figure("credential verified, no database", rate(verified), "per s", 1000)


def _laboratory() -> Organisation:
    region = Region.objects.get(code="120101")
    made = Organisation.objects.create(
        uscc="12120000MB0X0001XA",
        name_zh="天津市示范检测研究院",
        name_en="Tianjin Model Testing Institute",
        kind="laboratory",
        region=region,
        region_code=region.code,
        synthetic=True,
    )
    today = timezone.localdate()
    Recognition.objects.create(
        organisation=made,
        scheme="CMA",
        number="260212340001",
        valid_from=today - timedelta(days=1),
        valid_until=date(today.year + 5, 1, 1),
    )
    return made


def _issue(laboratory: Organisation) -> Attestation:
    """Number, frozen content, signature and record in a transaction of its own, as a decision does it."""
    with transaction.atomic():
        return issue_attestation(
            Actor.platform(),
            kind=Attestation.Kind.TEST_REPORT,
            issuer=laboratory,
            client=None,
            case=None,
            title="电动自行车 TDT-101Z",
            verdict="pass",
            build=_stated,
        )


def _stated(issuance: Issuance) -> Statement:
    facts: dict[str, Any] = {name: getattr(issuance, name) for name in ("number", "issuer", "recognitions", "issued")}
    return samples.statement(ITEMS, **facts)


def _check_numbers(laboratory: Organisation) -> None:
    numbers = [int(number.rsplit("-", 1)[1]) for number in laboratory.attestations.values_list("number", flat=True)]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise AssertionError("numbers have gaps or doubles")
