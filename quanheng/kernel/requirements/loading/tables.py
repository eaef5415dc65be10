"""Reading a table of others: UTF-8 CSV, whole, or a refusal that says why not."""

from __future__ import annotations

import csv
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, cells stripped. Raises Invalid for what is no such file, and for uneven rows."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = []
            for row in reader:
                if None in row or None in row.values():
                    sentence = _("第 %(line)s 行的列数与表头不同，请核对引号和逗号。")
                    raise Invalid.field("file", filled(sentence, line=reader.line_num))
                rows.append({name: cell.strip() for name, cell in row.items()})
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid.field("file", _("读不出这个文件，请另存为“CSV UTF-8”再试。")) from error
    return rows
