"""Files over HTTP: whole or in part (RFC 9110: ranges, validators), never read into memory at once.

A released file never changes, so its SHA-256 is its strong entity tag and a download that broke off goes on where
it ended. Behind a front server ``QH_ACCEL_PREFIX`` leaves the sending to that server (X-Accel-Redirect).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_etags

BLOCK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header; None where it asks for nothing that a server must heed.

    Several ranges, other units and unreadable headers are ignored, as RFC 9110 14.2 allows. ValueError where none
    of the file lies in the range (416).

    >>> wanted_range("bytes=0-9", 100), wanted_range("bytes=90-", 100), wanted_range("bytes=-5", 100)
    ((0, 9), (90, 99), (95, 99))
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        if not int(last) or not size:
            raise ValueError(header)
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise ValueError(header)
    return int(first), min(int(last), size - 1) if last else size - 1


def serve(request: HttpRequest, path: Path, *, tag: str, kind: str, modified: datetime) -> HttpResponseBase:
    """The file, or the part of it that is asked for, or 304 where the reader has it. FileNotFoundError if gone."""
    etag, size = f'"{tag}"', path.stat().st_size
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    answer: HttpResponseBase
    if "*" in asked or etag in (one.removeprefix("W/") for one in asked):
        answer = HttpResponse(status=304)
    elif settings.ACCEL_PREFIX:
        answer = HttpResponse()
        inside = path.relative_to(settings.MEDIA_ROOT).as_posix()
        answer.headers["X-Accel-Redirect"] = f"{settings.ACCEL_PREFIX.rstrip('/')}/{inside}"
    else:
        answer = _part(request, path, etag, size)
    answer.headers["ETag"] = etag
    answer.headers["Last-Modified"] = http_date(modified.timestamp())
    answer.headers["Accept-Ranges"] = "bytes"
    # Its address names the release: what lies there never changes.
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if answer.status_code in (200, 206):
        answer.headers["Content-Type"] = kind
        answer.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return answer


def _part(request: HttpRequest, path: Path, etag: str, size: int) -> HttpResponseBase:
    # A part of another version would be glued to what the reader has: If-Range must name this very one.
    current = request.headers.get("If-Range", etag) == etag
    try:
        span = wanted_range(request.headers.get("Range", ""), size) if current and request.method == "GET" else None
    except ValueError:
        answer = HttpResponse(status=416)
        answer.headers["Content-Range"] = f"bytes */{size}"
        return answer
    file = path.open("rb")
    if span is None:
        whole = FileResponse(file)
        whole.block_size = BLOCK
        return whole
    first, last = span
    part = StreamingHttpResponse(_read(file, first, last), status=206)
    part.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part.headers["Content-Length"] = str(last - first + 1)
    return part


def _read(file: IO[bytes], first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
