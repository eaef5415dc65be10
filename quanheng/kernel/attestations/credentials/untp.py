"""A report as a Digital Conformity Credential of the UN Transparency Protocol (UNTP 0.7). No Django.

A projection: it is not signed, says so, and names the original with its digest, which stays the proof. What the report
does not say is left out; what UNTP wants and the report has no identifier for is named by a fragment of its address.
"""

import csv
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import base58

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.errors import AttestationError
from quanheng.kernel.attestations.pdf.view import DECISIONS, TITLES

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"]
# Legal verification of an instrument (检定) establishes by examination that it meets requirements (VIML 2.09): an
# inspection. UNTP's own word "verification" is that of claims (ISO/IEC 17029). A qualification is none of its kinds.
KINDS = {
    "test-report": "testing",
    "calibration-certificate": "calibration",
    "verification-certificate": "inspection",
    "inspection-report": "inspection",
    "certificate": "certification",
    "declaration": "declaration",
}
CONFORMANCE = {"pass": True, "fail": False, "conforms": True, "does-not-conform": False}
# What a product or a facility is to UNTP; systems, processes, services and people have no place there.
PRODUCTS = ("product", "instrument")
_DATA = Path(__file__).parents[1] / "data"
_SHA256 = bytes.fromhex("1220")  # multihash: SHA-256, 32 bytes

Json = dict[str, Any]


class NotProjectable(AttestationError):
    """UNTP has no form for documents of this kind."""


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def projectable(document: Json) -> bool:
    """Tell whether UNTP has a form for a document that keeps the schema."""
    return document["credentialSubject"]["kind"] in KINDS


def projected(document: Json) -> Json:
    """Return the projection of a signed attestation that keeps the schema; NotProjectable where UNTP has no form."""
    subject, issuer, address = document["credentialSubject"], document["issuer"], document["id"]
    if not projectable(document):
        zh, en = TITLES[subject["kind"]]
        raise NotProjectable(
            "not-projectable",
            f"UNTP 没有“{zh}”这类文件的格式，请下载数据原件。",
            f"UNTP has no form for a {en.lower()}; download the original.",
        )
    title = f"{_title(subject)} {subject['number']}"
    found: Json = {
        "@context": CONTEXT,
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": f"{address}/untp",
        "name": f"{title} (UNTP projection, not signed; the original is {address})",
        "issuer": {
            "type": ["CredentialIssuer"],
            "id": issuer["id"],
            "name": _name(issuer),
            "issuerAlsoKnownAs": [_party(issuer["id"], issuer)],
        },
        "validFrom": document["validFrom"],
    }
    if "validUntil" in document:
        found["validUntil"] = document["validUntil"]
    if status := _status(document):
        found["credentialStatus"] = status
    original = known_bytes(document)
    found["relatedResource"] = [
        {
            "id": f"{address}/json",
            "mediaType": "application/vc",
            "digestMultibase": _multibase(original),
        }
    ]
    return found | {"credentialSubject": _attestation(document, title, original)}


def _attestation(document: Json, title: str, original: bytes) -> Json:
    subject, address = document["credentialSubject"], document["id"]
    client = subject["client"]
    return {
        "type": ["ConformityAttestation"],
        "id": address,
        "name": title,
        "description": _described(document, original),
        # Whether the issuer is independent of who asked is not said; only that it is the same.
        "assessorLevel": "self" if _by_itself(document) else "unspecified",
        "assessmentLevel": _level(subject),
        "attestationType": KINDS[subject["kind"]],
        "issuedToParty": _party(f"{address}#client", client),
        "referenceScheme": {"type": ["ConformityScheme"], "id": f"{address}#scheme", "name": _scheme(subject)},
        "conformityCertificate": _link(f"{address}/pdf", title, "application/pdf"),
        "auditableEvidence": _link(f"{address}/json", f"{title}: signed original", "application/vc")
        | {"digestMultibase": _multibase(original)},
        "conformityAssessment": [_decision(document), *_determinations(document)],
    }


def _described(document: Json, original: bytes) -> str:
    subject = document["credentialSubject"]
    parts = [
        "SYNTHETIC DATA, PROVES NOTHING." if subject["synthetic"] else "",
        f"Projection of {document['id']} (SHA-256 {hashlib.sha256(original).hexdigest()}). Not signed: the original, "
        "a W3C Verifiable Credential, is the proof and holds more.",
        f"Recognitions claimed: {_listed(_claimed(subject))}." if subject.get("recognitions") else "",
        f"Supersedes {subject['supersedes']['number']}." if "supersedes" in subject else "",
    ]
    return " ".join(part for part in parts if part)


def _decision(document: Json) -> Json:
    """The conclusion as a whole, on the day of issue, which is that of the decision."""
    subject, address = document["credentialSubject"], document["id"]
    decided = subject.get("decisionEn") or subject["decisionZh"]
    requirements = [(f"requirement-{place}", one) for place, one in enumerate(subject["requirements"], 1)]
    return _assessment(
        document,
        "decision",
        f"Decision: {DECISIONS[subject['decision']][1]}",
        decided,
        [_criterion(f"{address}#{key}", one) for key, one in requirements],
        subject["issued"][:10],
        CONFORMANCE.get(subject["decision"]),
    ) | _conditions(subject.get("decisionRule"))


