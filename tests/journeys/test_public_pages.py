"""The pages that anyone opens, at a desk and on a phone: nothing sideways, nothing that a screen reader trips over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Visit = Callable[..., Page]
Axe = Callable[[Page], None]

PUBLIC = {
    "home": "/",
    "verify": "/verify/",
    "organisations": "/organisations/",
    "scope": "/scope/",
    "standards": "/standards/",
    "families": "/families/",
    "rules": "/rules/",
    "plans": "/plans/",
    "projects of the plans": "/plans/projects/",
    "indicators of the plans": "/plans/indicators/",
    "indicator": "/plans/indicators/I58/",
    "metrology": "/metrology/",
    "certification": "/certification/",
    "testing": "/testing/",
}


def sound(page: Page, axe: Axe) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_in_both_languages(
    visit: Visit, axe: Axe, screenshot: Callable[[Page, str], None], name: str
) -> None:
    page = visit()
    assert page.goto(PUBLIC[name]).status == 200  # type: ignore[union-attr]
    sound(page, axe)
    if name in ("home", "rules"):
        screenshot(page, name)
    english = visit(language="en-GB", phone=True)
    assert english.goto(PUBLIC[name]).status == 200  # type: ignore[union-attr]
    sound(english, axe)
    if name == "home":
        screenshot(english, "home-phone-en")


def test_an_institution_and_its_scope_lines(visit: Visit, axe: Axe, screenshot: Callable[[Page, str], None]) -> None:
    page = visit()
    page.goto("/organisations/?kind=laboratory")
    page.locator("a.row-link").first.click()
    page.wait_for_url("**/organisations/*/")
    sound(page, axe)
    screenshot(page, "organisation")
    page.locator("a[href^='/scope/']:not([href='/scope/'])").first.click()
    page.wait_for_url("**/scope/*/")
    sound(page, axe)
    screenshot(page, "scope-line")


@pytest.mark.parametrize(
    "username", ["enterprise", "operator", "reviewer", "signatory", "quality", "officer", "planner"]
)
def test_every_role_has_a_workbench(
    visit: Visit, axe: Axe, screenshot: Callable[[Page, str], None], username: str
) -> None:
    page = visit(username)
    page.goto("/work/")
    assert page.get_by_role("heading", level=1).inner_text() == "工作台"
    sound(page, axe)
    if username == "operator":
        screenshot(page, "workbench")


def test_the_api_documents_itself_from_this_site_alone(visit: Visit) -> None:
    page = visit()
    page.goto("/api/v1/docs")
    page.get_by_text("/api/v1/orders/{uid}/issue").wait_for(timeout=30_000)
