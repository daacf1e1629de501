"""The snippet where nothing it sends is accepted: it stops, so that the page's console stays quiet; and consent by the script's address."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.edge_process import SITE, WORKSPACE, EdgeProcess
from tests.ports import free_ports
from tracker.domain.activity.capture import CaptureKind

PAGE = '<!doctype html><title>Shop</title><script async src="{edge}/t.js?s={site}{more}"></script><body><h1>Shop</h1>'


class Shop:
    """A site whose every page has the snippet; the path `/wait` asks for consent by the script's address."""

    def __init__(self, port: int, edge: str) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                more = "&amp;consent=wait" if self.path.startswith("/wait") else ""
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(PAGE.format(edge=edge, site=SITE, more=more).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.own, self.other = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[EdgeProcess]:
    port = free_ports(6)
    made = EdgeProcess(port, tmp_path / "var", (f"http://localhost:{port + 2}",))
    yield made
    made.stop()


@pytest.fixture
def shop(edge: EdgeProcess) -> Iterator[Shop]:
    made = Shop(edge.settings.port + 2, edge.url)
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def sent(page: Page) -> list[str]:
    """The bodies that the page sends."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.post_data or "") if request.url.endswith("/e") else None)
    return found


def wait_for(page: Page, is_so: Callable[[], object]) -> None:
    for _ in range(600):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to that")


def act(page: Page) -> None:
    """What a reader does, and time for the first retry."""
    page.mouse.move(20, 20)
    page.mouse.click(40, 40)
    page.wait_for_timeout(3_000)


def test_a_page_of_another_origin_is_told_once(edge: EdgeProcess, shop: Shop, page: Page, sent: list[str]) -> None:
    """The edge counts it; neither this page nor later ones of the tab send more."""
    page.goto(f"{shop.other}/")
    wait_for(page, lambda: sent)
    act(page)
    page.goto(f"{shop.other}/second")
    act(page)

    assert len(sent) == 1
    wait_for(page, edge.captures)
    (counted,) = edge.captures()
    assert (counted.kind, counted.workspace, counted.url, counted.count) == (CaptureKind.REFUSED, WORKSPACE, shop.other, 1)

    page.goto(f"{shop.own}/")
    wait_for(page, lambda: [one for one in edge.captures() if one.kind is CaptureKind.VIEW])


def test_an_origin_that_was_added_is_recorded_in_the_same_tab(edge: EdgeProcess, shop: Shop, page: Page, sent: list[str]) -> None:
    """The note names the reason, which is gone."""
    page.goto(f"{shop.other}/")
    wait_for(page, lambda: page.evaluate("sessionStorage.length"))
    edge.write_policy((shop.own, shop.other))
    page.route("**/t.js*", lambda route: route.continue_(headers=route.request.headers | {"cache-control": "no-cache"}))
    page.goto(f"{shop.other}/again")
    wait_for(page, lambda: [one for one in edge.captures() if one.kind is CaptureKind.VIEW])
    assert len(sent) > 1


@pytest.mark.parametrize(
    ("status", "code", "stops"),
    [(403, "", True), (404, "", True), (410, "", True), (400, "unknown_site\n", True), (400, "wrong_origin\n", True), (400, "bad_shape\n", False)],
)  # fmt: skip
def test_refusals_that_no_retry_can_change_end_the_sending(
    shop: Shop, page: Page, sent: list[str], status: int, code: str, *, stops: bool
) -> None:
    """For the tab, not for other refusals, which concern the events sent."""
    headers = {"access-control-allow-origin": "*"}
    page.route("**/e", lambda route: route.fulfill(status=status, body=code, headers=headers))
    page.goto(f"{shop.own}/")
    wait_for(page, lambda: sent)
    page.wait_for_timeout(500)
    act(page)
    page.goto(f"{shop.own}/second")
    act(page)
    assert (len(sent) == 1) is stops


def test_network_errors_are_tried_again(edge: EdgeProcess, shop: Shop, page: Page) -> None:
    """As before: nothing says that they last."""
    lost: list[Route] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route)
        route.abort()

    page.route("**/e", lose)
    page.goto(f"{shop.own}/")
    wait_for(page, lambda: [one for one in edge.captures() if one.kind is CaptureKind.VIEW])
    assert lost


def test_consent_is_awaited_by_the_address_of_the_script(edge: EdgeProcess, shop: Shop, page: Page, sent: list[str]) -> None:
    """Nothing is stored or sent before the visitor agrees."""
    page.goto(f"{shop.own}/wait")
    wait_for(page, lambda: page.evaluate("!!window.leadlight"))
    act(page)
    assert (sent, page.evaluate("localStorage.length + sessionStorage.length")) == ([], 0)
    page.evaluate("leadlight.consent(true)")
    wait_for(page, edge.captures)
    assert sent
