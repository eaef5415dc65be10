"""Taking in what is uploaded: to disk as it comes, and no more of it than this deployment accepts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class Capped(FileUploadHandler):
    """Leaves out a file that is larger than any may be; ``request.left_out`` is then true.

    The rest of the request is read past, so that the browser gets to see the answer.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0
        if self.declared > settings.IMPORT_MAX_BYTES + 1024 * 1024:
            self._leave_out()

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        self.declared = content_length

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_MAX_BYTES:
            self._leave_out()
        return raw_data

    def _leave_out(self) -> None:
        if self.request is not None:
            self.request.left_out = True  # type: ignore[attr-defined]
        raise SkipFile

    def file_complete(self, file_size: int) -> None:
        return None
