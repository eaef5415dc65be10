"""Raw data that a report names by their digests: which they are, and whether a file in hand is one of them.

The digests are a part of what was signed: a file whose SHA-256 stands there is byte for byte what lay under the report.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from quanheng.kernel.attestations.credentials.verdict import Check


@dataclass(frozen=True)
class RawEntry:
    """A file that a report names; ``position`` is that of its item from 1, 0 of the whole determination."""

    position: int
    item_zh: str
    item_en: str
    name: str
    media_type: str
    sha256: str
    size: int


def raw_entries(document: dict[str, Any]) -> list[RawEntry]:
    """Return the files that a document names, those of the whole first; none in documents of edition 1."""
    subject = document["credentialSubject"]
    found = list(_entries(subject, 0, "", ""))
    for position, item in enumerate(subject.get("items", ()), 1):
        found += _entries(item, position, item["nameZh"], item.get("nameEn", ""))
    return found


def _entries(holder: dict[str, Any], position: int, zh: str, en: str) -> Iterator[RawEntry]:
    for one in holder.get("rawData", ()):
        yield RawEntry(position, zh, en, one["name"], one["mediaType"], one["sha256"], one["size"])


def digest(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 (hex) of a file read in pieces; nothing of it is kept."""
    whole = hashlib.sha256()
    for chunk in chunks:
        whole.update(chunk)
    return whole.hexdigest()


def check_raw(document: dict[str, Any], sha256: str, name: str) -> Check:
    """Say whether the file with this digest is one that the document names, and for what.

    It says nothing of the document itself: that has its own checks.
    """
    named = raw_entries(document)
    if not named:
        zh, en = "报告没有列出原始记录的摘要，无法核对。", "The report names no raw data, so nothing can be compared."
        return Check("raw", "not-evaluated", f"{name}：{zh}", f"{name}: {en}")
    same = [one for one in named if one.sha256 == sha256]
    if not same:
        return Check(
            "raw",
            "fail",
            f"{name}：不是报告所列的原始记录（共 {len(named)} 个），或内容已被改动。SHA-256 {sha256}",
            f"{name}: none of the {len(named)} files that the report names, or changed since. SHA-256 {sha256}",
            "请确认是否选对了文件，或向出具机构索取原始记录。",
            "Make sure that it is the right file, or ask the issuer for its raw data.",
        )
    zh = "、".join(f"第 {one.position} 项{one.item_zh}" if one.position else "整份报告" for one in same)
    en = ", ".join(
        f"item {one.position} {one.item_en}".rstrip() if one.position else "the whole report" for one in same
    )
    return Check(
        "raw",
        "pass",
        f"{name}：与报告所列的“{same[0].name}”逐字节一致（{zh}）。",
        f'{name}: "{same[0].name}" as the report names it, byte for byte ({en}).',
    )
