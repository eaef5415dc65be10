"""``./qh serve``: prepare, then run the web server and the background worker as one."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
import unicodedata
from pathlib import Path
from types import FrameType
from typing import NoReturn

from quanheng.cli.instance import Instance, InstanceFailed
from quanheng.cli.launch import ROOT

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Somebody told the platform to stop."""


def _told_to_stop(number: int, frame: FrameType | None) -> NoReturn:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def arguments(given: list[str]) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="./qh serve", description="Prepare and run the platform.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for every one")
    parser.add_argument("--empty", action="store_true", help="do not load the reference city on the first start")
    parser.add_argument("--scale", default="demo", help="size of the reference city: test, demo, city")
    parser.add_argument("--database", metavar="URL", help="sqlite:///file or postgresql://user:password@host/name")
    parser.add_argument("--home", type=Path, help="folder of the data, keys and files (default: var)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the web server")
    return parser.parse_args(given)


def check_port(host: str, port: int) -> None:
    """Refuse at once where the port cannot be had. Raises InstanceFailed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise InstanceFailed(f"cannot listen on {host} port {port} ({error}). Choose another: --port N") from error


def table(rows: list[dict[str, str]]) -> str:
    """The demonstration accounts in columns; a Chinese character is two columns wide."""
    head = {"role_zh": "角色", "role_en": "role", "username": "user name", "password": "password"}
    head["organisation"] = "organisation"
    lines = [head, *rows]
    width = {name: max(_width(line[name]) for line in lines) for name in head}
    return "\n".join(
        "  " + "  ".join(line[name] + " " * (width[name] - _width(line[name])) for name in head).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def main(given: list[str]) -> int:
    """Serve until told to stop (0), or until a part ends by itself (1)."""
    options = arguments(given)
    began = time.monotonic()
    home = (options.home or Path(os.environ.get("QH_HOME", ROOT / "var"))).resolve()
    instance = Instance(
        home,
        options.port,
        host=options.host,
        database=options.database or os.environ.get("QH_DATABASE"),
        workers=options.workers,
    )
    for number in SIGNALS:
        signal.signal(number, _told_to_stop)
    try:
        check_port(options.host, options.port)
        instance.prepare(None if options.empty else options.scale)
        instance.start()
        greet(instance, time.monotonic() - began)
        while not (ended := instance.ended()):
            time.sleep(0.3)
        raise InstanceFailed(f"the {ended} ended by itself; everything is stopped. The reason is above.")
    except Stopped:
        print("\nstopping …", flush=True)
        return 0
    except InstanceFailed as failure:
        print(f"qh: {failure}", file=sys.stderr)
        return 1
    finally:
        instance.stop()


def greet(instance: Instance, seconds: float) -> None:
    """Say where the platform is and who can sign in."""
    address = os.environ.get("QH_SITE_URL", instance.url)
    print(f"\n权衡 Quanheng is running: {address}/   (ready in {seconds:.1f} s; Ctrl-C stops it)")
    print(f"Data and keys: {instance.home}")
    if instance.host not in ("127.0.0.1", "localhost", "::1") and "QH_SITE_URL" not in os.environ:
        print("Other machines are refused until QH_SITE_URL names the address that they use.")
    if instance.accounts:
        print(f"\nDemonstration accounts (synthetic data):\n{table(instance.accounts)}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
