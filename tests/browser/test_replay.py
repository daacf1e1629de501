"""The replay in a real browser: the page itself, scrolled as the lead scrolled, and never counted as a visit."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Literal

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.framed_site import FramedSite
from tests.ports import free_ports
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage


@pytest.fixture
def site() -> Iterator[FramedSite]:
    made = FramedSite(free_ports(1, low=18_500))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", made.port), made.handler())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def scene(deps: Deps, site: FramedSite) -> Scene:
    """A workspace whose site is the one above."""
    made = make_scene(deps)
    made.deps.store.workspaces.change(made.workspace.id, sites=(msgspec.structs.replace(made.site, origins=(site.url,)),))
    return made


@pytest.fixture
def visit(scene: Scene, site: FramedSite) -> Visit:
    """Two pages of three seconds, the second closed to frames; silence between; a form sent on the first."""
    start = scene.deps.now() - timedelta(hours=1)
    lead = scene.lead()

    def page(path: str, seconds: float, active_ms: int, scroll: int) -> VisitPage:
        at = start + timedelta(seconds=seconds)
        return VisitPage(
            event=path,
            page=path,
            url=f"{site.url}{path}",
            title=f"{path.strip('/').title()} – Northwind",
            at=at,
            active_ms=active_ms,
            scroll=scroll,
        )

    pages = (page("/pricing", 0, 3000, 100), page("/security", 4, 2000, 30), page("/closed", 60, 2000, 50))
    act = VisitAct(
        event="act",
        kind="submit",
        at=start + timedelta(seconds=2),
        page="/pricing",
        url=pages[0].url,
        fields={"email": "<b>dana@acme.example"},
    )
    made = Visit(
        id="a" * 32,
        workspace=scene.workspace.id,
        visitor="b",
        lead=lead.id,
        started_at=start,
        ended_at=start + timedelta(seconds=63),
        pages=pages,
        acts=(act,),
    )
    scene.store.visits.add(made)
    return made


@pytest.fixture
def deps(console_deps: Deps) -> Deps:
    """Of the running console."""
    return console_deps


@pytest.fixture
def console(deps: Deps) -> str:
    """The address of the console."""
    return f"http://localhost:{deps.settings.port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def page(chromium: Browser, console: str, scene: Scene, deps: Deps) -> Iterator[Page]:
    """A tab in which the rep is signed in; fails the test for any error on the page's console."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=console)
    context.add_cookies([{"name": "ll_session", "value": sessions.start(deps, scene.rep), "url": console}])
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    yield made
    made.goto("about:blank")
    context.close()
    assert errors == []


def scroll_of(page: Page, path: str) -> float:
    """How far the framed page is scrolled; -1 before it is there, and once it has made room for the next."""
    for frame in page.frames:
        if frame.url.endswith(path):
            with suppress(Error):  # taken away between being found and being asked
                return float(frame.evaluate("scrollY"))
    return -1.0


def test_a_visit_plays_at_its_scroll_position_and_counts_nothing(page: Page, visit: Visit, site: FramedSite) -> None:
    """The page itself glides to where the lead read; the form is called out; nothing is sent to the tracker meanwhile."""
    page.goto(f"/visits/{visit.id}/replay")
    expect(page.get_by_role("heading", level=1)).to_contain_text("0:07 active.")
    expect(page.get_by_text("<b>dana@acme.example")).to_be_attached()
    page.locator(".viewer-frames iframe.front").wait_for()
    frames = page.locator(".viewer-frames iframe[src]").all()
    # No forms, no pop-ups, no leaving the frame; the name tells our snippet to count nothing.
    assert {(f.get_attribute("sandbox"), f.get_attribute("name")) for f in frames} == {
        ("allow-scripts allow-same-origin", "leadlight-replay")
    }
    assert page.locator(".viewer-frames iframe:not([src]):not([name='leadlight-replay'])").count() == 0
    page.keyboard.press(" ")
    expect(page.locator("[data-caption]")).to_have_text("Sent the form")
    depths = []
    while page.locator("[data-row='0-0'][aria-current]").count():
        depths.append(scroll_of(page, "/pricing"))
        page.wait_for_timeout(50)
    assert max(depths) > 2000
    expect(page.locator("[aria-current=true][data-row]")).to_contain_text("Security", timeout=30_000)
    page.keyboard.press(" ")
    expect(page.locator("iframe.front")).to_have_attribute("src", f"{site.url}/security")
    assert site.sent == []


def test_a_page_that_refuses_frames_is_a_card(page: Page, visit: Visit) -> None:
    """We ask its site first, so that the browser shows no broken frame; away is shown before it."""
    page.goto(f"/visits/{visit.id}/replay")
    page.locator("[data-row='0-2']").click()
    expect(page.locator("[data-card-name]")).to_have_text("Closed")
    # The player waits four seconds for the frame's hello where the server could not ask; how long is not the question here.
    expect(page.locator(".viewer-card")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-mode=end]")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("away 0:54")).to_be_visible()


