"""The button *Alert me about this page* in a real browser: one click on, one click off, on every button of the page."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import sessions


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


def test_one_click_switches_the_alerts_of_a_page(scene: Scene) -> None:
    """The page stays where it is; both views of the page show the new state, also after a reload."""
    start = scene.deps.now() - timedelta(hours=2)
    dana = scene.lead()
    click = scene.click(scene.message(dana, start - timedelta(hours=1)), start)
    scene.page("dana", "/security", start, landing=click.id)
    scene.page("dana", "/pricing", start + timedelta(seconds=20))
    scene.page("dana", "/security", start + timedelta(seconds=40), page="again")
    scene.spool()
    scene.settle()
    url = f"http://localhost:{scene.deps.settings.port}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        context.add_cookies([{"name": "ll_session", "value": sessions.start(scene.deps, scene.rep), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/leads/{dana.id}")
        off, on = (page.get_by_role("button", name=name, exact=True) for name in ("Alert me about this page", "Alerting you · Stop"))
        expect(off).to_have_count(3)
        off.first.click()
        expect(on).to_have_count(2)
        expect(off).to_have_count(1)
        assert [(watched.name, watched.rep) for watched in scene.store.watched_pages.all_active()] == [("Security", scene.rep.id)]
        found = Axe().run(page)
        assert [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")] == []
        page.reload()
        expect(on).to_have_count(2)
        on.last.click()
        expect(off).to_have_count(3)
        assert scene.store.watched_pages.all_active() == []
        chromium.close()
