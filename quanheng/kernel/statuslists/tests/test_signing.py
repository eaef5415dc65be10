"""Lists signed from the register, entered into the log, served; and a report verified by them without the platform."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.kernel.attestations import services
from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.statuslists import places, signing
from quanheng.kernel.statuslists.lists import SIZE
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.statuslists.signing import sign_lists
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from quanheng.kernel.translog.tests.issuing import issue, laboratory

PLATFORM = Actor.platform()


@pytest.fixture(autouse=True)
def _kept(db: None) -> None: ...


def test_each_document_has_a_place_of_its_own() -> None:
    body = laboratory()
    first, second = issue(body), issue(body)
    assert first.status_list == second.status_list == 1 and first.status_index != second.status_index
    named = json.loads(first.document)["credentialStatus"]
    assert [(one["statusPurpose"], one["statusListIndex"]) for one in named] == [
        ("revocation", str(first.status_index)), ("suspension", str(first.status_index)),
    ]  # fmt: skip
    assert {one["statusListCredential"].rpartition("/status/")[2] for one in named} == {"1/revocation", "1/suspension"}


def test_full_lists_are_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    body = laboratory()
    taken = issue(body).status_index
    monkeypatch.setattr(places.secrets, "randbelow", lambda _size: taken)
    assert places.draw() == (2, taken)
    assert set(StatusList.objects.values_list("number", flat=True)) == {1, 2}
    monkeypatch.undo()
    monkeypatch.setattr(places, "SIZE", 8)
    drawn = list(places.draw_many(20))
    assert len(set(drawn)) == 20 and max(number for number, _index in drawn) >= 4


def test_signed_when_something_changed_and_daily(single_handed: None) -> None:
    body = laboratory()
    first, second = issue(body), issue(body)
    assert sign_lists() == 2, "the first time"
    assert sign_lists() == 0, "nothing has changed"
    issue(body)
    assert sign_lists() == 0, "issuing changes no list"
    services.withdraw_attestation(PLATFORM, first, reason="样品有误")
    assert sign_lists() == 1
    services.suspend_attestation(PLATFORM, second, reason="复核中")
    assert sign_lists() == 1
    services.reinstate_attestation(PLATFORM, second, reason="复核通过")
    assert sign_lists() == 1
    assert sign_lists(timezone.now() + signing.DAILY - timedelta(minutes=1)) == 0
    assert sign_lists(timezone.now() + signing.DAILY + timedelta(minutes=1)) == 2


def test_each_signing_enters_the_log() -> None:
    issue(laboratory())
    sign_lists()
    growing.make_checkpoint()
    entered = [json.loads(one.statement) for one in LogEntry.objects.filter(kind="list").order_by("id")]
    kept = StatusList.objects.order_by("number", "purpose")
    assert (
        [one["sha256"] for one in entered]
        == [hashlib.sha256(one.document.encode()).hexdigest() for one in kept]
        == [one.sha256 for one in kept]
    )
    assert list(audit()) == []


def test_lists_are_served_whole_and_the_same_to_all(client: Client) -> None:
    assert client.get("/status/1/revocation").status_code == 404
    issue(laboratory())
    assert client.get("/status/1/revocation").status_code == 404, "not signed yet"
    sign_lists()
    answer = client.get("/status/1/revocation")
    assert answer["Content-Type"] == "application/vc" and "public" in answer["Cache-Control"]
    again = client.get("/status/1/revocation", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for wrong in ("/status/2/revocation", "/status/1/message", "/status/1000000/revocation", "/status/x/suspension"):
        assert client.get(wrong).status_code == 404
    told = client.get("/api/v1/status-lists").json()
    assert [one["purpose"] for one in told] == ["revocation", "suspension"]
    assert told[0]["url"].endswith("/status/1/revocation") and told[0]["bytes"] == len(answer.content)


def test_verified_without_the_platform(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str], single_handed: None
) -> None:
    body = laboratory()
    good, bad = issue(body), issue(body)
    services.withdraw_attestation(PLATFORM, bad, reason="样品有误")
    sign_lists()
    growing.make_checkpoint()
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(client.get("/verify/bundle").content)
    # The API has the same; each says when it was made, in seconds.
    mine, same = json.loads(bundle.read_text()), client.get("/api/v1/verification-bundle").json()
    assert same.keys() == mine.keys() and same["statusLists"] == mine["statusLists"]
    assert same["trust"]["platform"] == mine["trust"]["platform"]
    assert same["trust"]["issuers"] == mine["trust"]["issuers"]
    pin = json.loads(bundle.read_text())["trust"]["platform"][0]["publicKeyMultibase"]

    def verified(one: Attestation, *options: str) -> tuple[int, dict[str, dict[str, str]]]:
        file, proof = tmp_path / "report.json", tmp_path / "proof.json"
        file.write_text(one.document)
        proof.write_bytes(client.get(f"/r/{one.uid}/proof").content)
        code = verify_main([str(file), "--proof", str(proof), "--json", "--offline", *options])
        out = capsys.readouterr().out
        return code, {check["code"]: check for check in json.loads(out)[0]["checks"]} if out else {}

    code, checks = verified(good, "--bundle", str(bundle), "--pin", pin)
    passed = {name for name, check in checks.items() if check["outcome"] == "pass"}
    assert code == 0 and passed >= {"signature", "trust", "key", "log", "status"}
    code, checks = verified(bad, "--bundle", str(bundle), "--pin", pin)
    assert code == 3 and checks["status"]["outcome"] == "fail"

    # By the list alone, without the register's own words.
    whole = json.loads(bundle.read_text())
    trust, listed = tmp_path / "trust.json", [tmp_path / "revoked.json", tmp_path / "suspended.json"]
    silent = {name: value for name, value in whole["trust"].items() if name not in ("statuses", "proof")}
    trust.write_text(json.dumps(silent))
    for path, purpose in zip(listed, ("revocation", "suspension"), strict=True):
        path.write_bytes(client.get(f"/status/1/{purpose}").content)
    options = ["--trust", str(trust), "--status", str(listed[0]), "--status", str(listed[1])]
    code, checks = verified(bad, *options)
    assert code == 3 and "状态清单" in checks["status"]["reasonZh"]
    assert verified(good, *options)[1]["status"]["outcome"] == "pass"

    # Another tree of the same size, whose checkpoint somebody kept.
    kept = tmp_path / "kept"
    kept.write_text(client.get("/log/checkpoint").content.decode())
    code, checks = verified(good, *options, "--checkpoint", str(kept))
    assert code == 0 and checks["log"]["outcome"] == "pass"
    key = growing.signer("log")
    text = growing.Checkpoint(key.name, LogEntry.objects.count(), b"\x05" * 32).text
    kept.write_text(f"{text}\n{key.line(text)}")
    code, checks = verified(good, *options, "--checkpoint", str(kept))
    assert checks["log"]["outcome"] == "fail" and "两个版本" in checks["log"]["reasonZh"]

    # Nothing to go by is an error, not an answer.
    assert verified(good)[0] == 2
    assert verified(good, "--trust", str(trust))[0] == 2
    assert verified(good, "--bundle", str(tmp_path / "none"))[0] == 2
    assert verified(good, "--bundle", str(trust))[0] == 2


def test_places_fit_the_lists() -> None:
    assert all(0 <= index < SIZE for _number, index in places.draw_many(50))
