"""The ends of log and tree, a database that itself refuses to change an entry, and entries for what was there before.

What was issued before there was a log is entered in the order of issue. Each statement tells when it was entered, so
nobody is led to believe that it was logged when it was issued.
"""

import heapq
from itertools import islice

from django.db import migrations
from django.utils import timezone

from quanheng.kernel.translog import entry

BATCH = 2000
SQLITE = [
    f"CREATE TRIGGER translog_entry_no_{verb.lower()} BEFORE {verb} ON translog_logentry "
    "BEGIN SELECT RAISE(ABORT, 'log entries are append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    "CREATE FUNCTION translog_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'log entries are append-only'; END $$",
    "CREATE TRIGGER translog_entry_append_only BEFORE UPDATE OR DELETE ON translog_logentry "
    "FOR EACH ROW EXECUTE FUNCTION translog_entry_refuse()",
]


def _keys(apps):
    rows = apps.get_model("attestations", "IssuerKey").objects.order_by("valid_from", "id")
    for key_id, public, since in rows.values_list("key_id", "public_multibase", "valid_from").iterator():
        yield since, 0, "key", None, entry.key_made(key_id, public, since)


def _issued(apps):
    rows = apps.get_model("attestations", "Attestation").objects.order_by("issued_at", "id")
    for uid, address, sha256, at in rows.values_list("uid", "address", "sha256", "issued_at").iterator():
        yield at, 1, "issue", uid, entry.issued(address, sha256, at)


def _changed(apps):
    rows = apps.get_model("attestations", "Attestation").objects.exclude(state="issued")
    rows = rows.order_by("state_changed_at", "id").values_list(
        "uid", "address", "state", "state_changed_at", "issued_at", "superseded_by__address"
    )
    for uid, address, state, since, issued, by in rows.iterator():
        yield since or issued, 2, "status", uid, entry.changed(address, state, since or issued, by or "")


def forwards(apps, editor):
    model = apps.get_model("translog", "LogEntry")
    past = heapq.merge(_keys(apps), _issued(apps), _changed(apps), key=lambda one: one[:2])
    now, size = timezone.now(), 0
    while batch := list(islice(past, BATCH)):
        rows = []
        for index, (_at, _rank, kind, uid, statement) in enumerate(batch, size):
            salt, written = entry.new_salt(), entry.written(statement, now)
            rows.append(
                model(
                    id=index,
                    kind=kind,
                    attestation_id=uid,
                    salt=salt,
                    statement=written,
                    entry=entry.committed(salt, written),
                    at=now,
                )
            )
        model.objects.bulk_create(rows)
        size += len(rows)
    last = int(now.timestamp() * 1_000_000) if size else 0
    apps.get_model("translog", "Head").objects.create(pk=1, size=size, last=last)
    apps.get_model("translog", "Tree").objects.create(pk=1)
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("translog", "0001_initial"), ("attestations", "0003_kind_index")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
