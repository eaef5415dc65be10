"""`./qh verify`: verification without network, database or Django."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.codeverify import COMPARE, CodeVerdict, verify_code
from quanheng.kernel.attestations.credentials.gated import gate_lines
from quanheng.kernel.attestations.credentials.rawdata import check_raw, digest, raw_entries
from quanheng.kernel.attestations.credentials.trust import TrustBundle, load
from quanheng.kernel.attestations.credentials.verdict import TITLES, Check, Verdict
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.errors import AttestationError, TrustError
from quanheng.kernel.attestations.pdf.text import attached_original, is_pdf
from quanheng.kernel.statuslists.bundle import unbundled, with_lists
from quanheng.kernel.translog.proof import BadProof, Evidence, loaded, name_of

GENUINE, NOT_GENUINE, UNUSABLE, NOT_IN_FORCE, NOT_ITS_RAW = 0, 1, 2, 3, 4
MARKS = {"pass": "✓", "fail": "✗", "not-evaluated": "○"}
WORDS = {
    "zh": {
        "genuine": "真实：机构签发的就是这份内容",
        "not-genuine": "未能证实为真",
        "pass": "通过",
        "fail": "不通过",
        "not-evaluated": "未判断",
        "competent": "机构资质",
        "status": "当前状态",
        "synthetic": "演示数据，不具有证明作用",
        "valid": "有效",
        "suspended": "已暂停",
        "withdrawn": "已撤销",
        "superseded": "已被替代",
        "expired": "已到期",
        "not-yet-valid": "尚未生效",
        "unknown": "未知",
    },
    "en": {
        "genuine": "Genuine: this is what the issuer signed",
        "not-genuine": "Not proven genuine",
        "not-evaluated": "not evaluated",
        "competent": "Issuer's competence",
        "status": "Status",
        "synthetic": "Synthetic data, proves nothing",
        "not-yet-valid": "not yet valid",
    },
}


def verify_main(argv: Sequence[str]) -> int:
    """Verify the files named in `argv` and print the ordered checks.

    Returns 0 when every file is genuine and none is known to be out of force, 1 when one is not genuine,
    2 when a file or the trust bundle cannot be opened, 3 when all are genuine but one is not in force, 4 when a raw
    file is none of those that the reports name.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if not options.files and not options.code:
        parser.error("请给出文件，或用 --code 给出二维码内容 / name a file, or a code with --code")
    language = options.lang or _language()
    try:
        trust = _trusted(options)
    except AttestationError as error:
        sys.stderr.write((error.zh if language == "zh" else error.en) + "\n")
        return UNUSABLE
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return UNUSABLE
    try:
        proofs = {name_of(proof): proof for proof in (loaded(path.read_bytes()) for path in options.proof)}
    except (BadProof, OSError) as error:
        told = error.strerror if isinstance(error, OSError) else error.zh if language == "zh" else error.en
        sys.stderr.write(f"--proof: {told}\n")
        return UNUSABLE
    codes: list[int] = []
    reports: list[dict[str, object]] = []
    raw = [_digest(path) for path in options.raw]
    belongs = [False] * len(raw)
    for path in options.files:
        code, report, text, checks = _verify_one(path, trust, language, raw, proofs)
        belongs = [known or check.outcome == "pass" for known, check in zip(belongs, checks, strict=True)]
        codes.append(code)
        reports.append(report)
        if not options.json:
            sys.stdout.write(text + "\n")
    for scanned in options.code:
        found = verify_code(scanned, trust, datetime.now(UTC))
        codes.append(_code(found))
        reports.append({"code": scanned} | found.as_json())
        if not options.json:
            sys.stdout.write(_code_text(found, language) + "\n")
    if options.json:
        sys.stdout.write(json.dumps(reports, ensure_ascii=False, indent=2) + "\n")
    codes += [UNUSABLE for _path, sha256, _problem in raw if not sha256]
    codes += [NOT_ITS_RAW for known in belongs if not known]
    return next((code for code in (UNUSABLE, NOT_GENUINE, NOT_ITS_RAW, NOT_IN_FORCE) if code in codes), GENUINE)


