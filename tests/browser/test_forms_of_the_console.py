"""Forms of the console in a real browser: a test alert comes at once, and typed text is not lost without a question."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import sessions


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


@pytest.fixture
def page(scene: Scene) -> Iterator[Page]:
    """A signed-in rep."""
    url = f"http://localhost:{scene.deps.settings.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": "ll_session", "value": sessions.start(scene.deps, scene.rep), "url": url}])
        yield context.new_page()
        browser.close()


def test_a_test_alert_shows_its_toast_on_the_same_page(page: Page) -> None:
    """The page is not loaded again, since its sound could not play before the next click."""
    page.goto("/settings/alerts")
    page.evaluate("window.isSame = true")
    page.locator("form[action='/settings/alerts/me/console/test'] button").click()
    expect(page.locator(".toast")).to_contain_text("Test: your alerts arrive here")
    assert page.evaluate("window.isSame")


def test_typed_text_is_not_lost_without_a_question(page: Page) -> None:
    """Asked on leaving a changed form, not on saving it, nor where nothing was typed."""
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto("/settings/workspace")
    page.goto("/settings/sites")
    assert asked == []
    page.locator("#f-name").press_sequentially("Shop")
    page.goto("/settings/workspace")
    assert asked == ["beforeunload"]
    page.locator("#f-name").press_sequentially(" Ltd")
    page.locator("form.form button.button-main").first.click()
    expect(page.locator(".flash")).to_contain_text("Saved")
    assert asked == ["beforeunload"]
