"""A form made of what a task takes, and the task's input made of what was filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quanheng.portal.toolbox import texts
from quanheng.portal.toolbox.labels import choice_label, choice_pair, label, listed
from quanheng.science.task import Task

Schema = dict[str, Any]
#: Fields are called by the path behind this: a member may be called like something that forms have (``errors``).
BEFORE = "in."
#: Characters that are taken at most in one area.
LONGEST = 1_000_000
# What only programs give: names that mean another one, and what the page sets itself.
_LEFT_OUT = {
    ("interval", "method=A3"), ("interval", "method=S2"),
    *(("uncertainty", f"dist={one}") for one in (
        "uniform", "gaussian", "student", "student_t", "u_shaped", "trap", "trapezoid", "curvilinear_trapezoid",
    )),
}  # fmt: skip


# What is asked for beside what has to be given: without it an answer would rarely mean what was meant.
_ASKED: dict[str, tuple[str, ...]] = {
    "acceptance_plan": ("level", "inspection", "plan"),
    "calibration_curve": ("u_y", "inverse"),
    "capability": ("values", "lower", "upper", "target"),
    "consensus": ("method",),
    "control_chart": ("method", "centre", "sigma"),
    "decision": ("lower", "upper", "rule"),
    "draw": ("method",),
    "forensics": ("values", "rows"),
    "index": ("tree", "steps.normalise", "steps.aggregate"),
    "interval": (
        "interval", "target", "tested", "in_tolerance", "times", "values", "changes", "u0", "errors", "mpe", "limit",
        "log", "lower", "upper",
    ),
    "net_content": ("rule",),
    "oc": ("plan.ac", "plan.re"),
    "outbreak": ("method", "start", "frequency"),
    "robust": ("method",),
    "scores": ("u", "u_assigned"),
    "uncertainty": ("correlations", "method"),
    "weighing": ("u_reference", "u_difference", "air_density", "pressure", "temperature", "humidity"),
}  # fmt: skip
# Fields that only some methods read: shown with these alone.
_WHEN: dict[str, dict[str, tuple[str, ...]]] = {
    "interval": {
        "a3": ("interval", "target", "tested", "in_tolerance", "significance", "most_change"),
        "s2": ("times", "target", "tested", "in_tolerance"),
        "variables": ("times", "changes", "u0", "y0", "degree", "u_target", "lower", "upper", "coverage"),
        "staircase": ("interval", "errors", "mpe", "within", "longer", "shorter"),
        "control_chart": ("times", "values", "lower", "upper", "coverage", "u"),
        "in_use": ("limit", "log"),
    },
    "control_chart": {"cusum": ("reference", "decision_interval"), "ewma": ("weight", "reach")},
    "consensus": {"vangel_rukhin": ("replicates",), "power_moderated_mean": ("alpha",)},
}


@dataclass(frozen=True)
class Entry:
    """One field: a member of the input by its path, what it looks like, and how its text is read and written."""

    path: str
    schema: Schema
    required: bool
    look: str  # choice, yesno, line, area
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def entries(task: Task) -> list[Entry]:
    """The fields of a task's form: those that it needs first, then those that are asked for besides."""
    asked = _ASKED.get(task.name, ())
    return sorted(_entries(task, task.takes, ""), key=lambda one: (not one.required, one.path not in asked))


def _entries(task: Task, record: Schema, before: str, *, needed: bool = True) -> Iterator[Entry]:
    for name, schema in record["properties"].items():
        path = f"{before}{name}"
        required = needed and name in record.get("required", ())
        allowed = texts.kinds(schema)
        if "object" in allowed and schema.get("properties"):
            yield from _entries(task, schema, f"{path}.", needed=required)
        else:
            yield _entry(task.name, path, schema, required, allowed)


