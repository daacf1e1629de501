"""What a link to the site carries: the landing token, kept out of the address for good, and a visitor's name between two origins."""

import time

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.snippet.own_site import OwnSite
from tests.edge_process import EdgeProcess

CLICK = "11" * 16
PAUSE = 700
READY = "() => typeof window.leadlight === 'object'"


@pytest.mark.parametrize(
    "written",
    [
        "history.replaceState(kept, '', kept.url)",
        "history.pushState(kept, '', kept.url + '&more=1')",
        "History.prototype.replaceState.call(history, kept, '', kept.url)",
        "location.hash = '/a?ll=' + kept.token",
        "history.pushState(kept, '', '?ll=' + kept.token)",
        "history.pushState(kept, '', new URL(kept.url, location.href))",
        "history.pushState(kept, '', '/login?next=' + encodeURIComponent(kept.url))",
    ],
)
def test_a_router_that_writes_the_token_back_does_not_keep_it(site: OwnSite, edge: EdgeProcess, page: Page, written: str) -> None:
    """The router took the address before the snippet was there."""
    token = edge.landing()
    keeps = "<script>kept = {url: location.href, token: new URLSearchParams(location.search).get('ll')}</script>"
    site.begin()
    page.goto(site.write("/routed", "", before=keeps) + f"?a=1&ll={token}")
    site.until(page, lambda: len(site.views()) == 1)
    page.wait_for_timeout(PAUSE)
    page.evaluate(written)
    page.wait_for_timeout(PAUSE)

    assert token not in page.url
    assert site.views()[0].landing == CLICK
    assert token not in str([(c.url, c.referrer, c.target) for c in site.told()])


def test_going_back_to_an_address_with_the_token_removes_it(site: OwnSite, edge: EdgeProcess, page: Page) -> None:
    """The router had pushed one before the snippet was there."""
    token = edge.landing()
    pushes = "<script>history.pushState({}, '', location.href + '&again'); history.pushState({}, '', '/on')</script>"
    site.begin()
    page.goto(site.write("/pushed", "", before=pushes) + f"?ll={token}")
    page.wait_for_function(READY)
    page.evaluate("history.back()")
    page.wait_for_url("**/pushed?again")


@pytest.mark.parametrize("parameter", ["visit", ""])
def test_the_parameter_can_be_another_one_or_none(site: OwnSite, edge: EdgeProcess, page: Page, parameter: str) -> None:
    """The site's own `ll` stays its own. Without a parameter the link leads to the page and names no one."""
    edge.write_policy((site.url, site.other), landing=parameter)
    site.begin()
    page.goto(edge.click(site.write("/named", "") + "?ll=52.5,13.4"))
    site.until(page, lambda: len(site.views()) == 1)

    click = next(c for c in site.told() if c.kind == "click")
    assert page.url == f"{site.url}/named?ll=52.5,13.4"
    assert site.views()[0].landing == (click.id if parameter else None)


def test_the_token_is_never_added_to_a_parameter_of_the_same_name(site: OwnSite, edge: EdgeProcess, page: Page) -> None:
    """It means something else there."""
    site.begin()
    page.goto(edge.click(site.write("/map", "") + "?ll=52.5,13.4"))
    site.until(page, lambda: len(site.views()) == 1)

    assert page.url == f"{site.url}/map?ll=52.5,13.4"
    assert site.views()[0].landing is None


def stored(page: Page) -> list[object]:
    return list(page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, window.name, history.state]"))


