"""The browser of the tests: the machine's own Chromium or Chrome."""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """There is no Chromium and none could be installed; the message says what to do."""


def find() -> str | None:
    """The path of the first browser on the PATH."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def find_or_install() -> str:
    """The path of a browser, installed with apt where that is possible. Raises NoBrowser."""
    path = find()
    if path:
        return path
    advice = f"Install Chromium and a Chinese font (Debian: apt-get install {' '.join(PACKAGES)}), then start again."
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NoBrowser(f"the browser tests need one of {', '.join(NAMES)} on the PATH. {advice}")
    print("· installing Chromium and a Chinese font …", flush=True)
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", *command], env=quietly, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            raise NoBrowser(f"apt-get {command[0]} failed:\n{done.stdout[-2000:]}\n{advice}")
    path = find()
    if not path:
        raise NoBrowser(f"apt-get installed {PACKAGES[0]}, but it is not on the PATH. {advice}")
    return path
