"""The snippet in a real browser, on a real site of another origin, against a real edge."""

import gzip
import http.server
import importlib.util
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.chromium import FLAGS, FULL_CHROMIUM, close
from tests.edge_process import ROOT, SITE, EdgeProcess
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.form import FormField, FormShape

PAGE = """<!doctype html><title>{title}</title><script async src="{edge}/t.js?s={site}" {extra}></script>
<body><h1>{title}</h1><a id="out" href="http://localhost:{other}/elsewhere">out</a> <a id="pdf" href="/offer.pdf">pdf</a>
<a id="next" href="/second">next</a><form id="contact" action="/sent"><input name="email" value="dana@acme.example">
<input name="budget" value="9000"><input type="password" name="secret" value="x"><input type="hidden" name="csrf" value="y">
<input name="cc" autocomplete="cc-number" value="4111"><button>Send</button></form><div style="height:3000px"></div></body>"""


SPECULATIVE = """<!doctype html><title>mail</title><script type="speculationrules">{{"prerender":
[{{"source": "list", "urls": ["{url}"], "eagerness": "immediate"}}]}}</script>
<body><script>fetch("/go").then(() => {{ location.href = "{url}" }})</script></body>"""


class Site:
    """A little site; every path is a page that carries the snippet."""

    def __init__(self, port: int, edge: str) -> None:
        def page(path: str) -> bytes:
            parts = urlsplit(path)
            if parts.path == "/frame":
                return b'<!doctype html><title>f</title><iframe name="leadlight-replay" src="/framed"></iframe>'
            if parts.path == "/speculative":
                return SPECULATIVE.format(url=parts.query).encode()
            extra = 'data-consent="wait"' if parts.path.startswith("/wait") else ""
            return PAGE.format(title=parts.path.strip("/") or "home", edge=edge, site=SITE, extra=extra, other=port + 1).encode()

        self.paths: list[str] = []
        """The paths requested so far."""
        self.may_go = threading.Event()
        """Set: the page `/speculative` goes on to the page that the browser prerenders."""
        paths, may_go = self.paths, self.may_go

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                paths.append(urlsplit(self.path).path)
                if self.path == "/go":
                    may_go.wait(60)
                body = b"%PDF" if self.path.endswith(".pdf") else page(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "application/pdf" if self.path.endswith(".pdf") else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.url = f"http://localhost:{port}"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def _browsers(playwright: Playwright) -> Iterator[list[Browser]]:
    made: list[Browser] = []
    yield made
    for one in made:
        one.close()


@pytest.fixture
def browser(playwright: Playwright, _browsers: list[Browser]) -> Browser:
    """One for all tests, until it had to be ended."""
    if not _browsers or not _browsers[-1].is_connected():
        # Its full form: the other one may begin with a movement of its own.
        _browsers.append(playwright.chromium.launch(executable_path=FULL_CHROMIUM, args=FLAGS))
    return _browsers[-1]


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[EdgeProcess]:
    port = free_ports(6)
    made = EdgeProcess(port, tmp_path / "var", (f"http://localhost:{port + 2}",))
    yield made
    made.stop()


@pytest.fixture
def site(edge: EdgeProcess) -> Iterator[Site]:
    made = Site(edge.settings.port + 2, edge.url)
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    close(context)
    assert errors == []


@pytest.fixture
def kept_page(playwright: Playwright) -> Iterator[Page]:
    """A tab of a browser that keeps the pages one goes back to, as browsers do; `wasKept` says that the page was."""
    keeping = playwright.chromium.launch(executable_path=FULL_CHROMIUM, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"])
    made = keeping.new_page()
    made.add_init_script("addEventListener('pageshow', event => { window.wasKept = event.persisted })")
    yield made
    keeping.close()


def kinds(captures: list[Capture]) -> list[str]:
    return [capture.kind.value for capture in captures]


def heard(edge: EdgeProcess) -> list[Capture]:
    """What was told, each event once: one whose answer is not there yet when its page is hidden is told again, under the same id."""
    return list({capture.id: capture for capture in edge.captures()}.values())


def until(edge: EdgeProcess, page: Page, is_so: Callable[[list[Capture]], bool], seconds: float = 30) -> list[Capture]:
    """The captures once it is so; the page lives on meanwhile."""
    for _ in range(int(seconds * 20)):
        found = heard(edge)
        if is_so(found):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(heard(edge))


def test_a_click_becomes_a_landing_and_leaves_the_address_bar_clean(edge: EdgeProcess, site: Site, page: Page) -> None:
    """The visit starts with the click that brought it, and the token is removed from the address bar."""
    page.goto(edge.click(f"{site.url}/pricing?plan=a%20b#top"))
    found = until(edge, page, lambda c: "view" in kinds(c))

    click, view = found[0], found[1]
    assert page.url == f"{site.url}/pricing?plan=a%20b#top"
    assert (view.landing, view.title, view.url) == (click.id, "pricing", f"{site.url}/pricing?plan=a%20b")
    assert view.site == SITE
    assert len(view.visitor or "") == 24


def test_pages_clicks_downloads_and_forms_are_told(edge: EdgeProcess, site: Site, page: Page) -> None:
    """The way through the site is told in order, with reading time; of a form only allowed values leave the browser."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    page.mouse.wheel(0, 1500)
    page.wait_for_timeout(1200)
    page.evaluate("document.querySelector('#pdf').target = document.querySelector('#out').target = '_blank'")
    page.click("#pdf")
    page.click("#out")
    page.bring_to_front()
    page.click("#next")
    page.wait_for_url("**/second")
    page.click("button")
    page.wait_for_url("**/sent*")
    found = until(edge, page, lambda c: kinds(c).count("view") == 3 and kinds(c).count("leave") == 2)

    by_kind = {capture.kind: capture for capture in reversed(found)}
    assert (by_kind[CaptureKind.DOWNLOAD].target, by_kind[CaptureKind.PAGE_CLICK].target) == (
        f"{site.url}/offer.pdf",
        f"http://localhost:{edge.settings.port + 3}/elsewhere",
    )
    assert by_kind[CaptureKind.SUBMIT].fields == {"email": "dana@acme.example", "budget": ""}
    assert by_kind[CaptureKind.SUBMIT].target == "contact"
    fields = tuple(FormField(*field) for field in (("text", "email"), ("text", "budget"), ("password", "")))
    assert by_kind[CaptureKind.SUBMIT].form == FormShape(id="contact", action="/sent", fields=fields)
    left = by_kind[CaptureKind.LEAVE]
    assert 1_000 < (left.active_ms or 0) < 10_000
    assert 40 <= (left.scroll or 0) <= 100
    assert len({capture.visitor for capture in found}) == 1


def test_single_page_navigation_is_a_view_each(edge: EdgeProcess, site: Site, page: Page) -> None:
    """A framework that changes the address shows a new page; one that only notes its state does not."""
    page.goto(f"{site.url}/app")
    until(edge, page, lambda c: len(c) == 1)
    page.evaluate("history.replaceState({scroll: 1}, '')")
    page.evaluate("history.pushState({}, '', '/app/pricing'); document.title = 'Pricing'")
    found = until(edge, page, lambda c: kinds(c).count("view") == 2)
    page.go_back()
    found = until(edge, page, lambda c: kinds(c).count("view") == 3)

    views = sorted((c for c in found if c.kind is CaptureKind.VIEW), key=lambda c: c.at)
    assert [urlsplit(view.url or "").path for view in views] == ["/app", "/app/pricing", "/app"]
    assert views[1].title == "Pricing"
    assert views[1].referrer == f"{site.url}/app"


def test_nothing_is_stored_or_sent_before_consent(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Where consent is awaited nothing happens before it, but the address bar is cleaned; afterwards the landing still counts."""
    page.goto(edge.click(f"{site.url}/wait"))
    page.wait_for_function("() => typeof window.leadlight === 'object'")
    page.wait_for_timeout(500)
    assert page.evaluate("[localStorage.length, document.cookie, location.search]") == [0, "", ""]
    assert kinds(heard(edge)) == ["click"]
    page.evaluate("leadlight.consent(true)")
    found = until(edge, page, lambda c: "view" in kinds(c))
    assert found[1].landing == found[0].id
    page.evaluate("leadlight.consent(false)")
    assert page.evaluate("localStorage.length") == 0


def test_a_privacy_signal_is_obeyed_unless_the_visitor_agrees(edge: EdgeProcess, site: Site, browser: Browser) -> None:
    """With Do Not Track the click counts and the browsing after it does not; who then agrees is seen."""
    context = browser.new_context(extra_http_headers={"DNT": "1"})
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})")
    page = context.new_page()
    page.goto(edge.click(f"{site.url}/pricing"))
    page.wait_for_function("() => typeof window.leadlight === 'object'")
    page.wait_for_timeout(400)
    assert kinds(heard(edge)) == ["click"]
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("leadlight.consent(true)")
    until(edge, page, lambda c: "view" in kinds(c))
    context.close()


