"""A staged import for the faults to strike, and what became of it; both run inside an instance (``calls.inside``)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.imports import tasks
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.tests.files import table
from quanheng.kernel.imports.tests.town import HEAD, Town, town
from tests.faults.stock import token_of


def _staged(scene: Town, rows: int) -> dict[str, str]:
    lines = ([*scene.row(1 + place % 50), f"限{place}"] for place in range(rows))
    batch = scene.upload(table([[*HEAD, "限制"], *lines]))
    for task in (tasks.read, tasks.check):
        task.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.bad) == (Batch.State.STAGED, 0), batch.problem
    DBTaskResult.objects.all().delete()
    return {"uid": batch.uid, "token": token_of(scene.person)}


def _town() -> Town:
    with transaction.atomic():
        return town()


def staged(rows: int) -> dict[str, str]:
    """An import of so many sound rows, ready to be committed by whoever holds the token."""
    return _staged(_town(), rows)


def twice(rows: int) -> dict[str, Any]:
    """The same file uploaded twice, both ready."""
    scene = _town()
    return {"both": [_staged(scene, rows) for _ in range(2)]}


def look(uid: str) -> dict[str, Any]:
    """Where the import stands, what there is of it, and whether the trail holds."""
    batch = Batch.objects.get(uid=uid)
    return {
        "state": batch.state,
        "lines": ScopeLine.objects.count(),
        "entries": Entry.objects.filter(act="imports.commit").count(),
        "sound": prove().sound,
    }
