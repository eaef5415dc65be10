"""Housekeeping of imports."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.base.periodic import every
from quanheng.kernel.imports import services, tasks
from quanheng.kernel.imports.models import OPEN, WORKING, Batch

HOUR = 3600
# A batch whose task was never enqueued (the process ended between the two) is taken up after this.
PATIENCE = timedelta(minutes=2)
STATE = Batch.State
_TASKS = {
    STATE.READING: tasks.read,
    STATE.CHECKING: tasks.check,
    STATE.COMMITTING: tasks.commit,
    STATE.UNDOING: tasks.undo,
}
_BACK = {
    STATE.READING: STATE.UNREADABLE,
    STATE.CHECKING: STATE.MATCHING,
    STATE.COMMITTING: STATE.STAGED,
    STATE.UNDOING: STATE.COMMITTED,
}


@every(60)
def take_up_stranded() -> None:
    """An import whose task was given up, or was never begun, does not say "at work" for ever."""
    for batch in Batch.objects.filter(state__in=WORKING):
        result = DBTaskResult.objects.filter(pk=batch.task).first() if batch.task else None
        if result is None:
            if timezone.now() - batch.created_at > PATIENCE:
                services.enqueue(batch.pk, _TASKS[STATE(batch.state)])
        elif result.status in (TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL):
            services.refused(batch.pk, batch.state, _BACK[STATE(batch.state)], tasks.failure())


@every(HOUR)
def forget_old_uploads() -> None:
    """Files go after the days that the deployment keeps them, and with them the rows of imports that are over.

    What was left lying open so long is given up.
    """
    before = timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = Batch.objects.filter(created_at__lt=before).exclude(file="").exclude(state__in=WORKING)
    for batch in old.order_by("pk")[:200]:
        with transaction.atomic():
            batch = services.locked(batch)
            if batch.state in OPEN:
                batch.state = STATE.DISCARDED
                batch.save(update_fields=["state"])
            services.forget_rows(batch)
