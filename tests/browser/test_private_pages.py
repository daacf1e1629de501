"""Addresses and form fields that must not leave the browser: a real Chromium, a real site, and the bytes that a real edge stores."""

import http.server
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.edge_process import SITE, EdgeProcess
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture

SECRET = "Hunter2Hunter2Hunter2"
SEARCH = '<form action="/search" id="search"><input name="q"><input name="my field" value="f"><input type="hidden" name="area" value="h"><button>Go</button></form>'
PAGES = {
    "/find": SEARCH,
    "/search": "<p>results</p>",
    "/again": SEARCH.replace("/search", "/again"),
    "/signup": f"""<form method="post" action="/done/{SECRET}" id="signup" onsubmit="return false">
      <input name="email" value="dana@acme.example"><input name="company" value="Acme">
      <input name="phone" value="+49 30 1"><textarea name="message">Hello</textarea>
      <input type="password" name="pw" id="pw"><button type="button" id="show" onclick="pw.type = 'text'">Show</button>
      <input name="card" autocomplete="section-a billing cc-number" value="{SECRET}">
      <input name="sms" autocomplete="one-time-code" value="{SECRET}"><input name="fresh" autocomplete="new-password" value="{SECRET}">
      <div data-private><input name="iq" value="{SECRET}"></div><button id="send">Send</button></form>""",
    "/links": f"""<a id="out" href="http://u:{SECRET}@localhost:1/x?token={SECRET}&utm_source=a">out</a>
      <a id="file" href="/files/{SECRET}.pdf?sig={SECRET}">file</a><script>
      for (const a of document.links) a.addEventListener("click", (event) => event.preventDefault())</script>""",
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    port = free_ports(1, low=19_600)
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var", (f"http://localhost:{port}",))
    made.write_policy((f"http://localhost:{port}",), fields=("email", "company", "phone", "message", "pw", "card", "fresh", "sms", "iq"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><title>p</title><script async src="{made.url}/t.js?s={SITE}"></script>{PAGES.get(urlsplit(self.path).path, "")}'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Referrer-Policy", "unsafe-url")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.site = f"http://localhost:{port}"  # type: ignore[attr-defined]
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
    made.stop()


@pytest.fixture
def page(edge: EdgeProcess) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(base_url=edge.site)  # type: ignore[attr-defined]
        browser.close()


def stored(edge: EdgeProcess, page: Page, kind: str, path: str, count: int = 1) -> list[Capture]:
    """The captures of that kind on that page, once there are as many."""
    until = time.monotonic() + 60
    while True:
        found = [one for one in edge.captures() if one.kind == kind and urlsplit(one.url or "").path == path]
        if len(found) >= count or time.monotonic() > until:
            return found
        page.wait_for_timeout(50)


def test_nothing_confidential_is_stored_of_addresses(edge: EdgeProcess, page: Page) -> None:
    """Of page, referrer, links and downloads; campaign parameters are kept."""
    page.goto(f"/links?token={SECRET}&utm_campaign=spring")
    page.click("#out")
    page.click("#file")
    (view,) = stored(edge, page, "view", "/links")
    (click,) = stored(edge, page, "page_click", "/links")
    (download,) = stored(edge, page, "download", "/links")
    page.goto("/after")
    (after,) = stored(edge, page, "view", "/after")

    assert urlsplit(view.url or "").query == "token=…&utm_campaign=spring"
    assert (click.target or "").endswith("…@localhost:1/x?token=…&utm_source=a")
    assert urlsplit(download.target or "").path + urlsplit(download.target or "").query == "/files/….pdfsig=…"
    assert after is not None
    assert SECRET not in str(edge.captures())


def test_values_of_get_forms_are_removed(edge: EdgeProcess, page: Page) -> None:
    """On the page that the form leads to, as its referrer, and where a script opens the results' page with the form on it."""
    page.goto("/find")
    stored(edge, page, "view", "/find")
    page.fill("input[name=q]", "dana whitfield")
    page.click("#search button")
    (results,) = stored(edge, page, "view", "/search")
    page.evaluate("location.href = '/again?q=dana+whitfield&page=2'")
    (again,) = stored(edge, page, "view", "/again")

    assert urlsplit(results.url or "").query == "q=…&my+field=…&area=…"
    assert urlsplit(again.url or "").query == "q=…&page=2"
    assert "whitfield" not in str(edge.captures())


def test_the_landing_page_of_a_mail_keeps_its_address(edge: EdgeProcess, page: Page) -> None:
    """Where the rep's link has a key of its own. The next page has it no more, not even as its referrer."""
    url = f"{edge.site}/offer?key=9 ü&x=1"  # type: ignore[attr-defined]
    page.goto(edge.click(url))
    (view,) = stored(edge, page, "view", "/offer")
    page.evaluate("location.href = '/later'")
    (later,) = stored(edge, page, "view", "/later")

    assert urlsplit(view.url or "").query == "key=9%20%C3%BC&x=1"
    assert view.landing
    assert "9%20" not in (later.referrer or "")


def test_secret_fields_are_never_told(edge: EdgeProcess, page: Page) -> None:
    """A password shown as text stays one; cards, codes and private parts are not even named; the inquiry itself is complete."""
    page.goto("/signup")
    stored(edge, page, "view", "/signup")
    page.click("#show")
    page.fill("#pw", SECRET)
    page.click("#send")
    (sent,) = stored(edge, page, "submit", "/signup")

    assert sent.fields == {"email": "dana@acme.example", "company": "Acme", "phone": "+49 30 1", "message": "Hello"}
    assert sent.form is not None
    assert [(field.type, field.name) for field in sent.form.fields] == [
        *(("text", "email"), ("text", "company"), ("text", "phone"), ("textarea", "message"), ("password", "")),
    ]
    assert sent.form.action == "/done/…"
    assert SECRET not in str(edge.captures())
