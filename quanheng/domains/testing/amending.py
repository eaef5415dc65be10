"""What an amended report says of itself: which one it replaces, why, and what has changed (ISO/IEC 17025 7.8.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from django.utils import timezone

from quanheng.kernel.attestations.credentials import statement as st
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.credential import written
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.view import DECISIONS, VERDICTS, value_text

# A report lists so many changes one by one and counts the rest: a note holds 4000 characters.
LISTED = 30
_LONGEST = 100
# Notes about the amendment itself begin so; they are no part of what two reports are compared by.
_MARK, _CHANGES = "本报告更正并代替 ", "更正内容："

Members = dict[str, Any]


def amending(statement: st.Statement, original: Attestation, reason: str) -> st.Statement:
    """The statement as an amendment to ``original``: names it, gives the reason, tells what has changed."""
    day = timezone.localtime(original.issued_at).date()
    changed = list(changes(subject_of(original), written(statement)))
    told = "；".join(changed[:LISTED]) or "结果、对象和委托方信息与原报告相同"
    more = f"；等共 {len(changed)} 处" if len(changed) > LISTED else ""
    notes = (f"{_MARK}{original.number}（{day} 签发）。更正理由：{reason}", f"{_CHANGES}{told}{more}。")
    return replace(
        statement,
        supersedes=st.Supersedes(original.address, original.number, reason),
        notes_zh=(*notes, *statement.notes_zh),
    )


def subject_of(attestation: Attestation) -> Members:
    """What the frozen document of an attestation states, with its issuer beside it as a statement has it."""
    document = loads(attestation.document)
    subject: Members = document["credentialSubject"]
    return subject | {"issuer": document["issuer"]}


def own_notes(subject: Members) -> list[str]:
    """The notes of a report without those about its being an amendment."""
    return [one for one in subject.get("notesZh", ()) if not one.startswith((_MARK, _CHANGES))]


def changes(before: Members, after: Members) -> Iterator[str]:
    """Every change of what a report states, in the words of the report."""
    for label, read in _PARTS:
        if (was := read(before)) != (now := read(after)):
            yield f"{label}由“{_short(was)}”改为“{_short(now)}”"
    for place, (was, now) in enumerate(zip_longest(before.get("items", ()), after.get("items", ())), start=1):
        yield from _item_changes(place, was, now)
    if own_notes(before) != own_notes(after):
        yield "附注有更正"
    if before.get("rawData") != after.get("rawData"):
        yield "整份报告的原始记录有更正"


def same_results(before: Members, items: list[Members], notes: list[str]) -> bool:
    """Whether results with their notes are what a report states of them, whoever entered them."""
    return _unsigned(before.get("items", [])) == _unsigned(items) and own_notes(before) == notes


def _unsigned(items: list[Members]) -> list[Members]:
    """Items without who entered them and with which files: the same value put back otherwise is the same value."""
    return [{name: told for name, told in item.items() if name not in ("operator", "rawData")} for item in items]


def _item_changes(place: int, was: Members | None, now: Members | None) -> Iterator[str]:
    name = f"第 {place} 项{(now or was or {}).get('nameZh', '')}"
    if was is None or now is None:
        yield f"{name}{'增加' if was is None else '删去'}"
        return
    for label, read in _ITEM_PARTS:
        if (old := read(was)) != (new := read(now)):
            yield f"{name}的{label}由“{_short(old)}”改为“{_short(new)}”"
    # What is told by reference alone, or follows from the above.
    others = [label for member, label in _REFERENCES.items() if was.get(member) != now.get(member)]
    if others:
        yield f"{name}的{'、'.join(others)}有更正"


def _member(*path: str) -> Callable[[Members], str]:
    def read(subject: Members) -> str:
        for name in path[:-1]:
            subject = subject.get(name, {})
        return str(subject.get(path[-1], ""))

    return read


def _recognitions(subject: Members) -> str:
    return "、".join(f"{one['scheme']} {one['number']}" for one in subject.get("recognitions", ()))


def _result(item: Members) -> str:
    return " ".join(part for part in value_text(item) if part)


def _short(text: str) -> str:
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or "无"


_PARTS: tuple[tuple[str, Callable[[Members], str]], ...] = (
    ("委托方名称", _member("client", "nameZh")),
    ("委托方英文名称", _member("client", "nameEn")),
    ("委托方统一社会信用代码", _member("client", "uscc")),
    ("委托方地址", _member("client", "addressZh")),
    ("对象名称", _member("object", "nameZh")),
    ("型号规格", _member("object", "model")),
    ("签发机构名称", _member("issuer", "nameZh")),
    ("声明的资质", _recognitions),
    ("结论", lambda subject: DECISIONS[subject["decision"]][0]),
)
_ITEM_PARTS: tuple[tuple[str, Callable[[Members], str]], ...] = (
    ("结果", _result),
    ("判定", lambda item: VERDICTS[item["verdict"]][0]),
    ("检测日期", _member("determined")),
)
_REFERENCES = {
    "method": "方法",
    "requirement": "依据",
    "limits": "技术要求",
    "equipment": "所用设备",
    "operator": "检测人员",
    "rawData": "原始记录",
}
