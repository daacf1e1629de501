"""Clicks on links and buttons of the site's own pages, with what stands on them, in a real browser."""

import pytest
from playwright.sync_api import Page

from tests.browser.snippet.own_site import OwnSite
from tests.edge_process import EdgeProcess

BODY = """<a id="internal" href="/next?x=1">Read <b>more</b></a> <a id="call" href="tel:+4930123">Call us</a>
<a id="mail" href="mailto:hello@acme.example">Write to us</a> <button id="plain" type="button">Compare
 plans</button> <div id="role" role="button" tabindex="0"><img alt="Menu" src="data:,"></div>
<button id="icon" type="button" aria-label="Close"></button> <input id="value" type="button" value="Next step">
<a id="out" href="http://127.0.0.1:1/away">Partner</a>
<div data-private><button id="hidden" type="button">Account 4711</button></div>
<button id="partly" type="button">Hello <span data-private>Dana</span>!</button>
<div contenteditable><button id="edited" type="button">typed</button></div>
<label>Name <input id="name"></label> <button id="typed" type="button">Go on</button>
<form id="form"><button id="send">Send</button></form>
<script>document.querySelector('#form').onsubmit = event => event.preventDefault();
document.querySelectorAll('a').forEach(link => link.addEventListener('click', event => event.preventDefault()));
document.querySelector('#name').oninput = event => { document.querySelector('#typed').textContent = `Go on, ${event.target.value}` };
</script>"""


@pytest.fixture
def opened(site: OwnSite, page: Page) -> OwnSite:
    site.begin()
    page.goto(site.write("/controls", BODY))
    site.until(page, lambda: len(site.views()) == 1)
    return site


@pytest.mark.parametrize(
    ("control", "text", "target"),
    [
        ("internal", "Read more", "/next?x=1"),
        ("call", "Call us", "tel:+4930123"),
        ("mail", "Write to us", "mailto:hello@acme.example"),
        ("plain", "Compare plans", None),
        ("role", "Menu", None),
        ("icon", "Close", None),
        ("value", "Next step", None),
        ("partly", "Hello !", None),
        ("out", "Partner", "http://127.0.0.1:1/away"),
    ],
)
def test_a_click_is_told_with_its_text(opened: OwnSite, page: Page, control: str, text: str, target: str | None) -> None:
    """Of the view on which it was made."""
    page.click(f"#{control}", position={"x": 2, "y": 2} if control in ("internal", "partly") else None)
    opened.until(page, lambda: len(opened.clicks()) == 1)

    (click,), (view,) = opened.clicks(), opened.views()
    assert (click.text, (click.target or "").removeprefix(opened.url) or None, click.page) == (text, target, view.page)


def test_what_was_typed_and_what_is_private_is_never_told(opened: OwnSite, page: Page) -> None:
    """Neither what the page shows of it on a button, nor what stands in a part that the page keeps to itself."""
    page.fill("#name", "Dana Whitfield")
    for control in ("hidden", "edited", "typed"):
        page.click(f"#{control}")
    opened.until(page, lambda: len(opened.clicks()) == 2)
    page.wait_for_timeout(500)

    assert sorted((click.text for click in opened.clicks()), key=str) == ["Go on, …", None]


def test_a_button_that_sends_a_form_is_told_by_the_form(opened: OwnSite, page: Page) -> None:
    """Once, and a double click is one click."""
    page.click("#send")
    page.dblclick("#plain")
    opened.until(page, lambda: len(opened.clicks()) == 1)
    page.wait_for_timeout(500)

    assert [capture.kind.value for capture in opened.told() if capture.kind in ("submit", "page_click")] == ["submit", "page_click"]


def test_a_script_that_clicks_is_no_click(opened: OwnSite, page: Page) -> None:
    """No one pressed."""
    page.evaluate("document.querySelector('#plain').click()")
    page.wait_for_timeout(500)

    assert opened.clicks() == []


def test_clicks_are_told_as_far_as_the_site_wants_them(site: OwnSite, edge: EdgeProcess, page: Page) -> None:
    """Switched off, outbound links stay, and so do downloads."""
    edge.write_policy((site.url, site.other), clicks=False)
    site.begin()
    page.goto(site.write("/controls", BODY))
    site.until(page, lambda: len(site.views()) == 1)
    for control in ("plain", "internal", "out"):
        page.click(f"#{control}")
    site.until(page, lambda: len(site.clicks()) == 1)
    page.wait_for_timeout(500)

    assert [click.text for click in site.clicks()] == ["Partner"]
