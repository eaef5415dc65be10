"""The command as users and scripts meet it: exit codes, order, language, no Django."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
from quanheng.kernel.attestations.credentials.statement import RawFile
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.tests import samples

PLATFORM = sealing.generate("did:web:quanheng.example", samples.KEK)
SIGNER = sealing.unseal_signer(PLATFORM.key_id, PLATFORM.sealed, samples.KEK, samples.VALIDITY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = samples.document(3)
    (tmp_path / "report.json").write_bytes(canonical_bytes(document))
    (tmp_path / "report.pdf").write_bytes(renderer().render(document))
    fresh = trust.TrustBundle.of([samples.issuer()], datetime.now(UTC), ())
    (tmp_path / "trust.json").write_bytes(fresh.signed_bytes(SIGNER))
    return tmp_path


def test_genuine_files_give_zero_and_ordered_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(folder / "report.json"), str(folder / "report.pdf"), "--trust", str(folder / "trust.json")]
    assert verify_main([*arguments, "--pin", PLATFORM.public_multikey, "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    titles = ["格式", "原始字节", "数字签名", "信任清单", "出具机构", "签名密钥", "当前状态", "机构资质", "版面与数据"]
    positions = [out.rindex(title + " [通过]") for title in titles]
    assert positions == sorted(positions)
    assert "演示数据" in out and "真实" in out


def test_a_raw_file_of_another_report_gives_four(folder: Path) -> None:
    raw = folder / "raw.csv"
    raw.write_bytes(b"1")
    own = RawFile("raw.csv", "text/plain", hashlib.sha256(b"1").hexdigest(), 1)
    (folder / "named.json").write_bytes(canonical_bytes(samples.document(3, raw_data=(own,))))
    arguments = ["--trust", str(folder / "trust.json"), "--pin", PLATFORM.public_multikey, "--raw", str(raw)]
    assert verify_main([str(folder / "named.json"), *arguments]) == 0
    assert verify_main([str(folder / "report.json"), *arguments]) == 4


def test_changed_file_gives_one_and_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "report.json"
    path.write_bytes(path.read_bytes().replace(b'"6.10"', b'"6.90"'))
    assert verify_main([str(path), "--trust", str(folder / "trust.json"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)[0]
    assert report["genuine"] is False
    assert [check["code"] for check in report["checks"] if check["outcome"] == "fail"] == ["signature"]


def test_without_bundle_nothing_is_genuine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_main([str(folder / "report.json"), "--lang", "en"]) == 1
    assert "Not proven genuine" in capsys.readouterr().out


def test_withdrawn_document_gives_three(folder: Path) -> None:
    entry = trust.StatusEntry(samples.ID, "withdrawn", datetime.now(UTC) - timedelta(days=1))
    bundle = trust.TrustBundle.of([samples.issuer()], datetime.now(UTC), [entry])
    (folder / "trust.json").write_bytes(bundle.signed_bytes(SIGNER))
    assert verify_main([str(folder / "report.json"), "--trust", str(folder / "trust.json")]) == 3


def test_superseded_document_gives_three_and_names_its_replacement(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = trust.StatusEntry(
        samples.ID, "superseded", datetime.now(UTC) - timedelta(days=1), "更正单位", superseded_by="TJZJ-2026-000009"
    )
    bundle = trust.TrustBundle.of([samples.issuer()], datetime.now(UTC), [entry])
    (folder / "trust.json").write_bytes(bundle.signed_bytes(SIGNER))
    arguments = [str(folder / "report.pdf"), "--trust", str(folder / "trust.json")]
    assert verify_main([*arguments, "--lang", "zh"]) == 3
    told = capsys.readouterr().out
    assert "由 TJZJ-2026-000009 替代。更正单位" in told and "→ 请使用 TJZJ-2026-000009。" in told
    assert "当前状态: 已被替代" in told and "真实" in told
    assert verify_main([*arguments, "--lang", "en"]) == 3
    assert "Use TJZJ-2026-000009." in capsys.readouterr().out


def test_missing_file_and_wrong_pin_give_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_main([str(folder / "absent.json")]) == 2
    arguments = [str(folder / "report.json"), "--trust", str(folder / "trust.json")]
    assert verify_main([*arguments, "--pin", samples.NEW_KEY.public_multikey]) == 2
    assert "信任清单不可用" in capsys.readouterr().err


def test_verifier_loads_no_django(folder: Path) -> None:
    program = (
        "import sys\n"
        "from quanheng.kernel.attestations.cli import verify_main\n"
        "code = verify_main(sys.argv[1:])\n"
        "sys.exit(9 if 'django' in sys.modules else code)\n"
    )
    command = [sys.executable, "-c", program, str(folder / "report.pdf"), "--trust", str(folder / "trust.json")]
    assert subprocess.run(command, check=False, timeout=60, capture_output=True).returncode == 0