def _determinations(document: Json) -> Iterable[Json]:
    """One for each item whose day is told: UNTP wants it, and another day would be invented."""
    subject, address = document["credentialSubject"], document["id"]
    for place, item in enumerate(subject.get("items", ()), 1):
        day = item.get("determined") or subject.get("determinedUntil")
        if not day:
            continue
        key = f"item-{place}"
        criteria = [_criterion(f"{address}#{key}-requirement", item["requirement"])] if "requirement" in item else []
        found = _assessment(document, key, _name(item), _result(item), criteria, day, CONFORMANCE.get(item["verdict"]))
        found["assessedPerformance"] = _performance(f"{address}#{key}-characteristic", item)
        method = {"type": ["Standard"], "id": f"{address}#{key}-method", "name": _cited(item["method"])}
        yield found | {"referenceStandard": [method]} | _conditions(_limits(item), item.get("decisionRule"))


def _assessment(
    document: Json, key: str, name: str, description: str, criteria: list[Json], day: str, conforms: bool | None
) -> Json:
    found: Json = {
        "type": ["ConformityAssessment"],
        "id": f"{document['id']}#{key}",
        "name": name,
        "description": description,
        "assessmentCriteria": criteria,
        "assessmentDate": day,
        "assessedPerformance": [],
        # The report names none of UNTP's topics.
        "conformityTopic": [],
    } | _assessed(document)
    return found if conforms is None else found | {"conformance": conforms}


def _assessed(document: Json) -> Json:
    thing, address = document["credentialSubject"]["object"], f"{document['id']}#object"
    if thing["category"] == "body":
        return {"assessedOrganisation": {"type": ["Party"], "id": address, "name": _name(thing)}}
    if thing["category"] not in PRODUCTS:
        return {}
    members = {"modelNumber": "model", "batchNumber": "batch", "itemNumber": "serialNumber"}
    product = {"type": ["Product"], "id": address, "name": _name(thing)}
    product |= {theirs: thing[ours] for theirs, ours in members.items() if ours in thing}
    return {"assessedProduct": [{"type": ["ProductVerification"], "product": product}]}


def _performance(address: str, item: Json) -> list[Json]:
    """The value as a number, where its unit has a code; the digits as they were signed stand in the description."""
    codes = {one["unit"]: one["code"] for one in _table("untp_units.csv")}
    if item.get("unit") not in codes:
        return []
    metric = {"type": ["PerformanceMetric"], "id": address, "name": _name(item)}
    measure = {"type": ["Measure"], "value": float(item["value"]), "unit": codes[item["unit"]]}
    return [{"type": ["Performance"], "metric": metric, "measure": measure}]


def _result(item: Json) -> str:
    """The result as it was signed. UNTP's tolerances are no uncertainty, so that one stands here."""
    if "value" not in item:
        return str(item["observationZh"])
    unit = "" if item["unit"] == "1" else f" {item['unit']}"
    told = f"{item['value']}{unit}"
    return f"{told} (U = {item['uncertainty']}{unit}, k = {item['coverageFactor']})" if "uncertainty" in item else told


def _limits(item: Json) -> str:
    limits = item.get("limits", {})
    unit = "" if item.get("unit", "1") == "1" else f" {item['unit']}"
    bounds = [f"{sign} {limits[name]}{unit}" for name, sign in (("lower", ">="), ("upper", "<=")) if name in limits]
    return _listed([*bounds, str(limits.get("textEn") or limits.get("textZh", ""))])


def _conditions(*told: str | None) -> Json:
    found = [one for one in told if one]
    return {"specifiedCondition": found} if found else {}


def _status(document: Json) -> Json | None:
    """The place in the list of what is withdrawn or replaced; UNTP takes one, and its index as a number."""
    entries = document.get("credentialStatus")
    if not isinstance(entries, list):
        return None
    found = next((one for one in entries if one["statusPurpose"] == "revocation"), None)
    return found and {**found, "statusListIndex": int(found["statusListIndex"])}


def _level(subject: Json) -> str:
    held = {one["scheme"] for one in subject.get("recognitions", ())}
    return next((one["level"] for one in _table("untp_levels.csv") if one["scheme"] in held), "no-endorsement")


def _scheme(subject: Json) -> str:
    claimed = _claimed(subject)
    return _listed(claimed) if claimed else "None named in the original"


def _claimed(subject: Json) -> list[str]:
    return [f"{one['scheme']} {one['number']}" for one in subject.get("recognitions", ())]


def _by_itself(document: Json) -> bool:
    subject = document["credentialSubject"]
    return subject["kind"] == "declaration" or subject["client"].get("uscc") == document["issuer"]["uscc"]


def _party(address: str, record: Json) -> Json:
    found: Json = {"type": ["Party"], "id": address, "name": _name(record)}
    return found | ({"registeredId": record["uscc"]} if record.get("uscc") else {})


def _criterion(address: str, requirement: Json) -> Json:
    return {"type": ["Criterion"], "id": address, "name": _cited(requirement)}


def _link(address: str, name: str, kind: str) -> Json:
    return {"type": ["Link"], "linkURL": address, "linkName": name, "mediaType": kind}


def _title(subject: Json) -> str:
    return TITLES[subject["kind"]][1].capitalize()


def _name(record: Json) -> str:
    return str(record.get("nameEn") or record["nameZh"])


def _cited(requirement: Json) -> str:
    return " ".join(filter(None, (requirement["standard"], requirement.get("clause"))))


def _listed(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)


def _multibase(data: bytes) -> str:
    """The multihash of some bytes, SHA-256, in base58 (W3C Controlled Identifiers 1.0, 2.4 and 2.5)."""
    return "z" + base58.b58encode(_SHA256 + hashlib.sha256(data).digest()).decode("ascii")
