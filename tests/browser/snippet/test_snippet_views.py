"""What is a page view, in a real browser: a change of what is read, counted as a reader would."""

import pytest
from playwright.sync_api import Page

from tests.browser.snippet.own_site import OwnSite

SETTLED = 900
"""Milliseconds after which a run of changes has ended and was told."""


def run(site: OwnSite, page: Page, *scripts: str) -> list[str]:
    """Opens a page, runs each script with a pause after it, and returns the last address of each view."""
    site.begin()
    page.goto(site.write("/app", '<p id="section">text</p><div style="height:3000px"></div>'))
    site.until(page, lambda: len(site.views()) == 1)
    for script in scripts:
        page.wait_for_timeout(SETTLED)
        page.evaluate(script)
    page.wait_for_timeout(SETTLED)
    return site.paths()


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("history.replaceState(null, '', '?sort=price')", ["/app?sort=price"]),
        ("history.replaceState(null, '', '?sort=price#top')", ["/app?sort=price"]),
        ("history.replaceState({at: 3}, '')", ["/app"]),
        ("history.pushState({}, '', location.href)", ["/app"]),
        ("history.pushState({}, '', '#section')", ["/app"]),
        ("location.hash = 'section'", ["/app"]),
        ("location.hash = '!important'", ["/app"]),
        ("history.pushState({}, '', '?page=2')", ["/app", "/app?page=2"]),
        ("history.replaceState({}, '', '/other')", ["/app", "/other"]),
        ("history.pushState({}, '', '/other')", ["/app", "/other"]),
        ("History.prototype.pushState.call(history, {}, '', '/other')", ["/app", "/other"]),
        ("navigation.navigate('#/deep', {history: 'push'})", ["/app", "/app#/deep"]),
        ("location.hash = '/pricing'", ["/app", "/app#/pricing"]),
        ("location.hash = '!/pricing'", ["/app", "/app#!/pricing"]),
        ("history.replaceState({}, '', '#/pricing')", ["/app", "/app#/pricing"]),
    ],
)
def test_a_view_is_a_change_of_what_is_read(site: OwnSite, page: Page, script: str, paths: list[str]) -> None:
    """Another query or anchor is no other page, unless the visitor can go back from it."""
    assert run(site, page, script) == paths


def test_back_and_forward_are_views(site: OwnSite, page: Page) -> None:
    """The page is read again."""
    push = "history.pushState({}, '', '/app/two')"
    assert run(site, page, push, "history.back()", "history.forward()") == ["/app", "/app/two", "/app", "/app/two"]


def test_another_query_of_a_hash_route_by_replacing_is_the_same_page(site: OwnSite, page: Page) -> None:
    """As a query of a path is."""
    assert run(site, page, "location.hash = '/list'", "history.replaceState({}, '', '#/list?sort=up')") == ["/app", "/app#/list?sort=up"]


def test_a_run_of_changes_is_one_view_of_the_last_address(site: OwnSite, page: Page) -> None:
    """A router that redirects: /go leads to /step and to /end."""
    steps = "history.pushState({}, '', '/go'); history.replaceState({}, '', '/step')"
    later = "setTimeout(() => history.replaceState({}, '', '/end'), 120); setTimeout(() => history.replaceState({}, '', '/end?x=1'), 200)"
    assert run(site, page, f"{steps}; {later}") == ["/app", "/end?x=1"]


def test_a_router_that_redirects_while_the_page_loads_is_one_view(site: OwnSite, page: Page) -> None:
    """The page was opened at /, and is /de/home before it can be read."""
    site.begin()
    slow = "<script>addEventListener('DOMContentLoaded', () => setTimeout(() => history.replaceState({}, '', '/de/home'), 60))</script>"
    page.goto(site.write("/start", slow))
    site.until(page, lambda: site.paths() == ["/de/home"])
    page.wait_for_timeout(SETTLED)

    assert site.paths() == ["/de/home"]


