"""Which column of a file is which column of a kind: guessed by names, labels, synonyms and likeness."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import FieldError, Invalid, in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind

# Below this two heads are not alike.
ALIKE = 0.74
MAX_VALUE = 500
# What people add to a head: units and remarks in brackets, an asterisk for "required".
_EXTRA = re.compile(r"[(（\[【].*?[)）\]】]|[*＊:：]|必填|选填|required|optional")
_PARTING = re.compile(r"[\s_\-./·、]+")

Choice = Mapping[str, Any]
# What the table of wrong rows has beside its columns: where a row stood, and what was wrong with it.
ROW_NUMBER, ROW_ERRORS = _("原行号"), _("错误")


@dataclass(frozen=True)
class Guess:
    """``mapping`` as a batch keeps it; ``sure`` where every head was known and nothing that is needed is missing."""

    mapping: dict[str, dict[str, Any]]
    sure: bool


def plain(head: str, *, whole: bool = False) -> str:
    """A head as it is compared: width, case, spaces and (unless ``whole``) remarks aside."""
    text = unicodedata.normalize("NFKC", head).casefold()
    bare = text if whole else _EXTRA.sub("", text)
    return _PARTING.sub("", bare) or _PARTING.sub("", text)


def _names(column: ImportColumn) -> list[str]:
    labels = [in_language(column.label, language) for language in ("zh-hans", "en")]
    return [column.name, *labels, *column.synonyms]


def guess(kind: ImportKind, head: Sequence[str]) -> Guess:
    """The likeliest matching. A column of the file is used once; the surest pairs are taken first."""
    known: dict[str, str] = {}
    for column in kind.columns:
        for name in _names(column):
            for whole in (True, False):
                known.setdefault(plain(name, whole=whole), column.name)
    found: dict[str, int] = {}
    for place, name in enumerate(head):
        target = known.get(plain(name, whole=True)) or known.get(plain(name))
        if name and target:
            found.setdefault(target, place)
    own = {plain(in_language(one, language)) for one in (ROW_NUMBER, ROW_ERRORS) for language in ("zh-hans", "en")}
    exact = set(found.values()) | {place for place, name in enumerate(head) if plain(name) in own}
    pairs = sorted(
        (
            (-_likeness(name, column), place, column.name)
            for place, name in enumerate(head)
            if name and place not in exact
            for column in kind.columns
            if column.name not in found
        ),
    )
    for likeness, place, target in pairs:
        if -likeness >= ALIKE and target not in found and place not in found.values():
            found[target] = place
    needed = all(column.name in found for column in kind.columns if column.required)
    sure = needed and all(place in exact for place, name in enumerate(head) if name)
    return Guess({column.name: {"column": found[column.name]} for column in kind.columns if column.name in found}, sure)


def _likeness(name: str, column: ImportColumn) -> float:
    given = plain(name)
    return max(_alike(given, plain(other)) for other in _names(column))


def _alike(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if min(len(one), len(other)) >= 2 and (one in other or other in one):
        return 0.8 + 0.2 * min(len(one), len(other)) / max(len(one), len(other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def head_digest(head: Sequence[str]) -> str:
    """The set of heads, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(head), ensure_ascii=False).encode()).hexdigest()


def by_head(mapping: Mapping[str, Choice], head: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A mapping with heads instead of places, as it is remembered."""
    return {
        name: {"head": head[choice["column"]]} if "column" in choice else {"value": choice["value"]}
        for name, choice in mapping.items()
    }


def by_place(remembered: Mapping[str, Choice], head: Sequence[str], kind: ImportKind) -> dict[str, dict[str, Any]]:
    """A remembered mapping for a file with these heads."""
    places = {name: place for place, name in enumerate(head)}
    found: dict[str, dict[str, Any]] = {}
    for name, choice in remembered.items():
        if name not in kind.by_name:
            continue
        if "value" in choice:
            found[name] = {"value": choice["value"]}
        elif choice.get("head") in places:
            found[name] = {"column": places[choice["head"]]}
    return found


def checked(kind: ImportKind, head: Sequence[str], mapping: Mapping[str, Choice]) -> dict[str, dict[str, Any]]:
    """The mapping as it is kept. Raises Invalid by column of the kind."""
    errors: list[FieldError] = []
    found: dict[str, dict[str, Any]] = {}
    used: dict[int, str] = {}
    for name, choice in mapping.items():
        column = kind.by_name.get(name)
        if column is None:
            errors.append(FieldError(name[:60], _("这种导入没有这一列，请从列表中选择。")))
            continue
        place, value = choice.get("column"), choice.get("value")
        if place is not None:
            if not 0 <= place < len(head):
                errors.append(FieldError(name, _("文件中没有这一列，请重新选择。")))
            elif place in used:
                told = _("文件的“%(head)s”列已对应到“%(other)s”，一列只能用一次。")
                errors.append(FieldError(name, filled(told, head=head[place], other=kind.by_name[used[place]].label)))
            else:
                used[place] = name
                found[name] = {"column": place}
        elif value:
            text = str(value).strip()
            if len(text) > MAX_VALUE or "\x00" in text:
                errors.append(FieldError(name, filled(_("最多 %(longest)s 个字，请缩短。"), longest=MAX_VALUE)))
            elif text:
                found[name] = {"value": text}
    for column in kind.columns:
        if column.required and column.name not in found and not any(one.field == column.name for one in errors):
            errors.append(FieldError(column.name, _("这一列必须有：请选择文件中的列，或填写一个对所有行都相同的值。")))
    if errors:
        raise Invalid(filled(_("列的对应有 %(count)s 处需要改正。"), count=len(errors)), errors=errors)
    return {name: found[name] for name in kind.by_name if name in found}
