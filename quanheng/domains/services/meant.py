"""Which of its meanings a word has, by what else was said: the product before all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from quanheng.domains.services.knowledge import Knowledge, Meaning, StandardKey
from quanheng.domains.services.slips import Piece

Span = tuple[int, int]

# One product named as what another is for: 电动自行车用锂电池, "battery for e-bikes".
_FOR_BEHIND = ("用的", "专用的", "上用的", "上的")
_FOR_ZH, _FOR_EN = {"用", "专用", "用的", "上的"}, {" for ", " for an ", " for a ", " of "}
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# The cross-section of a conductor, as said and as it stands in the name of an item.
_SAID_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*(?:平方毫米|平方|平|mm2|mm²)")
_NAMED_SIZE = re.compile(r"\((\d+(?:\.\d+)?) mm²")
# What the name of an item may end in and people leave out.
_TAIL = re.compile(r"(?:试验|测试|性能|检验|检测)$")
# What more of an item's words than so many have in common says too little.
_MOST = 3


@dataclass(frozen=True)
class Meant:
    """Words with what they mean, in order, and the sizes that told items apart."""

    pieces: list[Piece]
    sizes: list[tuple[int, int, str]]


def meant(
    folded: str,
    pieces: Sequence[Piece],
    free: Sequence[Span],
    standards: Sequence[tuple[int, int, StandardKey]],
    knowledge: Knowledge,
) -> Meant:
    """Settle words of several meanings. ``free``: spans that no word of the dictionary covers."""
    said = {meaning.code for _a, _b, meanings in pieces for meaning in meanings if meaning.kind == "activity"}
    metrology = bool(said & {"calibration", "verification"})
    settled = list(_products(folded, _plain(pieces, metrology), free, standards, knowledge))
    families = list(dict.fromkeys(m.code for _a, _b, meanings in settled for m in meanings if m.kind == "product"))
    reader = _Reader(folded, families, knowledge)
    found: list[Piece] = []
    for start, end, meanings in settled:
        items = [one for one in meanings if one.kind == "item"]
        others = [one for one in meanings if one.kind != "item"]
        if items or (others[0].kind == "instrument" and not metrology and reader.parts(folded[start:end])):
            before = found[-1] if found and found[-1][1] == start and found[-1][2][0].kind == "item" else None
            if before and reader.called(folded[before[0] : end], before[2]):
                found[-1] = (before[0], end, before[2])
                continue
            meanings = reader.items(folded[start:end], items) or others[:1]
        if meanings:
            found.append((start, end, meanings))
    ends = {place for start, end, meanings in found if meanings[0].kind == "item" for place in (start, end)}
    for start, end in free:
        for run in _CHINESE.finditer(folded, start, end):
            # Beside an item it is a part of what that is called.
            if not ends & set(run.span()) and (parts := reader.parts(run[0])):
                found.append((*run.span(), parts))
    return Meant(sorted(found, key=lambda piece: piece[0]), reader.sizes)


def _plain(pieces: Sequence[Piece], metrology: bool) -> Iterator[Piece]:
    """One meaning for each word but for items: of a product or its instrument by what is wanted, of places by rank."""
    for start, end, meanings in pieces:
        kinds = {meaning.kind for meaning in meanings}
        if "distinct" in kinds:
            continue
        fitting = meanings
        if {"product", "instrument"} <= kinds:
            fitting = [one for one in meanings if one.kind == ("instrument" if metrology else "product")]
        elif kinds == {"place"}:
            fitting = [one for one in meanings if _beside(one, start, pieces)]
        elif kinds & {"item"} and kinds <= {"item", "instrument"}:
            yield start, end, meanings
            continue
        yield start, end, (fitting or meanings)[:1]


def _beside(place: Meaning, start: int, pieces: Sequence[Piece]) -> bool:
    """Whether another place was named that contains this one (Shenyang beside Tiexi)."""
    return any(
        other.kind == "place" and at != start and place.code != other.code
        and place.code.startswith(other.code.rstrip("0"))
        for at, _end, others in pieces
        for other in others[:1]
    )  # fmt: skip


def _products(
    folded: str,
    pieces: Iterable[Piece],
    free: Sequence[Span],
    standards: Sequence[tuple[int, int, StandardKey]],
    knowledge: Knowledge,
) -> Iterator[Piece]:
    """Products that are wanted: not those that only say what another is for; and that of a standard of its own."""
    kept: list[Piece] = []
    for start, end, meanings in pieces:
        if kept and meanings[0].kind == kept[-1][2][0].kind == "product":
            between = folded[kept[-1][1] : start]
            if between in _FOR_ZH:
                start = kept.pop()[0]
            elif between in _FOR_EN:
                kept[-1] = (kept[-1][0], end, kept[-1][2])
                continue
        # 锂电池, 电动自行车用的: what it is for, said behind, says more of the same thing.
        behind = next((word for word in _FOR_BEHIND if folded.startswith(word, end)), "")
        first = next((one for one in kept if one[2][0].kind == "product"), None)
        if behind and first and meanings[0].kind == "product":
            end, meanings = end + len(behind), first[2]
        kept.append((start, end, meanings))
    named = {meanings[0].code for _a, _b, meanings in kept if meanings[0].kind == "product"}
    for start, end, key in standards:
        families = knowledge.laid_down.get(key, set())
        if len(families) != 1 or families & named:
            continue
        (family,) = families
        meaning = [knowledge.meanings["product", family]]
        # 电瓶车安全帽 with the standard of helmets: the word of the other product is part of an unknown one.
        part = next((one for one in kept if one[2][0].kind == "product" and _runs_on(folded, one[1], free)), None)
        if part:
            kept.remove(part)
            kept.append((part[0], _runs_on(folded, part[1], free), meaning))
        else:
            kept.append((start, end, meaning))
        named.add(family)
    yield from sorted(kept, key=lambda piece: piece[0])


def _runs_on(folded: str, at: int, free: Sequence[Span]) -> int:
    """Where the unknown Chinese words end that begin at ``at``; 0 where none do."""
    for start, end in free:
        if start == at and (run := _CHINESE.match(folded, start, end)) and run.end() - start > 1:
            return run.end()
    return 0


class _Reader:
    """Reads words of items beside the products that were named."""

    def __init__(self, folded: str, families: Sequence[str], knowledge: Knowledge) -> None:
        self.folded, self.families, self.knowledge = folded, families, knowledge
        self.sizes: list[tuple[int, int, str]] = []

    def items(self, word: str, meanings: list[Meaning]) -> list[Meaning]:
        """The items that a word means here; none where it could be one of several and nothing tells which."""
        wanted = self.knowledge.wanted
        asked = [one for one in meanings if any(one.code in wanted.get(family, ()) for family in self.families)]
        if asked:
            return self._of_size(asked)
        if parts := self.parts(word):
            return self._of_size(parts)
        named = [one for one in meanings if self.knowledge.spoken[one.code][0] == word
                 or self.knowledge.spoken[one.code][1] == word]  # fmt: skip
        if named or self.families:
            # Beside a product that does not ask for it, only an item called by its name or known for several products.
            return (named or [one for one in meanings if self._common(one)])[:1]
        owners = {family for one in meanings for family, items in wanted.items() if one.code in items}
        return meanings if len(owners) == 1 else [one for one in meanings if self._common(one)][:1]

    def parts(self, word: str) -> list[Meaning]:
        """Items of the named products whose words end in this one, best those whose other words were said too."""
        if len(word) < 2:
            return []
        found: dict[str, bool] = {}
        for family in self.families:
            for code in sorted(self.knowledge.wanted.get(family, ())):
                for spoken in self.knowledge.spoken[code]:
                    rest = _rest(spoken, word)
                    if rest is None:
                        continue
                    whole = all(part in self.folded for part in rest)
                    if whole or _TAIL.sub("", spoken).endswith(word):
                        found[code] = found.get(code, False) or whole
        best = [code for code, whole in found.items() if whole] or list(found)
        return [self.knowledge.meanings["item", code] for code in best] if len(best) <= _MOST else []

    def called(self, words: str, items: Sequence[Meaning]) -> bool:
        """Whether all these words together stand in what one of the items is called."""
        return any(words in spoken for one in items for spoken in self.knowledge.spoken[one.code])

    def _common(self, item: Meaning) -> bool:
        return sum(item.code in items for items in self.knowledge.wanted.values()) > 1

    def _of_size(self, items: list[Meaning]) -> list[Meaning]:
        """Of items that differ by a cross-section, that of the size that was said."""
        for said in _SAID_SIZE.finditer(self.folded):
            sized = [one for one in items if (named := _NAMED_SIZE.search(one.en)) and named[1] == said[1]]
            if sized and len(sized) < len(items):
                self.sizes.append((*said.span(), said[1]))
                return sized
        return items


def _rest(spoken: str, word: str) -> list[str] | None:
    """What of an item's words is left beside ``word``; None where it does not contain it as words."""
    if word.isascii():
        tokens = spoken.split()
        return [one for one in tokens if one != word] if word in tokens and len(tokens) > 1 else None
    if word not in spoken or word == spoken:
        return None
    return [part for part in spoken.split(word) if part]
