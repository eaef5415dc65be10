"""Processes of the platform: how they settle once all is loaded, and how those end that others start."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys


def settle() -> None:
    """In a process that has loaded what it works with: keep that out of the way of the collector of garbage.

    To look through it again took a request 60 ms every now and then; and a request makes tens of thousands of objects,
    nearly all of which go by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 20)


def end_with_parent() -> None:
    """In a child, on Linux: be told to stop when the parent is gone, however it went."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
