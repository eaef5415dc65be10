"""PDFs for a web worker, laid out by a process of its own.

Typst and its Chinese fonts take 60 MB, half as much again as a worker of the platform; and a document that brought
them down would take a worker along. The process starts with the first PDF, ends when nobody has asked for a while,
and ends with its worker, since it reads from it.
"""

import json
import os
import select
import subprocess
import sys
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final, cast

from quanheng.kernel.attestations.errors import RenderingError
from quanheng.kernel.attestations.pdf.certificate import Signing
from quanheng.kernel.attestations.pdf.view import EDITION

IDLE: Final = 600  # seconds without a question after which the process ends
LONGEST: Final = 60  # seconds that one document may take
ROOT = Path(__file__).parents[4]
_HEAD = 4  # bytes that tell the length of a message
_SIGN = b"sign:"  # what begins so is to be signed; PDFs begin with "%", errors with "{"


class Typesetter:
    """Has one process lay out documents, one at a time; starts another one where it has ended."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def render(
        self, document: dict[str, Any], edition: str = EDITION, signing: Signing | None = None, code: str = ""
    ) -> bytes:
        """Return the PDF of a signed attestation that keeps the schema, itself signed where it is said with what;
        RenderingError when it cannot. ``code`` is what its printed code says."""
        wanted = {"document": document, "edition": edition, "code": code}
        if signing is None:
            return self._laid_out(wanted)
        told = {"certificate": b64encode(signing.certificate).decode(), "at": signing.at.isoformat()}
        return self._laid_out(wanted | {"signing": told}, signing)

    def sheet(self, view: dict[str, Any]) -> bytes:
        """Return the PDF of a page that attests nothing (see ``Renderer.sheet``); RenderingError when it cannot."""
        return self._laid_out({"view": view})

    def _laid_out(self, wanted: dict[str, Any], signing: Signing | None = None) -> bytes:
        asked = json.dumps(wanted, ensure_ascii=False).encode()
        with self._lock:
            # The first may have ended for want of work just now; what ends the second as well is the document.
            for _attempt in range(2):
                if answer := self._answer(asked, signing):
                    break
                self.end()
            else:
                raise RenderingError(
                    "layout",
                    f"排版未能完成：排版进程中止，或超过 {self._longest:g} 秒。请联系平台管理员。",
                    f"The layout did not come to an end: its process stopped, or took longer than {self._longest:g} s. "
                    "Tell the platform's administrator.",
                )
        if answer[:1] == b"{":
            raise RenderingError(**json.loads(answer))
        return answer

    def end(self) -> None:
        """End the process, whatever it does; the next document starts another one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):  # of what was not read any more
                    cast(IO[bytes], pipe).close()

    def _answer(self, asked: bytes, signing: Signing | None) -> bytes:
        """Return what the process says; b"" when it has ended or takes too long.

        The process has no private key: it may ask for the signature over what it has laid out, before it answers.
        """
        process = self._process = self._process or _started()
        to, back = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        answer = self._said(to, back, asked)
        if signing is None or not answer.startswith(_SIGN):
            return answer
        try:
            signature = signing.sign(answer[len(_SIGN) :])
        except BaseException:
            self.end()  # it waits for a signature that does not come
            raise
        return self._said(to, back, signature)

    def _said(self, to: IO[bytes], back: IO[bytes], message: bytes) -> bytes:
        try:
            _write(to, message)
        except BrokenPipeError:
            return b""
        ready, _, _ = select.select([back], [], [], self._longest)
        return _read(back) if ready else b""


@lru_cache(maxsize=1)
def typesetter() -> Typesetter:
    """Return this worker's typesetter."""
    return Typesetter()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _write(file: IO[bytes], message: bytes) -> None:
    file.write(len(message).to_bytes(_HEAD, "big") + message)
    file.flush()


def _read(file: IO[bytes]) -> bytes:
    return file.read(int.from_bytes(file.read(_HEAD), "big"))


def _serve() -> None:
    """Lay out what comes in, until it ends or nothing comes for long."""
    from quanheng.kernel.attestations.pdf.rendering import renderer

    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    while select.select([asked], [], [], IDLE)[0] and (message := _read(asked)):
        wanted = json.loads(message)
        if told := wanted.get("signing"):
            certificate, at = b64decode(told["certificate"]), datetime.fromisoformat(told["at"])
            wanted["signing"] = Signing(certificate, at, lambda data: _asked(answers, asked, data))
        try:
            answer = renderer().sheet(**wanted) if "view" in wanted else renderer().render(**wanted)
        except RenderingError as error:
            answer = json.dumps({name: getattr(error, name) for name in ("code", "zh", "en", "field")}).encode()
        _write(answers, answer)


def _asked(to: IO[bytes], back: IO[bytes], data: bytes) -> bytes:
    _write(to, _SIGN + data)
    return _read(back)


if __name__ == "__main__":
    _serve()
