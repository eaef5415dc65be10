"""Processes that the platform starts."""

from __future__ import annotations

import ctypes
import signal
import sys


def end_with_parent() -> None:
    """In a child, on Linux: be told to stop when the parent is gone, however it went."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
