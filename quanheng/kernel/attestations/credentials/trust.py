"""What a verifier trusts: issuers with keys and recognitions, and what became of documents since.

A trust bundle is one JSON document signed by the platform. It lists every issuer, but of the documents
only those whose status is no longer plainly valid, so that it stays small and a reader need not reveal
which document is checked. It names them by the digest of their address: whoever holds a document finds it,
but the list leads nobody to the documents of others.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.credentials.succession import followed
from quanheng.kernel.attestations.credentials.suites.base import Signer
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import AttestationError, TrustError
from quanheng.kernel.attestations.keys.sealing import Validity

if TYPE_CHECKING:
    from quanheng.kernel.statuslists.lists import BadList, StatusList

MAX_BUNDLE_BYTES = 256 * 1024 * 1024
STATUSES = ("valid", "suspended", "withdrawn", "superseded")


@dataclass(frozen=True)
class IssuerKey:
    """A public key of an issuer and when it may sign."""

    id: str
    public_multikey: str
    validity: Validity
    # Since when others may have had it.
    compromised: datetime | None = None
    # SHA-256 of the certificate under which PDFs are signed; "" where the bundle tells none.
    certificate: str = ""


@dataclass(frozen=True)
class RecognitionPeriod:
    """A recognition, and the days on which it holds (both inclusive; None for open)."""

    scheme: str
    number: str
    start: date | None = None
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the recognition holds on `day`."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer known to the platform; `former_names` keep older documents verifiable.

    `recognitions` is None when the bundle says nothing about them.
    """

    did: str
    name_zh: str
    uscc: str
    keys: tuple[IssuerKey, ...]
    name_en: str = ""
    former_names: tuple[str, ...] = ()
    recognitions: tuple[RecognitionPeriod, ...] | None = None


def digest_of(document: str) -> str:
    """What a bundle calls the document at an address; a digest stays as it is."""
    if document.startswith("sha256:"):
        return document
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"


@dataclass(frozen=True)
class StatusEntry:
    """A change of status of one document (its address, or the digest of it) from a moment on."""

    document: str
    status: str
    since: datetime
    reason_zh: str = ""
    reason_en: str = ""
    superseded_by: str = ""


@dataclass
class TrustBundle:
    """Issuers by identifier, status changes by the digest of a document's address, renditions (SHA-256) by document.

    `statuses` is None when the bundle carries none. `pinned` tells that the platform's signature over the
    bundle was verified against a key that the reader already knew.
    """

    generated: datetime
    issuers: dict[str, TrustedIssuer]
    statuses: dict[str, list[StatusEntry]] | None = None
    renditions: dict[str, frozenset[str]] = field(default_factory=dict)
    pinned: bool = False
    # Verifier keys of the platform's log, and of the witnesses that countersign its checkpoints.
    logs: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    # Keys of the platform itself: what it signs (this bundle, status lists) and signed with former keys.
    platform: tuple[IssuerKey, ...] = ()
    # How these followed each other: each former key's statement of the next.
    successions: tuple[dict[str, Any], ...] = ()
    # The statements by which the reader's pin led to the key that signed this; empty where it was that key.
    led: tuple[dict[str, Any], ...] = ()
    # Status lists by their addresses, or why one cannot be used; None where none were given.
    lists: "Mapping[str, StatusList | BadList] | None" = None
    # The newest checkpoint of the log that the reader has.
    checkpoint: str = ""

    @classmethod
    def of(
        cls,
        issuers: Iterable[TrustedIssuer],
        generated: datetime,
        statuses: Iterable[StatusEntry] | None = None,
        renditions: dict[str, frozenset[str]] | None = None,
        log_keys: tuple[Iterable[str], Iterable[str]] = ((), ()),
        platform: Iterable[IssuerKey] = (),
        successions: Iterable[dict[str, Any]] = (),
    ) -> "TrustBundle":
        """Put a bundle together from records (a server builds it from its own registers).

        ``log_keys`` are those of the log and of its witnesses.
        """
        by_document: dict[str, list[StatusEntry]] | None = None
        if statuses is not None:
            by_document = {}
            for entry in sorted(statuses, key=lambda entry: entry.since):
                by_document.setdefault(digest_of(entry.document), []).append(entry)
        known = {issuer.did: issuer for issuer in issuers}
        logs, witnesses = map(tuple, log_keys)
        return cls(
            generated,
            known,
            by_document,
            renditions or {},
            logs=logs,
            witnesses=witnesses,
            platform=tuple(platform),
            successions=tuple(successions),
        )

    def status_at(self, document: str, moment: datetime) -> StatusEntry | None:
        """Return the last change of status up to `moment`, or None when there was none."""
        entries = [entry for entry in (self.statuses or {}).get(digest_of(document), ()) if entry.since <= moment]
        return entries[-1] if entries else None

    def as_json(self) -> dict[str, Any]:
        """Return the unsigned JSON document of the bundle."""
        document: dict[str, Any] = {
            "type": "TrustBundle",
            "generatedAt": self.generated.isoformat(),
            "issuers": [_issuer_json(issuer) for issuer in self.issuers.values()],
        }
        if self.statuses is not None:
            document["statuses"] = [_status_json(entry) for entries in self.statuses.values() for entry in entries]
        if self.renditions:
            document["renditions"] = {name: sorted(hashes) for name, hashes in self.renditions.items()}
        if self.platform:
            document["platform"] = [_key_json(key) for key in self.platform]
        if self.successions:
            document["successions"] = list(self.successions)
        return document | {
            name: list(keys) for name, keys in (("logs", self.logs), ("witnesses", self.witnesses)) if keys
        }

    def signed_bytes(self, signer: Signer, suite: str = "eddsa-jcs-2022") -> bytes:
        """Return the canonical bytes of the bundle, signed with the platform's key."""
        document = self.as_json()
        proof = suites.get(suite).create(document, signer, self.generated.isoformat())
        return canonical_bytes(document | {"proof": proof})


