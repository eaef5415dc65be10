"""``./qh import KIND FILE``: read a table into the registers, all of it or nothing.

A front of what the pages of imports offer, for the platform itself: the same readers of files, the same kinds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from quanheng.kernel.base.errors import Refusal
    from quanheng.kernel.imports.direct import Loaded

# Registers of others, read as they are published: a file or a folder of them; each loader answers with its report.
_LOADING = "quanheng.kernel.requirements.loading"
PUBLISHED = {
    "classifications": ("tables of ICS and CCS", f"{_LOADING}.load_classifications"),
    "standards-cn": ("records of Chinese registers", f"{_LOADING}.load_chinese"),
    "standards-iso": ("records of ISO (Parquet)", f"{_LOADING}.load_international"),
}


def main(given: list[str]) -> int:
    """0 when every row was read; 1 with every wrong row named, and nothing stored."""
    django.setup()
    from django.utils.translation import override

    from quanheng.kernel.base.errors import Refusal
    from quanheng.kernel.imports.kinds import every_kind

    with override("en"):
        kinds = every_kind()
        parser = argparse.ArgumentParser(
            prog="./qh import",
            description="Read a table (CSV, XLSX, XLS, ODS, JSON) into the registers, all of it or nothing.",
            epilog="kinds: "
            + "; ".join(f"{kind.name} ({kind.label})" for kind in kinds.values())
            + "; as published, a file or a folder: "
            + "; ".join(f"{name} ({what})" for name, (what, _loader) in PUBLISHED.items()),
        )
        parser.add_argument("kind", choices=sorted([*kinds, *PUBLISHED]))
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--organisation", default="", metavar="CODE", help="credit code of the organisation whose rows these are"
        )
        options = parser.parse_args(given)
        try:
            if options.kind in PUBLISHED:
                print(_published(options.kind, options.file))
                return 0
            loaded = _load(options)
        except Refusal as refusal:
            _tell(refusal)
            return 1
    for remark in loaded.remarks:
        print(f"note: {remark}", file=sys.stderr)
    print(f"{loaded.rows} rows read.")
    return 0


def _load(options: Any) -> Loaded:
    from quanheng.kernel.imports.direct import load_file

    return load_file(options.kind, options.file, organisation=options.organisation)


def _published(kind: str, path: Path) -> Any:
    from django.utils.module_loading import import_string

    from quanheng.kernel.base.errors import Invalid

    if not path.exists():
        raise Invalid(f"{path}: No such file or directory.")
    return import_string(PUBLISHED[kind][1])(path)


def _tell(refusal: Refusal) -> None:
    print(f"qh: {refusal}", file=sys.stderr)
    for wrong in _but_itself(refusal.errors, str(refusal)):
        place = " ".join(filter(None, (f"row {wrong.row}" if wrong.row else "", wrong.field)))
        print(f"  {place}: {wrong.message}", file=sys.stderr)


def _but_itself(errors: Sequence[Any], message: str) -> list[Any]:
    """The errors, unless the only one says what was said already."""
    return [] if len(errors) == 1 and str(errors[0].message) == message else list(errors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
