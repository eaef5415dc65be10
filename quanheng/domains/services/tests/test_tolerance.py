"""A third of the maximum permissible error, where it is one size over the range."""

from __future__ import annotations

from decimal import Decimal

import pytest

from quanheng.domains.services.knowledge import SHIPPED
from quanheng.domains.services.tolerance import greatest_uncertainty
from quanheng.kernel.base.cells import read_csv


@pytest.mark.parametrize(
    ("error", "upper", "unit", "quantity", "wanted"),
    [
        ("±0.02 mm", "150", "mm", "length", "0.00666 mm"),
        ("±4 μm", "25", "mm", "length", "1.33 μm"),
        ("±1.6 %FS", "1.6", "MPa", "pressure", "0.00853 MPa"),
        ("±4 %", "500", "N·m", "torque", "6.66 N·m"),
        ("±0.5 %", "30", "%", "mass_fraction", "0.166 %"),
        ("±2 ℃", "150", "℃", "temperature", "0.666 ℃"),
        ("±1.4 dB", "130", "dB(A)", "sound_level", "0.466 dB(A)"),
        ("", "100", "mm", "length", ""),
        ("±(0.3 mm + 0.2 mm/m)", "5", "m", "length", ""),
        ("±0.5 s/d", "3600", "s", "time", ""),
        ("±0.5 e～±1.5 e", "150", "kg", "mass", ""),
        ("±1.5", "100", "%", "ratio", ""),
    ],
)
def test_what_is_acceptable(error: str, upper: str, unit: str, quantity: str, wanted: str) -> None:
    assert greatest_uncertainty(error, upper, unit, quantity) == wanted


def test_most_usual_instruments_have_one_and_it_is_less_than_their_range() -> None:
    rows = read_csv(SHIPPED["instruments"])
    found = {
        row["code"]: wanted
        for row in rows
        if (wanted := greatest_uncertainty(row["max_error"], row["upper"], row["unit"], row["quantity"]))
    }
    assert len(found) > len(rows) / 2
    for row in rows:
        if found.get(row["code"], "").endswith(f" {row['unit']}"):
            assert 0 < Decimal(found[row["code"]].split()[0]) < Decimal(row["upper"])
