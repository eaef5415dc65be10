"""A whole two-page report with its issuer, key and trust bundle, for the tests of this app."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from quanheng.kernel.attestations.credentials import credential, trust
from quanheng.kernel.attestations.credentials.statement import (
    AssessedObject,
    Client,
    Condition,
    Equipment,
    Issuer,
    Item,
    Limits,
    Recognition,
    Requirement,
    Sample,
    Statement,
)
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.attestations.pdf import certificate as pdfcert

SITE = "https://quanheng.example"
ID = f"{SITE}/r/7Qm2xV9kLr4T"
DID = "did:web:quanheng.example:orgs:lab"
KEK = os.urandom(32)
ISSUED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
VALIDITY = sealing.Validity(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
STANDARD = Requirement("GB 17761-2024", title_zh="电动自行车安全技术规范")


def statement(count: int = 20, /, **changes: Any) -> Statement:
    """Return a test report with as many items as asked for."""
    rows = tuple(
        Item(
            name_zh=f"制动距离（第 {index + 1} 次）",
            name_en=f"braking distance, run {index + 1}",
            method=Requirement("GB 17761-2024", clause=f"7.3.{index + 1}"),
            value=f"6.{10 + index}",
            unit="m",
            uncertainty="0.05",
            coverage_factor="2",
            limits=Limits(upper="7.00"),
            requirement=Requirement("GB 17761-2024", clause="6.1.2"),
            decision_rule="simple acceptance",
            verdict="pass",
            sample="S-2026-0107",
            equipment=("EQ-014",),
            operator="operator:41",
            determined=date(2026, 2, 26),
        )
        for index in range(count)
    )
    base = Statement(
        kind="test-report",
        number="TJZJ-2026-000123",
        issuer=Issuer(
            DID, "天津市示范检测研究院", "12120000MB0X0001XA", "Tianjin Model Testing Institute", "天津市示范路 1 号"
        ),
        client=Client("天津示例车业有限公司", "Example Cycle Co.", "91120000MA0X0002XB", "天津市武清区示例道 8 号"),
        object=AssessedObject(
            "product",
            "电动自行车",
            "electric bicycle",
            model="TDT-101Z",
            batch="20260115",
            manufacturer_zh="天津示例车业有限公司",
            samples=(Sample("S-2026-0107", date(2026, 2, 20), "3 辆", "完好"),),
        ),
        requirements=(STANDARD,),
        decision="conforms",
        decision_zh="所检项目符合 GB 17761-2024 的要求。",
        decision_en="The characteristics determined conform to GB 17761-2024.",
        decision_rule="简单接受，JCGM 106 8.2",
        signatory="李四",
        reviewed_by="王五",
        issued=ISSUED,
        recognitions=(Recognition("CMA", "260212340001"),),
        items=rows,
        equipment=(Equipment("EQ-014", "非接触式速度仪", date(2026, 12, 31), "JL-2025-0456"),),
        environment=(Condition("温度", "-1.5", "°C"), Condition("相对湿度", "45", "%")),
        place_zh="本院整车试验场",
        determined_from=date(2026, 2, 25),
        determined_until=date(2026, 2, 27),
        notes_zh=("结果仅对来样负责。",),
        synthetic=True,
    )
    return replace(base, **changes)


NEW_KEY = sealing.generate(DID, KEK)
SIGNER = sealing.unseal_signer(NEW_KEY.key_id, NEW_KEY.sealed, KEK, VALIDITY)
# How its PDFs are signed.
CERTIFICATE, _SCALAR = pdfcert.generate(
    pdfcert.Named(DID, "天津市示范检测研究院", "12120000MB0X0001XA"), VALIDITY.start
)
SIGNING = pdfcert.Signing(CERTIFICATE, ISSUED, pdfcert.CertifiedSigner(CERTIFICATE, _SCALAR).sign)


def document(count: int = 20, /, **changes: Any) -> dict[str, Any]:
    """Return the signed credential of `statement`."""
    return credential.issue(credential.build(statement(count, **changes), id=ID, site=SITE), SIGNER)


def p256() -> tuple[sealing.KeptSigner, trust.IssuerKey]:
    """Return a signer with a new P-256 key of the issuer, and the key as the trust bundle lists it."""
    new = sealing.generate(DID, KEK, "ecdsa-jcs-2019")
    signer = sealing.unseal_signer(new.key_id, new.sealed, KEK, VALIDITY, "ecdsa-jcs-2019")
    return signer, trust.IssuerKey(new.key_id, new.public_multikey, VALIDITY)


def issuer(**changes: Any) -> trust.TrustedIssuer:
    """Return the issuer as the trust bundle lists it."""
    certificate = pdfcert.fingerprint(CERTIFICATE)
    base = trust.TrustedIssuer(
        did=DID,
        name_zh="天津市示范检测研究院",
        name_en="Tianjin Model Testing Institute",
        uscc="12120000MB0X0001XA",
        keys=(trust.IssuerKey(NEW_KEY.key_id, NEW_KEY.public_multikey, VALIDITY, certificate=certificate),),
        recognitions=(trust.RecognitionPeriod("CMA", "260212340001", date(2026, 1, 1), date(2031, 12, 31)),),
    )
    return replace(base, **changes)


def bundle(*entries: trust.StatusEntry, **changes: Any) -> trust.TrustBundle:
    """Return a trust bundle generated an hour before NOW."""
    return trust.TrustBundle.of([issuer(**changes)], NOW - timedelta(hours=1), entries)
