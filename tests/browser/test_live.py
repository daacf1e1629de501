"""The console in a real browser: Live, toasts, several tabs, no console error, nothing serious from axe."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import live_messages
from tests.chromium import CHROMIUM, FLAGS
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.team import reps, sessions
from tracker.actions.workspace import workspaces
from tracker.base.clock import to_ms
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, Times
from tracker.domain.alerting.payload import AlertUnsure, AlertWithdrawn
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep, Role

SIZES = {"desktop": (1280, 860), "phone": (390, 844)}
PAGES = ("/live", "/welcome", "/setup", "/settings/workspace", "/settings/sites", "/settings/mail", "/settings/stages", "/settings/rules")
PAGES += ("/alerts", "/settings/alerts", "/settings/automatic", "/settings/team", "/settings/advanced", "/settings/keys", "/settings/me")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


class ConsoleStack:
    """A console with a rep, Mara, who is signed in, and her lead, Dana."""

    def __init__(self, deps: Deps) -> None:
        self.deps, self.url = deps, f"http://localhost:{deps.settings.port}"
        self.workspace = workspaces.add_workspace(deps, "Northbeam", timezone="Europe/Lisbon").id
        self.mara: Rep = reps.add_rep(deps, self.workspace, email="mara@northbeam.example", name="Mara Oliveira", role=Role.ADMIN)
        self.dana: Lead = leads.add_lead(
            deps, self.workspace, email="dana@acme.example", name="Dana Whitfield", company="Acme", owner=self.mara.id
        )
        self.troubles: list[str] = []

    def alert(self, alert: str = "a1", **more: Any) -> None:
        values = {"lead": self.dana.id, "lead_name": "Dana Whitfield", "rep": self.mara.id, "at": to_ms(self.deps.now())}
        values |= {"title": "Dana Whitfield (Acme) is on Pricing", "text": "Second visit today."}
        self.deps.bus.publish(self.workspace, live_messages.alert(alert, **values | more))

    def walk(self, title: str, state: str = "active", **more: Any) -> None:
        now = to_ms(self.deps.now())
        page = {"page": "p", "url": "https://a.example/x", "title": title, "state": state, "active_ms": 100, "scroll": 40}
        found = live_messages.presence("v1", **{"lead": self.dana.id, "since": now - 7000, "last": now} | page | more)
        self.deps.bus.set_presence(self.workspace, {"v1": found})
        self.deps.bus.publish(self.workspace, found)

    def enter(self, chromium: Browser, **more: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, **more})
        context.add_cookies([{"name": "ll_session", "value": sessions.start(self.deps, self.mara), "url": self.url}])
        context.on("console", lambda message: message.type in ("error", "warning") and self.troubles.append(message.text))
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        return context

    def open(self, context: BrowserContext, path: str = "/live") -> Page:
        page = context.new_page()
        with page.expect_response("**/bell/count"):
            page.goto(self.url + path)
        return page


@pytest.fixture
def stack(console_deps: Deps) -> Iterator[ConsoleStack]:
    made = ConsoleStack(console_deps)
    yield made
    assert made.troubles == []


@pytest.fixture
def page(stack: ConsoleStack, chromium: Browser) -> Iterator[Page]:
    context = stack.enter(chromium)
    with context.expect_event("response", lambda answer: answer.url.endswith("/live/stream")):
        opened = stack.open(context)
    yield opened
    context.close()


def test_a_toast_comes_at_once_and_follows_its_alert(stack: ConsoleStack, page: Page) -> None:
    """It rings once, is changed in place, ignores older revisions, and goes when the alert is withdrawn."""
    stack.alert()
    toast = page.locator(".toast")
    toast.wait_for(timeout=30_000)

    stack.alert(title="Dana Whitfield (Acme) sent the form", revision=2)
    expect(toast.locator("h3")).to_have_text("Dana Whitfield (Acme) sent the form")
    stack.alert(revision=1)
    stack.alert("another", rep="f" * 32, title="Not for Mara")
    stack.alert("test", title="Test: your alerts arrive here", test=True, lead="")
    expect(page.locator(".toast .tag")).to_have_text("Test")
    expect(page.locator(".toast h3")).to_have_text(["Test: your alerts arrive here Test", "Dana Whitfield (Acme) sent the form"])

    stack.deps.bus.publish(stack.workspace, AlertWithdrawn(id="a1", lead=stack.dana.id, rep=stack.mara.id))
    expect(page.locator(".toast")).to_have_count(1)


def test_an_alert_that_is_not_confirmed_appears_in_the_open_bell_alone(stack: ConsoleStack, page: Page) -> None:
    """Without a toast and a sound; the list follows at once, and nothing is counted as unread."""
    with page.expect_response("**/bell/seen"):
        page.locator("[data-bell]").click()
    expect(page.locator(".bell-none")).to_be_visible()
    now, title = stack.deps.now(), "Not confirmed: a click by Dana Whitfield"
    found = {"lead": stack.dana.id, "rep": stack.mara.id, "rule": AlertRule.CLICK, "cause": "c", "episode": "e", "at": now}
    made = Alert(
        id="u",
        workspace=stack.workspace,
        state=AlertState.UNSURE,
        priority=Priority.QUIET,
        title=title,
        text="",
        times=Times(event=now),
        **found,
    )
    stack.deps.store.of(stack.workspace).alerts.save([made])
    stack.deps.bus.publish(stack.workspace, AlertUnsure(id="u", lead=stack.dana.id, rep=stack.mara.id))
    expect(page.locator(".bell-item")).to_contain_text(title)
    expect(page.locator("[data-unseen]")).to_be_hidden()
    expect(page.locator(".toast")).to_have_count(0)


def test_a_quiet_alert_that_becomes_loud_has_a_sound(stack: ConsoleStack, page: Page) -> None:
    """Once: a later change of its text is silent again."""
    page.evaluate(
        "() => { window.moved = 0; new MutationObserver((all) => { window.moved += all.length; })"
        ".observe(document.querySelector('[data-toasts]'), { childList: true }); }"
    )
    toast = page.locator(".toast")
    stack.alert("a", priority="quiet", title="Dana opened")
    expect(toast).to_have_class("toast toast-quiet")
    shown = page.evaluate("window.moved")
    stack.alert("a", title="Dana opened", revision=1, raised=True)
    expect(toast).to_have_class("toast toast-loud toast-changed")
    raised = page.evaluate("window.moved")
    stack.alert("a", title="Dana left", revision=2)
    expect(toast.locator("h3")).to_have_text("Dana left")

    assert raised > shown
    assert page.evaluate("window.moved") == raised


def test_one_lead_rings_once_however_often_its_alerts_change(stack: ConsoleStack, page: Page) -> None:
    """A changed alert is silent even where another's toast took its place; a form shows itself quietly; opens do not cover it."""
    at = to_ms(stack.deps.now())
    page.evaluate(
        "() => { window.rings = 0; new MutationObserver((all) => { window.rings += all.length; })"
        ".observe(document.querySelector('[data-toasts]'), { childList: true }); }"
    )
    heading = page.locator(".toast h3")
    stack.alert("click", rule="click", at=at, title="Dana clicked Home")
    expect(heading).to_have_text("Dana clicked Home")
    stack.alert("prices", at=at + 9, title="Dana is on Pricing")
    expect(heading).to_have_text("Dana is on Pricing")
    rung = page.evaluate("window.rings")
    stack.alert("click", rule="click", at=at, title="Dana is on Home", revision=4)
    stack.alert("prices", at=at + 9, title="Dana is on Contact", revision=1)
    expect(heading).to_have_text("Dana is on Contact")
    stack.alert("form", rule="form", priority="quiet", at=at + 20, title="Inquiry: Dana")
    expect(heading).to_have_text("Inquiry: Dana")
    stack.alert("prices", at=at + 9, title="Dana is on Contact still", revision=2)
    stack.alert("end", lead="", title="The end")
    expect(heading).to_have_text(["The end", "Inquiry: Dana"])

    assert page.evaluate("window.rings") == rung + 1


