"""Issuing attestations and changing their status.

Issuing is one transaction: number, frozen canonical content, signature, row, entry in the log. After that the
document never changes; what changes is its status, by an act with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.credentials import credential
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.statement import Issuer, Recognition, Statement
from quanheng.kernel.attestations.errors import AttestationError, StatementError
from quanheng.kernel.attestations.falls import amended, graph, voiding  # acts are found where services are
from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.keeping import retention  # noqa: F401  # acts are found where services are
from quanheng.kernel.attestations.keys import acts as keyacts  # noqa: F401  # acts are found where services are
from quanheng.kernel.attestations.keys import platform  # noqa: F401  # acts are found where services are
from quanheng.kernel.attestations.keys.issuers import did_of, key_at, signer_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS, act, lock, remark
from quanheng.kernel.base.bulk import load
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid, bilingual
from quanheng.kernel.base.grants import Grant, Holds, Oversees, PlatformOnly
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import next_number
from quanheng.kernel.competence.models import Recognition as RecognitionRow
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.region.models import Region
from quanheng.kernel.statuslists import lists, places
from quanheng.kernel.translog import entry
from quanheng.kernel.translog.entering import Draft, enter

State = Attestation.State

_PREFIX = {
    Attestation.Kind.TEST_REPORT: "JC",
    Attestation.Kind.CALIBRATION: "XZ",
    Attestation.Kind.VERIFICATION: "JD",
    Attestation.Kind.INSPECTION: "JY",
    Attestation.Kind.CERTIFICATE: "RZ",
    Attestation.Kind.QUALIFICATION: "ZZ",
    Attestation.Kind.DECLARATION: "SM",
}


@dataclass(frozen=True)
class Issuance:
    """What issuing brings to a statement: kind, number, issuer, recognitions in force, time of issue."""

    kind: Any
    number: str
    issuer: Issuer
    recognitions: tuple[Recognition, ...]
    issued: datetime


def series_of(issuer: Organisation, year: int) -> str:
    """The series in which an issuer's attestations of a year are numbered, all kinds together."""
    return f"attestation.{issuer.pk}.{year}"


def number_of(kind: str, issuer: Organisation, year: int, sequence: int) -> str:
    """The number of an attestation: kind, year, the body of the issuer's credit code, its place in the series."""
    return f"{_PREFIX[Attestation.Kind(kind)]}{year}-{issuer.uscc[8:17]}-{sequence:06d}"


_RECOGNITIONS = Asked(
    lambda issuer: RecognitionRow.objects.filter(organisation=issuer, state=RecognitionRow.State.VALID).order_by("id"),
    steady=True,
)


def issuance_of(kind: str, issuer: Organisation, number: str, issued: datetime) -> Issuance:
    """What issuing at a moment brings to a statement; without a number it is a draft."""
    day = issued.date()
    held = [one for one in _RECOGNITIONS(issuer.pk) if one.valid_from <= day <= one.valid_until]
    return Issuance(
        kind=kind.replace("_", "-"),
        number=number,
        issuer=Issuer(did_of(issuer), issuer.name_zh, issuer.uscc, issuer.name_en, issuer.address),
        recognitions=tuple(Recognition(one.scheme, one.number) for one in held),
        issued=issued,
    )


