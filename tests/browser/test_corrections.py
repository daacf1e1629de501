"""Correcting the cause of an event in a real browser, with and without scripts; nothing serious from axe."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.test_live import SIZES
from tests.chromium import CHROMIUM, FLAGS
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import sessions


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


@pytest.mark.parametrize("has_scripts", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_click_is_corrected_and_undone(chromium: Browser, scene: Scene, size: str, *, has_scripts: bool) -> None:
    """The menu opens by its summary, one of its buttons sets the cause, and Undo takes it back."""
    sent = scene.deps.now() - timedelta(hours=2)
    dana = scene.lead()
    click = scene.click(scene.message(dana, sent), sent + timedelta(hours=1))
    scene.spool()
    scene.settle()
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=has_scripts)
    url = f"http://localhost:{scene.deps.settings.port}"
    context.add_cookies([{"name": "ll_session", "value": sessions.start(scene.deps, scene.rep), "url": url}])
    page = context.new_page()
    page.goto(f"{url}/leads/{dana.id}")
    entry = page.locator(f"#e-{click.id}")
    entry.get_by_text("Change cause", exact=True).click()
    expect(entry.get_by_role("button", name="A person")).to_be_in_viewport()
    if has_scripts:
        found = Axe().run(page)
        assert [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")] == []
    entry.get_by_role("button", name="That was me").click()
    expect(entry.get_by_role("button", name="Undo")).to_be_visible()
    assert scene.store.events.get(click.id).correction == "me"
    entry.get_by_role("button", name="Undo").click()
    expect(entry.get_by_role("button", name="Undo")).to_have_count(0)
    assert scene.store.events.get(click.id).correction is None
    context.close()
