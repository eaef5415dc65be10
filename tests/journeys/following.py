"""Going from page to page as a person does, who looks at the next one when it is there."""

from __future__ import annotations

from playwright.sync_api import Locator


def follow(link: Locator) -> None:
    """Click what leads to another page, and be there. A click alone does not wait: what is looked at next could be the
    page before, or none yet."""
    with link.page.expect_navigation():
        link.click()
