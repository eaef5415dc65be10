"""What is issued is in the log, what is not issued is not, and the clock only goes forwards."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from quanheng.kernel.attestations import services
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.audit import services as audit
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Unavailable
from quanheng.kernel.translog import entering, entry, growing, merkle, tiles
from quanheng.kernel.translog.models import Head, LogCheckpoint, LogEntry
from quanheng.kernel.translog.note import opened
from quanheng.kernel.translog.tests.issuing import issue, laboratory

pytestmark = pytest.mark.django_db
PLATFORM = Actor.platform()


def told() -> list[tuple[int, str, dict[str, Any]]]:
    rows = LogEntry.objects.order_by("id").values_list("id", "kind", "statement")
    return [(index, kind, entry.read(statement)) for index, kind, statement in rows]


def test_issue_change_and_key_are_entered_in_order(single_handed: None) -> None:
    first = issue(laboratory())
    services.suspend_attestation(PLATFORM, first, reason="设备待查")
    services.reinstate_attestation(PLATFORM, first, reason="查明无碍")
    services.withdraw_attestation(PLATFORM, first, reason="样品有误")
    found = told()
    assert [index for index, _kind, _statement in found] == [0, 1, 2, 3, 4]
    assert [kind for _index, kind, _statement in found] == ["key", "issue", "status", "status", "status"]
    assert found[1][2]["sha256"] == first.sha256 and found[1][2]["id"] == first.address
    assert [one["status"] for _index, kind, one in found if kind == "status"] == ["suspended", "issued", "withdrawn"]
    for row in LogEntry.objects.all():
        assert bytes(row.entry) == entry.committed(bytes(row.salt), row.statement)
        assert "设备待查" not in row.statement and first.number not in row.statement
    assert Head.objects.get().size == 5


def test_the_same_statement_is_never_the_same_entry() -> None:
    statement = entry.written({"type": "key", "id": "a"}, timezone.now())
    assert entry.committed(entry.new_salt(), statement) != entry.committed(entry.new_salt(), statement)


def test_an_act_that_fails_enters_nothing(single_handed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = issue(laboratory())
    monkeypatch.setattr(audit, "_write", lambda pending: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.suspend_attestation(PLATFORM, first, reason="设备待查")
    assert [kind for _index, kind, _statement in told()] == ["key", "issue"]
    assert Head.objects.get().size == 2


def test_what_is_rehearsed_is_not_entered(single_handed: None) -> None:
    first = issue(laboratory())
    with audit.rehearsed(), transaction.atomic():
        services.suspend_attestation(PLATFORM, first, reason="设备待查")
        transaction.set_rollback(True)
    assert len(told()) == 2


def test_nothing_is_entered_outside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "get_connection", lambda: SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        entering.write([entering.Draft("key", "", {}, None)])


@pytest.mark.parametrize("statement", ["UPDATE translog_logentry SET statement = ''", "DELETE FROM translog_logentry"])
def test_the_database_itself_refuses_to_change_entries(statement: str) -> None:
    issue(laboratory())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_clock_set_back_stops_issuing(monkeypatch: pytest.MonkeyPatch) -> None:
    body = laboratory()
    issue(body)
    growing.make_checkpoint()
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() - timedelta(seconds=30))
    issue(body)
    monkeypatch.setattr(timezone, "now", lambda: real() - timedelta(hours=1))
    with pytest.raises(Unavailable) as refusal, transaction.atomic():
        issue(body)
    assert refusal.value.reason == "clock-set-back"
    with pytest.raises(Unavailable):
        growing.make_checkpoint()
    assert Attestation.objects.count() == 2
    times = [*LogEntry.objects.order_by("id").values_list("at", flat=True)]
    assert times == sorted(times)


def test_a_checkpoint_states_the_tree_of_all_entries() -> None:
    body = laboratory()
    issued = [issue(body) for _ in range(3)]
    made = growing.make_checkpoint()
    assert made is not None and growing.make_checkpoint() is None, "nothing new, nothing to sign"
    key = growing.verifier("log")
    assert key is not None
    checkpoint = opened(made.note, [key]).checkpoint
    entries = [bytes(one) for one in LogEntry.objects.order_by("id").values_list("entry", flat=True)]
    # The issuer's key, three reports, and the log's own key.
    assert checkpoint.size == len(entries) == 5
    frontier = merkle.Frontier()
    for one in entries:
        frontier.add(merkle.leaf_hash(one))
    assert frontier.root() == checkpoint.root
    issue(body)
    later = growing.make_checkpoint()
    assert later is not None and later.size == 6 and LogCheckpoint.objects.count() == 2
    nodes = tiles.Nodes(growing.Stored())
    proof = merkle.consistency_proof(5, 6, nodes)
    merkle.verify_consistency(5, 6, proof, bytes(made.root), bytes(later.root))
    assert len(issued) == 3


def test_a_gap_is_never_signed() -> None:
    issue(laboratory())
    Head.objects.update(size=7)
    issue(laboratory("2"))
    with pytest.raises(growing.Gap):
        growing.make_checkpoint()
