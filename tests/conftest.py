"""Real servers and a real browser for the tests that cross the whole platform.

server            a running platform with the reference city of scale "test", shared by a worker's tests
make_server       another one, for a test that kills or fills it
visit(username)   a browser page of that person (None: a visitor); page is visit() of a visitor
client(username)  the same person at the API
axe(page)         fails on serious findings; screenshot(page, name) keeps a picture under QH_SCREENSHOTS=1
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from quanheng.cli.chromium import FLAGS, find_or_install
from quanheng.cli.client import Client
from quanheng.cli.instance import Instance, InstanceFailed, free_port
from quanheng.cli.postgres import create_database

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "docs" / "screenshots"
SERIOUS = ("serious", "critical")

MakeServer = Callable[..., Instance]
Visit = Callable[..., Page]


def _postgres() -> str | None:
    url = os.environ.get("QH_DATABASE", "")
    return url if url.startswith("postgres") else None


def _template(shared: Path, scale: str | None) -> tuple[Path, str]:
    """A prepared home and its database's name, made once for all workers; servers start from copies of it."""
    name = f"qh_template_{scale or 'empty'}"
    home, failure = shared / name, shared / f"{name}.failed"
    with (shared / "template.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        # What could not be prepared once is not tried again for every test.
        assert not failure.exists(), failure.read_text()
        if not (home / "ready").exists():
            home.mkdir()
            server = _postgres()
            database = create_database(server, f"{name}_{secrets.token_hex(4)}") if server else None
            with (home / "prepare.log").open("wb") as output:
                try:
                    Instance(home, free_port(), database=database, output=output).prepare(scale)
                except InstanceFailed as error:
                    failure.write_text((home / "prepare.log").read_text(errors="replace")[-3000:])
                    raise AssertionError(failure.read_text()) from error
            (home / "ready").write_text(urlsplit(database or "").path.lstrip("/"))
        return home, (home / "ready").read_text()


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """``make_server(scale="test", start=True)``: a platform of its own on the database of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    made: list[Instance] = []

    def make(scale: str | None = "test", *, start: bool = True) -> Instance:
        template, database_name = _template(shared, scale)
        home = tmp_path_factory.mktemp("server") / "home"
        shutil.copytree(template, home)
        server = _postgres()
        database = create_database(server, f"qh_{secrets.token_hex(6)}", database_name) if server else None
        output = (home / "output.log").open("w+b")
        instance = Instance(home, free_port(), database=database, output=output)
        made.append(instance)
        if start:
            instance.start()
        return instance

    yield make
    for instance in made:
        instance.stop()
        assert instance.output is not None
        instance.output.close()


@pytest.fixture(scope="session")
def server(make_server: MakeServer) -> Iterator[Instance]:
    """The platform that the tests of one worker share. A traceback in its output fails the run."""
    instance = make_server()
    yield instance
    told = (instance.home / "output.log").read_text(errors="replace")
    assert "Traceback" not in told, told[-5000:]


@pytest.fixture(scope="session")
def client(server: Instance) -> Callable[[str | None], Client]:
    """``client(username)``: the API as that person."""
    known: dict[str | None, Client] = {}

    def of(username: str | None = None) -> Client:
        if username not in known:
            known[username] = Client(server.url)
            if username:
                known[username].sign_in(username, password_of(server, username))
        return known[username]

    return of


def password_of(instance: Instance, username: str) -> str:
    """The password of a demonstration account."""
    passwords = {account["username"]: account["password"] for account in instance.accounts}
    assert username in passwords, f"no account {username!r}; there are {sorted(passwords)}"
    return passwords[username]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    # Playwright keeps an event loop in this thread; the records that tests read are read synchronously all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = os.environ.get("QH_CHROMIUM") or find_or_install()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


class Watch:
    """Collects what a page should not do: errors in the console, violations of its policy, answers of 500."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        self.found: list[str] = []
        self.refused: set[str] = set()

    def over(self, page: Page) -> Page:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("response", self._response)
        return page

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status} from {response.url}")
        elif response.status >= 400 and response.request.is_navigation_request():
            # A refusal is a page too; the console's line about it says nothing new.
            self.refused.add(response.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and message.location.get("url") not in self.refused:
            self.found.append(f"console: {message.text} ({message.location.get('url')})")

    def problems(self) -> list[str]:
        return [line for line in self.found if not any(re.search(pattern, line) for pattern in self.allowed)]


@pytest.fixture
def allow_problems() -> list[str]:
    """Patterns of console lines that this test provokes on purpose: ``allow_problems.append("status of 422")``."""
    return []


@pytest.fixture(scope="session")
def signed_in() -> dict[tuple[str, str], dict[str, object]]:
    """Cookies of people who have signed in already, by server and user name."""
    return {}


@pytest.fixture
def visit(
    server: Instance, browser: Browser, allow_problems: list[str], signed_in: dict[tuple[str, str], dict[str, object]]
) -> Iterator[Visit]:
    """``visit(username=None, language="zh-CN", phone=False)``: a page of one person in a context of its own."""
    watch = Watch(allow_problems)
    contexts = []

    def open_page(username: str | None = None, *, language: str = "zh-CN", phone: bool = False) -> Page:
        key = (server.url, username or "")
        context = browser.new_context(
            base_url=server.url,
            locale=language,
            timezone_id="Asia/Shanghai",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            has_touch=phone,
            storage_state=signed_in.get(key),
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = watch.over(context.new_page())
        if username and key not in signed_in:
            page.goto("/account/login/")
            page.fill("input[name=login]", username)
            page.fill("input[name=password]", password_of(server, username))
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda url: "/account/login/" not in url)
            signed_in[key] = context.storage_state()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not watch.problems(), "\n".join(watch.problems())


@pytest.fixture
def page(visit: Visit) -> Page:
    """A visitor's page."""
    return visit()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """``axe(page)``: no serious or critical finding of axe-core."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page) -> None:
        page.evaluate(source)
        violations = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        lines = [
            f"{one['impact']} {one['id']}: {one['help']}\n    "
            + "\n    ".join(node["html"][:160] for node in one["nodes"][:5])
            for one in violations
            if one["impact"] in SERIOUS
        ]
        assert not lines, f"{page.url}\n" + "\n".join(lines)

    return check


@pytest.fixture(scope="session")
def screenshot() -> Callable[..., None]:
    """``screenshot(page, "home")``: docs/screenshots/home.png, small, when QH_SCREENSHOTS=1."""

    def keep(page: Page, name: str, *, full: bool = False) -> None:
        if os.environ.get("QH_SCREENSHOTS") != "1":
            return
        from PIL import Image

        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=full, animations="disabled")
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(96).save(path, optimize=True)

    return keep
