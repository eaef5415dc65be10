"""Reads of results."""

from __future__ import annotations

from quanheng.kernel.results.models import Result


def incomplete_positions(case_id: int) -> list[int]:
    """Positions of a case's planned results that have no verdict yet."""
    return list(
        Result.objects.filter(case_id=case_id, verdict="").order_by("position").values_list("position", flat=True)
    )
