"""What other rooms offer to do about an attestation, on its page: said there, known there, shown here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor

# An offer as the page shows it: ``label``, ``url``, ``method``, ``danger``.
Offer = Callable[[Actor, Attestation], list[dict[str, Any]]]
OFFERS: list[Offer] = []


def offered_beside(actor: Actor, found: Attestation) -> list[dict[str, Any]]:
    """All offers to this actor; none of them may ask the database."""
    return [one for offer in OFFERS for one in offer(actor, found)]
