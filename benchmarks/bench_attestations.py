"""Issuing, laying out and verifying a report of two pages: 20 results, each with method, limit and uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from benchmarks.frame import Figure, cpu_ms, rate
from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.credentials.statement import Item, Statement
from quanheng.kernel.attestations.credentials.trust import TrustBundle
from quanheng.kernel.attestations.credentials.verify import verify
from quanheng.kernel.attestations.keys.issuers import code_of, signing_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.rendering import GIVING_BACK, renderer
from quanheng.kernel.attestations.pdf.text import signature_of
from quanheng.kernel.attestations.services import Issuance, issue_attestation
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.statuslists.bundle import unbundled
from quanheng.kernel.statuslists.queries import whole
from quanheng.kernel.statuslists.signing import sign_lists
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.proof import Evidence
from quanheng.kernel.translog.queries import evidence_of

CITY = None
ITEMS = 20
TOGETHER = 50


def figures() -> Iterator[Figure]:
    """Rates per second; laying out per second of CPU, since a second core lays out twice as many."""
    laboratory = _laboratory()
    yield Figure("report as signed JSON with number", rate(lambda: _issue(laboratory), 4), "per s", 200)
    issued = list(Attestation.objects.select_related("key", "issuer").order_by("id")[:300])
    _check_numbers(laboratory)

    documents = [queries.document_of(one) for one in issued]
    one_at_a_time = iter(documents * 100)

    def laid_out() -> None:
        for _ in range(GIVING_BACK):
            renderer().render(next(one_at_a_time))

    yield Figure("Chinese PDF/A of two pages, per core", GIVING_BACK * 1000 / cpu_ms(laid_out, 80), "per s", 60)

    signing = signing_of(issued[0])
    if signing is None or signature_of(renderer().render(documents[0], signing=signing)) is None:
        raise AssertionError("the PDF is not signed")

    both = iter(list(zip(issued, documents, strict=True)) * 100)

    def signed() -> None:
        for _ in range(GIVING_BACK):
            one, document = next(both)
            renderer().render(document, signing=signing_of(one), code=code_of(one, document))

    name = "signed PDF/A-3 with credential and signed code, per core"
    yield Figure(name, GIVING_BACK * 1000 / cpu_ms(signed, 80), "per s", 25)

    alone = [(one.document.encode(), None) for one in issued]
    yield _verified("credential verified, no database, per core", alone, queries.bundle_for(issued[0]))
    sign_lists()
    growing.make_checkpoint()
    proven = [(one.document.encode(), evidence_of(one.uid)) for one in issued]
    yield _verified("the same with log proof and status lists, per core", proven, unbundled(whole()))


def _verified(name: str, originals: list[tuple[bytes, Evidence | None]], bundle: TrustBundle) -> Figure:
    """Another document each time, all that can be asked of it asked; per second of CPU: no core waits for another."""
    now, given = timezone.now(), cycle(originals)

    def some() -> None:
        for _ in range(TOGETHER):
            original, evidence = next(given)
            verdict = verify(original, bundle, now, evidence=evidence)
            passed = {check.code for check in verdict.checks if check.outcome == "pass"}
            if not passed >= ({"signature", "log", "status"} if evidence else {"signature"}):
                raise AssertionError(verdict)

    return Figure(name, TOGETHER * 1000 / cpu_ms(some, 40), "per s", 1000)


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
    return replace(samples.statement(ITEMS, **facts), items=_measured(issuance.number))


def _measured(number: str) -> tuple[Item, ...]:
    """As a laboratory reports one product after the other: the same determinations, other values each time."""
    values = Random(number)
    return tuple(replace(item, value=f"{values.uniform(5.5, 6.9):.2f}") for item in samples.statement(ITEMS).items)


def _check_numbers(laboratory: Organisation) -> None:
    numbers = [int(number.rsplit("-", 1)[1]) for number in laboratory.attestations.values_list("number", flat=True)]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise AssertionError("numbers have gaps or doubles")
