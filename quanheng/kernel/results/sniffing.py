"""What a raw file is, by its first bytes: neither its name nor what the sender called it is believed."""

from __future__ import annotations

UNKNOWN = "application/octet-stream"
# How much of a file ``media_type`` wants to see.
HEAD = 4096

_SIGNATURES = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftyp", "video/mp4"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
# What the first parts of a packed document are called.
_PACKED = (
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
    (b"word/", f"{_OFFICE}wordprocessingml.document"),
)


def media_type(head: bytes) -> str:
    """The media type of a file that begins so; text of any sort, also HTML and SVG, is plain text.

    >>> media_type(b"%PDF-1.7"), media_type(b"<html>"), media_type(bytes([0, 1, 2]))
    ('application/pdf', 'text/plain', 'application/octet-stream')
    """
    for place, sign, kind in _SIGNATURES:
        if head[place : place + len(sign)] == sign:
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for sign, kind in _PACKED if sign in head), "application/zip")
    return "text/plain" if head and _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            # A character that the end of the part has cut through.
            if len(head) == HEAD and error.start > HEAD - 4:
                return True
        else:
            return True
    return False
