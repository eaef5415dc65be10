"""How large a reference city is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of things in a reference city."""

    laboratories: int
    metrology_institutes: int
    certification_bodies: int
    inspection_bodies: int
    standards_bodies: int
    scheme_providers: int
    stations: int
    enterprises: int
    scope_lines: int
    commissions: int

    @property
    def institutions(self) -> int:
        return (
            self.laboratories
            + self.metrology_institutes
            + self.certification_bodies
            + self.inspection_bodies
            + self.standards_bodies
            + self.scheme_providers
        )


SCALES = {
    # For tests: small, but every kind of body and every state of an order is there.
    "test": Scale(6, 2, 2, 1, 1, 1, 2, 12, 1_500, 20),
    # A city that a person can look around in.
    "demo": Scale(40, 8, 6, 4, 1, 1, 6, 300, 20_000, 60),
}
