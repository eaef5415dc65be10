"""``./qh bench``: measure what benchmarks/bench_*.py measure, beside the bounds that were promised.

``python -m quanheng.cli.bench --inside NAME`` is one benchmark in the process made for it.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

from quanheng.cli.instance import PYTHON, Instance, InstanceFailed, free_port
from quanheng.cli.launch import ROOT
from quanheng.kernel.base.processes import settle

FOLDER = ROOT / "benchmarks"


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def city(name: str) -> tuple[bool, str | None]:
    """Whether a benchmark asks for records, and its CITY; read without importing it, for models need a home."""
    for node in ast.parse((FOLDER / f"bench_{name}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["CITY"]:
            return True, ast.literal_eval(node.value)
    return False, None


def inside(name: str) -> int:
    """Prepare what the benchmark asks for, run it, print each figure as a line of JSON."""
    records, scale = city(name)
    if records:
        home = Path(os.environ["QH_HOME"])
        with (home / "prepare.log").open("w+b") as output:
            try:
                Instance(home, free_port(), output=output).prepare(scale)
            except InstanceFailed:
                sys.stderr.write((home / "prepare.log").read_text(errors="replace")[-3000:])
                return 1
        django.setup()
    figures = importlib.import_module(f"benchmarks.bench_{name}").figures
    settle()  # as the platform's processes
    for figure in figures():
        print(json.dumps({"bench": name, **vars(figure), "ratio": figure.ratio}, ensure_ascii=False), flush=True)
    return 0


def measure(name: str) -> Iterator[dict[str, Any]]:
    """The figures of one benchmark. Raises CalledProcessError where it breaks off."""
    with tempfile.TemporaryDirectory(prefix="quanheng-bench-") as home:
        # A benchmark calls more often than anybody may.
        unlimited = {"QH_API_ANONYMOUS": "0/0", "QH_API_TOKEN": "0/0"}
        environment = Instance(Path(home), free_port()).environment | unlimited
        command = [*PYTHON, "quanheng.cli.bench", "--inside", name]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                yield json.loads(line)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)


def tell(figure: dict[str, Any]) -> None:
    """One figure as a line of the table."""
    sign = "≥" if figure["higher_is_better"] else "≤"
    mark = "✓" if figure["ratio"] >= 1 else "✗"
    print(
        f"{mark} {figure['name']:<48} {figure['value']:>12,.2f} {figure['unit']:<12}"
        f" {sign} {figure['bound']:<10,g} {figure['ratio']:>7.2f}×",
        flush=True,
    )


def main(given: list[str]) -> int:
    """0 when everything could be measured, whatever the figures are; 1 when a benchmark broke off."""
    parser = argparse.ArgumentParser(prog="./qh bench", description="Measure, and compare with the promised bounds.")
    parser.add_argument("name", nargs="?", choices=names(), help="only this one")
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    if options.inside:
        return inside(options.inside)
    broken = []
    for name in [options.name] if options.name else names():
        try:
            for figure in measure(name):
                if options.json:
                    print(json.dumps(figure, ensure_ascii=False), flush=True)
                else:
                    tell(figure)
        except subprocess.CalledProcessError:
            broken.append(name)
            print(f"qh: the benchmark {name} broke off; the reason is above.", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
