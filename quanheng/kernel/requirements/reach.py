"""Over which range somebody has to be competent to hold a value against limits."""

from __future__ import annotations

from decimal import Decimal


def reach_of(lower: str, upper: str, unit: str) -> tuple[str, str]:
    """The range to ask competence for, and its unit; ("", "") for any.

    Of limits of a deviation (−2 % to 2 %) the greater size counts: scopes state those from zero on.
    """
    limits = [Decimal(limit) for limit in (lower, upper) if limit]
    if not limits or not unit:
        return "", ""
    if len(limits) == 2 and min(limits) >= 0:
        return f"({limits[0]}~{limits[1]})", unit
    return str(max(map(abs, limits))), unit
