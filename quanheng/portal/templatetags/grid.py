"""The cells of the results grid, and the words its script says. ``{% load grid %}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def grid_cells(columns: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> SafeString:
    """The cells of one row: an input, a choice or plain text for each column.

    ``columns``: ``key``, ``label``, ``kind`` (text, number, select, plain), ``choices`` for a select. ``row``:
    ``id``, ``label``, ``cells`` by key, ``choices`` by key where a row has its own (the units that fit it), and
    ``errors`` by key: what the server has found wrong with what it holds.
    """
    return format_html_join("", "{}", ((_cell(column, row),) for column in columns))


def _cell(column: Mapping[str, Any], row: Mapping[str, Any]) -> SafeString:
    key, kind = column["key"], column.get("kind", "text")
    given = row["cells"].get(key)
    shown = "" if given is None else given
    if kind == "plain":
        return format_html('<td class="plain">{}</td>', shown)
    name = f"{row['id']}.{key}"
    error = (row.get("errors") or {}).get(key)
    flaw, note = _flaw(name, error)
    label = f"{row['label']}: {column['label']}"
    if kind == "select":
        choices = (row.get("choices") or {}).get(key) or column["choices"]
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((v, mark_safe(" selected") if str(v) == str(shown) else "", text) for v, text in choices),
        )
        return format_html(
            '<td data-key="{}"{}><select name="{}" aria-label="{}"{}>{}</select>{}</td>',
            key, mark_safe(' class="flawed"') if error else "", name, label, flaw, options, note,
        )  # fmt: skip
    return format_html(
        '<td data-key="{}" data-kind="{}" class="{}{}"><input name="{}" aria-label="{}" value="{}" '
        'autocomplete="off" spellcheck="false"{}>{}</td>',
        key, kind, "n" if kind == "number" else "w-text", " flawed" if error else "", name, label, shown, flaw, note,
    )  # fmt: skip


def _flaw(name: str, error: str | None) -> tuple[SafeString, SafeString]:
    """The attributes of a cell with an error, and the note below it."""
    if not error:
        return SafeString(), SafeString()
    return (
        format_html(' aria-invalid="true" aria-describedby="{}-flaw"', name),
        format_html('<span class="cell-error" id="{}-flaw">{}</span>', name, error),
    )


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
