"""Likeness: raw data or results that are another report's, and numbers that no instrument shows (Article 14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Print, Records, Twin
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.printing import PHOTO, curves_in
from quanheng.science.errors import ScienceError
from quanheng.science.forensics.digits import FEWEST, last_digits
from quanheng.science.forensics.scatter import too_little


@finds("raw.copied")
def copied(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No raw file is, byte for byte, one of another order."""
    if not records.raw:
        return missing(
            "没有附原始记录。",
            "No raw data is attached.",
            ("请附上仪器数据、照片或记录表。", "Attach the instrument's files, photographs or worksheets."),
        )
    if records.same_raw:
        wrong = [
            (
                f"原始记录“{one.what}”与 {one.told[0]} 的逐字节相同",
                f'raw file "{one.what}" is, byte for byte, one of {one.told[1]}',
            )
            for one in records.same_raw
        ]
        mend = (
            "请附上本次检测自己的原始记录；同一批次共用的，写明理由。",
            "Attach the raw data of this determination; where one run belongs to several orders, say so.",
        )
        return failed(wrong, mend, records.raw)
    count = len(records.raw)
    return passed(f"{count} 个原始记录不与其他报告相同。", f"{count} raw file(s), none of another report.", records.raw)


@finds("raw.alike")
def looks_alike(records: Records, numbers: Mapping[str, float]) -> Finding:
    """No curve or photograph is that of another order, saved anew, scaled, cut or made noisy.

    ``curve``, ``photo``: two that differ by less than this share of the noise that they carry are one; honest ones
    differ by √2 of it.
    """
    if not records.prints:
        return missing(
            "没有附可比对的曲线（不少于 128 点的文本数据）或照片（PNG、JPEG）。",
            "No curve (text data of 128 points or more) or photograph (PNG, JPEG) is attached to compare.",
        )
    if found := _copies(records.prints, records.like_raw, numbers):
        wrong = []
        for mine, theirs in found:
            zh, en = Twin("", theirs.number).told
            what = ("照片", "photograph") if mine.fingerprint[:1] == PHOTO else ("曲线", "curve")
            wrong.append(
                (
                    f"“{mine.name}”与 {zh} 的{what[0]}是同一{what[0]}，仅另存、缩放、裁切或加过噪声",
                    f'"{mine.name}" is the {what[1]} of {en}, saved anew, scaled, cut or made noisy',
                )
            )
        mend = (
            "请附上本次检测自己的曲线或照片；同一批次共用的，写明理由。",
            "Attach the curve or photograph of this determination; where one serves several orders, say so.",
        )
        return failed(wrong, mend)
    count = len(records.prints)
    return passed(
        f"{count} 个曲线或照片文件不与其他报告雷同。",
        f"{count} curve(s) or photograph(s), none that of another report.",
    )


def _copies(mine: Sequence[Print], others: Sequence[Print], numbers: Mapping[str, float]) -> list[tuple[Print, Print]]:
    """Pairs of files that are one; the numerical library is loaded only where there is something to compare."""
    if not others:
        return []
    from quanheng.science.forensics.likeness import same_curve, same_photo

    found = []
    for one in mine:
        for other in others:
            if one.fingerprint[:1] != other.fingerprint[:1]:
                continue
            if one.fingerprint[:1] == PHOTO:
                same = same_photo(one.fingerprint[1:], other.fingerprint[1:]) < numbers["photo"]
            else:
                same = any(
                    same_curve(a, b) < numbers["curve"]
                    for a in curves_in(one.fingerprint)
                    for b in curves_in(other.fingerprint)
                )
            if same:
                found.append((one, other))
                break
    return found


@finds("results.alike")
def alike(records: Records, numbers: Mapping[str, float]) -> Finding:
    """The results are not, number for number, those of another report (``least``: fewer are like many others')."""
    if not records.likeness:
        least = int(numbers["least"])
        return missing(
            f"带不确定度的数值结果少于 {least} 个，无从比较。",
            f"Fewer than {least} results with an uncertainty: nothing to compare.",
        )
    if records.same_results:
        wrong = [
            (f"全部数值结果与 {one.told[0]} 逐项相同", f"all measured results are those of {one.told[1]}")
            for one in records.same_results
        ]
        mend = (
            "请核对是否误用了其他报告的数据；属实的，写明为什么相同。",
            "Check whether another report's data were used; where not, say why they are the same.",
        )
        return failed(wrong, mend)
    return passed("数值结果不与其他报告逐项相同。", "The measured results are no other report's.")


def _numbers_of(results: Sequence[Result]) -> list[tuple[Result, Decimal]]:
    found = []
    for one in results:
        if one.uncertainty and one.value:
            try:
                found.append((one, Decimal(one.value)))
            except InvalidOperation:
                continue
    return found


@finds("results.digits")
def digits(records: Records, numbers: Mapping[str, float]) -> Finding:
    """The last digits of the results are as equal as chance lets them be (``p``: the least chance accepted)."""
    values = [str(value) for _one, value in _numbers_of(records.own)]
    if len(values) < FEWEST:
        return missing(
            f"数值结果 {len(values)} 个，少于 {FEWEST} 个，无从判断。",
            f"{len(values)} measured result(s), fewer than {FEWEST}: nothing to tell.",
        )
    found = last_digits(values)
    if found.p < numbers["p"]:
        counts = "、".join(f"{digit}:{count}" for digit, count in enumerate(found.counts))
        mend = ("请核对读数与修约；属实的，写明原因。", "Check readings and rounding; where they are right, say why.")
        wrong = (
            f"{len(values)} 个结果的末位数字分布异常（{counts}，p = {found.p:.1e}）",
            f"last digits of {len(values)} results are uneven ({counts}; p = {found.p:.1e})",
        )
        return failed([wrong], mend)
    return passed(f"末位数字分布正常（p = {found.p:.2g}）。", f"Last digits as expected (p = {found.p:.2g}).")


@finds("results.scatter")
def scatter(records: Records, numbers: Mapping[str, float]) -> Finding:
    """Repeated results of one item scatter, if not much less than their standard uncertainty lets them (``p``)."""
    groups: dict[tuple[int, str], list[tuple[Result, Decimal]]] = defaultdict(list)
    for one, value in _numbers_of(records.own):
        groups[one.item_id, one.unit].append((one, value))
    repeated = [group for group in groups.values() if len(group) >= 3]
    if not repeated:
        return missing("没有重复测量的结果。", "No repeated results of one item.")
    wrong = []
    for group in repeated:
        first = group[0][0]
        try:
            u = max(float(one.uncertainty) / float(one.k or 2) for one, _value in group)
            step = float(max(Decimal(1).scaleb(int(value.as_tuple().exponent)) for _one, value in group))
            found = too_little([float(value) for _one, value in group], u, step)
        except (ScienceError, ValueError, OverflowError, ZeroDivisionError):
            continue
        if found.p < numbers["p"]:
            share, p = f"{found.share:.1%}", f"{found.p:.1e}"
            wrong.append(
                (
                    f"{first.item.name_zh} {len(group)} 次结果的标准差只有标准不确定度的 {share}（p = {p}）",
                    f"{first.item.name_en}: {len(group)} results scatter by {share} of their uncertainty (p = {p})",
                )
            )
    if wrong:
        mend = (
            "请核对是否逐次实测；不确定度主要来自系统分量的，写明。",
            "Check that each was measured; where the uncertainty is systematic for the most part, say so.",
        )
        return failed(wrong, mend)
    return passed(
        f"{len(repeated)} 组重复结果的离散正常。", f"{len(repeated)} group(s) of repeated results scatter as expected."
    )
