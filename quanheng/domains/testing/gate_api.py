"""The rules of the gate over the API: for everybody, since every report names them by their digest."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.utils import timezone
from ninja import Router
from pydantic import Field

from quanheng.domains.testing.gate.publishing import rules_told
from quanheng.kernel.base.api import ActorRequest, Shape, problems

router = Router(tags=["attestations"])


class GateRuleOut(Shape):
    """One edition of a rule; ``parameters`` are its numbers by name."""

    key: str
    title_zh: str
    title_en: str
    grade: Literal["hard", "soft"]
    parameters: dict[str, float]
    source: str
    valid_from: date
    valid_to: date | None
    confidence: str


class GateRulesOut(Shape):
    day: date
    sha256: str = Field(description="Of `rules` in the canonical form of RFC 8785: reports and the log name it")
    rules: list[GateRuleOut]


@router.get("/gate/rules", response={200: GateRulesOut, **problems(422)})
def gate_rules(request: ActorRequest, day: date | None = None) -> Any:
    """The rules that reports are held against before issue on a day, today where none is given. Open to everybody."""
    return rules_told(day or timezone.localdate())
