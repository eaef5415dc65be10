"""Numbers of standards, verification regulations and calibration specifications, read and written one way.

Sources: GB/T 1.1-2020, 8 (numbers of Chinese standards); JJF 1002-2010 and JJF 1071-2010 (numbers of JJG and
JJF); the national measures for industry (DB…: local, T/: association, Q/: enterprise) standards; ISO/IEC
Directives, part 2 (international numbers, year after a colon).

>>> parse_standard_number("gb/t17761-2018").text, parse_standard_number("GBT 17761").key
('GB/T 17761-2018', 'GB/T 0017761')
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.text import flatten

MAX_CHARACTERS = 80

_INDUSTRY_CODES = """
AQ BB CB CH CJ CJJ CY DA DL DY DZ EJ FZ GA GC GD GH GM GY HB HG HJ HS HY JB JC JG JGJ JR JT JTG JY KA LB LD LS LY
MH MT MZ NB NY QB QC QJ QX RB SB SC SF SH SJ SL SN SW SY TB TD TY WB WH WJ WM WS WW XB XF YB YC YD YS YY YZ ZY
"""
#: industry codes whose recommended form is often written without its solidus (JBT for JB/T)
INDUSTRIES = frozenset(_INDUSTRY_CODES.split())


class StandardNumberRefused(ScienceError):
    """A text that is not one number of a standard."""

    def __init__(self, text: str, zh: str = "", en: str = "") -> None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        zh = zh or "请写成 GB/T 17761-2018、JJG 52-2013 或 ISO 9001:2015 的样子"
        en = en or "write it like GB/T 17761-2018, JJG 52-2013 or ISO 9001:2015"
        super().__init__(f"读不懂标准编号“{shown}”：{zh}", f"cannot read the standard number '{shown}': {en}")


class StandardNumber(NamedTuple):
    """A standard's number: ``prefix`` (GB/T, JJG(津), DB12/T, T/CAS, ISO/IEC), ``number``, ``part``, ``year``.

    ``part`` is "" where there is none, ``year`` None where the reference is undated. ``amendment`` holds what
    follows the year, such as "2018年版" or "Amd 1:2024".
    """

    prefix: str
    number: str
    part: str
    year: int | None
    amendment: str = ""

    @property
    def international(self) -> bool:
        """Whether parts follow a hyphen and the year a colon (ISO, IEC, EN, OIML …)."""
        return _international(self.prefix)

    @property
    def industry(self) -> bool:
        """Whether the prefix is that of an industry (JB/T, HJ, JGJ …).

        >>> parse_standard_number("HJ 535-2009").industry, parse_standard_number("TSG 08-2017").industry
        (True, False)
        """
        return self.prefix.split("/")[0] in INDUSTRIES

    @property
    def issued(self) -> int | None:
        """The year of the document itself: that of an amendment where it is one, else that of the edition.

        >>> parse_standard_number("ISO 9001:2015/Amd 1:2024").issued, parse_standard_number("ISO 9001").issued
        (2024, None)
        """
        later = re.search(r":((?:19|20)\d\d)$", self.amendment) if self.international else None
        return int(later[1]) if later else self.year

    @property
    def base(self) -> StandardNumber:
        """The edition that an amendment or a corrigendum belongs to; the number itself where it is none.

        >>> parse_standard_number("ISO 9001:2015/Amd 1:2024").base.text
        'ISO 9001:2015'
        """
        return self._replace(amendment="") if self.amendment and self.international else self

    @property
    def undated(self) -> str:
        """Canonical text without the year: the reference to whichever edition is in force.

        >>> parse_standard_number("GB 4706.1-2005").undated
        'GB 4706.1'
        """
        if self.prefix == "CNAS":
            return f"CNAS-{self.number}" + (f"-{self.part}" if self.part else "")
        return f"{self.prefix} {self.number}" + (
            f"{'-' if self.international else '.'}{self.part}" if self.part else ""
        )

    @property
    def text(self) -> str:
        """Canonical text, e.g. "GB/T 17761-2018", "JJF(电子) 0072-2021", "ISO/IEC 17025:2017"."""
        mark = ":" if self.international or self.prefix == "CNAS" else "-"
        dated = self.undated + (f"{mark}{self.year}" if self.year else "")
        if not self.amendment:
            return dated
        return f"{dated}/{self.amendment}" if self.international else f"{dated}({self.amendment})"

    @property
    def key(self) -> str:
        """Key for sorting and looking up all editions together: numbers padded, the year left out.

        Of an international document its stages (DIS, FDIS …) and its earlier life as a technical specification
        or report are editions like others: one number has one subject.

        >>> sorted(parse_standard_number(t).key for t in ("GB 10-2001", "GB 9.10-1999", "GB 9.2-1999"))
        ['GB 0000009.002', 'GB 0000009.010', 'GB 0000010']
        >>> parse_standard_number("ISO/DIS 10545-24.2").key, parse_standard_number("ISO/TS 10545-24:2020").key
        ('ISO 0010545.024', 'ISO 0010545.024')
        """
        part = _BALLOT.sub("", self.part) if self.international else self.part
        parts = "".join("." + _padded(piece, 3) for piece in re.split(r"[.\-]", part) if piece)
        return f"{self.publisher} {self._plain_number}{parts}"

    @property
    def series(self) -> str:
        """Key that all parts of a number share, recommended or mandatory: in China a number keeps its subject.

        >>> parse_standard_number("GB 38696-2025").series, parse_standard_number("GB/T 38696.2-2020").series
        ('GB 0038696', 'GB 0038696')
        """
        publisher = self.publisher if self.international else re.sub(r"(?<=[A-Z0-9])/[TZ]\b", "", self.publisher)
        return f"{publisher} {self._plain_number}"

    @property
    def publisher(self) -> str:
        """Who numbers it: the prefix, of an international document without its stage and kind.

        >>> parse_standard_number("ISO/IEC DTR 22678").publisher, parse_standard_number("GB/T 1.1").publisher
        ('ISO/IEC', 'GB/T')
        """
        return _publisher(self.prefix) if self.international else self.prefix

    @property
    def _plain_number(self) -> str:
        return _padded(_BALLOT.sub("", self.number) if self.international else self.number, 7)

    def __str__(self) -> str:
        return self.text


_INTERNATIONAL = frozenset({"ISO", "IEC", "EN", "IWA", "OIML", "ITU", "IEEE", "CISPR", "BS", "DIN"})
#: stages of a draft (ISO/IEC Directives, part 1, annex on project stages): what bears one has no year yet
_STAGES = frozenset({"PWI", "NP", "AWI", "WD", "CD", "DIS", "FDIS", "PRF", "DTS", "DTR", "DPAS", "DGuide"})
#: kinds of deliverables that share one row of numbers with the standards
_DELIVERABLES = _STAGES | {"TS", "TR", "PAS", "R", "ISP"}
#: kinds that are numbered by themselves
_APART = frozenset({"Guide", "GUIDE", "IWA", "DATA", "TTA", "DIR"})
#: which vote a draft is before: ISO/DIS 10239.2 is the second draft of ISO 10239
_BALLOT = re.compile(r"\.\d{1,2}$")
_DATED = r"(?:\s*[-:]\s*(?P<year>(?:19|20)\d\d|\d\d)(?P<amendment>.*))?"
_FIELD = r"(?:\((?P<field>[^()]{1,12})\))?"
_PARTS = r"(?P<part>(?:\.\d{1,4}){0,3})"
# Each form: prefix, kind (T or Z), field in brackets, number, part; then a hyphen or colon and the year.
_CHINESE = re.compile(
    r"(?P<prefix>DB ?\d{2}(?:\d{2})?(?=[ _/T])T?|TSG|[A-Z]{1,5})[ _]?(?P<kind>/ ?[TZ]|[ _][TZ](?=[ _\d]))?\s*"
    rf"{_FIELD}\s*(?P<number>[A-Z]{{0,3}}\d{{1,7}}[A-Z]?){_PARTS}{_DATED}"
)
_OWNED = re.compile(
    r"(?P<prefix>[TQ]\s?/\s?[A-Z0-9\u4e00-\u9fff]{0,14}?[A-Z\u4e00-\u9fff])(?P<kind>)(?P<field>)[\s-]*"
    rf"(?P<number>\d{{1,9}}[A-Z]?){_PARTS}{_DATED}"
)
_DASHED = re.compile(rf"(?P<prefix>DB)(?P<kind>/T)?(?P<field>)\s*(?P<number>\d{{1,3}}-\d{{1,3}})(?P<part>){_DATED}")
_CNAS = re.compile(
    r"(?P<prefix>CNAS)(?P<kind>)(?P<field>)[ -]?(?P<number>[A-Z]{1,3}\d{2,3})(?:-(?P<part>[A-Z]\d{3}))?" + _DATED
)
_FOREIGN = re.compile(
    rf"(?P<stage>(?:{'|'.join(sorted(_STAGES - {'DGuide'}))}) )?"
    rf"(?P<prefix>(?:{'|'.join(sorted(_INTERNATIONAL))})(?:[/ ](?!AMD|COR)(?:HL7|[A-Z]{{1,8}}))*)\s*-?\s*"
    r"(?P<number>\d{1,6})(?P<part>(?:-(?:\d{1,3}[A-Z]{0,2}|[A-Z]\d{0,3}|\d{4,5}(?=[:/.+ ]|$))){0,4}?)"
    r"(?P<ballot>\.\d{1,2})?(?:\s*[:-]\s*(?P<year>(?:19|20)\d\d)(?:-\d\d)?)?"
    r"(?:\s*[/+]\s*(?P<amendment>(?:[A-Z]{2,4} )?"
    r"(?:F?DAMD|F?DCOR|AMD|COR|ADD|SUPPL|EXT|DAM|FDAM|AC|A) ?\d.*|SUPPL:\d{4}))?"
)
_DIRECTIVES = re.compile(
    r"(?P<prefix>ISO/IEC DIR) (?P<number>(?:\d{1,2} )?(?:ISO|IEC)(?: SUP)?)(?:\s*:\s*(?P<year>(?:19|20)\d\d))?"
)
#: old law texts and lists write the year with two digits; such standards date from before 2000
_CENTURY = 1900
_TWIN = re.compile(r"\s*/\s*(?=(?:ISO|IEC)[/ ]*[A-Z ]*\d)")


@lru_cache(maxsize=16384)
def parse_standard_number(text: str) -> StandardNumber:
    """The number of a standard in any common way of writing; raises StandardNumberRefused.

    Small letters, full-width forms, em dashes, missing blanks and solidi (GBT), two-digit years are accepted. Of
    an adopted standard written double ("GB/T 19001-2016/ISO 9001:2015") the Chinese number counts.

    >>> parse_standard_number("GB／T 17761—2018")
    StandardNumber(prefix='GB/T', number='17761', part='', year=2018, amendment='')
    >>> parse_standard_number("jjf(津)12-2015").text, parse_standard_number("iso/iec17025：2017").text
    ('JJF(津) 12-2015', 'ISO/IEC 17025:2017')
    """
    if len(text) > MAX_CHARACTERS:
        raise StandardNumberRefused(text, f"超过 {MAX_CHARACTERS} 个字符", f"longer than {MAX_CHARACTERS} characters")
    flat = re.sub(r"\s+", " ", flatten(text).upper()).removeprefix("《")
    flat = re.split("[《》]", flat)[0].strip()  # what follows is the title
    flat = re.sub(r"-{2,}", "-", flat)
    if found := _DIRECTIVES.fullmatch(flat):
        return StandardNumber(found["prefix"], found["number"], "", int(found["year"]) if found["year"] else None)
    if found := _FOREIGN.fullmatch(flat):
        return _foreign(found)
    flat = _TWIN.split(flat)[0].strip()
    for form in (_CNAS, _DASHED, _OWNED, _CHINESE):
        found = form.fullmatch(flat)
        if found:
            return _chinese(text, found)
    raise StandardNumberRefused(text)


def _chinese(text: str, found: re.Match[str]) -> StandardNumber:
    prefix = found["prefix"].replace(" ", "")
    kind = (found["kind"] or "").strip(" _/")
    if not kind and "/" not in prefix and (cut := _glued(prefix)):
        prefix, kind = cut
    if prefix == "DB" and not kind and "-" not in found["number"]:
        raise StandardNumberRefused(
            text, "地方标准须写出地区代码，如 DB12/T 1-2020", "name the area, as in DB12/T 1-2020"
        )
    if prefix.startswith("DB") and len(prefix) not in (2, 4, 6):
        raise StandardNumberRefused(
            text, "地方标准的地区代码为 2 位或 4 位", "the area code of a local standard has 2 or 4 digits"
        )
    if prefix[-1].isdigit() and not prefix.startswith("DB"):
        raise StandardNumberRefused(text)
    field = (found["field"] or "").strip()
    prefix += (f"/{kind}" if kind else "") + (f"({field})" if field else "")
    amendment = (found["amendment"] or "").strip(" ()/,")
    if amendment and not re.fullmatch(r"(\d{4}年版|XG\d+-\d{4}|第\d+号修改单|\d{4}版|含.{1,20})", amendment):
        raise StandardNumberRefused(text)
    year = found["year"]
    full = None if year is None else int(year) + (_CENTURY if len(year) == 2 else 0)
    return StandardNumber(prefix, found["number"], (found["part"] or "").lstrip("."), full, amendment)


def _glued(prefix: str) -> tuple[str, str] | None:
    """GBT → GB, T and JBT → JB, T; GBZ stays, for it is the prefix of occupational health standards."""
    base, last = prefix[:-1], prefix[-1]
    if last == "T" and (base in INDUSTRIES or base == "GB" or re.fullmatch(r"DB\d{2}(\d{2})?|GBZ", base)):
        return base, last
    return None


def _foreign(found: re.Match[str]) -> StandardNumber:
    words = (found["stage"] or "") + found["prefix"].replace("GUIDE", "Guide")
    amendment = re.sub(
        r"\b(F?D?)(AMD|COR|ADD|SUPPL|EXT)\b", lambda word: word[1] + word[2].capitalize(), found["amendment"] or ""
    )
    number, part, year = found["number"], found["part"].lstrip("-"), found["year"]
    if year and not amendment and _hyphenated(found) and _STAGES & set(re.split("[/ ]", words)):
        # A draft has no year: what looks like one is the number of a part.
        part, year = f"{part}-{year}".lstrip("-"), None
    if found["ballot"]:
        number, part = (number, part + found["ballot"]) if part else (number + found["ballot"], part)
    return StandardNumber(words, number, part, int(year) if year else None, amendment)


def _hyphenated(found: re.Match[str]) -> bool:
    return "-" in found.string[found.start("year") - 2 : found.start("year")]


@lru_cache(maxsize=1024)
def _international(prefix: str) -> bool:
    words = re.split("[/ ]", prefix)
    return words[0] in _INTERNATIONAL or (words[0] in _STAGES and words[-1] in _INTERNATIONAL)


@lru_cache(maxsize=1024)
def _publisher(prefix: str) -> str:
    words = [word for word in re.split(r"[/ ]", prefix.replace("DGuide", "Guide")) if word not in _DELIVERABLES]
    bodies = [word for word in words if word not in _APART]
    return " ".join(["/".join(bodies), *(word for word in words if word in _APART)]).strip()


def _padded(piece: str, width: int) -> str:
    """Digits padded with zeros in front, letters around them kept: T7001 → T0007001, 9001C → 0009001C."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(width), piece)