def load(data: bytes | Path, pin: str | None = None) -> TrustBundle:
    """Read a trust bundle from bytes or a file.

    With `pin`, the platform's public Multikey known from elsewhere, its signature must verify, or that of a key to
    which it leads (`succession`). TrustError when the bundle cannot be read or the signature does not hold.
    """
    led: list[dict[str, Any]] = []
    try:
        raw = data.read_bytes() if isinstance(data, Path) else data
        document = loads(raw, max_bytes=MAX_BUNDLE_BYTES)
        if pin is not None:
            proof = document.get("proof")
            if not isinstance(proof, dict):
                raise TrustError("unsigned-bundle", "信任清单没有平台签名。", "The bundle is not signed.")
            led = _led(document, proof, pin)
            signed_with = str(led[-1]["publicKeyMultibase"]) if led else pin
            suites.get(proof.get("cryptosuite")).verify(document, proof, signed_with)
        bundle = _read(document)
    except OSError as error:
        raise TrustError(
            "bundle-missing", f"无法打开信任清单：{error.strerror}。", f"Cannot open the bundle: {error.strerror}."
        ) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise TrustError(
            "bundle-format",
            f"信任清单格式不正确（{error}），请重新下载。",
            f"The trust bundle is malformed ({error}); download it again.",
        ) from error
    except AttestationError as error:
        raise TrustError(
            error.code, f"信任清单不可用：{error.zh}", f"The trust bundle cannot be used: {error.en}"
        ) from error
    except ValueError as error:
        raise TrustError(
            "bundle-format", f"信任清单含有错误的时间（{error}）。", f"A time in the bundle is wrong ({error})."
        ) from error
    bundle.pinned = pin is not None
    bundle.led = tuple(led)
    for step in led:
        _refuse_lost(bundle, step)
    return bundle


def _led(document: dict[str, Any], proof: dict[str, Any], pin: str) -> list[dict[str, Any]]:
    """The steps from the pinned key to the one that the bundle says it is signed with: a bundle of before the last
    change is signed with a former one."""
    steps = followed(pin, document.get("successions", []))
    signed_with = str(proof.get("verificationMethod"))
    place = next((at for at, one in enumerate(steps) if one.get("id") == signed_with), -1)
    return steps[: place + 1]


def _refuse_lost(bundle: TrustBundle, step: dict[str, Any]) -> None:
    """What a key stated after others may have had it leads nowhere."""
    former = next((key for key in bundle.platform if key.id == step["former"]), None)
    if former and former.compromised and _aware(step["since"]) >= former.compromised:
        raise TrustError(
            "key-compromised",
            "您所用的平台公钥已宣布泄露，不能由它接续到新密钥，请从可靠渠道重新取得平台公钥。",
            "The platform key that you pinned was declared compromised; get the new one from a source you trust.",
        )


