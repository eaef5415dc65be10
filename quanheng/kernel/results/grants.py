"""Who reads what lies under a report."""

from __future__ import annotations

from django.db.models import Exists, Model, OuterRef, Q

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Grant


class Reported(Grant):
    """A raw file that was meant for the client, and not withdrawn, when a report of its case was issued."""

    def q(self, actor: Actor) -> Q:
        issued = Attestation.objects.filter(case=OuterRef("case"), issued_at__gte=OuterRef("shared_at"))
        before = Q(issued_at__lt=OuterRef("withdrawn_at"))
        return (Q(withdrawn_at=None) & Exists(issued)) | (Q(withdrawn_at__isnull=False) & Exists(issued.filter(before)))

    def allows(self, actor: Actor, row: Model) -> bool:
        raw = type(row)._default_manager.filter(self.q(actor), pk=row.pk)
        return raw.exists()
