"""``./qh audit verify``: walk the audit trail's chain from its first entry to its head."""

from __future__ import annotations

import argparse
import sys

import django


def main(given: list[str]) -> int:
    """0 when the whole chain holds; 1 after naming the first entry that breaks it."""
    parser = argparse.ArgumentParser(prog="./qh audit", description="The audit trail.")
    parser.add_argument("act", choices=["verify"])
    parser.parse_args(given)
    django.setup()
    from quanheng.kernel.audit.services import prove

    proof = prove()
    if proof.sound:
        print(f"{proof.entries} entries, unbroken from the first to the head.")
        return 0
    print(f"The trail is broken at entry {proof.broken_at} ({proof.why}); {proof.entries} entries before it hold.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
