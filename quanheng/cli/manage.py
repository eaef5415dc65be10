"""``./qh manage``: Django's own commands."""

from __future__ import annotations

import sys

from django.core.management import ManagementUtility

if __name__ == "__main__":
    ManagementUtility(["./qh manage", *sys.argv[1:]]).execute()