def test_two_presses_in_quick_succession_are_two_views(site: OwnSite, page: Page) -> None:
    """A person who presses is no redirect."""
    site.begin()
    buttons = "".join(f"<button onclick=\"history.pushState({{}}, '', '/{name}')\">{name}</button>" for name in ("one", "two"))
    page.goto(site.write("/buttons", buttons))
    site.until(page, lambda: len(site.views()) == 1)
    page.click("text=one")
    page.click("text=two")
    site.until(page, lambda: len(site.views()) == 3)

    assert site.paths() == ["/buttons", "/one", "/two"]


@pytest.mark.parametrize("delay", [50, 1500])
def test_a_title_that_comes_late_is_amended_for_the_first_view_too(site: OwnSite, page: Page, delay: int) -> None:
    """The application has its title once its data are there."""
    site.begin()
    page.goto(site.write("/late", f"<script>setTimeout(() => {{ document.title = 'Prices' }}, {delay})</script>", title=""))
    site.until(page, lambda: site.amended() == [("/late", "Prices")])
    page.evaluate("delay => { history.pushState({}, '', '/more'); setTimeout(() => { document.title = 'More' }, delay) }", delay)
    site.until(page, lambda: site.amended() == [("/late", "Prices"), ("/more", "More")])


def test_a_title_set_before_the_address_is_that_of_the_new_page(site: OwnSite, page: Page) -> None:
    """Some frameworks change the title first: the page that is left keeps its own."""
    site.begin()
    page.goto(site.write("/first", "", title="First"))
    site.until(page, lambda: len(site.views()) == 1)
    page.evaluate("document.title = 'Second'; history.pushState({}, '', '/second')")
    page.wait_for_timeout(SETTLED)

    assert site.amended() == [("/first", "First"), ("/second", "Second")]


def test_a_title_that_counts_unread_mails_is_no_late_title(site: OwnSite, page: Page) -> None:
    """It changes for ever: no more than a few heartbeats tell of it."""
    page.clock.install()
    site.begin()
    page.goto(
        site.write("/mail", "<script>let n = 0; setInterval(() => { document.title = `(${++n}) Mail` }, 1000)</script>", title="Mail")
    )
    page.clock.run_for("02:00")
    page.wait_for_timeout(300)

    assert len([c for c in site.told() if c.title is not None]) < 25


@pytest.mark.parametrize("where", ["same", "other"])
def test_only_the_top_page_is_a_visit(site: OwnSite, page: Page, where: str) -> None:
    """What is done in a frame of the site belongs to the view of the page around it, whichever of its origins the frame has."""
    site.begin()
    site.write(
        "/frame",
        '<button type="button">Compare plans</button><form id="demo"><input name="email" value="d@acme.example"><button>Go</button></form>',
    )
    origin = site.url if where == "same" else site.other
    page.goto(site.write("/around", f'<iframe src="{origin}/frame"></iframe>'))
    frame = page.frame_locator("iframe")
    frame.locator("text=Compare plans").click()
    frame.locator("text=Go").click()
    site.until(page, lambda: len([c for c in site.told() if c.kind == "submit"]) == 1 and len(site.clicks()) == 1)
    page.wait_for_timeout(SETTLED)

    assert site.paths() == ["/around"]
    (view,), (click,) = site.views(), site.clicks()
    (sent,) = [c for c in site.told() if c.kind == "submit"]
    assert (click.page, click.text, click.visitor) == (view.page, "Compare plans", view.visitor)
    assert (sent.page, sent.fields) == (view.page, {"email": "d@acme.example"})
    assert "trusted" in sent.signs


def test_a_frame_in_a_page_of_someone_else_tells_nothing(site: OwnSite, page: Page) -> None:
    """Its top page is no page of the site: there is no visit."""
    site.begin()
    site.write("/frame", "<button>Compare plans</button>")
    page.goto(site.write("/foreign", f'<iframe src="{site.url}/frame"></iframe>', snippet=False).replace("localhost", "127.0.0.1"))
    page.frame_locator("iframe").locator("text=Compare plans").click()
    page.wait_for_timeout(SETTLED)

    assert site.told() == []
