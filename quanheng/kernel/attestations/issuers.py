"""Issuers' identifiers and keys: who signs, with which key, at which time."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import transaction

from quanheng.kernel.attestations import keys
from quanheng.kernel.attestations.models import IssuerKey
from quanheng.kernel.base.statements import Asked
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
    for key in _KEYS(organisation.pk) if organisation else _PLATFORM_KEYS():
        mine = key.key_id.startswith(owner) and key.compromised_from is None
        if mine and keys.Validity(key.valid_from, key.valid_until).contains(at):
            return key
    return make_key(organisation, at)


def make_key(organisation: Organisation | None, at: datetime) -> IssuerKey:
    """A new key that signs from a moment on. It enters the log."""
    made = keys.generate(did_of(organisation), key_encryption_key())
    with transaction.atomic():
        key = IssuerKey.objects.create(
            organisation=organisation,
            key_id=made.key_id,
            public_multibase=made.public_multikey,
            private_sealed=made.sealed,
            valid_from=at,
        )
        enter(Draft("key", "", entry.key_made(key.key_id, key.public_multibase, at), None))
    return key


@lru_cache(maxsize=4096)
def _signer(key_id: str, sealed: str, start: datetime, end: datetime | None) -> keys.Ed25519Signer:
    return keys.unseal_signer(key_id, sealed, key_encryption_key(), keys.Validity(start, end))


def signer_of(key: IssuerKey) -> keys.Ed25519Signer:
    """The signer of a stored key; unsealed once in a process."""
    return _signer(key.key_id, key.private_sealed, key.valid_from, key.valid_until)
