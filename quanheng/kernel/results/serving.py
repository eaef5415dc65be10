"""A raw file over HTTP: handed over as it came, to be saved and never to be shown by the browser."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.results.models import RawFile


def serve_raw_file(raw: RawFile) -> HttpResponseBase:
    """The file as an attachment. Raises NotFound where it is gone from the storage."""
    answer: HttpResponseBase
    if raw.erased_at is not None:
        raise NotFound(_("保存期限届满后，该文件的内容已经删除；名称与摘要仍留在记录中。"))
    if settings.ACCEL_PREFIX:
        answer = HttpResponse()
        answer.headers["X-Accel-Redirect"] = f"{settings.ACCEL_PREFIX.rstrip('/')}/{raw.file.name}"
    else:
        try:
            answer = FileResponse(raw.file.open("rb"))
        except FileNotFoundError:
            raise NotFound(_("文件已不在存储中，请联系平台运维从备份恢复。")) from None
    answer.headers["Content-Type"] = raw.media_type
    # RFC 6266 and 5987: a plain name for old readers, the whole one for all others.
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._- ") else "_" for sign in raw.name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(raw.name, '')}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    # RFC 9530: what was recorded, so that whoever gets it can check.
    answer.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(raw.sha256)).decode()}:"
    return answer