def test_an_alert_between_two_pages_is_not_missed(stack: ConsoleStack, chromium: Browser) -> None:
    """It came when the one page was gone and the next did not listen yet."""
    context = stack.enter(chromium)
    with context.expect_event("response", lambda answer: answer.url.endswith("/live/stream")):
        page = stack.open(context)
    stack.alert("first", lead="", title="First")
    expect(page.locator(".toast h3")).to_have_text("First")
    page.goto("about:blank")
    stack.alert("between", lead="", title="Between")
    page.goto(stack.url + "/settings/me")
    # Not missed, however long the stream needs to come back: after a refusal it waits up to eight seconds.
    expect(page.locator(".toast h3")).to_have_text("Between", timeout=30_000)
    context.close()


def test_hostile_words_in_a_toast_stay_words(stack: ConsoleStack, page: Page) -> None:
    """Titles come from outside: they are shown, never run, and cannot forge a message of the stream."""
    evil = '<img src=x onerror=alert(1)>\n\nevent: withdrawn\ndata: {"id": "x"}\u2028</script>'
    stack.alert(title=evil, text=evil)

    expect(page.locator(".toast h3 a")).to_have_text(evil, use_inner_text=False)
    assert page.locator(".toast img").count() == 0


def test_live_follows_the_lead(stack: ConsoleStack, page: Page) -> None:
    """Dana comes, goes on to another page, and leaves; the row itself stays the same element."""
    stack.walk("Pricing | A")
    row = page.locator(".live-row")
    expect(row.locator(".live-page")).to_contain_text("On Pricing 0:")
    row.evaluate("(element) => (element.dataset.mine = 'same')")
    stack.walk("Security – A")
    expect(row.locator(".live-page")).to_contain_text("On Security")
    stack.walk("Security – A", state="left")
    expect(row.locator(".live-page")).to_contain_text("Left just now")

    assert row.get_attribute("data-key") == stack.dana.id
    expect(page.locator("[data-live-count]")).to_be_hidden()


