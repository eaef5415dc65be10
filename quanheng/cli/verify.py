"""``./qh verify FILE…``: no database, no network, no Django."""

from __future__ import annotations

import sys

from quanheng.kernel.attestations.cli import verify_main

if __name__ == "__main__":
    sys.exit(verify_main(sys.argv[1:]))