def test_what_the_replay_frames_is_no_visit(edge: EdgeProcess, site: Site, page: Page) -> None:
    """A rep who watches the replay does not visit the site."""
    page.goto(f"{site.url}/frame")
    page.frame_locator("iframe").locator("h1").wait_for()
    page.wait_for_timeout(600)
    assert heard(edge) == []


def test_the_last_page_before_an_outage_is_told_later(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Without a network events wait in the browser and are sent once it is back."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    page.context.set_offline(True)
    page.evaluate("history.pushState({}, '', '/offline')")
    page.wait_for_timeout(700)
    assert len(heard(edge)) == 1
    page.context.set_offline(False)
    found = until(edge, page, lambda c: kinds(c).count("view") == 2)
    assert found[-1].at < found[-1].received


def test_coming_back_by_the_back_button_is_a_new_view(edge: EdgeProcess, site: Site, page: Page) -> None:
    """A page restored by the browser's own cache is seen again."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    page.click("#next")
    page.wait_for_url("**/second")
    until(edge, page, lambda c: kinds(c).count("view") == 2)
    page.go_back()
    found = until(edge, page, lambda c: kinds(c).count("view") == 3)

    assert [urlsplit(view.url or "").path for view in views(found)] == ["/", "/second", "/"]


def test_a_page_that_the_browser_kept_is_seen_again_once(edge: EdgeProcess, site: Site, kept_page: Page) -> None:
    """Kept in memory and shown again, it becomes visible and is shown: one view, not two."""
    kept_page.goto(f"{site.url}/")
    until(edge, kept_page, lambda c: len(c) == 1)
    kept_page.click("#next")
    kept_page.wait_for_url("**/second")
    until(edge, kept_page, lambda c: kinds(c).count("view") == 2)
    kept_page.evaluate("history.back()")
    until(edge, kept_page, lambda c: kinds(c).count("view") == 3)
    kept_page.wait_for_timeout(500)

    assert kept_page.evaluate("window.wasKept")
    assert kinds(heard(edge)).count("view") == 3


HIDE = """state => {
    Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def views(captures: list[Capture]) -> list[Capture]:
    return [capture for capture in captures if capture.kind is CaptureKind.VIEW]


SYNTHETIC = """() => {
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'touchstart', 'wheel', 'click'])
        document.body.dispatchEvent(new Event(type, { bubbles: true }));
    scrollTo(0, 1200);
}"""


def test_a_page_that_is_only_shown_counts_no_active_time(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Events made by scripts and scrolling by scripts are no input. The page says that it is driven by a program."""
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    page.evaluate(SYNTHETIC)
    page.wait_for_timeout(1500)
    page.goto("about:blank")
    found = until(edge, page, lambda c: "leave" in kinds(c))

    assert kinds(found) == ["view", "leave"]
    assert [(c.inputs, c.input_ms, c.signs) for c in found] == [(0, None, ("webdriver",))] * 2
    assert found[-1].active_ms == 0
    assert (found[-1].scroll or 0) > 40


@pytest.mark.parametrize("by", ["pointer", "key", "wheel"])
def test_the_first_input_is_reported_at_once_and_only_once(edge: EdgeProcess, site: Site, page: Page, by: str) -> None:
    """Its time stays the same; the count grows; active time begins with it, not with the page."""
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    page.wait_for_timeout(1200)
    act = {"pointer": lambda: page.mouse.move(40, 40), "key": lambda: page.keyboard.press("a"), "wheel": lambda: page.mouse.wheel(0, 9)}
    act[by]()
    first = until(edge, page, lambda c: len(c) == 2)[-1]
    for step in range(5):
        page.mouse.move(60 + step, 60)
    page.wait_for_timeout(1300)
    page.goto("about:blank")
    found = until(edge, page, lambda c: "leave" in kinds(c))

    left = found[-1]
    assert kinds(found) == ["view", "beat", "leave"]
    assert (first.inputs, first.active_ms) == (1, 0)
    assert (first.input_ms or 0) >= 1_200
    assert (left.inputs, left.input_ms) == (6, first.input_ms)
    assert 1_200 <= (left.active_ms or 0) <= left.at - found[0].at - 1_000


@pytest.mark.parametrize("by", ["a press", "a key", "a script"])
def test_a_form_is_trusted_where_a_person_sent_it(edge: EdgeProcess, site: Site, page: Page, by: str) -> None:
    """A script that submits makes an event like the browser's: only a press or key just before tells them apart."""
    page.goto(f"{site.url}/contact")
    until(edge, page, lambda c: len(c) == 1)
    if by == "a press":
        page.click("button")
    elif by == "a key":
        page.press("input[name=email]", "Enter")
    else:
        page.evaluate("() => { setTimeout(() => document.querySelector('button').click()) }")  # answers before the page goes away
    found = until(edge, page, lambda c: "submit" in kinds(c))

    (sent,) = [c for c in found if c.kind is CaptureKind.SUBMIT]
    assert ("trusted" in sent.signs) is (by != "a script")


@pytest.fixture
def undriven(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Opens a page in a browser that no program drives: a driven one activates no prerendered page."""
    started: list[subprocess.Popen[bytes]] = []

    def open_page(url: str) -> None:
        command = [
            FULL_CHROMIUM,
            "--headless=new",
            "--disable-blink-features=AutomationControlled",
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            url,
        ]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))

    yield open_page
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def test_a_prerendered_page_is_reported_once_it_is_shown(
    edge: EdgeProcess, site: Site, page: Page, undriven: Callable[[str], None]
) -> None:
    """Its click is that of the person who looks at it: the landing token is kept until then."""
    landed = f"/pricing?ll={edge.landing()}"
    undriven(f"{site.url}/speculative?{landed}")
    for _ in range(600):
        if "/pricing" in site.paths:
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(1500)
    assert heard(edge) == []
    site.may_go.set()
    found = until(edge, page, lambda c: len(c) > 0)

    assert site.paths.count("/pricing") == 1
    assert [(c.kind, urlsplit(c.url or "").path, c.landing, c.signs) for c in found] == [
        (CaptureKind.VIEW, "/pricing", "11" * 16, ("activated",))
    ]
    assert "sec-purpose" not in found[0].headers


@pytest.mark.parametrize("away", ["looking elsewhere", "in another tab"])
def test_stirring_after_half_an_hour_is_a_new_view(edge: EdgeProcess, site: Site, page: Page, away: str) -> None:
    """Who returns to a page left open reads it again, which may ring; no word of it makes the first visit longer."""
    page.clock.install()
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    page.mouse.move(50, 50)
    if away == "in another tab":
        page.evaluate(HIDE, "hidden")
        until(edge, page, lambda c: kinds(c) == ["view", "beat", "beat"])
    page.clock.fast_forward("31:00")
    page.evaluate(HIDE, "visible")
    page.wait_for_timeout(500)
    assert len(views(heard(edge))) == 1
    page.mouse.move(90, 90)
    found = until(edge, page, lambda c: len(views(c)) == 2 and c[-1].kind is CaptureKind.BEAT)

    first, again = views(found)
    assert (again.url, again.title, again.referrer) == (first.url, "pricing", first.url)
    assert again.visitor == first.visitor
    assert again.page != first.page
    assert [(c.kind, c.inputs) for c in found if c.at >= again.at] == [(CaptureKind.VIEW, 0), (CaptureKind.BEAT, 1)]


def test_heartbeats_of_an_idle_page_end_after_minutes(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Heartbeats of an idle tab end; activity forty minutes later is a new page view."""
    page.clock.install()
    page.goto(f"{site.url}/pricing")
    page.mouse.move(50, 50)
    page.clock.run_for("40:00")
    page.wait_for_timeout(500)
    before = heard(edge)
    page.mouse.move(90, 90)
    found = until(edge, page, lambda c: len(views(c)) == 2)

    assert 10 <= kinds(before).count("beat") <= 31
    assert max(capture.active_ms or 0 for capture in before) <= 62_000
    assert kinds(found).count("leave") == 0


@pytest.mark.parametrize("then", ["shown", "closed"])
def test_queued_events_survive_a_background_tab(edge: EdgeProcess, site: Site, page: Page, then: str) -> None:
    """Time in a background tab does not count; what an earlier page could not tell waits until one is shown."""
    first = page.context.new_page()
    first.goto(f"{site.url}/first")
    until(edge, first, lambda c: len(c) == 1)
    page.context.set_offline(True)
    first.evaluate("history.pushState({}, '', '/first/more')")
    first.wait_for_timeout(400)
    first.goto("about:blank")
    page.context.set_offline(False)
    behind = page.context.new_page()
    behind.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    behind.goto(f"{site.url}/behind")
    behind.wait_for_function("() => typeof window.leadlight === 'object'")
    if then == "shown":
        behind.evaluate(HIDE, "visible")
    else:
        behind.goto("about:blank")
        page.goto(f"{site.url}/seen")
    found = until(edge, page, lambda c: len(views(c)) == 3)

    paths = [urlsplit(view.url or "").path for view in sorted(views(found), key=lambda view: view.at)]
    assert paths == ["/first", "/first/more", "/behind" if then == "shown" else "/seen"]
    assert len({capture.visitor for capture in found}) == 1


def test_a_short_silence_is_the_same_view(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Twenty minutes in another tab, and the reading goes on where it was, once the reader stirs: passing by is no reading."""
    page.clock.install()
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    page.evaluate(HIDE, "hidden")
    page.clock.fast_forward("20:00")
    page.evaluate(HIDE, "visible")
    page.wait_for_timeout(500)
    assert kinds(heard(edge)) == ["view", "beat"]
    page.mouse.move(90, 90)
    found = until(edge, page, lambda c: len(c) == 3)

    assert kinds(found) == ["view", "beat", "beat"]
    assert len({capture.page for capture in found}) == 1
    assert (found[-1].active_ms or 0) < 60_000


@pytest.mark.parametrize("state", ["hidden", "visible"])
def test_closing_a_tab_long_after_its_reader_left_says_nothing(edge: EdgeProcess, site: Site, page: Page, state: str) -> None:
    """The browser that is closed in the evening was not on the site all day."""
    page.clock.install()
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    if state == "hidden":
        page.evaluate(HIDE, state)  # else as it is: what is overridden stays so while the page goes away
    told = ["view", "beat"] if state == "hidden" else ["view"]
    until(edge, page, lambda c: kinds(c) == told)
    page.clock.fast_forward("02:00:00")
    page.goto("about:blank")
    page.wait_for_timeout(500)

    assert kinds(heard(edge)) == told


@pytest.mark.parametrize("state", ["hidden", "visible"])
def test_a_tab_closed_long_after_the_last_word_was_left_then(edge: EdgeProcess, site: Site, page: Page, state: str) -> None:
    """Twenty minutes in a background tab or in a hidden window are no part of the visit."""
    page.clock.install()
    page.goto(f"{site.url}/pricing")
    until(edge, page, lambda c: len(c) == 1)
    if state == "hidden":
        page.evaluate(HIDE, state)  # else as it is: what is overridden stays so while the page goes away
    page.clock.run_for("20:00")
    page.goto("about:blank")
    found = until(edge, page, lambda c: "leave" in kinds(c))

    left = next(capture for capture in found if capture.kind is CaptureKind.LEAVE)
    assert left.received - left.at > 14 * 60_000


def test_what_could_not_be_sent_is_kept_however_often_the_page_hides(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Offline, hidden, shown, hidden again: all of it is told once there is a network."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    page.context.set_offline(True)
    for name in ("one", "two", "three"):
        page.evaluate(f"history.pushState({{}}, '', '/{name}')")
        page.wait_for_timeout(400)
        page.evaluate(HIDE, "hidden")
        page.evaluate(HIDE, "visible")
    page.evaluate(HIDE, "hidden")
    page.context.set_offline(False)
    found = until(edge, page, lambda c: len(views(c)) == 4)

    paths = [urlsplit(view.url or "").path for view in sorted(views(found), key=lambda view: view.at)]
    assert paths == ["/", "/one", "/two", "/three"]


def test_a_refusal_in_one_tab_holds_in_the_others(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Consent withdrawn here is withdrawn there: nothing more is stored or sent."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    other = page.context.new_page()
    other.goto(f"{site.url}/other")
    until(edge, other, lambda c: len(views(c)) == 2)
    other.evaluate("leadlight.consent(false)")
    page.wait_for_timeout(300)
    count = len(heard(edge))
    page.evaluate("history.pushState({}, '', '/after')")
    page.wait_for_timeout(700)

    assert len(heard(edge)) == count
    assert page.evaluate("localStorage.length") == 0


def test_a_tool_that_refuses_and_then_agrees_keeps_every_tab(edge: EdgeProcess, site: Site, page: Page) -> None:
    """Refused by default and granted at once, as consent tools do: the name that was then given stays, and both tabs are told of."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    other = page.context.new_page()
    other.goto(f"{site.url}/other")
    until(edge, other, lambda c: len(views(c)) == 2)
    other.evaluate("leadlight.consent(false); leadlight.consent(true)")
    until(edge, other, lambda c: len(views(c)) == 3)
    given = other.evaluate("localStorage.leadlight")
    page.evaluate("history.pushState({}, '', '/after')")
    other.evaluate("history.pushState({}, '', '/other/after')")
    found = until(edge, page, lambda c: len(views(c)) == 5)

    assert other.evaluate("localStorage.leadlight") == given
    assert {urlsplit(view.url or "").path for view in views(found)} == {"/", "/other", "/after", "/other/after"}


def test_a_visit_in_another_tab_undoes_no_refusal(edge: EdgeProcess, site: Site, page: Page) -> None:
    """After a refusal, nothing is sent, whatever tabs open and close."""
    page.goto(f"{site.url}/")
    until(edge, page, lambda c: len(c) == 1)
    page.evaluate("leadlight.consent(false)")
    other = page.context.new_page()
    other.goto(f"{site.url}/other")
    until(edge, other, lambda c: len(views(c)) == 2)
    other.evaluate("leadlight.consent(false); leadlight.consent(true)")
    until(edge, other, lambda c: len(views(c)) == 3)
    page.evaluate("history.pushState({}, '', '/after')")
    page.mouse.move(90, 90)
    page.wait_for_timeout(700)

    assert [urlsplit(view.url or "").path for view in views(heard(edge))] == ["/", "/other", "/other"]


def test_two_links_opened_behind_each_other_keep_their_clicks(edge: EdgeProcess, site: Site, page: Page) -> None:
    """The first tab that is shown names the browser; the other still knows which click brought it."""
    behind = page.context.new_page()
    behind.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    behind.goto(edge.click(f"{site.url}/behind"))
    behind.wait_for_function("() => typeof window.leadlight === 'object'")
    page.goto(edge.click(f"{site.url}/first"))
    until(edge, page, lambda c: len(views(c)) == 1)
    page.wait_for_timeout(300)
    behind.evaluate(HIDE, "visible")
    found = until(edge, behind, lambda c: len(views(c)) == 2)

    clicks = [capture.id for capture in found if capture.kind is CaptureKind.CLICK]
    assert [view.landing for view in views(found)] == [clicks[1], clicks[0]]


def test_a_page_that_says_no_beforehand_is_not_told_of(edge: EdgeProcess, site: Site, page: Page) -> None:
    """A consent call before the script loads takes effect."""
    page.add_init_script("window.leadlight = { consent: false }")
    page.goto(f"{site.url}/")
    page.wait_for_function("() => typeof window.leadlight.view === 'function'")
    page.wait_for_timeout(500)

    assert heard(edge) == []
    assert page.evaluate("localStorage.length") == 0


def test_a_page_kept_from_before_a_refusal_tells_nothing(edge: EdgeProcess, site: Site, kept_page: Page) -> None:
    """Back to the page before the one where consent was withdrawn: it was asleep then, and is told now."""
    kept_page.goto(f"{site.url}/")
    until(edge, kept_page, lambda c: len(c) == 1)
    kept_page.click("#next")
    kept_page.wait_for_url("**/second")
    until(edge, kept_page, lambda c: len(views(c)) == 2)
    kept_page.evaluate("leadlight.consent(false)")
    kept_page.evaluate("history.back()")
    kept_page.wait_for_function("() => window.wasKept")
    kept_page.wait_for_timeout(700)

    assert len(views(heard(edge))) == 2
    assert kept_page.evaluate("localStorage.length") == 0


def test_an_address_that_changed_out_of_sight_is_seen_once_it_is_shown(edge: EdgeProcess, site: Site, page: Page) -> None:
    """A single-page application may go on behind other tabs; what is read afterwards is the page that is there."""
    page.goto(f"{site.url}/app")
    until(edge, page, lambda c: len(c) == 1)
    page.evaluate(HIDE, "hidden")
    page.evaluate("history.pushState({}, '', '/app/report'); document.title = 'Report'")
    page.wait_for_timeout(1100)
    page.evaluate(HIDE, "visible")
    page.mouse.move(90, 90)
    found = until(edge, page, lambda c: len(views(c)) == 2)

    assert views(found)[1].title == "Report"


def test_the_built_snippet_is_small_and_that_of_the_source() -> None:
    """At most 6 KB compressed, and the build is current."""
    spec = importlib.util.spec_from_file_location("build_snippet", ROOT / "deploy" / "build_snippet.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    built = (ROOT / "tracker" / "web" / "edge" / "snippet" / "snippet.min.js").read_text()

    assert built == module.built()
    assert len(gzip.compress(built.encode(), 9)) <= 6 * 1024
