"""Reading a rendition back: its attached original, and whether the page says what the data say.

The test is to render the attached data again. Equal bytes prove the whole file, drawings and code
included. When they differ, the text of both is compared page by page, so that the reader learns what
was changed; equal text alone proves nothing, since glyphs and drawings can be altered beneath it.
"""

import hashlib
import io
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol

from quanheng.kernel.attestations.credentials import codes
from quanheng.kernel.attestations.credentials.verdict import Check, Outcome
from quanheng.kernel.attestations.errors import RenderingError, UnreadablePdf
from quanheng.kernel.attestations.pdf.rendering import ATTACHMENT, CODE_ATTACHMENT
from quanheng.kernel.attestations.pdf.signed import BadSignature, PdfSignature, signature_in
from quanheng.kernel.attestations.pdf.view import EDITION, EDITIONS

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_BYTES = 32 * 1024 * 1024
SHOWN = 80
FOREIGN_CODE = (
    "版面所附的二维码内容不属于这份文件，或其签名不符。",
    "What the page's code is said to hold is not of this document, or its signature does not fit.",
)
REMEDY_ZH = "请以查验页面显示的数据为准，或重新下载 PDF。"
REMEDY_EN = "Rely on the data shown by verification, or download the PDF again."


class LaysOut(Protocol):
    """What gives the PDF of a document: a Renderer, or a Typesetter with a process of its own."""

    def render(self, document: dict[str, Any], edition: str = EDITION, *, code: str = "") -> bytes:
        """Return the PDF; RenderingError when it cannot."""


def is_pdf(data: bytes) -> bool:
    """Tell whether the bytes claim to be a PDF."""
    return data.startswith(b"%PDF-")


def attached_original(pdf: bytes) -> bytes:
    """Return the bytes of the attached credential; UnreadablePdf when the file has none or is damaged."""
    attachments = _read(pdf, lambda reader: {name: list(parts) for name, parts in reader.attachments.items()})
    parts = attachments.get(ATTACHMENT, [])
    if len(parts) != 1:
        raise UnreadablePdf(
            "no-attachment",
            f"PDF 中应有且只有一个附件 {ATTACHMENT}，实有 {len(parts)} 个；不是本平台出具的文件。",
            f"The PDF must carry one attachment {ATTACHMENT}, it has {len(parts)}; not issued by this platform.",
        )
    return bytes(parts[0])


def _code(pdf: bytes) -> str:
    """What the attachment says that the printed code holds; "" where there is none."""
    attachments = _read(pdf, lambda reader: {name: list(parts) for name, parts in reader.attachments.items()})
    parts = attachments.get(CODE_ATTACHMENT, [])
    return bytes(parts[0]).decode("ascii", errors="replace") if parts else ""


def page_texts(pdf: bytes) -> list[str]:
    """Return the text of each page; UnreadablePdf when the file is damaged."""
    return _read(pdf, lambda reader: [page.extract_text() for page in reader.pages])


def signature_of(pdf: bytes) -> PdfSignature | None:
    """Return the PDF's own signature, None where it has none; BadSignature, or UnreadablePdf for a damaged file."""
    found: PdfSignature | None = _read(pdf, lambda reader: signature_in(pdf, reader))
    return found