def _read(document: dict[str, Any]) -> TrustBundle:
    if document.get("type") != "TrustBundle":
        raise TrustError("bundle-type", "文件不是信任清单。", "The file is not a trust bundle.")
    statuses = document.get("statuses")
    return TrustBundle.of(
        [_issuer(entry) for entry in document["issuers"]],
        _aware(document["generatedAt"]),
        None if statuses is None else [_status(entry) for entry in statuses],
        {name: frozenset(hashes) for name, hashes in document.get("renditions", {}).items()},
        log_keys=(map(str, document.get("logs", ())), map(str, document.get("witnesses", ()))),
        platform=[_key(key) for key in document.get("platform", ())],
        successions=document.get("successions", ()),
    )


def _issuer(entry: dict[str, Any]) -> TrustedIssuer:
    recognitions = entry.get("recognitions")
    return TrustedIssuer(
        did=entry["did"],
        name_zh=entry["nameZh"],
        uscc=entry["uscc"],
        name_en=entry.get("nameEn", ""),
        former_names=tuple(entry.get("formerNames", ())),
        keys=tuple(_key(key) for key in entry["keys"]),
        recognitions=None
        if recognitions is None
        else tuple(
            RecognitionPeriod(item["scheme"], item["number"], _day(item, "validFrom"), _day(item, "validUntil"))
            for item in recognitions
        ),
    )


def _key(entry: dict[str, Any]) -> IssuerKey:
    end = _aware(entry["validUntil"]) if entry.get("validUntil") else None
    compromised = _aware(entry["compromisedFrom"]) if entry.get("compromisedFrom") else None
    validity = Validity(_aware(entry["validFrom"]), end)
    certificate = str(entry.get("pdfCertificateSha256", ""))
    return IssuerKey(entry["id"], entry["publicKeyMultibase"], validity, compromised, certificate)


def _key_json(key: IssuerKey) -> dict[str, str]:
    members = {"id": key.id, "publicKeyMultibase": key.public_multikey, "validFrom": key.validity.start.isoformat()}
    for name, moment in (("validUntil", key.validity.end), ("compromisedFrom", key.compromised)):
        if moment:
            members[name] = moment.isoformat()
    return members | ({"pdfCertificateSha256": key.certificate} if key.certificate else {})


def _issuer_json(issuer: TrustedIssuer) -> dict[str, Any]:
    members: dict[str, Any] = {
        "did": issuer.did,
        "nameZh": issuer.name_zh,
        "nameEn": issuer.name_en,
        "uscc": issuer.uscc,
        "formerNames": list(issuer.former_names),
        "keys": [_key_json(key) for key in issuer.keys],
    }
    if issuer.recognitions is not None:
        members["recognitions"] = [
            {"scheme": item.scheme, "number": item.number}
            | ({"validFrom": item.start.isoformat()} if item.start else {})
            | ({"validUntil": item.end.isoformat()} if item.end else {})
            for item in issuer.recognitions
        ]
    return {name: value for name, value in members.items() if value or name in ("keys", "recognitions")}


def _status(entry: dict[str, Any]) -> StatusEntry:
    if entry["status"] not in STATUSES:
        raise TrustError(
            "bundle-status", f"未知状态“{entry['status']}”。", f"Unknown status {str(entry['status'])[:40]!r}."
        )
    return StatusEntry(
        # Bundles of an earlier edition gave the address itself.
        entry["digest"] if "digest" in entry else entry["id"],
        entry["status"],
        _aware(entry["since"]),
        entry.get("reasonZh", ""),
        entry.get("reasonEn", ""),
        entry.get("supersededBy", ""),
    )


def _status_json(entry: StatusEntry) -> dict[str, Any]:
    members = {
        "digest": digest_of(entry.document),
        "status": entry.status,
        "since": entry.since.isoformat(),
        "reasonZh": entry.reason_zh,
        "reasonEn": entry.reason_en,
        "supersededBy": entry.superseded_by,
    }
    return {name: value for name, value in members.items() if value}


def _day(entry: dict[str, Any], name: str) -> date | None:
    return date.fromisoformat(entry[name]) if entry.get(name) else None


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
