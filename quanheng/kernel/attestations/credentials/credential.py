"""The signed form of an attestation: a W3C Verifiable Credential 2.0 in our own vocabulary."""

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.statement import Statement
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import AttestationError, StatementError
from quanheng.kernel.attestations.keys.sealing import KeptSigner

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
# Editions of the format. New documents are of the last; those of older ones stay readable and verifiable for good.
EDITIONS = ("v1", "v2", "v3")
EDITION = EDITIONS[-1]
CONTEXT_PATHS = {edition: f"/contexts/attestation/{edition}" for edition in EDITIONS}
CONTEXT_PATH = CONTEXT_PATHS[EDITION]
BEIJING = timezone(timedelta(hours=8))
TYPES = {
    "test-report": "TestReport",
    "calibration-certificate": "CalibrationCertificate",
    "verification-certificate": "VerificationCertificate",
    "inspection-report": "InspectionReport",
    "certificate": "ConformityCertificate",
    "qualification": "Qualification",
    "declaration": "DeclarationOfConformity",
}
_HERE = Path(__file__).parent


@cache
def schema(edition: str = EDITION) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a signed or unsigned attestation of one of EDITIONS."""
    loaded: dict[str, Any] = json.loads((_HERE / "schemas" / f"attestation-{edition}.json").read_text("utf-8"))
    return loaded


@cache
def _validator(edition: str) -> Any:
    return jsonschema_rs.validator_for(schema(edition))


def edition_of(document: dict[str, Any]) -> str:
    """Return the edition that a document calls itself by its context; the last one where it names none of ours."""
    context = document.get("@context")
    named = context[1] if isinstance(context, list) and len(context) > 1 else ""
    return next(
        (one for one, path in CONTEXT_PATHS.items() if isinstance(named, str) and named.endswith(path)), EDITION
    )


def context_document(site: str, edition: str = EDITION) -> dict[str, Any]:
    """Return the JSON-LD context of an edition, which a site serves at `site` + its path in CONTEXT_PATHS.

    `site` is the stable address of the deployment without trailing slash, for example
    "https://quanheng.example".
    """
    text = (_HERE / "contexts" / f"attestation-{edition}.jsonld").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text.replace("{site}", site))
    return loaded


def build(statement: Statement, *, id: str, site: str, status: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the unsigned credential of a statement.

    `id` is the verification address of the document, `site` the prefix of the vocabulary, `status` its
    places in the status lists. Whether it keeps the schema is asked when it is signed.
    """
    subject = written(statement)
    issuer = subject.pop("issuer")
    document: dict[str, Any] = {
        "@context": [VC_CONTEXT, site + CONTEXT_PATH],
        "id": id,
        "type": ["VerifiableCredential", TYPES.get(statement.kind, statement.kind)],
        "issuer": {"id": issuer.pop("did"), "type": "Organisation"} | issuer,
        "validFrom": _moment(statement.valid_from or statement.issued),
        "credentialSubject": {"type": "Attestation"} | subject,
    }
    for name in ("validFrom", "validUntil"):
        document["credentialSubject"].pop(name, None)
    if statement.valid_until is not None:
        document["validUntil"] = _moment(statement.valid_until)
    if status is not None:
        document["credentialStatus"] = status
    return document


def issue(document: dict[str, Any], signer: KeptSigner) -> dict[str, Any]:
    """Return the document with its proof by the suite of the signer's key, made at the time of issue stated in it.

    KeyNotValid when the signer's key may not sign at that time; StatementError, naming every member concerned, when
    the document breaks the schema, or the key reference does not belong to its issuer.
    """
    require_valid(document)
    issuer = document["issuer"]["id"]
    if signer.key_id.partition("#")[0] != issuer:
        raise StatementError(
            [_problem("issuer", "issuer.id", "签名密钥不属于该出具机构", "the key is not the issuer's")]
        )
    issued = document["credentialSubject"]["issued"]
    signer.require_valid(datetime.fromisoformat(issued))
    return document | {"proof": suites.get(signer.suite).create(document, signer, issued)}


def issue_bytes(document: dict[str, Any], signer: KeptSigner) -> bytes:
    """Return the canonical bytes of the signed document: these are the original to store and hand out."""
    return known_bytes(issue(document, signer))


def require_valid(document: dict[str, Any]) -> None:
    """Raise StatementError naming every wrong member, unless the document keeps schema and references."""
    if found := problems(document):
        raise StatementError(found)


def problems(document: Any) -> list[AttestationError]:
    """Return everything wrong with the structure of an attestation, each with the path of its member."""
    validator = _validator(edition_of(document) if isinstance(document, dict) else EDITION)
    if not validator.is_valid(document):
        return [_schema_problem(error) for error in validator.iter_errors(document)]
    return _reference_problems(document)


