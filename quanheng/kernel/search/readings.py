"""Pinyin of names: what a name is found by when somebody types initials (tjjl) or syllables (tianjinjiliang).

pypinyin with its dictionaries takes 60 MB, too much for a process that serves pages. What this app needs of it, the
usual reading of each character and the words in which another one is right, is worked out once in a process of its
own and kept beside the data in a file of some 300 KB.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from quanheng.kernel.search.tokens import LONGEST, is_han, runs

logger = logging.getLogger(__name__)

# The names of registers are shorter; what goes on after so many syllables is not found by pinyin.
SYLLABLES = 40
# Words in which a character is not read as usual: no longer ones are needed where registers are concerned.
WORD = 4
_FIRST, _LAST = 0x4E00, 0x9FFF
# Words of this field that a general dictionary does not have.
_OWN = {"校准": "jiao zhun", "校验": "jiao yan", "校正": "jiao zheng", "称重": "cheng zhong", "称量": "cheng liang"}


class Table:
    """The reading of each character, and of the words in which one is read otherwise."""

    def __init__(self, readings: list[str], words: dict[str, str]) -> None:
        self.readings = readings
        self.words = {word: tuple(text.split()) for word, text in (words | _OWN).items()}
        self.longest = max(map(len, self.words), default=1)

    def of(self, run: str) -> list[str]:
        """The syllables of a run of Chinese characters; a character that has none stands for itself."""
        found: list[str] = []
        at = 0
        while at < len(run):
            for size in range(min(self.longest, len(run) - at), 1, -1):
                word = self.words.get(run[at : at + size])
                if word:
                    found += word
                    at += size
                    break
            else:
                code = ord(run[at])
                known = self.readings[code - _FIRST] if _FIRST <= code <= _LAST else ""
                found.append(known or run[at])
                at += 1
        return found


def syllables(text: str) -> list[str]:
    """The syllables of a name, Latin words and numbers as they stand.

    >>> syllables("重庆校准 PVC 管")
    ['chong', 'qing', 'jiao', 'zhun', 'pvc', 'guan']
    """
    found: list[str] = []
    for run in runs(text):
        found += table().of(run) if is_han(run) else [run]
    return found[:SYLLABLES]


def pinyin_tokens(text: str) -> Iterator[str]:
    """The tokens of a name: initials and syllables from each syllable on; ``q`` marks those from the first."""
    parts = syllables(text)
    if all(part == run for part, run in zip(parts, runs(text), strict=False)):
        return  # nothing Chinese in it
    for place in range(len(parts)):
        for token in ("".join(part[0] for part in parts[place:]), "".join(parts[place:])):
            yield f"p{token[:LONGEST]}"
            if place == 0:
                yield f"q{token[:LONGEST]}"


@lru_cache(maxsize=8192)
def name_tokens(text: str) -> str:
    """``pinyin_tokens`` joined."""
    return " ".join(dict.fromkeys(pinyin_tokens(text)))


@lru_cache(maxsize=1)
def table() -> Table:
    """The readings, from the file that is kept; made where it is missing."""
    path = Path(settings.HOME) / f"readings-{version('pypinyin')}.json"
    try:
        if not path.exists():
            command = [sys.executable, "-P", "-m", "quanheng.kernel.search.readings", str(path)]
            environment = {**os.environ, "PYTHONPATH": str(settings.ROOT)}
            subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # Nowhere to keep it, or no second process: dearer, but not wrong.
        logger.warning("readings are worked out in this process: %s", error)
        stored = work_out()
    return Table([sys.intern(one) for one in stored["readings"].split(",")], stored["words"])


def work_out() -> dict[str, object]:
    """The readings of all characters in the basic block, and the short words that are read otherwise."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.phrases_dict import phrases_dict

    def read(text: str) -> list[str]:
        return [one.replace("ü", "v") for one in lazy_pinyin(text, style=Style.NORMAL, v_to_u=False)]

    alone = {chr(code): read(chr(code))[0] for code in range(_FIRST, _LAST + 1)}
    # A character without a reading is given back as it is.
    readings = [reading if reading.isascii() else "" for reading in alone.values()]
    words = {}
    for word in phrases_dict:
        if not 2 <= len(word) <= WORD or not all(char in alone for char in word):
            continue
        syllables = read(word)
        if syllables != [alone[char] for char in word]:
            words[word] = " ".join(syllables)
    # A longer word whose parts already say the same adds nothing.
    short = Table(readings, {word: text for word, text in words.items() if len(word) == 2})
    kept = {word: text for word, text in words.items() if len(word) == 2 or short.of(word) != text.split()}
    return {"readings": ",".join(readings), "words": kept}


def main(path: str) -> None:
    """Write the file, whole or not at all."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(work_out(), file, ensure_ascii=False)
    Path(fresh).replace(target)


if __name__ == "__main__":
    main(sys.argv[1])