def issue_attestation(
    actor: Actor,
    *,
    kind: str,
    issuer: Organisation,
    client: Organisation | None,
    case: Case | None,
    title: str,
    verdict: str,
    build: Callable[[Issuance], Statement],
    supersedes: Attestation | None = None,
) -> Attestation:
    """Freeze, sign and number what ``build`` states. Called inside the act that decides.

    ``supersedes`` is the attestation that this one replaces: the statement names it with the reason, and its
    status changes in the same transaction. Raises Invalid, naming every member of the statement that does not keep
    the schema; Conflict where what is to be replaced is withdrawn or replaced already.
    """
    if supersedes is not None:
        supersedes = lock(supersedes)
        _refuse_unless(supersedes, "supersede")
    issued = timezone.localtime(timezone.now()).replace(microsecond=0)
    key = key_at(issuer, issued)
    # The number is the last thing taken before signing: a refusal above leaves no gap, one below rolls it back.
    sequence = next_number(series_of(issuer, issued.year))
    number = number_of(kind, issuer, issued.year, sequence)
    uid = new_uid()
    status_list, status_index = places.draw()
    attestation = Attestation(
        uid=uid,
        address=f"{settings.SITE_URL}/r/{uid}",
        kind=kind,
        number=number,
        issuer=issuer,
        client=client,
        case=case,
        key=key,
        title=title[:200],
        verdict=verdict,
        issued_at=issued,
        supersedes=supersedes,
        status_list=status_list,
        status_index=status_index,
    )
    statement = build(issuance_of(kind, issuer, number, issued))
    stated = statement.supersedes
    if (stated.id if stated else None) != (supersedes.address if supersedes else None):
        raise ValueError("the statement does not name what the attestation supersedes")
    try:
        status = lists.entries(settings.SITE_URL, status_list, status_index)
        unsigned = credential.build(statement, id=attestation.address, site=settings.SITE_URL, status=status)
        document = credential.issue_bytes(unsigned, signer_of(key))
    except StatementError as error:
        raise Invalid(
            _("报告内容不完整，不能签发：请按逐项提示补正。"),
            errors=[FieldError(one.field, bilingual(one.zh, one.en)) for one in error.problems],
        ) from error
    except AttestationError as error:
        raise Conflict(bilingual(error.zh, error.en), code=error.code) from error
    attestation.document = document.decode()
    attestation.sha256 = hashlib.sha256(document).hexdigest()
    attestation.save(force_insert=True)
    enter(_issued(uid, attestation.address, attestation.sha256, issued, issued))
    if supersedes is not None and stated is not None:
        supersede_attestation(actor, supersedes, by=attestation, reason=stated.reason_zh)
    return attestation


def _issued(uid: str, address: str, sha256: str, at: datetime, happened: datetime | None) -> Draft:
    return Draft("issue", uid, entry.issued(address, sha256, at), happened)


@dataclass(frozen=True)
class Signed:
    """An attestation that was frozen and signed elsewhere, its number taken from the issuer's series."""

    uid: str
    kind: str
    number: str
    issuer_id: int
    client_id: int | None
    key_id: int
    title: str
    verdict: str
    address: str
    document: str
    sha256: str
    issued_at: datetime
    valid_until: date | None
    # None where the document names no place in the status lists.
    status_list: int | None = None
    status_index: int | None = None


_SIGNED = tuple(Signed.__dataclass_fields__)


@act("attestations.load", on=Region, label=_("批量登记证明文件"), may=PlatformOnly())
def load_attestations(actor: Actor, region: Region, *, rows: Iterable[Signed]) -> Region:
    """Enter attestations that were signed in parallel, all or none, in the transaction that took their numbers.

    One audit entry for the batch, with the digest of all their digests, and one entry in the log for each, which tells
    when it was entered beside when it was issued. Raises Conflict for a document whose bytes are not those that were
    signed, Unstorable for a number or an address that is taken.
    """
    whole, count = hashlib.sha256(), 0
    drafts: list[Draft] = []

    def checked() -> Iterator[tuple[Any, ...]]:
        nonlocal count
        for row in rows:
            if hashlib.sha256(row.document.encode()).hexdigest() != row.sha256:
                raise Conflict(filled(_("证明文件 %(number)s 的内容与其摘要不符，未登记。"), number=row.number))
            whole.update(row.sha256.encode())
            count += 1
            drafts.append(_issued(row.uid, row.address, row.sha256, row.issued_at, None))
            yield tuple(getattr(row, name) for name in _SIGNED)

    load(Attestation, _SIGNED, checked())
    for draft in drafts:
        enter(draft)
    remark(attestations=count, sha256=whole.hexdigest())
    return region


_KEEPERS: Grant = Holds("issuer", Role.SIGNATORY, Role.QUALITY_MANAGER) | Oversees("issuer__region_code", *REGULATORS)

