"""Numbers of qualification certificates of inspection bodies and laboratories (CMA).

Source: numbering of certificates in the measures for the qualification of inspection bodies and laboratories:
year 2, authority 2, field 2, sector 2, serial 4. The code tables (cma_number_codes.csv beside this file) agree
among four secondary sources; so a code outside them is read, and left without a name, not refused.

>>> number = parse_cma_number("210212340001")
>>> number.year, number.authority_name, number.serial
(2021, '天津', '0001')
"""

import os
from functools import lru_cache
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.text import flatten


class CmaNumberRefused(ScienceError):
    """A text that is not the number of a qualification certificate."""


class CmaNumber(NamedTuple):
    """The parts of a certificate's number; the names are None where the tables do not know the code."""

    text: str
    year: int
    authority: str
    field: str
    sector: str
    serial: str

    @property
    def authority_name(self) -> str | None:
        """The issuing authority's area, e.g. 天津; 国家认监委 for 00."""
        return CODES["authority"].get(self.authority)

    @property
    def field_name(self) -> str | None:
        """The technical field, e.g. 食品."""
        return CODES["field"].get(self.field)

    @property
    def sector_name(self) -> str | None:
        """The sector that the body belongs to, e.g. 教育."""
        return CODES["sector"].get(self.sector)


@lru_cache(maxsize=4096)
def parse_cma_number(text: str) -> CmaNumber:
    """The parts of a 12-digit number; blanks, full-width digits and a leading "CMA" are accepted.

    Certificates of this form date from 2000 on. Raises CmaNumberRefused.
    """
    digits = flatten(text[:64]).upper().replace(" ", "").removeprefix("CMA").lstrip(":-")
    wrong = next((place for place, sign in enumerate(digits, 1) if sign not in "0123456789"), None)
    if wrong is not None:
        sign = digits[wrong - 1]
        meant = {"O": "0", "I": "1", "L": "1", "S": "5", "Z": "2", "B": "8"}.get(sign)
        raise CmaNumberRefused(
            f"资质认定证书编号第 {wrong} 位“{sign}”应为数字" + (f"，是否为“{meant}”？" if meant else ""),
            f"character {wrong} '{sign}' of the certificate number must be a digit"
            + (f"; did you mean '{meant}'?" if meant else ""),
        )
    if len(digits) != 12:
        raise CmaNumberRefused(
            f"资质认定证书编号应为 12 位数字，现为 {len(digits)} 位",
            f"a qualification certificate number has 12 digits, this has {len(digits)}",
        )
    return CmaNumber(digits, 2000 + int(digits[:2]), digits[2:4], digits[4:6], digits[6:8], digits[8:])


def _codes() -> dict[str, dict[str, str]]:
    """part -> code -> Chinese name, from the table beside this file."""
    codes: dict[str, dict[str, str]] = {}
    with open(os.path.join(os.path.dirname(__file__), "cma_number_codes.csv"), encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            part, code, name, _ = line.split(",")
            codes.setdefault(part, {})[code] = name
    return codes


CODES: dict[str, dict[str, str]] = _codes()
