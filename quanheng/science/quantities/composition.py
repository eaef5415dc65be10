"""From the text of a unit to its factors: how names, prefixes, products, quotients and powers compose.

Source: SI Brochure (9th edition) 5.2 to 5.4; GB 3101-1993, 3.2 (no second solidus, brackets after a solidus).
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.quantities.atoms import ATOMS, PREFIX_SPELLINGS, PREFIXES, WORDS, Atom
from quanheng.science.quantities.kinds import KINDS
from quanheng.science.text import flatten

MAX_CHARACTERS = 40
_MAX_POWER = 12
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_DOTS = str.maketrans(dict.fromkeys("*⋅•∙・‧×˙", "·"))
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[.\-](?=[^\W\d_])")
_FACTOR = re.compile(r"(\d{1,7})?(.*?)(?:\^?([+-]?\d{1,2}))?")
_TEN = re.compile(r"10\^?([+-]\d{1,2})|10\^(\d{1,2})")
_CHINESE_PREFIXES = {zh: symbol for symbol, (_, zh, _) in PREFIXES.items()}
# Spelled with brackets or a solidus inside, so they are put in one piece before the text is taken apart.
_WHOLE = {flatten(text) for symbol, atom in ATOMS.items() if re.search(r"[(/· ]", symbol)
          for text in (symbol, *atom.spellings)}  # fmt: skip


class UnknownUnit(ScienceError):
    """A text that names no known unit; ``suggestions`` holds close spellings."""

    def __init__(self, text: str, zh: str = "", en: str = "", suggestions: tuple[str, ...] = ()) -> None:
        shown = text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "…"
        hint_zh = zh or (
            f"是否为 {'、'.join(suggestions)}？" if suggestions else "请用 SI 或常用单位符号，如 MPa、mg/kg"
        )
        hint_en = en or (
            f"did you mean {' or '.join(suggestions)}?"
            if suggestions
            else "use an SI or common symbol, e.g. MPa, mg/kg"
        )
        super().__init__(f"不认识的单位“{shown}”：{hint_zh}", f"unknown unit '{shown}': {hint_en}")
        self.suggestions = suggestions


class Part(NamedTuple):
    """One factor of a unit: ``multiple`` × prefix × atom, to a power (the multiple as in CFU/100mL)."""

    multiple: int
    prefix: str
    atom: Atom
    power: int

    @property
    def symbol(self) -> str:
        """The factor without its power, e.g. ``km`` or ``100mL``."""
        return f"{self.multiple if self.multiple > 1 else ''}{self.prefix}{self.atom.symbol}"


class Composition(NamedTuple):
    """What a unit's text comes to: canonical symbol, factor and offset to SI, dimension, its parts."""

    symbol: str
    factor: Fraction
    offset: Fraction
    exact: bool
    dimension: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]


def compose(text: str) -> Composition:
    """Take the text of a unit apart; raises UnknownUnit.

    >>> compose("kN.m").symbol, compose("W/(m2*K)").symbol, compose("CFU/100 mL").symbol
    ('kN·m', 'W/(m²·K)', 'CFU/100mL')
    """
    if len(text) > MAX_CHARACTERS:
        raise UnknownUnit(text, f"超过 {MAX_CHARACTERS} 个字符", f"longer than {MAX_CHARACTERS} characters")
    flat = _prepare(text)
    if flat in ("", "1"):
        return Composition("1", Fraction(1), Fraction(0), True, (), ())
    numerator, solidus, denominator = _split_solidus(text, flat)
    above = tuple(_parts(text, numerator, 1))
    below = tuple(_parts(text, denominator, -1)) if solidus else ()
    return _assemble(text, above + below)


def _prepare(text: str) -> str:
    flat = flatten(text)
    flat = WORDS.get(flat, flat)
    if flat in _WHOLE:  # most often, and it keeps "n mile" from being cut at its blank
        return flat
    flat = flat.replace("**", "^").replace("每", "/").replace("[", "(").replace("]", ")").translate(_DOTS)
    flat = _BETWEEN_LETTERS.sub("·", flat)
    flat = flat[1:] if flat.startswith("·10") else flat  # ×10⁻⁶
    flat = re.sub(r"\s*([·/()^])\s*", r"\1", flat)
    flat = re.sub(r"(?<=\d)\s+(?=\D)", "", flat)
    return re.sub(r"\s+", "·", flat)


def _split_solidus(text: str, flat: str) -> tuple[str, str, str]:
    """Numerator, solidus and denominator; refuses what ISO 80000-1 and GB 3101 call ambiguous."""
    if flat in _WHOLE:
        return flat, "", ""
    depth, cuts = 0, []
    masked = flat
    for whole in sorted(_WHOLE, key=len, reverse=True):
        masked = masked.replace(whole, "_" * len(whole))
    for place, character in enumerate(masked):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        if character == "/" and depth == 0:
            cuts.append(place)
    if depth:
        raise UnknownUnit(text, "括号不成对", "its brackets do not match")
    if not cuts:
        return _strip_brackets(flat, masked), "", ""
    if len(cuts) > 1:
        first, rest = flat[: cuts[0]], flat[cuts[0] + 1 :].replace("/", "·")
        raise UnknownUnit(text, f"只能有一个“/”，请写成 {first}/({rest})", f"only one solidus; write {first}/({rest})")
    above, below = flat[: cuts[0]], flat[cuts[0] + 1 :]
    if "·" in masked[cuts[0] + 1 :] and not below.startswith("("):
        raise UnknownUnit(
            text,
            f"“/”后的乘积须加括号：{above}/({below})",
            f"put the product after the solidus in brackets: {above}/({below})",
        )
    return _strip_brackets(above, masked[: cuts[0]]), "/", _strip_brackets(below, masked[cuts[0] + 1 :])


