"""Reads of attestations: one's own by permission, anybody's by its address or number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.verdict import Verdict
from quanheng.kernel.attestations.credentials.verify import verify
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.keys.issuers import key_at, signer_of
from quanheng.kernel.attestations.keys.sealing import Validity
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.attestations.pdf.certificate import pem
from quanheng.kernel.attestations.pdf.typesetter import typesetter
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.translog.models import LogEntry
from quanheng.kernel.translog.queries import evidence_of, log_keys

_STATUS = {
    Attestation.State.SUPERSEDED: "superseded",
    Attestation.State.SUSPENDED: "suspended",
    Attestation.State.WITHDRAWN: "withdrawn",
}


# The attestations before and after one, whose own documents are left in the database.
_BESIDE = ("supersedes", "superseded_by")
_UNREAD = tuple(f"{name}__document" for name in _BESIDE)


def attestations(actor: Actor) -> QuerySet[Attestation]:
    """Attestations that concern the actor, newest first; the frozen document is left in the database."""
    rows = restrict(Attestation.objects.all(), actor).select_related("issuer", "client", *_BESIDE)
    return rows.defer("document", *_UNREAD).order_by("-id")


_AT_ADDRESS = Asked(
    lambda uid: (
        Attestation.objects.filter(uid=uid).select_related("issuer", "client", "key", "case", *_BESIDE).defer(*_UNREAD)
    )
)


def by_address(uid: str) -> Attestation:
    """The attestation at a verification address: whoever holds the address holds the document."""
    for found in _AT_ADDRESS(uid):
        return found
    raise NotFound(_("没有这份证明文件。请核对二维码或地址；若来自纸面，请谨防伪造并联系签发机构。"))


def by_number(number: str) -> Attestation:
    """The attestation with a number. Numbers can be counted: answer with its status only, never its content."""
    found = (
        Attestation.objects.select_related("issuer", *_BESIDE)
        .defer("document", *_UNREAD)
        .filter(number=number.strip().upper())
        .first()
    )
    if found is None:
        raise NotFound(_("没有编号为该号码的证明文件。请核对编号（注意 0 与 O、1 与 I）；若核对无误，请谨防伪造。"))
    return found


def by_digest(sha256: str) -> Attestation:
    """The attestation whose original has this digest: its status only, since the digest is told with the number."""
    rows = Attestation.objects.select_related("issuer", *_BESIDE).defer("document", *_UNREAD)
    found = rows.filter(sha256=sha256.lower()).first()
    if found is None:
        raise NotFound(_("没有摘要相符的数据原件：文件不是原件，或内容已被改动。"))
    return found


def chain(attestation: Attestation) -> list[Attestation]:
    """An attestation with those that it replaced and those that replaced it, the first issued first.

    One query where they are of one case, none where there are none or they were read with it; documents are left in
    the database.
    """
    light = Attestation.objects.defer("document")
    known: dict[int, Attestation] = {}

    def read() -> dict[int, Attestation]:
        if not known:
            known.update({one.pk: one for one in light.filter(case_id=attestation.case_id or -1)})
            known.setdefault(attestation.pk, attestation)
        return known

    def before(one: Attestation) -> Attestation:
        if "supersedes" in one._state.fields_cache and one.supersedes:
            return one.supersedes
        return read().get(one.supersedes_id or 0) or light.get(pk=one.supersedes_id or 0)

    def after(one: Attestation) -> Attestation | None:
        of_case = next((later for later in read().values() if later.supersedes_id == one.pk), None)
        return of_case or light.filter(supersedes=one.pk).first()

    found = [attestation]
    while found[0].supersedes_id:
        found.insert(0, before(found[0]))
    while found[-1].state == Attestation.State.SUPERSEDED and (later := after(found[-1])):
        found.append(later)
    return found


def document_of(attestation: Attestation) -> dict[str, Any]:
    """The frozen document, parsed."""
    return loads(attestation.document)


def _issuers(
    organisation: Organisation, keys: list[IssuerKey], held: list[Recognition]
) -> Iterator[trust.TrustedIssuer]:
    """The issuer under each identifier that its keys were made for: a site that moved keeps its former ones."""
    by_did: dict[str, list[IssuerKey]] = {}
    for key in keys:
        by_did.setdefault(key.key_id.partition("#")[0], []).append(key)
    for did, mine in by_did.items():
        yield trust.TrustedIssuer(
            did=did,
            name_zh=organisation.name_zh,
            name_en=organisation.name_en,
            uscc=organisation.uscc,
            keys=tuple(_key(key) for key in mine),
            recognitions=tuple(period_of(one) for one in held),
        )


def period_of(one: Recognition) -> trust.RecognitionPeriod:
    """The days on which a recognition held: to its end, or to the day before it was suspended or withdrawn."""
    end = one.valid_until
    if one.state != Recognition.State.VALID and one.state_since:
        end = min(end, one.state_since - timedelta(days=1))
    return trust.RecognitionPeriod(one.scheme, one.number, one.valid_from, end)


def _statuses(changed: QuerySet[Attestation]) -> list[trust.StatusEntry]:
    return [
        trust.StatusEntry(
            document=one.address,
            status=_STATUS[Attestation.State(one.state)],
            since=one.state_changed_at or one.issued_at,
            reason_zh=one.state_reason,
            superseded_by=one.replacement.number if one.replacement else "",
        )
        for one in changed
    ]


def _changed() -> QuerySet[Attestation]:
    rows = Attestation.objects.exclude(state=Attestation.State.ISSUED).select_related("superseded_by")
    return rows.defer("document", "superseded_by__document").order_by("id")


_KEYS = Asked(lambda issuer: IssuerKey.objects.filter(organisation=issuer))
_RECOGNITIONS = Asked(lambda issuer: Recognition.objects.filter(organisation=issuer))


def bundle_for(attestation: Attestation) -> trust.TrustBundle:
    """What verifying one attestation rests on, straight from the registers; at most four small queries."""
    issuer = attestation.issuer
    as_issued = attestation.state == Attestation.State.ISSUED
    changed = Attestation.objects.none() if as_issued else _changed().filter(pk=attestation.pk)
    return trust.TrustBundle.of(
        _issuers(issuer, _KEYS(issuer.pk), _RECOGNITIONS(issuer.pk)),
        timezone.now(),
        _statuses(changed),
        log_keys=log_keys(),
    )


def platform_keys() -> list[trust.IssuerKey]:
    """The platform's own keys: those that it signs with now, and those that it signed with."""
    return [_key(key) for key in IssuerKey.objects.filter(organisation=None).order_by("valid_from", "id")]