def test_a_late_hello_is_not_the_next_pages(page: Page, visit: Visit) -> None:
    """The page that was loading ahead says hello while another, which refuses frames, is asked about: that one is a card."""
    scripts: list[Route] = []
    questions: list[Route] = []

    def hold_the_second(route: Route) -> None:
        scripts.append(route)
        if len(scripts) != 2:
            route.continue_()

    def hold_the_question(route: Route) -> None:
        if "closed" in route.request.url:
            questions.append(route)
        else:
            route.fulfill(json={"framing": "ask"})

    page.route("**/t.js*", hold_the_second)
    page.route("**/replay/framing*", hold_the_question)
    page.goto(f"/visits/{visit.id}/replay")
    while len(scripts) < 2:
        page.wait_for_timeout(50)
    page.locator("[data-row='0-2']").click()
    while not questions:
        page.wait_for_timeout(50)
    with suppress(Error):  # the frame that asked for it may be gone
        scripts[1].continue_()
    page.wait_for_timeout(500)
    questions[0].fulfill(json={"framing": "no"})

    expect(page.locator(".viewer-card")).to_be_visible(timeout=30_000)


def test_playing_time_is_true_to_each_page(page: Page, visit: Visit) -> None:
    """At normal speed each page stands as long as the lead was active on it, within half a second."""
    opened = visit.pages[0].at
    page.clock.install(time=opened)  # the page's own clock, since frames come late on a machine that does something else
    page.goto(f"/visits/{visit.id}/replay")
    page.locator("[data-ready]").wait_for()
    page.clock.pause_at(opened + timedelta(hours=1))
    page.locator(".play-button").first.click()
    lengths, step = dict.fromkeys(("0-0", "0-1", "0-2"), 0), 100
    for _ in range(200):
        page.clock.run_for(step)
        mode, scene, row = page.evaluate(
            """() => {
              const root = document.querySelector("[data-replay]");
              return [root.dataset.mode, root.dataset.scene, root.querySelector("[data-row][aria-current]")?.dataset.row];
            }"""
        )
        if mode == "end":
            break
        if scene == "page":
            lengths[row] += step
    for row, milliseconds in (("0-0", 3000), ("0-1", 2000), ("0-2", 2000)):
        assert abs(lengths[row] - milliseconds) < 500, lengths


def test_keys_speed_and_scrubbing(page: Page, visit: Visit) -> None:
    """Everything can be done from the keyboard, and the position is told to screen readers."""
    page.goto(f"/visits/{visit.id}/replay")
    position = page.locator("[data-range]")
    page.keyboard.press("ArrowDown")
    expect(position).to_have_value("3000")
    page.keyboard.press("ArrowUp")
    expect(position).to_have_value("0")
    page.keyboard.press("8")
    expect(page.locator("[data-speed='8']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("End")
    expect(page.locator(".play-button")).to_have_attribute("aria-label", "Play again")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(position).to_have_attribute("aria-valuetext", "0:05 of 0:07, Away 0:54")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_from_axe_on_the_screens_around_a_lead(
    page: Page, visit: Visit, scene: Scene, scheme: Literal["light", "dark"]
) -> None:
    """Names, contrast and structure hold in both schemes; no screen is wider than a phone."""
    page.emulate_media(color_scheme=scheme)
    for path in (
        "/leads",
        "/leads/new",
        "/leads/import",
        f"/leads/{visit.lead}",
        f"/leads/{visit.lead}/write",
        f"/visits/{visit.id}/replay",
    ):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        found = Axe().run(page, options={"iframes": False, "resultTypes": ["violations"]}).response["violations"]
        assert [(path, v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found if v["impact"] in ("serious", "critical")] == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_at_200_percent_zoom_page_and_controls_are_seen_together(page: Page, visit: Visit) -> None:
    """A window of 1280 × 800 then has 640 × 400. Playing brings the viewer into view; nothing covers the controls."""
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(f"/visits/{visit.id}/replay")
    expect(page.locator(".transport .play-button")).to_be_in_viewport(ratio=1)
    page.locator(".transport .play-button").click()
    page.wait_for_function("document.querySelector('.viewer').getBoundingClientRect().top >= 0")
    boxes = page.evaluate(
        "['.viewer-view', '.transport', '.side'].map((name) => document.querySelector(name).getBoundingClientRect().toJSON())"
    )
    view, transport, bar = boxes
    assert view["bottom"] - view["top"] >= 140
    assert view["top"] >= 0
    assert view["bottom"] <= transport["top"] + 1
    assert transport["bottom"] <= bar["top"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_the_replay_says_what_its_colours_mean(page: Page, visit: Visit) -> None:
    """Each page of the track under its name, and the stripes and dots that this replay has."""
    page.goto(f"/visits/{visit.id}/replay")
    legend = page.get_by_role("list", name="What the colours mean").locator("li")
    expect(legend).to_have_text(
        ["Pricing", "Security", "Closed", "Away, or between visits", "Form sent", "Bars: played, and how far down the page"]
    )
    colour = "(element) => getComputedStyle(element).backgroundColor"
    for name in ("Pricing", "Security", "Closed"):
        sign = legend.filter(has_text=name).locator("i")
        assert sign.evaluate(colour) == page.locator(f".track [title^='{name} ']").first.evaluate(colour)
