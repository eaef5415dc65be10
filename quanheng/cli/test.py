"""``./qh test``: everything on SQLite, then whatever touches records again on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from quanheng.cli.chromium import NoBrowser, find_or_install
from quanheng.cli.launch import ROOT
from quanheng.cli.postgres import NoPostgres, postgres

NOTHING_COLLECTED = 5


def run(title: str, given: list[str], database: str | None) -> tuple[int, Counter[str]]:
    """One pass of pytest; its exit status and its counts: passed, failed, skipped."""
    began = time.monotonic()
    print(f"\n=== {title} ===", flush=True)
    with tempfile.TemporaryDirectory(prefix="qh-test-") as folder:
        report = Path(folder) / "report.xml"
        environment = {**os.environ, "QH_HOME": str(Path(folder) / "home")}
        environment.pop("QH_DATABASE", None)
        # Files are taken in the order that conftest.py puts them in, the longest first: both cores then end together.
        passing = ["-q", "-rs", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "10"]
        passing.append(f"--junit-xml={report}")
        if database:
            environment["QH_DATABASE"] = database
            passing.append("--records-only")
        status = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", *passing, *given], cwd=ROOT, env=environment
        ).returncode
        counts: Counter[str] = Counter()
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                numbers = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
                counts["failed"] += numbers["failures"] + numbers["errors"]
                counts["skipped"] += numbers["skipped"]
                counts["passed"] += 2 * numbers["tests"] - sum(numbers.values())
    print(f"{title}: {counts['passed']} passed in {time.monotonic() - began:.0f} s", flush=True)
    return status, counts


def main(given: list[str]) -> int:
    """Both passes; 0 when something ran and all of it passed.

    Only tests on real data sets that are not part of the project may skip; each is listed with its reason.
    """
    try:
        os.environ["QH_CHROMIUM"] = find_or_install()
        with postgres() as database:
            results = [run("SQLite", given, None), run("PostgreSQL", given, database)]
    except (NoBrowser, NoPostgres) as error:
        print(f"qh: {error}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    total = sum((counts for _status, counts in results), Counter[str]())
    sound = all(status in (0, NOTHING_COLLECTED) for status, _counts in results) and total["passed"] > 0
    failed = total["failed"]
    if not sound and not failed:
        failed = 1
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"\n{total['passed']} passed, {failed} failed{skipped}", flush=True)
    return 0 if sound and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
