"""What an import did: numbers that a person can check, and what it could not turn into facts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

# Enough of what could not be read to mend a file by.
SHOWN = 50


@dataclass
class Report:
    """Counts of one import. Read a second time, the same file changes nothing: all rows are ``unchanged``."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    # Rows whose word for the status is not what their dates say, by (word, computed status).
    corrected: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Remarks and relations that name others; how many numbers they name, and what became of these.
    remarks: int = 0
    named: int = 0
    # Standards entered with nothing but their number, because another one names them.
    named_only: int = 0
    linked: int = 0
    # Whole replacements that are registered already, by this file or another.
    known: int = 0
    amended: int = 0
    turned: int = 0
    # Named standards that the register does not have yet, and replacements that contradict each other.
    unresolved: int = 0
    doubted: int = 0
    merged: int = 0
    conflicts: int = 0
    classified: int = 0
    # Free text and cells that could not be turned into facts: (number of the row, what it says).
    unread: list[tuple[str, str]] = field(default_factory=list)

    @property
    def corrections(self) -> int:
        """Rows whose word for the status was overruled by dates."""
        return sum(self.corrected.values())

    def lines(self) -> list[str]:
        """The report in words, a line a figure; what is naught is left out."""
        figures = [
            (_("读取"), self.read),
            (_("新增"), self.added),
            (_("更改"), self.changed),
            (_("未变"), self.unchanged),
            (_("状态按日期更正"), self.corrections),
            (_("含其他标准的备注或关系"), self.remarks),
            (_("其中提到的标准号"), self.named),
            (_("仅凭编号登记"), self.named_only),
            (_("新建代替关系"), self.linked),
            (_("已有代替关系"), self.known),
            (_("修改单与更正"), self.amended),
            (_("调转方向的关系"), self.turned),
            (_("所指标准尚未登记"), self.unresolved),
            (_("互相矛盾而未采用的关系"), self.doubted),
            (_("合并的重复记录"), self.merged),
            (_("待裁定的分歧"), self.conflicts),
            (_("分类号"), self.classified),
            (_("未能读懂的内容"), len(self.unread)),
        ]
        lines = [f"{label}: {count}" for label, count in figures if count]
        for (word, status), count in sorted(self.corrected.items()):
            lines.append(f"  {word} → {status}: {count}")
        lines += [f"  {number}: {text}" for number, text in self.unread[:SHOWN]]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())