def _strip_brackets(text: str, masked: str) -> str:
    return text[1:-1] if masked.startswith("(") and masked.endswith(")") else text


def _parts(text: str, product: str, sign: int) -> Iterator[Part]:
    if product == "1" and sign == 1:
        return
    for token in (product,) if product in _WHOLE else _tokens(product):
        part = _part(token)
        if part is None:
            raise UnknownUnit(text, suggestions=_suggest(text))
        yield part._replace(power=part.power * sign)


def _tokens(product: str) -> list[str]:
    """Cut at the dots, except those inside a symbol such as W·h."""
    for whole in _WHOLE:
        if "·" in whole and whole in product:
            product = product.replace(whole, whole.replace("·", "\0"))
    return [token.replace("\0", "·") for token in product.split("·")]


@lru_cache(maxsize=4096)
def _part(token: str) -> Part | None:
    named = _named(token)
    if named:
        return Part(1, *named, 1)
    ten = _TEN.fullmatch(token.lstrip("xX"))
    if ten:
        power = int(ten[1] or ten[2])
        symbol = "10" + str(power).translate(_SUPERSCRIPTS)
        return Part(1, "", Atom(symbol, frozenset(), Fraction(10) ** power, True, (), symbol, symbol, ()), 1)
    cut = _FACTOR.fullmatch(token)
    named = _named(cut[2]) if cut and cut[2] else None
    if not cut or not named:
        return None
    multiple, power = int(cut[1] or 1), int(cut[3] or 1)
    return Part(multiple, *named, power) if multiple and power and abs(power) <= _MAX_POWER else None


@lru_cache(maxsize=4096)
def _named(name: str) -> tuple[str, Atom] | None:
    """Prefix and atom of one unit name: exact names win (min, cd, Pa), then a prefix is tried."""
    name = WORDS.get(name, name)
    atom = SPELLINGS.get(name)
    if atom:
        return "", atom
    for length in (1, 2):
        prefix, rest = name[:length], name[length:]
        prefix = PREFIX_SPELLINGS.get(prefix) or _CHINESE_PREFIXES.get(prefix) or prefix
        atom = SPELLINGS.get(rest)
        if atom and prefix in atom.prefixes:
            return prefix, atom
    return None


def _assemble(text: str, parts: tuple[Part, ...]) -> Composition:
    factor, exact, powers = Fraction(1), True, dict[str, int]()
    for part in parts:
        tens = PREFIXES[part.prefix][0] if part.prefix else 0
        factor *= (part.multiple * part.atom.factor * Fraction(10) ** tens) ** part.power
        exact = exact and part.atom.exact
        for base, power in part.atom.dimension:
            powers[base] = powers.get(base, 0) + power * part.power
    alone = len(parts) == 1 and parts[0].power == 1
    dimension = tuple(sorted((base, power) for base, power in powers.items() if power))
    offset = parts[0].atom.offset if alone else Fraction(0)
    symbol = _symbol(parts)
    if len(symbol) > MAX_CHARACTERS:
        raise UnknownUnit(text, "单位过长", "the unit is too long")
    return Composition(symbol, factor, offset, exact, dimension, parts)


def _symbol(parts: tuple[Part, ...]) -> str:
    """Canonical text: product dots, superscripts, one solidus, brackets round a product below it."""
    above = [part for part in parts if part.power > 0]
    below = [part for part in parts if part.power < 0]
    if not above:
        return "·".join(_powered(part, part.power) for part in below)
    text = "·".join(_powered(part, part.power) for part in above)
    if not below:
        return text
    under = "·".join(_powered(part, -part.power) for part in below)
    return f"{text}/({under})" if len(below) > 1 or "·" in under else f"{text}/{under}"


def _powered(part: Part, power: int) -> str:
    return part.symbol + ("" if power == 1 else str(power).translate(_SUPERSCRIPTS))


@lru_cache(maxsize=1024)  # a column of 20,000 rows repeats its one wrong unit
def _suggest(text: str) -> tuple[str, ...]:
    """Up to three known symbols that look like ``text``: equal but for capitals first."""
    from difflib import get_close_matches  # only on failure: it would cost import time everywhere

    offered = dict.fromkeys(unit for kind in KINDS.values() for unit in kind.units)
    prefixed = [prefix + symbol for symbol, atom in ATOMS.items() for prefix in "kMmμGn" if prefix in atom.prefixes]
    flat = flatten(text)
    same = [unit for unit in dict.fromkeys((*offered, *prefixed)) if unit.casefold() == flat.casefold()]
    return tuple(same[:3] or get_close_matches(flat, offered, n=3, cutoff=0.6))


SPELLINGS: dict[str, Atom] = {
    flatten(spelling): atom for atom in ATOMS.values() for spelling in (atom.symbol, *atom.spellings, atom.zh)
}
