"""``./qh calc TASK INPUT.json``: one calculation of the science. No database, no network, no Django."""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from quanheng.science.errors import ScienceError
from quanheng.science.tasks import names, task

DONE, REFUSED, UNUSABLE = 0, 1, 2
LARGEST = 256 * 1024 * 1024


def main(arguments: Sequence[str]) -> int:
    """Print the answer as JSON; 1 where the input is refused, 2 where it cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        if options.list:
            for found in map(task, names()):
                print(f"{found.name:<20} {found.en} ({found.zh}): {found.source}")
            return DONE
        if options.schema:
            found = task(options.schema)
            _print({"task": found.name, "in": found.takes, "out": found.gives, "example": found.example})
            return DONE
        if not options.task or not options.input:
            _parser().error("name a task and its input, or ask with --list what there is")
        found = task(options.task)
        given = _with_rows(_read(options.input), options.input)
    except ScienceError as error:
        return _say(error, UNUSABLE)
    try:
        _print(found.calculate(given))
    except ScienceError as error:
        return _say(error, REFUSED)
    return DONE


def _read(path: str) -> Any:
    try:
        if path == "-":
            text = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(path, "rb") as file:
                text = file.read(LARGEST + 1)
    except OSError as error:
        raise ScienceError(
            f"读不了 {path}（{error.strerror}），请核对路径", f"cannot read {path} ({error.strerror}); check the path"
        ) from error
    if len(text) > LARGEST:
        raise ScienceError(f"输入超过 {LARGEST} 字节，请缩小", f"the input exceeds {LARGEST} bytes; make it smaller")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ScienceError(
            f"输入不是有效的 JSON：{error}", f"the input is not valid JSON: {error}; mend it there"
        ) from error


def _with_rows(given: Any, beside: str) -> Any:
    """The input with the rows of the CSV file that ``rows`` names, beside the input; its first line is a heading."""
    if not isinstance(given, dict) or not isinstance(given.get("rows"), str):
        return given
    path = Path(given["rows"]) if beside == "-" else Path(beside).parent / given["rows"]
    try:
        if path.stat().st_size > LARGEST:
            raise ScienceError(f"{path} 超过 {LARGEST} 字节", f"{path} exceeds {LARGEST} bytes", "rows")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScienceError(
            f"读不了 {path}（{error}），请核对路径，并存为 UTF-8 的 CSV",
            f"cannot read {path} ({error}); check the path and save it as CSV in UTF-8",
            "rows",
        ) from error
    return {**given, "rows": rows}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON; a limit that is not there is null")


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _say(error: ScienceError, status: int) -> int:
    place = f"{error.field}: " if error.field else ""
    print(f"qh: {place}{error.zh}\n    {place}{error.en}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./qh calc", description="One calculation of the science, JSON in and JSON out."
    )
    parser.add_argument("task", nargs="?", metavar="TASK", help="its name")
    parser.add_argument("input", nargs="?", metavar="INPUT.json", help="the file of its input; - is standard input")
    parser.add_argument("--list", action="store_true", help="the tasks that there are")
    parser.add_argument("--schema", metavar="TASK", help="what a task takes and gives (JSON Schema), with an example")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads only the head of the answer breaks nothing
    sys.exit(main(sys.argv[1:]))
