"""The cells of the results grid, and the words its script says. ``{% load grid %}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def grid_cells(columns: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> SafeString:
    """The cells of one row: an input, a choice or plain text for each column.

    ``columns``: ``key``, ``label``, ``kind`` (text, number, select, plain), ``choices`` for a select. ``row``:
    ``id``, ``label``, ``cells`` by key, ``choices`` by key where a row has its own (the units that fit it), and
    ``errors`` by key: what the server has found wrong with what it holds.
    """
    return SafeString("".join([_cell(column, row) for column in columns]))


def _cell(column: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """HTML, put together by hand: a grid has some hundred cells, and Django's ways ask each part whether it is safe."""
    key, kind = escape(column["key"]), column.get("kind", "text")
    given = row["cells"].get(column["key"])
    shown = "" if given is None else str(given)
    if kind == "plain":
        return f'<td class="plain">{escape(shown)}</td>'
    name = escape(f"{row['id']}.{column['key']}")
    label = escape(f"{row['label']}: {column['label']}")
    error = (row.get("errors") or {}).get(column["key"])
    flaw = f' aria-invalid="true" aria-describedby="{name}-flaw"' if error else ""
    note = f'<span class="cell-error" id="{name}-flaw">{escape(str(error))}</span>' if error else ""
    if kind == "select":
        choices = (row.get("choices") or {}).get(column["key"]) or column["choices"]
        options = "".join([_option(str(value), str(text), shown) for value, text in choices])
        flawed = ' class="flawed"' if error else ""
        return (
            f'<td data-key="{key}"{flawed}>'
            f'<select name="{name}" aria-label="{label}"{flaw}>{options}</select>{note}</td>'
        )
    look = ("n" if kind == "number" else "w-text") + (" flawed" if error else "")
    return (
        f'<td data-key="{key}" data-kind="{escape(kind)}" class="{look}"><input name="{name}" aria-label="{label}" '
        f'value="{escape(shown)}" autocomplete="off" spellcheck="false"{flaw}>{note}</td>'
    )


def _option(value: str, text: str, chosen: str) -> str:
    return f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'


@register.simple_tag
def grid_words() -> SafeString:
    """What the grid's script tells the user, in the language of the page."""
    return json_script(
        {
            "clean": _("都已保存"),
            "changed": _("有 {n} 处未保存"),
            "saving": _("正在保存…"),
            "saved": _("已保存"),
            "wrong": _("有 {n} 处需要改正，尚未保存"),
            "failed": _("没有保存成功：{why}。所填内容还在，可以重试。"),
            "offline": _("网络不通"),
            "restored": _("已找回上次没有保存的 {n} 处内容，请核对后保存"),
            "pasted": _("粘贴了 {n} 格"),
            "dropped": _("粘贴了 {n} 格；有 {m} 格超出表格或不能填写，没有粘贴"),
            "notNumber": _("这里要填数字，例如 10.002"),
            "notChoice": _("没有这个选项：{text}"),
        }
    )
