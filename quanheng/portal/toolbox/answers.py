"""What a task answers, as facts and tables with the names and the digits that a reader wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from quanheng.portal.toolbox.labels import choice_label, label
from quanheng.science.task import Task

Schema = dict[str, Any]
#: Rows that a page shows; the rest is in the file.
SHOWN = 200
# What the picture or the sentence tells.
_TOLD = {"histogram", "findings", "note"}
# Names of the rows, where the input has them.
_NAMED_BY = {"index": "units"}
_SPANS = {"interval", "symmetric", "shortest", "cp_interval", "cpk_interval", "centre", "axes"}


@dataclass
class Grid:
    """A table of the answer."""

    title: str
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    left_out: int = 0


@dataclass
class Answer:
    """Facts (name, value) and tables."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)


def figure(value: Any) -> str:
    """A number with six digits, a truth in words, nothing as a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, float):
        text = f"{value:.6g}"
        return text.replace("-", "−") if "e" not in text else text
    if isinstance(value, list | tuple):
        return ", ".join(map(figure, value))
    if isinstance(value, Mapping):
        return "，".join(f"{name}: {figure(one)}" for name, one in value.items())
    return str(value).replace("-", "−") if isinstance(value, int) else str(value)


def answer_of(task: Task, given: Mapping[str, Any], found: Mapping[str, Any]) -> Answer:
    """The facts first, then the tables; lists of one length stand side by side in one."""
    answer = Answer()
    _gather(task, given, task.gives["properties"], found, "", answer)
    return answer


def _gather(
    task: Task, given: Mapping[str, Any], schema: Schema, found: Mapping[str, Any], before: str, answer: Answer
) -> None:
    columns: list[tuple[str, Sequence[Any]]] = []
    first = len(answer.grids)
    for name in [*(one for one in schema if one in found), *(one for one in found if one not in schema)]:
        value, path, each = found[name], f"{before}{name}", schema.get(name, {})
        if name in _TOLD or (value is None and (before or "object" in each.get("type", ()))):
            continue
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            answer.grids.extend(_records(task, path, each, value))
        elif isinstance(value, list) and value and isinstance(value[0], list):
            rows = [[figure(one) for one in row] for row in value[:SHOWN]]
            answer.grids.append(Grid(label(task.name, path, given=False), [], rows, len(value) - len(rows)))
        elif isinstance(value, list) and name in _SPANS and len(value) == 2:
            answer.facts.append((_called(task, path), f"[{figure(value[0])}, {figure(value[1])}]"))
        elif isinstance(value, list):
            columns.append((path, value))
        elif isinstance(value, Mapping) and each.get("properties"):
            _gather(task, given, each["properties"], value, f"{path}.", answer)
        elif isinstance(value, Mapping):
            _named(task, path, value, answer)
        else:
            answer.facts.append((_called(task, path), _worded(task, path, each, value)))
    # Lists that stand for what is asked about come before the tables of details.
    answer.grids[first:first] = _side_by_side(task, given, columns)


def _called(task: Task, path: str) -> str:
    """A member's name, behind that of what it is part of."""
    outer, _dot, _name = path.rpartition(".")
    name = label(task.name, path, given=False)
    return _("%(whole)s：%(part)s") % {"whole": label(task.name, outer, given=False), "part": name} if outer else name


def _worded(task: Task, path: str, schema: Schema, value: Any) -> str:
    if value is None and path.endswith("dof"):
        return "∞"
    if isinstance(value, str) and path == "budget.dist":
        return choice_label(task.name, "inputs.dist", value)
    return choice_label(task.name, path, value) if isinstance(value, str) and "enum" in schema else figure(value)


def _named(task: Task, path: str, value: Mapping[str, Any], answer: Answer) -> None:
    """An object with names of its own: facts as they are called, or a table of what each name has."""
    title = label(task.name, path, given=False)
    if not value:
        return
    if all(isinstance(one, Mapping) for one in value.values()):
        names = sorted({name for one in value.values() for name in one})
        rows = [[key, *(figure(one.get(name)) for name in names)] for key, one in value.items()]
        answer.grids.append(Grid(title, ["", *names], rows))
    else:
        # What a method found besides has names of ours; all other names are the reader's own.
        ours = path == "details"
        rows = [
            [label(task.name, f"{path}.{key}", given=False) if ours else key, figure(one)] for key, one in value.items()
        ]
        answer.grids.append(Grid(title, ["", ""], rows))


def _records(task: Task, path: str, schema: Schema, value: list[Mapping[str, Any]]) -> Iterator[Grid]:
    """Records as rows; what is itself an object by name (h and k of laboratories) as a table beside."""
    members = schema["items"]["properties"]
    plain = [name for name in members if any(not isinstance(one.get(name), Mapping) for one in value)]
    head = [label(task.name, f"{path}.{name}", given=False) for name in plain]
    numbered = "name" not in plain and "product" not in plain and "level" not in plain
    rows = [
        [
            *([str(place)] if numbered else []),
            *(_worded(task, f"{path}.{name}", members[name], one.get(name)) for name in plain),
        ]
        for place, one in enumerate(value[:SHOWN], start=1)
    ]
    yield Grid(label(task.name, path, given=False), [*(["#"] if numbered else []), *head], rows, len(value) - len(rows))
    for one in value:
        beside = {name: one[name] for name in members if isinstance(one.get(name), Mapping)}
        by_name = {name: each for name, each in beside.items() if "properties" not in members[name]}
        title = f"{head[0]} {one.get(plain[0], '')}"
        if by_name:
            keys = list(next(iter(by_name.values())))
            heads = [label(task.name, f"{path}.{name}", given=False) for name in by_name]
            yield Grid(
                title, ["", *heads], [[key, *(figure(each.get(key)) for each in by_name.values())] for key in keys]
            )
        for name, each in beside.items():
            if name not in by_name:
                inner = [
                    [label(task.name, f"{path}.{name}.{key}", given=False), figure(value)]
                    for key, value in each.items()
                ]
                yield Grid(f"{title} {label(task.name, f'{path}.{name}', given=False)}", ["", ""], inner)


def _side_by_side(task: Task, given: Mapping[str, Any], columns: list[tuple[str, Sequence[Any]]]) -> Iterator[Grid]:
    by_length: dict[int, list[tuple[str, Sequence[Any]]]] = {}
    for path, value in columns:
        by_length.setdefault(len(value), []).append((path, value))
    for length, several in by_length.items():
        names = [label(task.name, path, given=False) for path, _value in several]
        if not length:
            continue
        called = given.get(_NAMED_BY.get(task.name, ""), ())
        # Digits are what they are; everything else is counted from 1.
        first = 0 if several[0][0] == "digits" else 1
        keys = called if len(called) == length else [str(place) for place in range(first, length + first)]
        rows = [
            [str(key), *(figure(one) for one in row)]
            for key, row in zip(keys[:SHOWN], zip(*(value for _path, value in several), strict=True), strict=False)
        ]
        yield Grid(names[0] if len(names) == 1 else "", ["#", *names], rows, length - len(rows))
