"""Renditions of attestations as PDF/A-3b with the signed original attached.

Rendering is deterministic: the same document gives the same bytes with the same template, Typst version
and font, so that a page can be checked by rendering it again. What is handed out is signed (``pdfsign``): it begins
with those bytes, and an incremental update behind them holds the signature.
"""

import ctypes
import json
import os
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

import typst

from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.errors import RenderingError
from quanheng.kernel.attestations.pdf.certificate import Signing
from quanheng.kernel.attestations.pdf.view import EDITION, view_of
from quanheng.kernel.base.qr import qr_svg

TEMPLATES = Path(__file__).parents[1] / "templates" / "typst"
PDF_STANDARD: Final = "a-3b"
ATTACHMENT = "credential.json"
# What the printed code says, for whoever lays the page out again: it is signed, so the data alone do not give it.
CODE_ATTACHMENT = "code.txt"
CODE_MARGIN = 2  # modules; the code stands amid white
# What the compiler gave back stays with the C library otherwise: 10 MB in each process that lays out reports. Giving it
# to the system costs a millisecond, so not after each.
GIVING_BACK = 10
WEIGHTS = ("400Regular", "700Bold")
FONT_PACKAGE = Path("node_modules") / "@expo-google-fonts" / "noto-sans-sc"


class Renderer:
    """Lays out attestations; keeps one Typst compiler alive, since its start costs more than a document."""

    def __init__(self, font_dir: Path) -> None:
        folders = [folder for weight in WEIGHTS if (folder := font_dir / weight).is_dir()]
        if len(folders) != len(WEIGHTS):
            raise RenderingError(
                "font-missing",
                f"缺少中文字体：{font_dir} 下应有 {'、'.join(WEIGHTS)}，请先运行安装步骤。",
                f"The Chinese font is missing: {font_dir} must hold {', '.join(WEIGHTS)}; run the set-up first.",
            )
        # A process renders one report at a time; Typst's second thread would only wait for the first.
        os.environ.setdefault("RAYON_NUM_THREADS", "1")
        self._templates = {path.name: path.read_bytes() for path in TEMPLATES.glob("*.typ")}
        self._compiler = typst.Compiler(font_paths=folders, ignore_system_fonts=True)
        self._lock = Lock()
        self._rendered = 0
        # Of the GNU C library; others have no such call and need none.
        self._give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)

    def render(
        self, document: dict[str, Any], edition: str = EDITION, signing: Signing | None = None, code: str = ""
    ) -> bytes:
        """Return the PDF of a signed attestation that keeps the schema, itself signed where it is said with what;
        RenderingError when it cannot.

        ``code`` stands in the printed code (``codes.made``); without it the code holds the address alone.
        """
        drawn = qr_svg(code, quiet_zone=CODE_MARGIN) if code else qr_svg(document["id"])
        view = view_of(document, drawn, edition, code)
        page = self._laid_out("report.typ", {"view.json": _json(view), "credential.json": known_bytes(document)})
        if signing is None:
            return page
        # Here and not above: pyHanko is large, and whoever verifies does without it.
        from quanheng.kernel.attestations.pdf.signing import signed

        return signed(page, signing)

    def sheet(self, view: dict[str, Any]) -> bytes:
        """Return the PDF of a page that attests nothing: ``title``, ``lead``, ``facts`` [[name, value]], ``tables``
        [{title, head, rows}], ``pictures`` (SVG), ``notes`` and ``foot``; RenderingError when it cannot."""
        return self._laid_out("sheet.typ", {"view.json": _json(view)})

    def _laid_out(self, template: str, words: dict[str, bytes]) -> bytes:
        # Files by their names, which the library takes and its types do not say.
        files: Any = self._templates | {"main.typ": self._templates[template]} | words
        try:
            with self._lock:
                result = self._compiler.compile(input=files, format="pdf", pdf_standards=[PDF_STANDARD])
                self._rendered += 1
                if self._give_back and self._rendered % GIVING_BACK == 0:
                    self._give_back(0)
        except typst.TypstError as error:
            raise RenderingError(
                "layout", f"文件无法排版：{error}", f"The document cannot be laid out: {error}"
            ) from error
        return cast(bytes, result)


def font_dir() -> Path:
    """Return the folder of the Chinese font: QUANHENG_FONT_DIR, else the npm package beside the code."""
    configured = os.environ.get("QUANHENG_FONT_DIR")
    return Path(configured) if configured else Path(__file__).parents[4] / FONT_PACKAGE


def _json(view: dict[str, Any]) -> bytes:
    return json.dumps(view, ensure_ascii=False).encode()


@lru_cache(maxsize=1)
def renderer() -> Renderer:
    """Return this process's renderer, made on first use."""
    return Renderer(font_dir())