def _entry(task: str, path: str, schema: Schema, required: bool, allowed: set[str]) -> Entry:
    if "enum" in schema:
        return Entry(
            path, schema, required, "choice", lambda text: texts.cell(schema, text, "", _words(task, path)), str
        )
    if "boolean" in allowed:
        return Entry(path, schema, required, "yesno", bool, str)
    if "object" in allowed and "string" in allowed:
        return Entry(path, schema, required, "area", _model, _model_written)
    if "object" in allowed or ("array" in allowed and "properties" in schema["items"]):
        table = texts.Table(task, path, schema)
        return Entry(path, schema, required, "area", table.read, lambda value: table.written(value, _english()))
    if "array" not in allowed:
        return Entry(path, schema, required, "line", lambda text: texts.cell(schema, text, ""), texts.shown)
    items = texts.kinds(schema["items"])
    if "array" in items and "string" in items:
        return Entry(path, schema, required, "area", _sources, _sources_written)
    if "array" in items:
        words = "prefixItems" in schema["items"] or "string" in texts.kinds(schema["items"]["items"])
        return Entry(path, schema, required, "area", lambda text: texts.matrix(schema, text, words=words), _rows)
    if items == {"string"}:
        return Entry(
            path, schema, required, "area", lambda text: [one.strip() for _n, one in texts.lines(text)], _lines
        )
    return Entry(path, schema, required, "area", lambda text: _numbers(schema, allowed, text), _column)


def _words(task: str, path: str) -> Callable[[str], tuple[str, str]]:
    return lambda value: choice_pair(task, path, value)


def _numbers(schema: Schema, allowed: set[str], text: str) -> Any:
    found = texts.numbers(schema["items"], text)
    # Where one number will do for a list, one number is one.
    return found[0] if len(found) == 1 and allowed & {"number", "integer"} else found


def _model(text: str) -> Any:
    """One expression, or several outputs as lines of name = expression."""
    found = texts.lines(text)
    if len(found) < 2:
        return text.strip()
    named = {}
    for place, line in found:
        name, sign, expression = line.partition("=")
        if not sign:
            raise texts.Unreadable(_("第 %(line)s 行：多个输出量须写成“名称 = 表达式”。") % {"line": place})
        named[name.strip()] = expression.strip()
    return named


def _model_written(value: Any) -> str:
    return "\n".join(f"{name} = {one}" for name, one in value.items()) if isinstance(value, dict) else str(value)


def _sources(text: str) -> list[Any]:
    """A public source a line: one number, several, or a text."""
    found: list[Any] = []
    for _place, line in texts.lines(text):
        parts = line.replace(",", " ").replace("，", " ").split()
        whole = [int(one) for one in parts if one.isdecimal() and len(one) < 16]
        found.append(line.strip() if len(whole) != len(parts) else whole[0] if len(whole) == 1 else whole)
    return found


