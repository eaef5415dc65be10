"""What a signatory is about to sign: the statement as it stands, before it has a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.statement import KINDS, evidence_of, statement_of, verdict_of
from quanheng.kernel.attestations.credentials.statement import Statement
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import issuance_of
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.results.models import Result


@dataclass(frozen=True)
class ToBeSigned:
    """A report before it is signed: the same statement that issuing will freeze, without number and signature."""

    kind: str
    verdict: str
    verdict_label: str
    statement: Statement
    recognitions: tuple[Recognition, ...]
    signatory: str


def to_be_signed(order: Order, results: Sequence[Result], signatory: str) -> ToBeSigned:
    """The statement of an order's results as they are now; stores nothing, takes no number."""
    issuer = order.case.handler
    assert issuer is not None  # an order is always with an institution
    kind = KINDS[order.activity]
    verdict = verdict_of(results)
    statement = statement_of(
        order, results, evidence_of(order.case_id), issuance_of(kind, issuer, "", timezone.localtime())
    )
    held = {one.scope_line.recognition.pk: one.scope_line.recognition for one in results if one.scope_line}
    return ToBeSigned(
        kind=str(Attestation.Kind(kind).label),
        verdict=verdict,
        verdict_label=str(Result.Verdict(verdict).label),
        statement=statement,
        recognitions=tuple(held.values()),
        signatory=signatory,
    )
