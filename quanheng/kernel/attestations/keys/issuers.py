"""Issuers' identifiers and keys: who signs, with which key, at which time."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from quanheng.kernel.attestations.credentials import codes
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.attestations.pdf import certificate as pdfcert
from quanheng.kernel.base.statements import Asked, once
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter


def did_of(organisation: Organisation | None) -> str:
    """The did:web identifier of an organisation on this site; of the site itself for None."""
    host = quote(urlsplit(settings.SITE_URL).netloc, safe="")
    return f"did:web:{host}:organisations:{organisation.uid}" if organisation else f"did:web:{host}"


def key_encryption_key() -> bytes:
    """The 32 bytes under which private keys are sealed, from the deployment's secret."""
    return hashlib.sha256(settings.KEY_ENCRYPTION_KEY.encode()).digest()


_KEYS = Asked(lambda owner: IssuerKey.objects.filter(organisation=owner).order_by("-valid_from"))
_PLATFORM_KEYS = Asked(lambda: IssuerKey.objects.filter(organisation=None).order_by("-valid_from"))


def key_at(organisation: Organisation | None, at: datetime) -> IssuerKey:
    """The issuer's key that may sign at a moment; makes the first one when there is none."""
    # A key belongs to one identifier, and that to the site's address: at a new address the old keys sign no more.
    owner = f"{did_of(organisation)}#"

    def valid() -> IssuerKey | None:
        for key in _KEYS(organisation.pk) if organisation else _PLATFORM_KEYS():
            mine = key.key_id.startswith(owner) and key.compromised_from is None
            if mine and sealing.Validity(key.valid_from, key.valid_until).contains(at):
                return key
        return None

    return once(owner, valid) or make_key(organisation, at)


def make_key(organisation: Organisation | None, at: datetime, suite: str = sealing.DEFAULT_SUITE) -> IssuerKey:
    """A new key that signs by a suite from a moment on. It enters the log."""
    made = sealing.generate(did_of(organisation), key_encryption_key(), suite)
    certificate, sealed = _certificate(organisation, made.key_id, at) if organisation else (b"", "")
    with transaction.atomic():
        key = IssuerKey.objects.create(
            organisation=organisation,
            key_id=made.key_id,
            suite=suite,
            public_multibase=made.public_multikey,
            private_sealed=made.sealed,
            pdf_certificate=certificate,
            pdf_sealed=sealed,
            valid_from=at,
        )
        told = entry.key_made(key.key_id, key.public_multibase, at, key.certificate_sha256)
        enter(Draft("key", "", told, None))
    return key


@lru_cache(maxsize=4096)
def _signer(key_id: str, sealed: str, start: datetime, end: datetime | None, suite: str) -> sealing.KeptSigner:
    return sealing.unseal_signer(key_id, sealed, key_encryption_key(), sealing.Validity(start, end), suite)


def signer_of(key: IssuerKey) -> sealing.KeptSigner:
    """The signer of a stored key; unsealed once in a process."""
    return _signer(key.key_id, key.private_sealed, key.valid_from, key.valid_until, key.suite)


def _certificate(organisation: Organisation, key_id: str, at: datetime) -> tuple[bytes, str]:
    """A certificate for the PDFs of an issuer, and its private key, sealed."""
    named = pdfcert.Named(key_id.partition("#")[0], organisation.name_zh, organisation.uscc)
    certificate, scalar = pdfcert.generate(named, at)
    return certificate, sealing.seal(scalar, key_encryption_key(), f"{key_id}/pdf")


def certified(key: IssuerKey) -> IssuerKey:
    """The key with its certificate; makes one where the key is of before there were any. It enters the log."""
    if key.pdf_certificate or key.organisation is None:
        return key
    with transaction.atomic():
        # Whoever comes second waits for the first one and finds its certificate.
        found = IssuerKey.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=key.pk)
        if not found.pdf_certificate and found.organisation:
            at = found.valid_from
            found.pdf_certificate, found.pdf_sealed = _certificate(found.organisation, found.key_id, at)
            found.save(update_fields=["pdf_certificate", "pdf_sealed"])
            told = entry.key_certified(found.key_id, found.public_multibase, found.certificate_sha256, at)
            enter(Draft("key", "", told, None))
    return found


def code_of(attestation: Attestation, document: dict[str, Any]) -> str:
    """What the printed code of an attestation says; "" where others may have had its key: the address alone is printed.

    A key gives the same signature each time, and so the page is the same.
    """
    if attestation.key.compromised_from is not None:
        return ""
    return codes.made(document, signer_of(attestation.key).sign)


@lru_cache(maxsize=4096)
def _pdf_signer(key_id: str, certificate: bytes, sealed: str) -> pdfcert.CertifiedSigner:
    return pdfcert.CertifiedSigner(certificate, sealing.unseal(sealed, key_encryption_key(), f"{key_id}/pdf"))


def signing_of(attestation: Attestation) -> pdfcert.Signing | None:
    """How the PDF of an attestation is signed: with the certificate of the key that signed the original, as of issue.

    So a PDF is the same whenever it is asked for. Where others may have had that key, the issuer's next good one signs,
    as of its first moment; None where there is none: a signature that proves nothing is not put on.
    """
    key, at = attestation.key, attestation.issued_at
    if key.compromised_from is not None:
        mine = IssuerKey.objects.filter(organisation=attestation.issuer, compromised_from=None)
        later = mine.filter(
            key_id__startswith=f"{key.key_id.partition('#')[0]}#",
            valid_from__gte=key.valid_from,
            valid_from__lte=timezone.now(),
        )
        good = later.select_related("organisation").order_by("valid_from", "id").first()
        if good is None:
            return None
        key, at = good, max(at, good.valid_from)
    key = certified(key)
    certificate = bytes(key.pdf_certificate)
    return pdfcert.Signing(certificate, at, _pdf_signer(key.key_id, certificate, key.pdf_sealed).sign)
