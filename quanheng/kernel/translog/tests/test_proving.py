"""A proof taken from the platform convinces without it; the log over HTTP, its copies, its audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from quanheng.kernel.attestations import queries as attestations
from quanheng.kernel.attestations import services, shown
from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.translog import growing, queries
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.mirror import Folder, Refused, mirror
from quanheng.kernel.translog.models import LogEntry, Tile
from quanheng.kernel.translog.note import Verifier
from quanheng.kernel.translog.proof import Evidence, judged
from quanheng.kernel.translog.tests.issuing import issue, laboratory

pytestmark = pytest.mark.django_db
PLATFORM = Actor.platform()


def outcome(found: Attestation) -> dict[str, str]:
    verdict = attestations.check(found)
    return {one.code: one.outcome for one in verdict.checks if one.code in ("log", "witness")}


def log_key() -> Verifier:
    found = growing.verifier("log")
    assert found is not None
    return found


def test_a_report_is_in_the_log_after_the_next_checkpoint() -> None:
    found = issue(laboratory())
    assert outcome(found) == {"log": "not-evaluated", "witness": "not-evaluated"}
    waiting = Client().get(f"/r/{found.uid}/proof")
    assert waiting.status_code == 503
    growing.make_checkpoint()
    assert outcome(found) == {"log": "pass", "witness": "not-evaluated"}
    page = Client().get(f"/r/{found.uid}").content.decode()
    assert "登入日志" in page and "第 1 条" in page and "没有登记任何见证方" in page


def test_a_report_that_went_past_the_log_is_told() -> None:
    first = issue(laboratory())
    growing.make_checkpoint()
    first.pk, first.uid, first.number, first.address, first.sha256 = None, "x" * 13, "Y", "Z", "0" * 64
    first.status_index = None
    first.save(force_insert=True)
    assert outcome(first)["log"] == "fail"
    assert Client().get(f"/r/{first.uid}/proof").status_code == 404
    assert shown.statement(attestations.check(first)).tone == "wait", "signed well, and yet not in the log"
    assert [(one.kind, one.where) for one in audit()] == [("unlogged", "Y")]


def test_the_proof_verifies_offline_and_only_for_its_document(
    tmp_path: Path, single_handed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    body = laboratory()
    found, other = issue(body), issue(body)
    growing.make_checkpoint()
    services.suspend_attestation(PLATFORM, found, reason="设备待查")
    growing.make_checkpoint()
    client = Client()
    (tmp_path / "report.json").write_text(found.document)
    (tmp_path / "proof.json").write_bytes(client.get(f"/r/{found.uid}/proof").content)
    (tmp_path / "other.json").write_bytes(client.get(f"/api/v1/attestations/{other.uid}/proof").content)
    (tmp_path / "trust.json").write_bytes(attestations.whole_bundle())
    given = [str(tmp_path / "report.json"), "--trust", str(tmp_path / "trust.json"), "--json", "--proof"]

    def check(name: str) -> dict[str, Any]:
        verify_main([*given, str(tmp_path / name)])
        (report,) = json.loads(capsys.readouterr().out)
        return {one["code"]: one for one in report["checks"]}["log"]

    told = check("proof.json")
    assert told["outcome"] == "pass" and "1 条状态变化" in told["reasonZh"], told
    assert check("other.json")["outcome"] == "fail"
    proof = json.loads((tmp_path / "proof.json").read_text())
    keys = [str(log_key())]
    for spoil in ("salt", "statement", "hashes", "index", "checkpoint", "size"):
        wrong = json.loads(json.dumps(proof))
        first = wrong["entries"][0]
        if spoil == "salt":
            first["salt"] = proof["entries"][1]["salt"]
        elif spoil == "statement":
            first["statement"] = first["statement"].replace("2026", "2025")
        elif spoil == "hashes":
            first["hashes"] = first["hashes"][:-1]
        elif spoil == "index":
            first["index"] += 1
        elif spoil == "checkpoint":
            wrong["checkpoint"] = wrong["checkpoint"].replace("\n5\n", "\n6\n")
        else:
            wrong["entries"] = []
        log, _witness = judged(found.address, found.sha256, Evidence(wrong), keys, [])
        assert log.outcome == "fail", spoil
    assert judged(found.address, "0" * 64, Evidence(proof), keys, [])[0].outcome == "fail"
    assert judged(found.address, found.sha256, Evidence(proof), [], [])[0].outcome == "not-evaluated"
    assert judged(found.address, found.sha256, None, keys, [])[0].outcome == "not-evaluated"


def test_tiles_are_served_for_ever_and_the_checkpoint_briefly() -> None:
    client = Client()
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/").status_code == 200
    issue(laboratory())
    growing.make_checkpoint()
    checkpoint = client.get("/log/checkpoint")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "max-age=5" in checkpoint.headers["Cache-Control"]
    tile = client.get("/log/tile/0/000.p/3")
    assert len(tile.content) == 96 and "immutable" in tile.headers["Cache-Control"]
    assert client.get("/log/tile/0/000.p/2").content == tile.content[:64], "what a smaller checkpoint asks for"
    assert client.get("/log/tile/entries/000.p/3").content[:2] == b"\x00\x20"
    for wrong in ("0/000.p/4", "entries/000.p/4", "0/000", "1/000", "0/001", "x", "0/../../settings.py"):
        assert client.get(f"/log/tile/{wrong}").status_code == 404, wrong
    assert str(log_key()) in client.get("/log/").content.decode().replace("&#x27;", "'")


def test_a_copy_grows_and_refuses_a_log_that_goes_back_or_forks(tmp_path: Path) -> None:
    body, own = laboratory(), queries.Own()
    for _ in range(3):
        issue(body)
    growing.make_checkpoint()
    key, copy = log_key(), tmp_path / "copy"
    grown = mirror(own, copy, key)
    assert (grown.before, grown.now) == (0, 5)
    second = tmp_path / "second"
    mirror(Folder(copy), second, key)
    yesterday = {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    issue(body)
    growing.make_checkpoint()
    grown = mirror(own, copy, key)
    assert (grown.before, grown.now) == (5, 6)
    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()) == [
        "checkpoint", "key", "tile/0/000.p/6", "tile/entries/000.p/6",
    ]  # fmt: skip

    # A backup of yesterday, given back: whoever kept the later checkpoint notices.
    back = tmp_path / "back"
    for name, raw in yesterday.items():
        (back / name).parent.mkdir(parents=True, exist_ok=True)
        (back / name).write_bytes(raw)
    kept = (copy / "checkpoint").read_bytes()
    with pytest.raises(Refused) as refused:
        mirror(Folder(back), copy, key)
    assert refused.value.why == "rollback" and (copy / "checkpoint").read_bytes() == kept

    # And it does not help that it has grown past it since, along another way.
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER translog_entry_no_update"
            if connection.vendor == "sqlite"
            else "DROP TRIGGER translog_entry_append_only ON translog_logentry"
        )
    LogEntry.objects.filter(pk=4).update(entry=b"\x07" * 32)
    Tile.objects.all().delete()
    growing.Tree.objects.update(size=0)
    growing.LogCheckpoint.objects.all().delete()
    issue(body)
    growing.make_checkpoint()
    with pytest.raises(Refused) as refused:
        mirror(own, copy, key)
    assert refused.value.why == "fork" and (copy / "checkpoint").read_bytes() == kept
    assert [one.kind for one in audit(kept)] == ["commitment", "fork"]
    with pytest.raises(Refused) as refused:
        mirror(own, tmp_path / "third", Verifier(key.name, key.kind, b"k" * 32))
    assert refused.value.why == "signature"


def test_the_audit_finds_what_was_changed_behind_the_logs_back(single_handed: None) -> None:
    body = laboratory()
    first, second, third = issue(body), issue(body), issue(body)
    services.withdraw_attestation(PLATFORM, first, reason="样品有误")
    growing.make_checkpoint()
    assert list(audit()) == []
    Attestation.objects.filter(pk=first.pk).update(state="issued")
    Attestation.objects.filter(pk=second.pk).update(document=second.document.replace("6.10", "6.90"))
    Attestation.objects.filter(pk=third.pk).update(state="withdrawn")
    tile = Tile.objects.get()
    Tile.objects.update(hashes=bytes(tile.hashes)[:-1] + b"\x00")
    found = {(one.kind, one.where) for one in audit()}
    assert found == {("status", first.number), ("document", "entry 2"), ("status", third.number), ("tile", "0/000")}