def _sources_written(value: Any) -> str:
    return "\n".join(" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)


def _rows(value: Any) -> str:
    return "\n".join("\t".join(map(texts.shown, row)) for row in value)


def _lines(value: Any) -> str:
    return "\n".join(map(texts.shown, value))


def _column(value: Any) -> str:
    return _lines(value if isinstance(value, list) else [value])


def _english() -> bool:
    return (get_language() or "").startswith("en")


class ToolForm(forms.Form):
    """The form of a task. ``data`` is what was sent; an input of the task fills it by ``filled``."""

    def __init__(self, task: Task, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task
        self._asked = _ASKED.get(task.name, ())
        self.entries = {one.path: one for one in entries(task)}
        for path, entry in self.entries.items():
            self.fields[BEFORE + path] = _field(task.name, entry)
            if methods := [name for name, paths in _WHEN.get(task.name, {}).items() if path in paths]:
                self.fields[BEFORE + path].widget.attrs["data-when"] = " ".join(methods)

    def asked(self) -> list[forms.BoundField]:
        """The fields that are filled in as a rule."""
        return [self[BEFORE + path] for path, one in self.entries.items() if one.required or path in self._asked]

    def optional(self) -> list[forms.BoundField]:
        """The fields that may stay as they are."""
        return [self[BEFORE + path] for path, one in self.entries.items() if not (one.required or path in self._asked)]

    def optional_used(self) -> bool:
        """Whether one of them says something else than it does by itself, or has an error."""
        return any(
            one.errors or str(one.value() or "") not in ("", "False", str(one.field.initial or ""))
            for one in self.optional()
        )

    @classmethod
    def filled(cls, task: Task, value: Mapping[str, Any]) -> ToolForm:
        """The form with an input of the task in it."""
        initial = {}
        for entry in entries(task):
            given: Any = value
            for name in entry.path.split("."):
                given = given.get(name) if isinstance(given, Mapping) else None
            if given is not None:
                initial[BEFORE + entry.path] = given if entry.look in ("choice", "yesno") else entry.write(given)
        return cls(task, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Read each text by the schema of its member; what cannot be read is told beside it."""
        found: dict[str, Any] = {}
        for path, entry in self.entries.items():
            text = self.cleaned_data.get(BEFORE + path)
            default = entry.schema.get("default", False if entry.look == "yesno" else None)
            if text in (None, ""):
                continue
            try:
                value = entry.read(text) if entry.look != "yesno" else text
            except texts.Unreadable as error:
                self.add_error(BEFORE + path, str(error))
                continue
            # What is as the task has it by itself is not told: a record of nothing but that would ask for its other
            # members.
            if value != default:
                _put(found, path, value)
        self.input = found
        return self.cleaned_data

    def refuse(self, place: str, message: str) -> None:
        """Tell what the calculation refuses beside the field that it is about."""
        dotted = place.replace("[", ".").replace("]", "")
        near = [path for path in self.entries if dotted == path or dotted.startswith((f"{path}.", f"{path} "))]
        inside = [path for path in self.entries if dotted and path.startswith(f"{dotted}.")]
        found = next(iter([*sorted(near, key=len)[-1:], *inside]), None)
        self.add_error(BEFORE + found if found else None, message)


def _put(found: dict[str, Any], path: str, value: Any) -> None:
    *outer, name = path.split(".")
    for one in outer:
        found = found.setdefault(one, {})
    found[name] = value


def _field(task: str, entry: Entry) -> forms.Field:
    named: dict[str, Any] = {"label": label(task, entry.path), "required": entry.required}
    if entry.look == "choice":
        values = [one for one in entry.schema["enum"] if (task, f"{entry.path}={one}") not in _LEFT_OUT]
        options = [(one, choice_label(task, entry.path, one)) for one in values]
        default = entry.schema.get("default")
        blank = [] if entry.required or default else [("", "—")]
        return forms.ChoiceField(
            choices=[*blank, *options], initial=default, **(named | {"required": entry.required and not default})
        )
    if entry.look == "yesno":
        return forms.BooleanField(label=named["label"], required=False, initial=entry.schema.get("default", False))
    if entry.look == "area":
        return forms.CharField(
            **named, max_length=LONGEST, strip=False, help_text=_shape(task, entry),
            widget=forms.Textarea(attrs={"rows": 6 if entry.required else 3, "class": "paste", "spellcheck": "false"}),
        )  # fmt: skip
    default = entry.schema.get("default")
    if default is not None and not entry.required:
        named["help_text"] = _("不填为 %(value)s") % {"value": default}
    return forms.CharField(**named, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def _shape(task: str, entry: Entry) -> str:
    """How an area is to be filled, where its label does not say it."""
    if entry.path == "model":
        return _("用输入量的名称写成算式，例如 (m1 - m0) * (1 + a/d)。多个输出量每行写“名称 = 算式”。")
    record = entry.schema.get("items", entry.schema.get("additionalProperties", {}))
    if isinstance(record, dict) and record.get("properties"):
        table = texts.Table(task, entry.path, entry.schema)
        return _("从电子表格复制粘贴，首行写列名。可用的列：%(columns)s") % {
            "columns": listed(label(task, f"{entry.path}.{one}") for one in table.names())
        }
    return _("从电子表格复制粘贴，用换行、制表符、分号或空格隔开。")
