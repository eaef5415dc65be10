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
    # Attestations of years past, beside the reports of the commissions.
    certificates: int = 0
    reports: int = 0

    @property
    def wide(self) -> bool:
        """Whether it is a city's real size: loaded in bulk, its scopes of every width."""
        return self.certificates > 0

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
    # Tianjin at its published size. The city's implementing opinions on the 14th Five-Year Plan for certification,
    # accreditation, inspection and testing (3 November 2022), box 1, give for 2020: 605 inspection and testing bodies
    # with a qualification (获得资质认定的检验检测机构数量), 15,438 certified organisations (获证组织总数) and 49,978
    # valid certificates (有效认证证书总数). They give no number of scope lines; 600,000 is about a thousand for each
    # body. Of the 6.63 million reports that its bodies issue in a year, 100,000 are here. Of the other kinds of
    # bodies there are as many as are needed to do the work.
    "city": Scale(605, 16, 30, 24, 3, 3, 20, 15_438, 600_000, 60, certificates=49_978, reports=100_000),
    # A tenth of it, to see what ten times the rows cost.
    "tenth": Scale(60, 4, 6, 4, 1, 1, 4, 1_544, 60_000, 60, certificates=4_998, reports=10_000),
}
