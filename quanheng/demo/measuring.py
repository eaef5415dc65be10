"""Plausible results. No Django: whoever signs in parallel draws them too."""

from __future__ import annotations

from decimal import Decimal
from random import Random


def measured(
    random: Random,
    *,
    measurable: bool,
    lower: str,
    upper: str,
    unit: str,
    percent: bool,
    judged: bool,
    fails: bool,
) -> dict[str, str]:
    """A value with unit, U and k on the right side of its limits, or on the wrong one; a word where none is measured.

    ``percent``: the limit is a share of 100.
    """
    if not measurable:
        return {"value": "不符合" if fails and judged else "符合"}
    low, high = (Decimal(text) if text else None for text in (lower, upper))
    if low is not None and high is not None:
        value = high * 2 - low if fails else (low + high) / 2
    elif high is not None:
        value = high * Decimal("1.2" if fails else random.choice(["0.4", "0.6", "0.8"]))
    elif low is not None and percent:
        value = low * Decimal("0.8") if fails else low + (100 - low) * Decimal(random.choice(["0.3", "0.5", "0.7"]))
    elif low is not None:
        value = low * Decimal("0.8" if fails else random.choice(["1.3", "1.6", "2.1"]))
    else:
        value = Decimal(random.randint(10, 90))
    expanded = abs(value) * Decimal("0.02") or Decimal("0.01")
    return {"value": f"{value:.4g}", "unit": unit, "uncertainty": f"{expanded:.2g}", "k": "2"}
