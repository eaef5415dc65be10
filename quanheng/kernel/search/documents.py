"""Making documents of rows: read by paths in one statement, tokens of repeated texts made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

from quanheng.kernel.search.readings import name_tokens
from quanheng.kernel.search.searchable import Searchable
from quanheng.kernel.search.storage import Row
from quanheng.kernel.search.tokens import (
    GAP,
    MOST,
    char_tokens,
    code_tokens,
    facet,
    levels,
    number_tokens,
    own_number_tokens,
    text_tokens,
    title_char_tokens,
    title_tokens,
)

# Rows are read so many at a time; SQLite takes no more variables than this and some in one statement.
CHUNK = 500
WEIGHTS = 1000

# (place among the paths, what makes tokens of a value, whether phrases are asked of them)
Step = tuple[int, Callable[[Any], str], bool]


def rows_of(kind: Searchable, keys: Iterable[int] | None) -> Iterator[tuple[Any, ...]]:
    """(key, values of the paths in their order) of rows, those that are gone left out; None: of all rows."""
    table = kind.model._default_manager.order_by()
    if keys is None:
        yield from table.order_by("pk").values_list("pk", *kind.paths).iterator(chunk_size=5000)
        return
    wanted = sorted(set(keys))
    for at in range(0, len(wanted), CHUNK):
        yield from table.filter(pk__in=wanted[at : at + CHUNK]).values_list("pk", *kind.paths)


def documents(kind: Searchable, rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    """The document of each row of ``rows_of``."""
    steps, paths, first, weight = _steps(kind), kind.paths, kind.first, kind.weight
    names = [paths.index(path) + 1 for path in (*kind.title[:1], *kind.numbers[:1], *kind.codes[:1])]
    for row in rows:
        texts: list[str] = []
        single = [GAP]
        for place, make, spoken in steps:
            value = row[place]
            if not value:
                continue
            made = make(value) if type(value) is not list else _each(make, value, spoken)
            if made:
                (texts if spoken else single).append(made)
        tokens = f" {GAP} ".join(texts)
        if len(tokens) > MOST * 4:
            tokens = " ".join(tokens.split()[: MOST * 4])
        tokens = f"{tokens} {' '.join(single)}"
        length = next((len(row[place]) for place in names if row[place]), 0)
        rank = weight(dict(zip(paths, row[1:], strict=True))) * WEIGHTS - min(length, WEIGHTS - 1)
        yield first | row[0], tokens, rank, _digest(tokens, rank)


def _steps(kind: Searchable) -> list[Step]:
    """How the document of a kind is put together: first the texts, with gaps between them, then single tokens."""
    wanted: list[tuple[str, Callable[[Any], str], bool]] = []
    wanted += [(path, title_tokens, True) for path in (*kind.title, *kind.numbers)]
    wanted += [(path, text_tokens, True) for path in (*kind.codes, *kind.body, *kind.cites)]
    wanted += [(path, title_char_tokens, False) for path in (*kind.title, *kind.numbers)]
    wanted += [(path, char_tokens, False) for path in (*kind.codes, *kind.body, *kind.cites)]
    wanted += [(path, code_tokens, False) for path in (*kind.codes, *kind.numbers)]
    wanted += [(path, number_tokens, False) for path in (*kind.numbers, *kind.cites)]
    wanted += [(path, own_number_tokens, False) for path in kind.numbers]
    wanted += [(path, name_tokens, False) for path in kind.pinyin]
    wanted += [(path, partial(facet, name), False) for name, path in kind.facets.items()]
    if kind.region:
        wanted.append((kind.region, region_tokens, False))
    if kind.owner:
        wanted.append((kind.owner, partial(facet, "owner"), False))
    return [(kind.paths.index(path) + 1, make, spoken) for path, make, spoken in wanted]


def _each(make: Callable[[Any], str], values: list[Any], spoken: bool) -> str:
    """The tokens of a list of texts, no phrase running from one into the next."""
    pieces = [make(value) for value in values if isinstance(value, str) and value]
    return (f" {GAP} " if spoken else " ").join(piece for piece in pieces if piece)


@lru_cache(maxsize=4096)
def region_tokens(code: str) -> str:
    """A region as a facet, at each of its levels."""
    return " ".join(facet("region", part) for part in levels(code))


def _digest(tokens: str, rank: int) -> int:
    return int.from_bytes(blake2b(f"{rank} {tokens}".encode(), digest_size=8).digest(), "big", signed=True)
