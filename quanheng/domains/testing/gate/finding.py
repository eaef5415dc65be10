"""What a rule finds, and the register of the functions that find it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from quanheng.domains.testing.gate.records import Records

Outcome = Literal["pass", "fail", "not-evaluated"]
# A report names so many records that a rule has looked at; more are counted.
LOOKED = 50
_LONGEST = 250


@dataclass(frozen=True)
class Finding:
    """What came out, in both languages; ``looked_at`` are identifiers of records, ``mend_*`` what to do about it."""

    outcome: Outcome
    zh: str
    en: str
    looked_at: tuple[str, ...] = ()
    mend_zh: str = ""
    mend_en: str = ""


Find = Callable[["Records", Mapping[str, float]], Finding]
FINDERS: dict[str, Find] = {}


def finds(key: str) -> Callable[[Find], Find]:
    """Register the function that finds what the rule ``key`` asks."""

    def keep(find: Find) -> Find:
        FINDERS[key] = find
        return find

    return keep


def passed(zh: str, en: str, looked_at: Iterable[str] = ()) -> Finding:
    """Kept, by the records named."""
    return Finding("pass", zh, en, shortened(looked_at))


def missing(zh: str, en: str, mend: tuple[str, str] = ("", "")) -> Finding:
    """Not evaluated: the record that would tell does not exist."""
    return Finding("not-evaluated", zh, en, (), *mend)


def failed(wrong: Iterable[tuple[str, str]], mend: tuple[str, str], looked_at: Iterable[str] = ()) -> Finding:
    """Not kept: what is wrong, each in both languages, and how to mend it."""
    told = list(wrong)
    zh, en = (_joined([one[place] for one in told[:10]], separator) for place, separator in ((0, "；"), (1, "; ")))
    if len(told) > 10:
        zh, en = f"{zh}；等共 {len(told)} 处", f"{en}; {len(told)} in all"
    return Finding("fail", f"{zh}。", f"{en}.", shortened(looked_at), *mend)


def _joined(parts: list[str], separator: str) -> str:
    return separator.join(one[:_LONGEST] for one in parts)


def shortened(looked_at: Iterable[str]) -> tuple[str, ...]:
    """As many names as a report holds, each once, in order."""
    named = list(dict.fromkeys(one[:_LONGEST] for one in looked_at if one))
    return tuple(named[:LOOKED] + ([f"+{len(named) - LOOKED}"] if len(named) > LOOKED else []))
