"""Controls of forms. Those of a form that stands on every list are written in Python: Django renders each option by two
templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

from quanheng.kernel.base.html import markup


class Plain(forms.widgets.Input):
    """Mixed into an input of one line: the same markup as Django's own."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """``<input type name value …>``; no value where there is none."""
        shown = self.format_value(value)
        given = {} if shown is None or shown == "" else {"value": shown}
        pairs = {"type": self.input_type, "name": name, **given, **self.build_attrs(self.attrs, attrs)}
        return format_html("<input{}>", flatatt(pairs))


class PlainText(Plain, forms.TextInput):
    """One line of text."""


class Day(forms.DateInput):
    """A day, by the browser's own picker: it shows a value in the form of ISO 8601 alone, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class PlainDate(Plain, Day):
    """The same on a list."""


class PlainHidden(Plain, forms.HiddenInput):
    """What an address carries along."""


class PlainSelect(forms.Select):
    """One of several, without groups."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """``<select name …>`` with its options, the one that is asked for marked."""
        chosen = set(self.format_value(value))
        marks = (SafeString(""), SafeString(" selected"))
        options = "\n".join(
            markup('<option value="{}"{}>{}</option>', key, marks[str(key) in chosen], label)
            for key, label in self.choices
        )
        return format_html(
            "<select{}>{}</select>",
            flatatt({"name": name, **self.build_attrs(self.attrs, attrs)}),
            SafeString(options),  # options are markup of ours
        )