def _trusted(options: argparse.Namespace) -> TrustBundle | None:
    """Keys, status lists and checkpoint from the files that were named. TrustError or OSError where one is unusable."""
    if options.bundle:
        trust = unbundled(options.bundle.read_bytes(), options.pin)
    elif options.trust:
        trust = load(options.trust, options.pin)
    elif options.offline or options.status or options.checkpoint:
        raise TrustError(
            "no-keys",
            "离线查验需要密钥：请给出 --bundle（从平台 /verify/bundle 下载），或 --trust。",
            "Offline verification needs keys: give --bundle (from the platform's /verify/bundle) or --trust.",
        )
    else:
        return None
    for step in trust.led:
        zh = f"平台密钥已于 {step['since']} 更换，旧密钥已签名指定新公钥；以后请用 --pin {step['publicKeyMultibase']}\n"
        en = f"The platform's key changed on {step['since']}; the former one signed for {step['publicKeyMultibase']}.\n"
        sys.stderr.write(zh if (options.lang or _language()) == "zh" else en)
    if options.status:
        with_lists(trust, [path.read_bytes() for path in options.status])
    if options.checkpoint:
        trust.checkpoint = options.checkpoint.read_text(encoding="utf-8", errors="replace")
    if options.offline and trust.lists is None and trust.statuses is None:
        raise TrustError(
            "no-status", "离线查验需要状态：请给出 --bundle 或 --status。", "Give the status too: --bundle or --status."
        )
    return trust


