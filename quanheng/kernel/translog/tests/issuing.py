"""Something to enter: a laboratory that issues reports."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from quanheng.kernel.attestations.credentials.statement import Statement
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import Issuance, issue_attestation
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region


def laboratory(last: str = "1") -> Organisation:
    region, _made = Region.objects.get_or_create(code="120101", defaults={"name_zh": "和平区", "level": "district"})
    return Organisation.objects.create(
        uscc=f"12120000MB0X000{last}XA", name_zh="示范检测研究院", kind="laboratory", region=region,
        region_code="120101", synthetic=True,
    )  # fmt: skip


def issue(issuer: Organisation) -> Attestation:
    with transaction.atomic():
        return issue_attestation(
            Actor.platform(), kind=Attestation.Kind.TEST_REPORT, issuer=issuer, client=None, case=None,
            title="电动自行车", verdict="pass", build=_stated,
        )  # fmt: skip


def _stated(issuance: Issuance) -> Statement:
    facts: dict[str, Any] = {name: getattr(issuance, name) for name in ("number", "issuer", "recognitions", "issued")}
    return samples.statement(2, **facts)
