"""A rep signs in, follows a link in the own mail and is told so: the hop through the edge, the mark, the toast and *Count it*."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.test_live import SIZES
from tests.chromium import CHROMIUM, FLAGS
from tests.console_process import ConsoleProcess
from tests.edge_process import EdgeProcess
from tests.scenes import CHROME, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import sign_in_links
from tracker.actions.workspace import edge_policy, workspaces
from tracker.domain.activity.event import EventKind, Label
from tracker.links import tokens, urls


class Shop(ThreadingHTTPServer):
    """A site with the snippet."""

    def __init__(self, edge: str) -> None:
        super().__init__(("127.0.0.1", 0), ShopPages)
        self.edge, self.key = edge, ""
        self.url = f"http://localhost:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ShopPages(BaseHTTPRequestHandler):
    """One page at every path."""

    def do_GET(self) -> None:
        """The page."""
        shop = self.server
        assert isinstance(shop, Shop)
        body = f'<!doctype html><title>Shop</title><h1>Shop</h1><script async src="{shop.edge}/t.js?s={shop.key}"></script>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def scene(deps: Deps) -> Iterator[Scene]:
    """A workspace with a rep, a site, a console and an edge."""
    settings = deps.settings
    edge, console, shop = EdgeProcess(settings.port, settings.data), ConsoleProcess(settings), Shop(settings.edge_url)
    found = make_scene(deps)
    found.site = workspaces.add_site(deps, found.workspace.id, name="Shop", origins=[shop.url])
    shop.key = found.site.key
    edge_policy.publish(deps)
    yield found
    console.stop()
    edge.stop()
    shop.shutdown()
    shop.server_close()


def sign_in(scene: Scene, page: Page) -> None:
    """By a link, with scripts."""
    page.goto(sign_in_links.shown(scene.deps, scene.rep))
    expect(page.locator("input[name=edge]")).to_be_attached()
    page.get_by_role("button", name="Sign me in").click()
    page.wait_for_url("**/welcome/password")


def stored(scene: Scene, page: Page, kind: EventKind) -> Label:
    """The verdict on the newest event of the kind, as soon as it is stored."""
    while not (found := [e for e in scene.store.events.latest(limit=9) if e.kind is kind]):
        page.wait_for_timeout(50)
        scene.settle()
    return found[0].verdict.label


def test_the_rep_is_told_and_counts_it(chromium: Browser, scene: Scene) -> None:
    """Sign-in marks the browser. Click and visit are the rep's, until *Count it* in the toast."""
    lead = scene.lead()
    message = scene.message(lead, scene.deps.now() - timedelta(hours=1))
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, user_agent=CHROME)
    page = context.new_page()
    sign_in(scene, page)
    assert [c["name"] for c in context.cookies() if c["name"].startswith("ll_own_")] == [f"ll_own_{scene.workspace.id}"]

    page.goto(f"{scene.deps.settings.public_url}/leads/{lead.id}")
    claims = tokens.ClickClaims(scene.workspace.id, message.id, None, 0, f"{scene.site.origins[0]}/pricing")
    other = context.new_page()
    other.goto(urls.click_url(scene.deps.settings.edge_url, tokens.mint_click(scene.deps.keys, claims)))
    assert (stored(scene, other, EventKind.CLICK), stored(scene, other, EventKind.VIEW)) == (Label.SELF, Label.SELF)
    scene.settle()
    assert scene.store.visits.latest() == []

    page.bring_to_front()
    toast = page.locator(".toast", has_text="That was you: a click on localhost")
    expect(toast).to_be_visible()
    assert [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")] == []
    toast.get_by_role("button", name="Count it").click()
    expect(toast).to_have_count(0)
    scene.settle()
    assert stored(scene, other, EventKind.CLICK) is Label.HUMAN
    assert stored(scene, other, EventKind.VIEW) is not Label.SELF  # but an automated browser's
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_profile_marks_and_unmarks(chromium: Browser, scene: Scene, size: str) -> None:
    """The mark is removed and set again; *Mark this browser* on the site makes the visits there the rep's and stores no click."""
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, user_agent=CHROME)
    page = context.new_page()
    sign_in(scene, page)
    profile = f"{scene.deps.settings.public_url}/settings/me"
    page.goto(profile)
    card = page.locator("#this-browser")
    expect(card).to_contain_text("This browser is marked as yours")
    card.get_by_role("button", name="Remove the mark").click()
    expect(card).to_contain_text("is not marked as yours")
    assert [c for c in context.cookies() if c["name"].startswith("ll_own_")] == []
    card.get_by_role("button", name="Mark this browser", exact=True).click()
    expect(card).to_contain_text("This browser is marked as yours")

    card.get_by_role("button", name="Mark this browser on localhost").click()
    page.wait_for_url(f"{scene.site.origins[0]}/**")
    assert stored(scene, page, EventKind.VIEW) is Label.SELF
    assert [e.kind for e in scene.store.events.latest(limit=9)] == [EventKind.VIEW]

    page.goto(profile)
    card.get_by_text("Count your visits to your website again").click()
    card.get_by_role("button", name="Remove the mark on localhost").click()
    page.wait_for_url(f"{scene.site.origins[0]}/**")
    while len(views := [e for e in scene.store.events.latest(limit=9) if e.kind is EventKind.VIEW]) < 2:
        page.wait_for_timeout(50)
        scene.settle()
    assert Label.SELF not in [e.verdict.label for e in views]
    assert [c for c in context.cookies() if c["name"].startswith("ll_own_")] == []
    context.close()


def test_without_an_edge_sign_in_works_as_before(chromium: Browser, deps: Deps) -> None:
    """The page does not reach the edge, so sign-in leads straight on."""
    console, scene = ConsoleProcess(deps.settings), make_scene(deps)
    context = chromium.new_context()
    page = context.new_page()
    with page.expect_event("requestfailed"):
        page.goto(sign_in_links.shown(deps, scene.rep))
    page.get_by_role("button", name="Sign me in").click()
    page.wait_for_url("**/welcome/password")
    context.close()
    console.stop()