def _digest(path: Path) -> tuple[Path, str, str]:
    """The SHA-256 of a raw file, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            return path, digest(iter(lambda: file.read(1 << 20), b"")), ""
    except OSError as error:
        return path, "", error.strerror or ""


def _raw_check(document: dict[str, object] | None, path: Path, sha256: str, problem: str) -> Check:
    if not sha256:
        zh, en = f"{path}：无法打开（{problem}）。", f"{path}: cannot be opened ({problem})."
        return Check("raw", "not-evaluated", zh, en)
    if document is None:
        zh, en = f"{path}：报告无法读取，未作核对。", f"{path}: the report cannot be read, so nothing was compared."
        return Check("raw", "not-evaluated", zh, en)
    return check_raw(document, sha256, str(path))


def _verify_one(
    path: Path,
    trust: TrustBundle | None,
    language: str,
    raw: Sequence[tuple[Path, str, str]],
    proofs: dict[str, dict[str, Any]],
) -> tuple[int, dict[str, object], str, list[Check]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        zh, en = f"{path}：无法打开（{error.strerror}）。", f"{path}: cannot be opened ({error.strerror})."
        unread = [_raw_check(None, *one) for one in raw]
        return UNUSABLE, {"file": str(path), "error": en, "errorZh": zh}, zh if language == "zh" else en, unread
    verdict = verify_file(data, trust, datetime.now(UTC), evidence=_evidence(data, proofs))
    code = NOT_GENUINE if not verdict.genuine else NOT_IN_FORCE if verdict.in_force is False else GENUINE
    beside = [_raw_check(verdict.document, *one) for one in raw]
    report = {"file": str(path)} | verdict.as_json()
    if verdict.document is not None:
        report["rawData"] = [asdict(one) for one in raw_entries(verdict.document)]
    if raw:
        report["rawChecks"] = [one.as_json() for one in beside]
    return code, report, _text(path, verdict, language, beside), beside


def _evidence(data: bytes, proofs: dict[str, dict[str, Any]]) -> Evidence | None:
    """The proof that was given of this document. A single one is of the only document that it can be meant for."""
    if not proofs:
        return None
    try:
        document = loads(attached_original(data) if is_pdf(data) else data)
    except AttestationError:
        return None
    only = next(iter(proofs.values())) if len(proofs) == 1 else None
    return Evidence(proofs.get(str(document.get("id")), only))


def _check_lines(check: Check, language: str) -> list[str]:
    words, chinese = WORDS[language], language == "zh"
    title = TITLES[check.code][0 if chinese else 1]
    outcome = words.get(check.outcome, check.outcome)
    reason, todo = (check.zh, check.todo_zh) if chinese else (check.en, check.todo_en)
    line = f"  {MARKS[check.outcome]} {title} [{outcome}]{'：' if chinese else ': '}{reason}"
    return [line, f"      → {todo}"] if todo and check.outcome != "pass" else [line]


def _text(path: Path, verdict: Verdict, language: str, beside: Sequence[Check]) -> str:
    words = WORDS[language]
    chinese = language == "zh"
    lines = [f"{path}  {verdict.number}".rstrip()]
    if verdict.synthetic:
        lines.append(f"  ! {words['synthetic']}")
    lines += [line for check in (*verdict.checks, *beside) for line in _check_lines(check, language)]
    lines.append(f"  {words['genuine'] if verdict.genuine else words['not-genuine']}")
    lines.append(f"  {words['status']}: {words.get(verdict.status, verdict.status)}")
    lines.append(f"  {words['competent']}: {words.get(verdict.competent, verdict.competent)}")
    for line in gate_lines(verdict.document, chinese=chinese) if verdict.document else ():
        lines.append(f"    {TITLES['gate'][0 if chinese else 1]} {line}")
    for one in raw_entries(verdict.document) if verdict.document else ():
        about = f"{one.position} {one.item_zh if chinese else one.item_en or one.item_zh} · " if one.position else ""
        lines.append(f"  {TITLES['raw'][0 if chinese else 1]}: {about}{one.name} · {one.size} B · SHA-256 {one.sha256}")
    return "\n".join(lines)


def _code(found: CodeVerdict) -> int:
    if not found.genuine:
        return NOT_GENUINE
    return NOT_IN_FORCE if found.in_force is False else GENUINE


def _code_text(found: CodeVerdict, language: str) -> str:
    words, chinese = WORDS[language], language == "zh"
    lines = [found.facts.address if found.facts else "?"]
    if found.facts and found.facts.synthetic:
        lines.append(f"  ! {words['synthetic']}")
    lines += [f"  {line}" for line in found.lines(chinese=chinese)]
    lines += [line for check in found.checks for line in _check_lines(check, language)]
    lines.append(f"  {words['genuine'] if found.genuine else words['not-genuine']}")
    if found.genuine:
        lines.append(f"      → {COMPARE[0 if chinese else 1]}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qh verify", description="查验证明文件 / Verify attestations")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON / PDF")
    parser.add_argument(
        "--code",
        action="append",
        default=[],
        metavar="TEXT",
        help="扫描纸面二维码得到的内容 / what a scanned code says",
    )
    parser.add_argument("--trust", type=Path, metavar="BUNDLE", help="信任清单 / trust bundle (JSON)")
    parser.add_argument(
        "--bundle", type=Path, metavar="BUNDLE", help="查验包：密钥、状态清单、检查点 / keys, status lists, checkpoint"
    )
    parser.add_argument(
        "--status", type=Path, action="append", default=[], metavar="LIST", help="状态清单 / status list (JSON)"
    )
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="自己保存的检查点 / a checkpoint that you kept")
    parser.add_argument(
        "--offline",
        action="store_true",
        help="缺少密钥或状态即停止（查验从不联网）/ stop where keys or status are missing; the network is never used",
    )
    parser.add_argument("--pin", metavar="KEY", help="平台公钥 / platform key (Multikey z6Mk…)")
    parser.add_argument(
        "--raw", type=Path, action="append", default=[], metavar="FILE", help="核对原始记录 / compare a raw data file"
    )
    parser.add_argument(
        "--proof",
        type=Path,
        action="append",
        default=[],
        metavar="PROOF",
        help="日志证明，每份文件一个 / log proof, one for each file (JSON)",
    )
    parser.add_argument("--json", action="store_true", help="供程序读取 / for machines")
    parser.add_argument("--lang", choices=("zh", "en"), help="语言 / language")
    return parser


def _language() -> str:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "en" if chosen.startswith("en") else "zh"