@pytest.mark.parametrize("way", ["a link", "the other origin", "a router"])
def test_consent_on_a_later_page_still_recognises_the_lead(site: OwnSite, edge: EdgeProcess, page: Page, way: str) -> None:
    """With nothing stored before, and the token in no address that is shown."""
    link = f"{site.other}/asked" if way == "the other origin" else "/asked#top"
    routed = (
        "<script>document.querySelector('a').onclick = e => { e.preventDefault(); history.pushState(null, '', e.target.href) }</script>"
    )
    body = f'<a href="{link}">on</a>' + routed * (way == "a router")
    site.write("/asked", "", waits=True)
    site.begin()
    page.goto(edge.click(site.write("/waiting", body, waits=True)))
    page.wait_for_function(READY)
    assert page.url == f"{site.url}/waiting"
    page.click("a")
    page.wait_for_url("**/asked*")
    page.wait_for_function(READY)
    page.wait_for_timeout(PAUSE)
    assert "ll=" not in page.url
    assert stored(page) == [0, 0, "", "", None]
    page.evaluate("leadlight.consent(true)")
    site.until(page, lambda: len(site.views()) == 1)

    click = next(c for c in site.told() if c.kind == "click")
    assert site.views()[0].landing == click.id


def test_a_refusal_carries_nothing_on(site: OwnSite, edge: EdgeProcess, page: Page) -> None:
    """Nor does a link within the page, which would load it again."""
    site.begin()
    page.goto(edge.click(site.write("/refusing", '<a id="in" href="#x">in</a> <a id="on" href="/after">on</a>', waits=True)))
    page.wait_for_function(READY)
    page.click("#in")
    assert page.url == f"{site.url}/refusing#x"
    page.evaluate("leadlight.consent(false)")
    page.click("#on")
    page.wait_for_url("**/after")

    assert not [path for path in site.requests if path.startswith("/after?")]


def crossed(site: OwnSite, page: Page, path: str) -> None:
    page.goto(site.write(path, f'<a href="{site.other}/there?x=1#y">there</a>'))
    site.until(page, lambda: len(site.views()) == 1)
    page.click("a")
    page.wait_for_url("**/there*")


def test_a_visitor_goes_on_to_another_origin_of_the_site(site: OwnSite, page: Page) -> None:
    """One visitor, and a clean address; the link of the page is as it was."""
    site.begin()
    crossed(site, page, "/here")
    site.until(page, lambda: len(site.views()) == 2)

    here, there = site.views()
    assert here.visitor == there.visitor
    assert page.url == f"{site.other}/there?x=1#y"
    assert there.url == f"{site.other}/there?x=1"
    page.go_back()
    page.wait_for_url("**/here")
    assert page.get_attribute("a", "href") == f"{site.other}/there?x=1#y"


def test_a_browser_with_a_name_of_its_own_keeps_it(site: OwnSite, page: Page) -> None:
    """Whatever the link says."""
    site.begin()
    page.goto(f"{site.other}/own")
    site.until(page, lambda: len(site.views()) == 1)
    own = site.views()[0].visitor
    site.begin()
    crossed(site, page, "/here")
    site.until(page, lambda: any(view.url == f"{site.other}/there?x=1" for view in site.views()))

    named = {view.url: view.visitor for view in site.views()}
    assert named[f"{site.url}/here"] != own
    assert named[f"{site.other}/there?x=1"] == own


@pytest.mark.parametrize("case", ["mailed", "old", "same origin", "foreign"])
def test_a_name_is_not_taken_from_elsewhere(site: OwnSite, browser: Browser, case: str) -> None:
    """A link that someone mailed, one of a minute ago, and one of another site: the browser gets a name of its own, and a clean address."""
    made = int(time.time() * 1000) - (61_000 if case == "old" else 0)
    carried = f"/taken?ll=v.attackers-browser.{made}"
    source = {"old": site.url, "foreign": site.url.replace("localhost", "127.0.0.1"), "same origin": site.other}.get(case)
    context = browser.new_context()
    page = context.new_page()
    site.write("/source", f'<a href="{site.other}{carried}">x</a>', snippet=False)
    site.begin()
    if source:
        page.goto(f"{source}/source")
        page.click("a")
    else:
        page.goto(site.other + carried)
    site.until(page, lambda: len(site.views()) == 1)

    assert site.views()[0].visitor != "attackers-browser"
    page.wait_for_url("**/taken")
    context.close()
