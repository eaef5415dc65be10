"""Housekeeping of a deployment."""

from __future__ import annotations

from django.core.management import call_command

from quanheng.kernel.base import worker
from quanheng.kernel.base.periodic import every

DAY = 24 * 3600
KEEP_RESULTS_DAYS = 14


@every(20)
def take_up_lost_tasks() -> None:
    """Tasks whose worker was killed go back into the queue."""
    worker.reap()


@every(DAY)
def forget_what_is_over() -> None:
    """Finished tasks after two weeks, and sessions that have run out."""
    call_command("prune_db_task_results", min_age_days=KEEP_RESULTS_DAYS, queue_name="*", verbosity=0)
    call_command("clearsessions", verbosity=0)
