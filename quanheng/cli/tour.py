"""``./qh tour NAME``: a journey told step by step, through the public API of a real platform.

    @tour("one-stop", zh="一站式服务：从需求到报告", en="One stop: from a need to a verified report")
    def one_stop(guide: Guide) -> None:
        with guide.step(zh="企业说出需求", en="An enterprise says what it needs") as facts:
            facts["need"] = guide.client("enterprise").post("/needs", {...})["uid"]

A step that raises ends the tour; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanheng.cli.client import Client
from quanheng.cli.instance import PYTHON, InstanceFailed, accounts, temporary_instance
from quanheng.cli.launch import ROOT


class TourFailed(Exception):
    """A step of the tour failed; it has been told already."""


@dataclass
class Guide:
    """What a tour works with: the platform's address, people to be, a folder for files, a voice."""

    url: str
    accounts: list[dict[str, str]]
    folder: Path
    as_json: bool = False
    language: str = "zh"
    steps: int = 0
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, username: str | None = None) -> Client:
        """The API as the demonstration account of that name; None is a visitor. Raises KeyError."""
        key = username or ""
        if key not in self.clients:
            person = Client(self.url, "en" if self.language == "en" else "zh-hans")
            if username:
                passwords = {account["username"]: account["password"] for account in self.accounts}
                if username not in passwords:
                    raise KeyError(f"no demonstration account {username!r}; there are {sorted(passwords)}")
                person.take_token(username, passwords[username])
            self.clients[key] = person
        return self.clients[key]

    def words(self, zh: str, en: str) -> str:
        """The text in the language that the tour is told in."""
        return en if self.language == "en" else zh

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``./qh verify`` in a process of its own that knows neither the home nor the database."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("QH_")}
        variables.pop("DJANGO_SETTINGS_MODULE", None)
        return subprocess.run(
            [*PYTHON, "quanheng.cli.verify", *arguments],
            env={**variables, "PYTHONPATH": str(ROOT)},
            cwd=self.folder,
            capture_output=True,
            text=True,
        )

    @contextmanager
    def step(self, *, zh: str, en: str) -> Iterator[dict[str, Any]]:
        """One step with its line of the story; what is put into the yielded facts is told with it."""
        self.steps += 1
        facts: dict[str, Any] = {}
        began = time.monotonic()
        reason = ""
        try:
            yield facts
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise TourFailed(reason) from error
        finally:
            self._tell(zh, en, facts, reason, time.monotonic() - began)

    def _tell(self, zh: str, en: str, facts: dict[str, Any], reason: str, seconds: float) -> None:
        if self.as_json:
            line = {"step": self.steps, "ok": not reason, "zh": zh, "en": en, "facts": facts}
            line |= {"reason": reason} if reason else {}
            print(json.dumps({**line, "seconds": round(seconds, 3)}, ensure_ascii=False, default=str), flush=True)
            return
        print(f"{'✗' if reason else '✓'} {self.steps:>2}  {self.words(zh, en)}", flush=True)
        for name, value in facts.items():
            print(f"        {name}: {value}")
        if reason:
            print(f"        {reason}", flush=True)


@dataclass(frozen=True)
class Tour:
    """A journey that can be told."""

    name: str
    zh: str
    en: str
    tell: Callable[[Guide], None]


TOURS: dict[str, Tour] = {}


def tour(name: str, *, zh: str, en: str) -> Callable[[Callable[[Guide], None]], Callable[[Guide], None]]:
    """Declare a tour; its module lies in quanheng/cli/tours."""

    def declare(tell: Callable[[Guide], None]) -> Callable[[Guide], None]:
        if name in TOURS:
            raise ValueError(f"tour declared twice: {name}")
        TOURS[name] = Tour(name, zh, en, tell)
        return tell

    return declare


def discover() -> dict[str, Tour]:
    """Every tour there is."""
    from quanheng.cli import tours

    for module in pkgutil.iter_modules(tours.__path__):
        importlib.import_module(f"{tours.__name__}.{module.name}")
    return TOURS


@contextmanager
def place(options: argparse.Namespace) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Where the tour is told: a running platform, or one made for it."""
    if options.url:
        home = options.home or Path(os.environ.get("QH_HOME", ROOT / "var"))
        yield options.url.rstrip("/"), accounts(home)
        return
    print("starting a temporary platform …", file=sys.stderr, flush=True)
    with temporary_instance() as instance:
        yield instance.url, instance.accounts


def main(given: list[str]) -> int:
    """0 when every step of the tour succeeded, 1 when one failed."""
    known = discover()
    parser = argparse.ArgumentParser(prog="./qh tour", description="Tell a journey step by step.")
    parser.add_argument("name", choices=sorted(known))
    parser.add_argument("--json", action="store_true", help="one line of JSON per step")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="the language that it is told in")
    parser.add_argument("--url", help="a running platform with the reference city; without it a temporary one is made")
    parser.add_argument("--home", type=Path, help="with --url: the home whose demonstration accounts are used")
    options = parser.parse_args(given)
    chosen, began = known[options.name], time.monotonic()
    failed = True
    guide = None
    try:
        with place(options) as (url, people), tempfile.TemporaryDirectory(prefix="quanheng-tour-") as folder:
            guide = Guide(url, people, Path(folder), options.json, options.lang)
            if not options.json:
                print(f"{guide.words(chosen.zh, chosen.en)}\n{url}\n", flush=True)
            chosen.tell(guide)
        failed = False
    except TourFailed:
        pass  # told as the step's last line
    except InstanceFailed as failure:
        print(f"qh: {failure}", file=sys.stderr)
    seconds, steps = time.monotonic() - began, guide.steps if guide else 0
    if options.json:
        print(json.dumps({"tour": chosen.name, "ok": not failed, "steps": steps, "seconds": round(seconds, 1)}))
    else:
        print(f"\n{'failed at step' if failed else 'all steps passed:'} {steps} ({seconds:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    # The tours' modules import this one by its name: the registry must be that one's.
    from quanheng.cli import tour as module

    sys.exit(module.main(sys.argv[1:]))
