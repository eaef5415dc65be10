"""What the dates of a standard mean: one rule for rows of the register, files on their way in, and facts alone."""

from __future__ import annotations

from datetime import date

from quanheng.science.identifiers.standard_number import parse_standard_number


def takes_effect(number: str, effective: date | None, published: date | None) -> date | None:
    """From when a standard replaces its predecessors: its effective date, else the day it was published.

    Where neither is known, the last day of the year in its number: the latest it can have been published. None for an
    undated number.
    """
    if effective or published:
        return effective or published
    year = parse_standard_number(number).issued
    return date(year, 12, 31) if year else None


def status_on(
    day: date,
    *,
    effective: date | None,
    published: date | None,
    superseded_on: date | None,
    withdrawn: date | None,
    draft: bool = False,
) -> str:
    """``draft``, ``upcoming``, ``in_force``, ``superseded`` or ``withdrawn`` on ``day``.

    What ended it first counts: a standard replaced in 2015 and struck off in 2018 is superseded since 2015.
    """
    ends = [one for one in (superseded_on, withdrawn) if one and one <= day]
    if ends:
        return "superseded" if min(ends) == superseded_on else "withdrawn"
    if draft:
        return "draft"
    begins = effective or published
    return "upcoming" if begins and begins > day else "in_force"
