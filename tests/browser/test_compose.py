"""Compose in a real browser: Enter sends and does not save a template; a snippet lands at the cursor; no file is sent for a preview."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Request, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.mail import snippets, templates
from tracker.actions.team import sessions


@pytest.fixture
def scene(console_deps: Deps) -> Scene:
    """A workspace with a rep, and a console."""
    return make_scene(console_deps)


def test_writing_with_template_snippet_and_file(scene: Scene, tmp_path: Path) -> None:
    """The preview follows each step; the page has no serious accessibility violation at the width of a phone."""
    deps, ws, dana = scene.deps, scene.workspace.id, scene.lead()
    deps.store.workspaces.change(ws, is_demo=True)
    templates.add_template(deps, ws, name="Intro", subject="Hello", html="<p>Hi {{first_name}}</p>", source="Hi {{first_name}}\n\n")
    snippets.add_snippet(deps, ws, None, name="Hours", text="Open 9 to 5 & by arrangement")
    file = tmp_path / "Offer.pdf"
    file.write_bytes(b"x" * 50_000)
    url = f"http://localhost:{deps.settings.port}"
    sizes: dict[str, int] = {}

    def note(request: Request) -> None:
        sizes[request.url] = max(sizes.get(request.url, 0), len(request.post_data_buffer or b""))

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        context.add_cookies([{"name": "ll_session", "value": sessions.start(deps, scene.rep), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/leads/{dana.id}/write")
        page.get_by_text("Template", exact=True).click()
        page.get_by_role("link", name="Intro").click()
        expect(page.locator("[data-preview] iframe").last.content_frame.get_by_text("Hi Dana")).to_be_visible()
        page.on("request", note)
        page.get_by_label("Attachments").set_input_files(file)
        page.locator("#f-body").press("Control+End")
        page.get_by_text("Snippet", exact=True).click()
        page.get_by_role("button", name="Hours").click()
        expect(page.locator("[data-preview] iframe").last.content_frame.get_by_text("Open 9 to 5 & by arrangement")).to_be_visible()
        assert 0 < sizes[f"{url}/leads/{dana.id}/write/check"] < 10_000
        found = Axe().run(page)
        assert [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")] == []
        page.get_by_label("Subject").press("Enter")
        page.wait_for_url(lambda address: "/write" not in address)
        chromium.close()
    (message,) = scene.store.messages.of_lead(dana.id)
    assert (message.subject, [attached.name for attached in message.attachments]) == ("Hello", ["Offer.pdf"])
    assert "Open 9 to 5 &amp; by arrangement" in message.html
