"""The consent banner in a real browser, on a site whose content security policy allows the edge's scripts and no inline styles."""

import gzip
import http.server
import importlib.util
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.edge_process import ROOT, SITE, EdgeProcess
from tests.ports import free_ports
from tracker.domain.activity.capture import CaptureKind
from tracker.spool.policy import BannerPolicy

PAGE = """<!doctype html><title>Shop</title><script async src="{edge}/t.js?s={site}" data-consent="wait"></script>
<script async src="{edge}/b.js?s={site}"></script><body><a id="first" href="#x">x</a> <a id="again" href="#" data-leadlight-choice>Cookies</a></body>"""
POLICY = "default-src 'none'; script-src {edge}; connect-src {edge}; require-trusted-types-for 'script'"
MONTH = 30 * 24 * 3600 * 1000
BUTTONS = "[...document.querySelector('leadlight-banner').shadowRoot.querySelectorAll('button')]"
LOOKS = BUTTONS + """.map(b => [b.offsetWidth, b.offsetHeight, getComputedStyle(b).color, getComputedStyle(b).backgroundColor].join())"""
FOCUSED = "document.activeElement.shadowRoot?.activeElement?.textContent || document.activeElement.id"


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[EdgeProcess]:
    port = free_ports(6)
    origins = (f"http://localhost:{port + 2}",)
    made = EdgeProcess(port, tmp_path / "var", origins)
    made.write_policy(origins, banner=BannerPolicy(link="https://acme.example/privacy"))
    yield made
    made.stop()


@pytest.fixture
def shop(edge: EdgeProcess) -> Iterator[str]:
    """The address of a site with snippet and banner."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(edge=edge.url, site=SITE).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", POLICY.format(edge=edge.url))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    port = edge.settings.port + 2
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def german() -> Iterator[BrowserContext]:
    """A browser in German."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_context(locale="de-CH")
        browser.close()


def opened(page: Page, address: str) -> bool:
    """Opens the page, with both scripts run; whether the banner asks."""
    page.goto(address)
    for _ in range(600):  # not wait_for_function, which the page's policy forbids
        if page.evaluate("!!(window.leadlightBanner && window.leadlight && window.leadlight.view)"):
            return page.locator("leadlight-banner").count() == 1
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate("[window.leadlightBanner, Object.keys(window.leadlight || {}), document.readyState].join()"))


def views(edge: EdgeProcess, page: Page, count: int) -> int:
    """The number of recorded views, once there are so many."""
    until = time.monotonic() + 30
    while (found := sum(c.kind is CaptureKind.VIEW for c in edge.captures())) < count and time.monotonic() < until:
        page.wait_for_timeout(50)
    return found


def test_a_choice_is_asked_kept_and_changed(edge: EdgeProcess, shop: str, german: BrowserContext) -> None:
    """Nothing is stored before it; both answers look alike; a refusal lasts six months; the page's own link opens it again."""
    page = german.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" and "favicon" not in line.text else None)
    assert opened(page, shop)
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate(BUTTONS + ".map(b => b.textContent)") == ["Ablehnen", "Erlauben"]
    assert len(set(page.evaluate(LOOKS))) == 1
    assert "Acme <Tools> möchte sehen" in page.locator("leadlight-banner p").text_content()
    assert page.locator("leadlight-banner a").get_attribute("href") == "https://acme.example/privacy"

    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Ablehnen"
    page.keyboard.press("Escape")
    assert page.locator("leadlight-banner").count() == 0
    assert not opened(page, shop)
    for months, asks in ((5, False), (7, True)):
        page.evaluate(f"localStorage.setItem('leadlight.choice', 'no ' + (Date.now() - {months * MONTH}))")
        assert opened(page, shop) is asks
    assert views(edge, page, 0) == 0

    page.locator("leadlight-banner button").nth(0).click()
    page.click("#again")
    assert page.evaluate(FOCUSED) == "Ablehnen"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == "again"
    page.click("#again")
    page.locator("leadlight-banner button").nth(1).click()
    assert views(edge, page, 1) == 1
    assert not opened(page, shop)
    assert views(edge, page, 2) == 2

    page.click("#again")
    page.locator("leadlight-banner button").nth(0).click()
    assert page.evaluate("Object.keys(localStorage)") == ["leadlight.choice"]
    assert errors == []


def test_a_browser_that_refuses_by_itself_is_not_asked(edge: EdgeProcess, shop: str, german: BrowserContext) -> None:
    """Global Privacy Control is an answer."""
    page = german.new_page()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })")
    assert not opened(page, shop)
    page.click("#again")
    assert page.locator("leadlight-banner").count() == 1


def test_the_built_banner_is_small_and_that_of_the_source() -> None:
    """At most 3.4 KB compressed in seven languages, and the build is current."""
    spec = importlib.util.spec_from_file_location("build_snippet", ROOT / "deploy" / "build_snippet.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    built = (ROOT / "tracker" / "web" / "edge" / "snippet" / "banner.min.js").read_text()

    assert built == module.built("banner")
    assert len(gzip.compress(built.encode(), 9)) < 3_400
