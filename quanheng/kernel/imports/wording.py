"""What the codes of the reading process say to people: what is wrong with a file, and how to mend it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.reading.refused import Unreadable

_KINDS = {
    "program": _("程序文件"),
    "pdf": _("PDF 文件"),
    "picture": _("图片"),
    "archive": _("压缩包"),
    "database": _("数据库文件"),
    "document": _("文字处理文档"),
    "web page": _("网页"),
    "binary": _("二进制文件"),
}

REFUSALS = {
    "empty": _("文件是空的，没有表头也没有数据。请检查是否选错了文件。"),
    "no_rows": _("表头下面没有数据行。请至少填写一行后重新上传。"),
    "too_large": _("文件有 %(size_mb)s MB，最大 %(limit_mb)s MB。请分成几个文件导入。"),
    "not_a_table": _("这不是表格：内容是%(what)s，扩展名不能改变它。请上传 CSV、XLSX、XLS、ODS 或 JSON 文件。"),
    "broken_workbook": _("工作簿已损坏或不是电子表格，无法打开。请用电子表格软件打开后另存为 XLSX，再上传。"),
    "encrypted": _("工作簿有密码保护。请去掉密码后另存，再上传。"),
    "bomb": _("工作簿解压后有 %(size_mb)s MB，远超正常表格，已拒绝读取。请另存为 CSV 或删去多余内容后再上传。"),
    "too_many_entries": _("工作簿内有 %(count)s 个部件，最多 %(limit)s 个。请只保留要导入的工作表后另存。"),
    "too_many_columns": _("有 %(count)s 列，最多 %(limit)s 列。请删去多余的列（空白列也要删除）后再上传。"),
    "too_many_rows": _("超过 %(limit)s 行。请分成几个文件导入。"),
    "json_too_large": _("JSON 数组文件最大 %(limit_mb)s MB。更大的数据请改用每行一个对象的 JSON（JSON Lines）或 CSV。"),
    "line_too_long": _("第 %(line)s 行没有换行，长得不像表格。请检查文件是否另存为 CSV，换行是否丢失。"),
    "cell_too_long": _("第 %(row)s 行有一格超过 %(limit)s 个字。请检查引号是否缺了一半，或缩短该格。"),
    "malformed": _("第 %(row)s 行的引号不成对或位置不对。请把含引号的单元格整个用引号括起，其中的引号写两遍。"),
    "malformed_json": _("第 %(line)s 行附近不是有效的 JSON。请检查逗号、引号和括号，同一对象中名称不能重复。"),
    "not_an_object": _('第 %(row)s 项不是对象。请写成 {"列名": "值"} 的形式。'),
    "nested": _("第 %(row)s 项的“%(name)s”里还套着对象。请展开为单独的列，多个值用分号连接。"),
    "mixed_encodings": _(
        "第 %(line)s 行的文字编码与前面的行不同（UTF-8 与 GB 18030 混用）。请用同一编码重新保存，推荐“CSV UTF-8”。"
    ),
    "broken_text": _("第 %(line)s 行不是有效的 %(encoding)s 文字。请用电子表格软件另存为“CSV UTF-8”后再上传。"),
    "double_name": _(
        "表头（第 %(row)s 行）中“%(name)s”出现了两次：第 %(first)s 列和第 %(second)s 列。请改名或删去其一。"
    ),
    "long_name": _("表头（第 %(row)s 行）第 %(column)s 列的名称过长。请确认第一行是列名。"),
    "exhausted": _(
        "读取该文件需要超过 %(memory)s MB 内存或 %(seconds)s 秒，已停止。"
        "请删去多余的行列（包括带格式的空白区域）后另存，或改用 CSV。"
    ),
}

REMARKS = {
    "other_sheets": _("只读取了工作表“%(sheet)s”，其他工作表没有读：%(others)s。"),
    "merged": _(
        "有 %(count)s 处合并单元格（如 %(places)s）：只有左上角的一格有值，其余按空白读取。"
        "请核对，必要时取消合并后补齐。"
    ),
    "formulas": _("有 %(count)s 个公式（如 %(places)s）：取其保存时的值，公式本身不导入。"),
    "formulas_without_value": _(
        "有 %(count)s 个公式没有保存的值（如 %(places)s），按空白读取。请用电子表格软件打开、保存一次后重新上传。"
    ),
    "error_cells": _("有 %(count)s 个单元格是错误值（如 %(places)s 的 #N/A），按空白读取。请改正后重新上传。"),
    "long_numbers": _(
        "有的数字超过 15 位，电子表格已丢失其后的数字（第几行: 数字）：%(places)s。编号请设为文本格式后重新填写。"
    ),
    "ragged": _("有 %(count)s 行的格数与表头不同（首先是第 %(row)s 行），已逐行标出。"),
    "example": _("第 %(row)s 行是模板的示例，没有导入。"),
    "remembered": _("列的对应沿用了本机构上一次导入同样表头时的选择。"),
}


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    found = dict(facts)
    for name in ("size", "limit"):
        if name in facts:
            found[f"{name}_mb"] = max(1, round(facts[name] / 1024 / 1024))
    if "kind" in facts:
        found["what"] = _KINDS.get(facts["kind"], _KINDS["binary"])
    return found


def refusal(unreadable: Unreadable) -> Invalid:
    """Why the file cannot be read and what to do, in both languages."""
    message = filled(REFUSALS[unreadable.code], **_facts(unreadable.facts))
    row = unreadable.facts.get("row") or unreadable.facts.get("line")
    return Invalid.field("file", message, row=row if isinstance(row, int) else None)


def remark(code: str, facts: dict[str, Any]) -> Any:
    """What a reader should know of the file, as a lazy text."""
    return filled(REMARKS[code], **facts)
