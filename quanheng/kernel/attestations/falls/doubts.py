"""What a verifier is warned of: something that a report rests on has fallen, however far up.

Nothing is rewritten for it and no status changes: the report says what it said, and the warning is computed when it is
looked at. It names what fell, on which level and since when, and not whose it is: whom a laboratory has its standards
calibrated by is not for everybody who holds one of its reports to learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.falls import graph
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import period_of
from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.translog.models import LogEntry

State = Attestation.State
# Level 0 is what the report itself used; each calibration certificate or report that it rests on is one level up.
_WORDS: dict[str, tuple[Any, Any]] = {
    "calibration": (
        _("所用设备的校准已宣布自 %(since)s 起无效，检测在该日或之后。"),
        _("溯源链第 %(level)s 级：校准已宣布自 %(since)s 起无效，所依据的证书在该日或之后。"),
    ),
    "withdrawn": (_("溯源链第 %(level)s 级：所依据的证书或报告已撤销。"),) * 2,
    "suspended": (_("溯源链第 %(level)s 级：所依据的证书或报告已暂停。"),) * 2,
    "amended": (_("溯源链第 %(level)s 级：所依据的证书或报告已更正，结果、有效期或设备有变。"),) * 2,
    "key": (_("溯源链第 %(level)s 级：所依据的证书或报告的签名密钥可能已泄露，不能证明签发在此之前。"),) * 2,
    "recognition": (_("溯源链第 %(level)s 级：所依据的证书或报告的签发机构在签发日不具有所声明的资质。"),) * 2,
}


class _Standing(NamedTuple):
    """A document somewhere above, as far as it is read here."""

    attestation: Attestation
    logged: datetime | None


@dataclass(frozen=True, order=True)
class Doubt:
    """One thing that fell: ``kind``, the level on which it stands, since when (None: not known by the day)."""

    level: int
    kind: str
    since: date | None = None

    @property
    def told(self) -> Any:
        """The warning, in both languages."""
        return filled(_WORDS[self.kind][bool(self.level)], level=self.level, since=self.since)

    def as_json(self) -> dict[str, Any]:
        """The warning for machines."""
        reasons = {f"reason{name}": in_language(self.told, code) for name, code in (("Zh", "zh-hans"), ("En", "en"))}
        return {"kind": self.kind, "level": self.level, "since": self.since, **reasons}


def doubts_of(attestation: Attestation) -> list[Doubt]:
    """What fell of that on which an attestation rests, the nearest first; one query where it rests on nothing.

    Its own status, key and issuer are not among it: verification answers these (``verify``).
    """
    found: set[Doubt] = set()
    cases, seen = {attestation.case_id} - {None}, {attestation.pk}
    for level in range(graph.DEEPEST):
        if not cases:
            break
        basis = graph.rests_on({case for case in cases if case is not None})
        known = graph.calibrations({use.instrument for use in basis.uses})
        found.update(_void(level, basis, known))
        last = [graph.in_force(known.get(use.instrument, []), use.day) for use in basis.uses]
        certificates = {one.number for one in last if one is not None and one.number}
        # One that was put in the place of another since: what was issued before rests on the other all the same.
        replaced = {
            one.number
            for use, now in zip(basis.uses, last, strict=True)
            for one in known.get(use.instrument, [])
            if now is not None and one.on == now.on and one.number
        } - certificates
        above = [one for one in _documents(certificates | replaced, basis.reports) if one.attestation.pk not in seen]
        for document in above:
            told = _of_document(level + 1, document)
            if document.attestation.number in replaced - basis.reports:
                told = (one for one in told if one.kind == "amended" and _before(attestation, document.attestation))
            found.update(told)
        above = [one for one in above if one.attestation.number not in replaced - basis.reports]
        seen |= {document.attestation.pk for document in above}
        cases = {document.attestation.case_id for document in above} - {None}
    return sorted(found, key=lambda one: (one.level, one.kind, one.since or date.min))


def _before(attestation: Attestation, document: Attestation) -> bool:
    """Whether something was issued before a document was amended."""
    return document.state_changed_at is not None and attestation.issued_at < document.state_changed_at


def _void(level: int, basis: graph.Basis, known: dict[int, list[graph.Calibrated]]) -> Iterator[Doubt]:
    for use in basis.uses:
        one = graph.in_force(known.get(use.instrument, []), use.day)
        for void in basis.voids.get(use.instrument, ()):
            if use.day >= void.since and (one is None or one.on <= void.calibrated_on):
                yield Doubt(level, "calibration", void.since)


def _documents(certificates: set[str], reports: set[str]) -> list[_Standing]:
    """The documents of these numbers that were issued here, with when each was entered in the log."""
    if not certificates and not reports:
        return []
    which = Q(number__in=certificates, kind__in=graph.CALIBRATING) | Q(number__in=reports)
    rows = list(
        Attestation.objects.filter(which).select_related("key", "issuer").prefetch_related("issuer__recognitions")
    )
    doubtful = [one.uid for one in rows if one.key.compromised_from]
    issues = LogEntry.objects.filter(attestation__uid__in=doubtful, kind="issue")
    logged = dict(issues.values_list("attestation__uid", "at")) if doubtful else {}
    return [_Standing(one, logged.get(one.uid)) for one in rows]


def _of_document(level: int, one: _Standing) -> Iterator[Doubt]:
    document = one.attestation
    if document.state in (State.WITHDRAWN, State.SUSPENDED):
        changed = document.state_changed_at
        yield Doubt(level, str(document.state), timezone.localdate(changed) if changed else None)
    if document.state == State.SUPERSEDED and document.amended:
        changed = document.state_changed_at
        yield Doubt(level, "amended", timezone.localdate(changed) if changed else None)
    compromised = document.key.compromised_from
    if compromised is not None and (one.logged is None or one.logged >= compromised):
        yield Doubt(level, "key", timezone.localdate(compromised))
    if not _recognised(document):
        yield Doubt(level, "recognition", timezone.localdate(document.issued_at))


def _recognised(document: Attestation) -> bool:
    """Whether the issuer held, on the day of issue, every recognition that a document claims."""
    claimed: Iterable[dict[str, Any]] = loads(document.document)["credentialSubject"].get("recognitions", ())
    day = timezone.localdate(document.issued_at)
    held = None
    for claim in claimed:
        held = held or [period_of(one) for one in document.issuer.recognitions.all()]
        mine = [one for one in held if (one.scheme, one.number) == (claim["scheme"], claim["number"])]
        if not any(one.holds_on(day) for one in mine):
            return False
    return True