def successions() -> list[dict[str, Any]]:
    """How the platform's keys followed each other, the oldest first: each former one's statement of the next."""
    rows = IssuerKey.objects.filter(organisation=None).exclude(succession="").order_by("valid_from", "id")
    return [json.loads(text) for text in rows.values_list("succession", flat=True)]


def _key(key: IssuerKey) -> trust.IssuerKey:
    validity = Validity(key.valid_from, key.valid_until)
    return trust.IssuerKey(key.key_id, key.public_multibase, validity, key.compromised_from, key.certificate_sha256)


def keys_of(organisation: Organisation | None) -> QuerySet[IssuerKey]:
    """Signing keys of an issuer, or (None) of the platform itself, the newest first, each with how many reports it
    signed and how many of these are in doubt because others may have had it when they were logged."""
    doubtful = Q(attestations__log_entries__kind="issue", attestations__log_entries__at__gte=F("compromised_from"))
    rows = IssuerKey.objects.filter(organisation=organisation).defer("private_sealed", "pdf_sealed")
    return rows.annotate(
        signed=Count("attestations", distinct=True), doubtful=Count("attestations", filter=doubtful, distinct=True)
    ).order_by("-valid_from", "-id")


@dataclass(frozen=True)
class Certificate:
    """A certificate of PDFs as everybody may have it."""

    sha256: str
    key_id: str
    valid_from: datetime
    valid_until: datetime | None
    compromised_from: datetime | None
    pem: str


def certificates_of(organisation: Organisation) -> list[Certificate]:
    """The certificates under which an issuer's PDFs are and were signed, the newest first."""
    rows = IssuerKey.objects.filter(organisation=organisation).defer("private_sealed", "pdf_sealed")
    return [
        Certificate(
            one.certificate_sha256,
            one.key_id,
            one.valid_from,
            one.valid_until,
            one.compromised_from,
            pem(bytes(one.pdf_certificate)),
        )
        for one in rows.order_by("-valid_from", "-id")
        if one.pdf_certificate
    ]


def in_doubt(key: IssuerKey) -> QuerySet[Attestation]:
    """What was logged with a key after others may have had it: to be examined again, the newest first.

    What was never entered in the log is among it, since nothing proves that it is of before.
    """
    rows = Attestation.objects.select_related("issuer", "client", *_BESIDE).defer("document", *_UNREAD)
    if key.compromised_from is None:
        return rows.none()
    before = LogEntry.objects.filter(attestation=OuterRef("uid"), kind="issue", at__lt=key.compromised_from)
    return rows.filter(~Exists(before), key=key).order_by("-id")


def whole_bundle(now: datetime | None = None) -> bytes:
    """The signed trust bundle of the platform: every issuer's keys and recognitions, every changed status."""
    now = now or timezone.now()
    signer = signer_of(key_at(None, now))
    issuers = Organisation.objects.filter(keys__isnull=False).distinct().prefetch_related("keys", "recognitions")
    bundle = trust.TrustBundle.of(
        (
            known
            for one in issuers.order_by("id")
            for known in _issuers(one, list(one.keys.all()), list(one.recognitions.all()))
        ),
        now,
        _statuses(_changed()),
        log_keys=log_keys(),
        platform=platform_keys(),
        successions=successions(),
    )
    return bundle.signed_bytes(signer)


def check(attestation: Attestation) -> Verdict:
    """Verify a stored attestation now, from its frozen bytes."""
    document, evidence = attestation.document.encode(), evidence_of(attestation.uid)
    return verify(document, bundle_for(attestation), timezone.now(), evidence=evidence)


def check_file(data: bytes) -> tuple[Verdict, Attestation | None]:
    """Verify an uploaded JSON or PDF against the registers; with the stored attestation it claims to be."""
    first = verify_file(data, None, timezone.now(), typesetter())
    claimed = str((first.document or {}).get("id", ""))
    stored = Attestation.objects.select_related("issuer", "key").filter(address=claimed).first() if claimed else None
    if stored is None:
        return first, None
    evidence = evidence_of(stored.uid)
    return verify_file(data, bundle_for(stored), timezone.now(), typesetter(), evidence), stored
