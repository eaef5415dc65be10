"""Regions with records that count, beside records that look like them and do not."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from quanheng.kernel.attestations.keys.issuers import key_at
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.loading import load_standards
from tests.world import make_organisation, make_recognition, make_region

_numbers = count(1)


def make_attestation(
    issuer: Organisation,
    client: Organisation | None = None,
    *,
    kind: str = "certificate",
    state: str = "issued",
    issued: datetime | None = None,
    until: date | None = None,
) -> Attestation:
    """An attestation; what stands in its document does not matter here."""
    number = next(_numbers)
    document = f'{{"number":{number}}}'
    return Attestation.objects.create(
        kind=kind,
        number=f"T-{number:06d}",
        issuer=issuer,
        client=client,
        key=key_at(issuer, timezone.now()),
        title="质量管理体系",
        address=f"https://quanheng.example/r/t{number}",
        document=document,
        sha256=hashlib.sha256(document.encode()).hexdigest(),
        state=state,
        issued_at=issued or timezone.now() - timedelta(days=30),
        valid_until=until,
    )


def populate(province: str, elsewhere: str) -> Organisation:
    """A province with a few of everything, and another one; returns the province's regulator."""
    district, far = f"{province[:2]}0101", f"{elsewhere[:2]}0101"
    for code in (province, elsewhere, district, far):
        make_region(code)
    regulator = make_organisation("regulator", province)
    _approved(district, far)
    _certified(district, far)
    _reported(district, far)
    for _n in range(4):
        make_organisation("service_station", district)
    make_organisation("service_station", far)
    area, other = province[:2], elsewhere[:2]
    _standard(f"DB{area}/T 1001-2020", "local")
    _standard(f"DB{area} 1002-2019", "local")
    _standard(f"DB{area}/T 1003-2010", "local", withdrawn="2015-01-01")
    _standard(f"DB{other}/T 1004-2020", "local")
    _standard(f"T/XYZ {area}-2020", "association")
    _standard("GB/T 12-2020", "gbt")
    return regulator


def _approved(district: str, far: str) -> None:
    """Three laboratories and an inspection body with a valid approval, and who has none."""
    today = timezone.localdate()
    first, second = make_organisation("laboratory", district), make_organisation("laboratory", district)
    make_recognition(first)
    make_recognition(first)  # two certificates are one body
    make_recognition(second, days=0)  # valid to this very day
    make_recognition(make_organisation("inspection_body", district))
    make_recognition(make_organisation("enterprise", district))  # an enterprise's laboratory holds one too
    make_recognition(make_organisation("laboratory", district), days=-1)
    make_recognition(make_organisation("laboratory", district), "CNAS")
    make_recognition(make_organisation("laboratory", far))
    for facts in ({"state": "suspended"}, {"state": "withdrawn"}, {"valid_from": today + timedelta(days=1)}):
        one = make_recognition(make_organisation("laboratory", district))
        Recognition.objects.filter(pk=one.pk).update(**facts)
    merged = make_organisation("laboratory", district)
    make_recognition(merged)
    Organisation.objects.filter(pk=merged.pk).update(merged_into=first)


def _certified(district: str, far: str) -> None:
    """Three certificates in force of two holders in the district, and certificates that do not count."""
    today = timezone.localdate()
    certifier, abroad = make_organisation("certification_body", district), make_organisation("certification_body", far)
    one, two = make_organisation("enterprise", district), make_organisation("enterprise", district)
    make_attestation(certifier, one)
    make_attestation(certifier, one, until=today)
    make_attestation(certifier, two, until=today + timedelta(days=300))
    make_attestation(abroad, two)  # no regulator here sees what a body elsewhere issued
    make_attestation(certifier, one, until=today - timedelta(days=1))
    make_attestation(certifier, make_organisation("enterprise", district), state="suspended")
    make_attestation(certifier, make_organisation("enterprise", district), state="withdrawn")
    make_attestation(certifier, make_organisation("enterprise", far))
    make_attestation(certifier, None)
    make_attestation(certifier, make_organisation("enterprise", district), kind="declaration")


def _reported(district: str, far: str) -> None:
    """Four reports of the last twelve months, one of them withdrawn since; and reports that do not count."""
    now = timezone.localtime()
    laboratory, client = make_organisation("laboratory", district), make_organisation("enterprise", far)
    year_ago = now.replace(day=min(now.day, 28), year=now.year - 1)
    report: dict[str, Any] = {"client": client, "kind": "test_report"}
    make_attestation(laboratory, **report)
    make_attestation(laboratory, **report, issued=year_ago + timedelta(days=4))
    make_attestation(laboratory, **report, state="withdrawn")
    make_attestation(laboratory, client, kind="inspection_report")
    make_attestation(laboratory, client, kind="calibration_certificate")
    make_attestation(laboratory, **report, issued=year_ago - timedelta(days=4))
    make_attestation(make_organisation("laboratory", far), **report)


def _standard(number: str, kind: str, withdrawn: str = "") -> None:
    row = {"number": number, "title_zh": number, "title_en": number, "kind": kind, "effective": "2009-01-01"}
    load_standards([{**row, "withdrawn": withdrawn, "source": "test", "confidence": "confirmed"}])