def check_printed(
    pdf: bytes,
    document: dict[str, Any],
    renderer: LaysOut,
    known: frozenset[str] = frozenset(),
    signed: Outcome | None = None,
) -> Check:
    """Compare a PDF with what its attached document gives when rendered again.

    `known` are SHA-256 digests (hex) of renditions that the platform has handed out for this document,
    so that a page from an earlier edition of the template still passes. `signed` is what came out of the PDF's own
    signature, None where it has none: what the issuer signed is as it was handed out.
    """
    if hashlib.sha256(pdf).hexdigest() in known:
        return Check("printed", "pass", "与平台发出的 PDF 逐字节一致。", "Equals the PDF handed out, byte for byte.")
    try:
        code = _code(pdf)
        if code and not codes.belongs(code, document):
            return Check("printed", "fail", *FOREIGN_CODE, REMEDY_ZH, REMEDY_EN)
        fresh = renderer.render(document, code=code)
    except UnreadablePdf as error:
        return Check("printed", "fail", error.zh, error.en, REMEDY_ZH, REMEDY_EN)
    except RenderingError as error:
        return Check("printed", "not-evaluated", error.zh, error.en, REMEDY_ZH, REMEDY_EN)
    if fresh == pdf:
        return Check(
            "printed",
            "pass",
            "版面由所附数据生成，逐字节一致。",
            "The page is what the attached data give, byte for byte.",
        )
    if signed is not None and signed != "fail" and pdf.startswith(fresh):
        return _with_signature(signed)
    try:
        found, edition = page_texts(pdf), _read(pdf, _edition)
    except UnreadablePdf as error:
        return Check("printed", "fail", error.zh, error.en, REMEDY_ZH, REMEDY_EN)
    if edition != EDITION and edition in EDITIONS:
        fresh = renderer.render(document, edition, code=code)
    if difference := _first_difference(page_texts(fresh), found):
        page, expected, seen = difference
        return Check(
            "printed",
            "fail",
            f"第 {page} 页文字与数据不符：数据为“{expected}”，版面为“{seen}”。",
            f'Page {page} differs from the data: the data give "{expected}", the page says "{seen}".',
            REMEDY_ZH,
            REMEDY_EN,
        )
    if signed == "pass":
        return Check(
            "printed",
            "pass",
            "文字与数据一致；文件自签发机构签名以来没有改动。",
            "The text fits the data, and the file is as the issuer signed it.",
        )
    if edition != EDITION:
        return Check(
            "printed",
            "not-evaluated",
            f"文字与数据一致，但版面出自另一版式（{edition[:40] or '无标记'}），图形无法逐字节核对。",
            f"The text fits the data, but the page is of another edition ({edition[:40] or 'unmarked'}): "
            "its drawings cannot be compared byte for byte.",
            REMEDY_ZH,
            REMEDY_EN,
        )
    return Check(
        "printed",
        "fail",
        "文字与数据一致，但文件字节被改动（图形、二维码、字体或文件结构）。",
        "The text fits the data, but bytes of the file were changed (drawings, code, fonts or structure).",
        REMEDY_ZH,
        REMEDY_EN,
    )


def _with_signature(signed: Outcome) -> Check:
    """Of a PDF that begins with the page byte for byte, behind which there is its signature."""
    if signed == "pass":
        return Check(
            "printed",
            "pass",
            "版面由所附数据生成，逐字节一致；其后只有签发机构的 PDF 签名。",
            "The page is what the attached data give, byte for byte; behind it is the issuer's signature alone.",
        )
    return Check(
        "printed",
        "not-evaluated",
        "版面由所附数据生成，但其后的 PDF 签名不能判断属于谁，追加的内容因此未作判断。",
        "The page is what the attached data give, but who made the PDF signature behind it is not known, nor "
        "therefore what else was appended.",
        "请用最新的信任清单再验，或重新下载 PDF，或查验数据原件（JSON）。",
        "Verify with the newest trust bundle, download the PDF again, or verify the original data (JSON).",
    )


def _first_difference(expected: list[str], found: list[str]) -> tuple[int, str, str] | None:
    """Return (page, expected line, found line) of the first difference, or None."""
    for page, (ours, theirs) in enumerate(zip_longest(expected, found, fillvalue=""), 1):
        for our_line, their_line in zip_longest(ours.splitlines(), theirs.splitlines(), fillvalue=""):
            if our_line != their_line:
                return page, our_line[:SHOWN], their_line[:SHOWN]
    return None if len(expected) == len(found) else (min(len(expected), len(found)) + 1, "", "")


def _edition(reader: "PdfReader") -> str:
    metadata = reader.metadata
    return str(metadata.get("/Keywords", "")) if metadata else ""


def _read(pdf: bytes, question: Any) -> Any:
    if len(pdf) > MAX_BYTES:
        raise UnreadablePdf("too-large", f"PDF 超过 {MAX_BYTES} 字节。", f"The PDF exceeds {MAX_BYTES} bytes.")
    # Here and not above: the reader is large, and a worker that is never given a PDF does without it.
    import pypdf

    try:
        return question(pypdf.PdfReader(io.BytesIO(pdf)))
    except (UnreadablePdf, BadSignature):
        raise
    except (Exception, RecursionError) as error:
        # A damaged PDF makes the reader fail in many ways (its own errors, KeyError, TypeError, zlib.error);
        # all of them mean the same to whoever verifies a file.
        raise UnreadablePdf(
            "damaged-pdf",
            f"PDF 已损坏，无法读取（{type(error).__name__}）。",
            f"The PDF is damaged and cannot be read ({type(error).__name__}).",
        ) from error
