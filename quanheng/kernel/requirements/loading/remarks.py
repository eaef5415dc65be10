"""Free text of registers: which standards it says are replaced, replace this one, or are repealed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

_VERB = "(?:代替|替代)"
_BY = re.compile(rf"被(?P<list>[^被]*?)(?P<partly>部分)?{_VERB}")
_REPLACES = re.compile(rf"(?P<partly>部分)?{_VERB}[:：]?(?P<list>.*)", re.DOTALL)
# Notes that the register adds of itself and that say nothing of the document.
_NOISE = re.compile(r"标准类别[:：]计量检定规程|<br\s*/?>")
_LISTED = re.compile("[,，;；、]")
# A catalogue of what is repealed: whatever it stands beside is in it.
_CATALOGUE = re.compile("废止的.*目录")
FIRST_YEAR = 1950


@dataclass
class Remark:
    """What a free text says; ``rest`` is what is left of it when that is taken away."""

    replaces: list[StandardNumber] = field(default_factory=list)
    partly: list[StandardNumber] = field(default_factory=list)
    replaced_by: list[StandardNumber] = field(default_factory=list)
    # Pieces in the place of a number that are none, or only the beginning of one.
    unread: list[str] = field(default_factory=list)
    # It stands beside the notice of a repeal; ``listed`` where the notice is a list of what is repealed.
    repealed: bool = False
    listed: bool = False
    rest: str = ""

    @property
    def named(self) -> int:
        """How many standards it names."""
        return len(self.replaces) + len(self.partly) + len(self.replaced_by)


def read_remark(text: str, of: StandardNumber) -> Remark:
    """What the free text beside ``of`` says.

    >>> gb = parse_standard_number("GB 2763-2016")
    >>> one = read_remark("代替GB 2763-2014被GB 2763-2019代替", gb)
    >>> [n.text for n in one.replaces], [n.text for n in one.replaced_by], one.rest
    (['GB 2763-2014'], ['GB 2763-2019'], '')
    """
    flat = _NOISE.sub("", text).strip()
    found = Remark()
    found.listed = bool(_CATALOGUE.search(flat))
    found.repealed = found.listed or ("废止" in flat and "公告" in flat)
    bare = _numbers(flat)
    if bare and all(number.key == of.key and _older(number, of) for number in bare):
        # The column for replaced standards holds nothing but a number.
        found.replaces = bare
        return found
    while by := _BY.search(flat):
        found.replaced_by += _take(by["list"], found)
        flat = (flat[: by.start()] + " " + flat[by.end() :]).strip()
    if said := _REPLACES.search(flat):
        (found.partly if said["partly"] else found.replaces).extend(
            number for number in _take(said["list"], found) if _dated(number, of, found)
        )
        flat = flat[: said.start()].strip(" ;；,，")
    found.rest = flat
    return found


def _numbers(text: str) -> list[StandardNumber]:
    """The numbers in a text that holds nothing else; none where it does."""
    numbers = []
    for piece in _pieces(text):
        try:
            numbers.append(parse_standard_number(piece))
        except ScienceError:
            return []
    return numbers


def _take(text: str, found: Remark) -> list[StandardNumber]:
    numbers = []
    for piece in _pieces(text):
        try:
            numbers.append(parse_standard_number(piece))
        except ScienceError:
            found.unread.append(piece)
    return numbers


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in _LISTED.split(text) if piece.strip()]


def _dated(number: StandardNumber, of: StandardNumber, found: Remark) -> bool:
    """Whether the number is whole: a text cut off in the middle of a number leaves one without a sound year."""
    if number.year is None or number.year < FIRST_YEAR or not _older(number, of):
        found.unread.append(number.text)
        return False
    return True


def _older(number: StandardNumber, of: StandardNumber) -> bool:
    return number.year is not None and (of.year is None or number.year <= of.year)