def test_tabs_share_one_stream_and_hand_it_on(stack: ConsoleStack, chromium: Browser) -> None:
    """One tab of a browser holds the stream for all; when it closes, another goes on without a gap."""
    context = stack.enter(chromium)
    streams: list[str] = []
    context.on("request", lambda request: "/live/stream" in request.url and streams.append(request.url))
    first, second = stack.open(context), stack.open(context, "/settings/me")
    stack.alert()
    for tab in (first, second):
        tab.locator(".toast").wait_for()
    assert len(streams) == 1

    first.close()
    stack.alert("a2", title="After the first tab closed", priority="quiet", lead="")
    expect(second.locator(".toast").first).to_contain_text("After the first tab closed")
    assert len(streams) == 2
    context.close()


def test_a_lead_without_an_owner_is_assigned_from_the_toast(stack: ConsoleStack, page: Page) -> None:
    """One click, and the lead is Mara's."""
    ben = leads.add_lead(stack.deps, stack.workspace, email="ben@kite.example", name="Ben Achterberg")
    stack.alert("b1", lead=ben.id, rep=None, title="Ben Achterberg is on Contact")
    page.get_by_role("button", name="Assign to me").click()

    expect(page.locator(".toast").filter(has_text="Ben Achterberg is assigned to you.")).to_be_visible()
    assert stack.deps.store.of(stack.workspace).leads.get(ben.id).owner == stack.mara.id


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        ("desktop", "light"),
        ("phone", "dark"),
        pytest.param("desktop", "dark", marks=pytest.mark.long),
        pytest.param("phone", "light", marks=pytest.mark.long),
    ],
)
def test_pages_are_sound(stack: ConsoleStack, chromium: Browser, size: str, scheme: str) -> None:
    """No console error, nothing wider than the screen, nothing serious from axe, on a phone as on a desk, by day and by night."""
    width, height = SIZES[size]
    context = stack.enter(chromium, viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    stack.walk("Pricing | A")
    page = context.new_page()
    for path in PAGES:
        with page.expect_response("**/welcome" if path == "/welcome" else "**/bell/count"):
            page.goto(stack.url + path)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [f"{path} {v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in ("serious", "critical")]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if path.startswith("/settings"):
            expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
    context.close()
