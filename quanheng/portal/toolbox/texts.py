"""Numbers and tables as people paste them from spreadsheets, read by the schema of what they are to be; and back.

A comma is never guessed at: ``1,234`` may be one number or two, and is refused with the line that has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from quanheng.portal.toolbox.labels import choice_pair, listed, pair

Schema = dict[str, Any]
MANY_LINES = 200_000
# Full-width signs of Chinese keyboards, and minus signs of word processors.
_PLAIN = str.maketrans("０１２３４５６７８９．－＋，；：−–　", "0123456789.-+,;:-- ")
_CELL = re.compile(r"[\t;、]+|\s{2,}")
_GAP = re.compile(r"[\s;、]+")
_POWER = re.compile(r"\s*[×xX*]\s*10\^?([-+]?\d+)$")


class Unreadable(Exception):
    """What was pasted is not what is asked for; the message names the line."""


# --- one value ---------------------------------------------------------------------------------------------------


def kinds(schema: Schema) -> set[str]:
    """The JSON types that a schema allows."""
    found = schema.get("type", "object")
    return set(found) if isinstance(found, list) else {found}


def cell(schema: Schema, text: str, where: str, words: Callable[[str], tuple[str, str]] | None = None) -> Any:
    """One value as its schema wants it. ``words`` gives both names of a word of a choice."""
    text, allowed = text.strip(), kinds(schema)
    if "enum" in schema:
        return _word(schema, text, where, words)
    if allowed & {"number", "integer"}:
        read = _number(text)
        if read is not None:
            whole = float(read).is_integer()
            return int(read) if whole and ("integer" in allowed or (abs(read) < 2**53 and _is_whole(text))) else read
        if "string" not in allowed:
            raise Unreadable(
                _("%(where)s“%(text)s”不是数，请写成 12.5 或 1.2e-3 的样子。") % {"where": where, "text": text}
            )
    if "boolean" in allowed:
        return text.lower() in ("1", "true", "yes", "on", "是")
    return text


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+", text.translate(_PLAIN).strip()) is not None


def _number(text: str) -> float | None:
    plain = _POWER.sub(r"e\1", text.translate(_PLAIN).strip())
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain):
        return None
    return float(plain)


def _word(schema: Schema, text: str, where: str, words: Callable[[str], tuple[str, str]] | None) -> str:
    for value in schema["enum"]:
        if value is not None and text in (value, *(words(value) if words else ())):
            return str(value)
    there = listed((words(one)[0] if words else one) for one in schema["enum"] if one is not None)
    raise Unreadable(_("%(where)s“%(text)s”不在可选之列：%(there)s。") % {"where": where, "text": text, "there": there})


# --- lists and matrices --------------------------------------------------------------------------------------------


def lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, each with its number."""
    found = [(place, line) for place, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(found) > MANY_LINES:
        raise Unreadable(_("行数太多：最多 %(most)s 行。") % {"most": MANY_LINES})
    return found


def split(line: str, place: int, *, words: bool = False) -> list[str]:
    """The cells of a line: by tabs or semicolons, by commas where these can be nothing else, or by spaces (not where
    cells are ``words``, which may hold single ones)."""
    line = line.translate(_PLAIN) if not words else line.replace("，", ",").replace("；", ";")
    line = line.strip("\n\r") if "\t" in line else line.strip()
    if "\t" in line:
        return [one.strip() for one in line.split("\t")]
    if ";" in line or "、" in line:
        return [one.strip() for one in re.split("[;、]", line)]
    if "," in line:
        found = [one.strip() for one in line.split(",")]
        if not words and _doubtful(found, line):
            raise Unreadable(
                _("第 %(line)s 行的逗号可能是千位分隔符或小数点。请写成 1234 或 1.5，并用空格、制表符或分号隔开。")
                % {"line": place}
            )
        return found
    return (re.split(r"\s{2,}", line) if words and "  " in line else line.split()) if line else []


def _doubtful(found: Sequence[str], line: str) -> bool:
    if ", " in line and len(found) > 1:
        return False
    grouped = all(re.fullmatch(r"\d{3}(\.\d+)?", one) for one in found[1:]) and re.fullmatch(r"[-+]?\d{1,3}", found[0])
    return bool(grouped) or (len(found) == 2 and "." not in line)


def numbers(schema: Schema, text: str) -> list[Any]:
    """A list of numbers, in lines or one after the other."""
    return [
        cell(schema, one, _("第 %(line)s 行：") % {"line": place})
        for place, line in lines(text)
        for one in split(line, place)
        if one
    ]


def matrix(schema: Schema, text: str, *, words: bool = False) -> list[list[Any]]:
    """Rows of values, a row a line."""
    items = schema["items"]
    by_place = items.get("prefixItems")
    found = []
    for place, line in lines(text):
        where = _("第 %(line)s 行：") % {"line": place}
        row = [one for one in split(line, place, words=words) if one]
        each = by_place[: len(row)] if by_place else [items["items"]] * len(row)
        if len(each) < len(row):
            raise Unreadable(_("%(where)s应有 %(count)s 个值。") % {"where": where, "count": len(each)})
        found.append([cell(one, text, where) for one, text in zip(each, row, strict=True)])
    return found


# --- tables ---------------------------------------------------------------------------------------------------------


class Table:
    """Records as a table: its columns are the members of the record, the head line may name them in any order.

    ``key``: the table is an object, and this column holds its names. A member that is a list stands last where it may
    be long (``spread``), and in one cell otherwise.
    """

    def __init__(self, task: str, path: str, schema: Schema) -> None:
        self.task, self.path = task, path
        self.key = "" if "items" in schema else "name"
        record = schema["items"] if "items" in schema else schema["additionalProperties"]
        self.columns: dict[str, Schema] = record["properties"]
        self.needs = set(record.get("required", ()))
        self.spread = next((one for one in self.columns if one == "values"), "")

    def names(self) -> list[str]:
        """The columns in order."""
        plain = [one for one in self.columns if one != self.spread]
        return [*([self.key] if self.key else []), *plain, *([self.spread] if self.spread else [])]

    def spelled(self, name: str) -> tuple[str, ...]:
        """How a head may call a column."""
        return (name, *pair(self.task, f"{self.path}.{name}"))

    def _words(self, name: str) -> Callable[[str], tuple[str, str]]:
        return lambda value: choice_pair(self.task, f"{self.path}.{name}", value)

    def read(self, text: str) -> Any:
        """The records of a pasted table."""
        rows = [(place, split(line, place, words=True)) for place, line in lines(text)]
        if not rows:
            return {} if self.key else []
        order = self._head(rows[0][1])
        if order:
            rows = rows[1:]
        else:
            order = [one for one in self.names() if self._usual(one)]
        found = [self._record(place, row, order) for place, row in rows]
        if not self.key:
            return found
        named: dict[str, Any] = {}
        for (place, _row), record in zip(rows, found, strict=True):
            name = record.pop(self.key, "")
            if not name or name in named:
                raise Unreadable(
                    _("第 %(line)s 行：名称“%(name)s”是空的，或与前面的重复。") % {"line": place, "name": name}
                )
            named[name] = record
        return named

    def _usual(self, name: str) -> bool:
        """Columns of a table without a head: all where they are few, else the first ones."""
        return len(self.names()) <= 6 or name in self.names()[:4]

    def _head(self, row: Sequence[str]) -> list[str]:
        by_spelling = {spelling: name for name in self.names() for spelling in self.spelled(name)}
        found = [by_spelling.get(one.strip(), "") for one in row]
        if 2 * sum(map(bool, found)) <= sum(map(bool, row)) and not (self.spread and found[0]):
            return []
        if unknown := [one for one, name in zip(row, found, strict=True) if not name and one and not self.spread]:
            there = listed(self.spelled(one)[1] for one in self.names())
            raise Unreadable(_("表头中不认识“%(name)s”，可用的列：%(there)s。") % {"name": unknown[0], "there": there})
        return [name or self.spread for name in found]

    def _record(self, place: int, row: Sequence[str], order: Sequence[str]) -> dict[str, Any]:
        where = _("第 %(line)s 行：") % {"line": place}
        record: dict[str, Any] = {}
        for position, text in enumerate(row):
            name = order[position] if position < len(order) else self.spread
            if not name:
                if text:
                    raise Unreadable(_("%(where)s多出“%(text)s”，列数与表头不符。") % {"where": where, "text": text})
                continue
            schema = self.columns.get(name, {"type": "string"})
            if name == self.spread:
                record.setdefault(name, []).append(cell(schema["items"], text, where) if text else None)
            elif text:
                record[name] = self._value(name, schema, text, where)
        if missing := next((one for one in self.names() if one in self.needs and one not in record), None):
            raise Unreadable(_("%(where)s缺少“%(name)s”。") % {"where": where, "name": self.spelled(missing)[1]})
        return record

    def _value(self, name: str, schema: Schema, text: str, where: str) -> Any:
        if "array" in kinds(schema):
            return [cell(schema["items"], one, where) for one in re.split(r"[\s/|+]+", text) if one]
        if "string" in kinds(schema) and "enum" not in schema:
            return text  # a laboratory called 1 has a name, not a number
        return cell(schema, text, where, self._words(name) if "enum" in schema else None)

    def written(self, value: Any, english: bool) -> str:
        """The records as a table with its head, cells apart by tabs."""
        rows = [{self.key: name, **row} for name, row in value.items()] if self.key else list(value)
        used = [one for one in self.names() if any(row.get(one) is not None for row in rows)]
        head = [self.spelled(one)[1 + english] for one in used]
        return "\n".join(["\t".join(head), *("\t".join(self._cells(row, used, english)) for row in rows)])

    def _cells(self, row: dict[str, Any], used: Sequence[str], english: bool) -> list[str]:
        cells: list[str] = []
        for name in used:
            value = row.get(name)
            if name == self.spread:
                cells += ["" if one is None else shown(one) for one in value or ()]
            elif isinstance(value, list):
                cells.append(" ".join(map(shown, value)))
            elif value is not None and "enum" in self.columns.get(name, {}):
                cells.append(self._words(name)(value)[english])
            else:
                cells.append("" if value is None else shown(value))
        return cells


def shown(value: Any) -> str:
    """A value as it is typed."""
    return repr(value) if isinstance(value, float) else str(value)