def _reference_problems(document: dict[str, Any]) -> list[AttestationError]:
    """What a schema cannot say: references resolve, limits and dates are in order."""
    found: list[AttestationError] = []
    subject = document["credentialSubject"]
    if document["type"][1] != TYPES[subject["kind"]]:
        found.append(_problem("kind", "type", "文件类型与内容不一致", "type and kind disagree"))
    known = {entry["identifier"] for entry in subject.get("equipment", ())}
    samples = {entry["identifier"] for entry in subject["object"].get("samples", ())}
    for index, item in enumerate(subject.get("items", ())):
        path = f"credentialSubject.items[{index}]"
        for reference in item.get("equipment", ()):
            if reference not in known:
                found.append(
                    _problem("equipment", f"{path}.equipment", f"未列出设备“{reference}”", f"{reference!r} not listed")
                )
        if (sample := item.get("sample")) and sample not in samples:
            found.append(_problem("sample", f"{path}.sample", f"未列出样品“{sample}”", f"{sample!r} not listed"))
    moments = {name: document.get(name) for name in ("validFrom", "validUntil")}
    moments |= {"issued": subject["issued"], "proof.created": document.get("proof", {}).get("created")}
    times: dict[str, datetime] = {}
    for name, text in moments.items():
        if text is not None:
            try:
                times[name] = datetime.fromisoformat(text)
            except ValueError:
                found.append(_problem("time", name, f"时间“{text}”不存在", f"{text!r} is not a time"))
    if "validFrom" in times and "validUntil" in times and times["validUntil"] <= times["validFrom"]:
        found.append(_problem("validity", "validUntil", "有效期止早于有效期起", "ends before it begins"))
    return found


def _schema_problem(error: Any) -> AttestationError:
    path = _path(error.instance_path)
    kind = error.kind.name
    if kind == "required":
        name = error.kind.property
        return _problem(kind, f"{path}.{name}".lstrip("."), "缺少必填项", "is missing")
    if kind in ("additionalProperties", "unevaluatedProperties"):
        names = ", ".join(str(name)[:60] for name in error.kind.unexpected)
        return _problem(kind, f"{path}.{names}".lstrip("."), "不是本格式的成员", "is not part of the format")
    if kind == "pattern":
        zh, en = _pattern_words().get(error.kind.pattern, ("写法不符合要求", "is not written as required"))
        return _problem(kind, path, zh, en)
    if kind == "enum":
        options = ", ".join(str(option) for option in error.kind.options)
        return _problem(kind, path, f"应为以下之一：{options}", f"must be one of {options}")
    if kind == "oneOf":
        return _problem(kind, path, "value 与 observationZh 应填且只填一个", "needs one of value and observationZh")
    return _problem(kind, path, f"不符合格式要求（{kind}）", str(error.message)[:200])


@cache
def _pattern_words() -> dict[str, tuple[str, str]]:
    words = {
        "number": ("应为十进制数，如 10.02", "must be a decimal number such as 10.02"),
        "date": ("应为日期，如 2026-03-01", "must be a date such as 2026-03-01"),
        "time": ("应为带时区的时间，如 2026-03-01T09:00:00+08:00", "must be a date and time with zone"),
        "uscc": ("应为 18 位统一社会信用代码", "must be a unified social credit code of 18 characters"),
        "uri": ("应为完整网址", "must be a complete address"),
        "sha256": ("应为 64 位十六进制 SHA-256", "must be a SHA-256 of 64 hexadecimal digits"),
    }
    return {schema()["$defs"][name]["pattern"]: pair for name, pair in words.items()}


def _problem(code: str, path: str, zh: str, en: str) -> AttestationError:
    where = path or "document"
    return AttestationError(code, f"{where}：{zh}。", f"{where}: {en}.", path)


def _path(parts: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")


def written(value: Any) -> Any:
    """Write a statement, or a record of it, as JSON: camel-case members, ISO dates, empty members left out."""
    if isinstance(value, str):
        return value
    if members := _members(value.__class__):
        found = {}
        for name, new in members:
            member = getattr(value, name)
            if type(member) is not str:  # most are
                if member is None:
                    continue
                member = written(member)
            if member or member not in ("", []):
                found[new] = member
        return found
    if isinstance(value, tuple | list):
        return [member if type(member) is str else written(member) for member in value]
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _members(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    """The fields of a kind of record, each with the name of its member; none where it is no record."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple((entry.name, _camel(entry.name)) for entry in dataclasses.fields(kind))


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _moment(moment: datetime) -> str:
    """RFC 3339 in Beijing time, to the second: the legal time of the documents."""
    if moment.tzinfo is None:
        raise StatementError([_problem("naive-time", "issued", "时间缺少时区", "the time has no zone")])
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def now() -> datetime:
    """Return the present time, cut to the second as documents carry it."""
    return datetime.now(UTC).replace(microsecond=0)