# change of status -> the states that it begins in, the state that it leads to
_STATES: dict[str, tuple[frozenset[str], str]] = {
    "suspend": (frozenset({State.ISSUED}), State.SUSPENDED),
    "reinstate": (frozenset({State.SUSPENDED}), State.ISSUED),
    "withdraw": (frozenset({State.ISSUED, State.SUSPENDED}), State.WITHDRAWN),
    "supersede": (frozenset({State.ISSUED, State.SUSPENDED}), State.SUPERSEDED),
}


def _refuse_unless(attestation: Attestation, change: str) -> None:
    if attestation.state not in _STATES[change][0]:
        raise Conflict(
            filled(_("该证明文件当前为“%(state)s”，不能进行此操作。"), state=attestation.get_state_display()),
            code="wrong-state",
        )


def _change(attestation: Attestation, change: str, reason: str, by: str = "") -> Attestation:
    reason = need_reason(reason)
    _refuse_unless(attestation, change)
    attestation.state = _STATES[change][1]
    attestation.state_reason = reason
    attestation.state_changed_at = timezone.now()
    attestation.save(update_fields=["state", "state_reason", "state_changed_at", "amended"])
    now = attestation.state_changed_at
    enter(Draft("status", attestation.uid, entry.changed(attestation.address, attestation.state, now, by), now))
    # For those who are told and do not see its case: what anybody may read of it, and where.
    remark(about={"number": attestation.number, "path": f"/verify/?number={attestation.number}"})
    following.tell_followers(attestation)
    if change in ("suspend", "withdraw") or (change == "supersede" and attestation.amended):
        # What rests on it, as on a certificate of calibration, has to be looked at again.
        touched = graph.below(numbers=[attestation.number])
        voiding.tell_dependents(touched, f"/worklists/certificate/{attestation.uid}/")
    return attestation


_TOLD = ("issuer", "client")


@act("attestations.suspend", on=Attestation, label=_("暂停证明文件"), may=_KEEPERS, tells=_TOLD)
def suspend_attestation(actor: Actor, attestation: Attestation, *, reason: str) -> Attestation:
    """Temporarily not to be relied on (ISO/IEC 17000 8.2)."""
    return _change(attestation, "suspend", reason)


@act("attestations.reinstate", on=Attestation, label=_("恢复证明文件"), may=_KEEPERS, tells=_TOLD)
def reinstate_attestation(actor: Actor, attestation: Attestation, *, reason: str) -> Attestation:
    """The suspension ends."""
    return _change(attestation, "reinstate", reason)


@act("attestations.withdraw", on=Attestation, label=_("撤销证明文件"), may=_KEEPERS, tells=_TOLD)
def withdraw_attestation(actor: Actor, attestation: Attestation, *, reason: str) -> Attestation:
    """Never to be relied on again (ISO/IEC 17000 8.3)."""
    return _change(attestation, "withdraw", reason)


@act(
    "attestations.supersede",
    on=Attestation,
    label=_("以新文件代替"),
    may=Holds("issuer", Role.SIGNATORY),
    tells=_TOLD,
)
def supersede_attestation(actor: Actor, attestation: Attestation, *, by: Attestation, reason: str) -> Attestation:
    """Replaced by a further document that names it (ISO/IEC 17025 7.8.8). Called where that one is issued."""
    if by.supersedes_id != attestation.pk:
        raise ValueError(f"{by.number} does not supersede {attestation.number}")
    remark(superseded_by=by.number)
    attestation.amended = ",".join(amended.changed(loads(attestation.document), loads(by.document)))
    return _change(attestation, "supersede", reason, by.address)


@dataclass(frozen=True)
class Change:
    """A change of status that an actor may make now; see ``CHANGES``."""

    name: str
    label: Any


# What keepers do to an attestation by itself; superseding is part of issuing another.
CHANGES: dict[str, Callable[..., Attestation]] = {
    "suspend": suspend_attestation,
    "reinstate": reinstate_attestation,
    "withdraw": withdraw_attestation,
}


def changes(actor: Actor, attestation: Attestation) -> list[Change]:
    """The changes of status that the actor may make to an attestation as it stands."""
    if not _KEEPERS.allows(actor, attestation):
        return []
    return [
        Change(name, ACTS[f"attestations.{name}"].label) for name in CHANGES if attestation.state in _STATES[name][0]
    ]
