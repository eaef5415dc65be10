"""The process that lays out PDFs for a worker: the same pages, and no document that takes the worker along."""

import os
import signal
from collections.abc import Iterator

import pytest

from quanheng.kernel.attestations.errors import RenderingError
from quanheng.kernel.attestations.pdf import typesetter
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.typesetter import Typesetter
from quanheng.kernel.attestations.pdf.view import REPEATING
from quanheng.kernel.attestations.tests import samples

DOCUMENT = samples.document()


@pytest.fixture
def setter() -> Iterator[Typesetter]:
    made = Typesetter()
    yield made
    made.end()


def test_its_pages_are_those_of_the_renderer_byte_for_byte(setter: Typesetter) -> None:
    assert setter.render(DOCUMENT) == renderer().render(DOCUMENT)
    assert setter.render(DOCUMENT, REPEATING) == renderer().render(DOCUMENT, REPEATING)


def test_one_that_was_killed_is_replaced(setter: Typesetter) -> None:
    first = setter.render(DOCUMENT)
    assert setter._process
    os.kill(setter._process.pid, signal.SIGKILL)
    assert setter.render(DOCUMENT) == first


def test_what_cannot_be_laid_out_is_told_and_the_process_goes_on(
    setter: Typesetter, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    monkeypatch.setenv("QUANHENG_FONT_DIR", str(tmp_path))
    with pytest.raises(RenderingError, match="字体") as told:
        setter.render(DOCUMENT)
    assert told.value.code == "font-missing" and setter._process and setter._process.poll() is None


def test_what_takes_too_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = Typesetter(longest=0.01)
    with pytest.raises(RenderingError, match=r"0\.01"):
        impatient.render(DOCUMENT)
    assert impatient._process is None


def test_it_ends_with_its_worker(setter: Typesetter) -> None:
    setter.render(DOCUMENT)
    process = setter._process
    assert process and process.stdin
    process.stdin.close()
    assert process.wait(timeout=20) == 0


def test_it_knows_nothing_of_records() -> None:
    """Small, and started in a moment: no Django."""
    import subprocess
    import sys

    modules = f"{typesetter.__name__}, quanheng.kernel.attestations.pdf.rendering"
    program = f"import sys, {modules}; assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
