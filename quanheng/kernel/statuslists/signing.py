"""Signing status lists: when something changed, and daily, so that a list that is kept from a reader is noticed."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.keys.issuers import did_of, key_at, signer_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.statuslists import lists
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter
from quanheng.kernel.translog.growing import head
from quanheng.kernel.translog.models import LogEntry

State = Attestation.State
# Signed anew before a reader's copy of it could be called old.
DAILY = timedelta(hours=23)
_STATES = {
    StatusList.Purpose.REVOCATION: Q(state__in=(State.WITHDRAWN, State.SUPERSEDED)),
    StatusList.Purpose.SUSPENSION: Q(state=State.SUSPENDED),
}


def sign_lists(now: datetime | None = None) -> int:
    """Sign each list that something changed in or that is a day old; how many they were."""
    now = now or timezone.now()
    signed = 0
    for pk in StatusList.objects.order_by("number", "purpose").values_list("pk", flat=True):
        with transaction.atomic():
            signed += _sign(StatusList.objects.select_for_update().get(pk=pk), now)
    return signed


def _sign(row: StatusList, now: datetime) -> bool:
    # The log's end before the register: what is committed in between is looked at once more the next time.
    seen = head().size
    fresh = row.signed_at is not None and row.signed_at > now - DAILY
    if fresh and not LogEntry.objects.filter(id__gte=row.seen, id__lt=seen, kind=LogEntry.Kind.STATUS).exists():
        if row.seen != seen:
            row.seen = seen
            row.save(update_fields=["seen"])
        return False
    row.seen = seen
    address = lists.address_of(settings.SITE_URL, row.number, row.purpose)
    indices = Attestation.objects.filter(_STATES[StatusList.Purpose(row.purpose)], status_list=row.number)
    at = timezone.localtime(now).replace(microsecond=0)
    key = key_at(None, at)
    document = lists.unsigned(
        address, row.purpose, did_of(None), (one or 0 for one in indices.values_list("status_index", flat=True)), at
    )
    if fresh and row.document and _bits(row.document) == document["credentialSubject"]["encodedList"]:
        row.save(update_fields=["seen"])
        return False
    proof = suites.get(key.suite).create(document, signer_of(key), document["validFrom"])
    raw = known_bytes(document | {"proof": proof})
    row.document, row.sha256, row.signed_at = raw.decode(), hashlib.sha256(raw).hexdigest(), now
    row.save(update_fields=["document", "sha256", "signed_at", "seen"])
    enter(Draft(LogEntry.Kind.LIST, "", entry.listed(address, row.sha256, at), None))
    return True


def _bits(document: str) -> str:
    # Stored as it was signed here: no need to read all of it as a stranger's.
    return document.partition('"encodedList":"')[2].partition('"')[0]
