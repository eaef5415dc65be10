"""Making exports in the background, and clearing them away."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from quanheng.kernel.base.errors import Refusal, in_language
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.registers.declare import register_named
from quanheng.kernel.registers.exports import exported_columns, ordered, write_csv, write_xlsx
from quanheng.kernel.registers.models import Export
from quanheng.kernel.registers.reading import ask, rows_of

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)


def folder() -> Path:
    """Where exports lie."""
    made = Path(settings.MEDIA_ROOT) / "exports"
    made.mkdir(parents=True, exist_ok=True)
    return made


def file_of(export: Export) -> Path:
    """The file of an export; its name cannot be guessed, and it is only ever served to its person."""
    return folder() / f"{export.uid}.{export.format}"


@task()
def make_export(key: int) -> None:
    """Write the file beside its place and put it there whole. Done twice, it makes the same file again."""
    export = Export.objects.select_related("person").filter(pk=key).first()
    if export is None or export.state == Export.State.READY:
        return
    part = folder() / f"{export.uid}.part"
    try:
        with override(export.language):
            register = register_named(export.register)
            asked = ask(register, QueryDict(export.query).dict(), strict=False)
            rows = rows_of(register, actor_of(export.person), asked)
            columns = exported_columns(register, asked)
            found = ordered(register, rows, asked)
            if export.format == Export.Format.XLSX:
                export.rows = write_xlsx(part, str(register.title), columns, found)
            else:
                export.rows = write_csv(part, columns, found)
        export.size = part.stat().st_size
        part.replace(file_of(export))
        export.state = Export.State.READY
    except Refusal as refusal:
        export.state = Export.State.FAILED
        export.trouble_zh = in_language(refusal.message, "zh-hans")[:300]
        export.trouble_en = in_language(refusal.message, "en")[:300]
    except OSError as error:
        logger.error("export %s: %s", export.uid, error, exc_info=error)
        export.state = Export.State.FAILED
        for language in ("zh", "en"):
            with override("en" if language == "en" else "zh-hans"):
                setattr(export, f"trouble_{language}", _("磁盘写不进去，请联系平台运维。"))
    finally:
        part.unlink(missing_ok=True)
    export.finished_at = timezone.now()
    export.save(update_fields=["state", "rows", "size", "trouble_zh", "trouble_en", "finished_at"])


def clear_exports() -> int:
    """Remove exports older than ``KEPT`` with their files; returns how many."""
    old = list(Export.objects.filter(created_at__lt=timezone.now() - KEPT)[:1000])
    for export in old:
        file_of(export).unlink(missing_ok=True)
    Export.objects.filter(pk__in=[export.pk for export in old]).delete()
    return len(old)
