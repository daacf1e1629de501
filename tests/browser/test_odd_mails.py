"""Tracked mails in a real browser: apart from tracked links and the pixel, the page is the one the author made."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.odd_mails import ARRANGED, WHOLE, random_link, random_mail
from tracker.links.footer import append, choice_link
from tracker.links.pixel import insert_pixel
from tracker.links.rewrite import rewrite

EDGE = "https://go.acme.example"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
DIFFERENT = """(pairs) => {
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const cleaned = (html) => {
    const page = parsed(html);
    const comments = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
    while (comments.nextNode()) if (comments.currentNode.data.startsWith("[if")) comments.currentNode.data = "";
    for (const pixel of page.querySelectorAll('img[src^="https://go.acme.example/o/"]')) pixel.remove();
    for (const link of page.querySelectorAll('[href^="https://x.example/"],[href^="https://go.acme.example/c/"]')) link.setAttribute("href", "");
    page.normalize();
    return page;
  };
  return pairs.filter(([before, after]) => {
    const [one, other] = [cleaned(before), cleaned(after)];
    return !one.isEqualNode(other) || one.compatMode !== other.compatMode || !parsed(after).querySelector('img[src^="https://go.acme.example/o/"]');
  });
}"""
"""The pairs whose documents differ, or whose second has no pixel. Conditional comments may differ: their links are tracked."""
HREFS = "urls => [[...document.links].map((link) => link.href), urls.map((url) => new URL(url).href)]"
"""Where the links of the page lead, and where the given addresses do."""
BOXES = """() => {
  const box = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; };
  const all = [...document.querySelectorAll("body :not([href*=FOOTER])")];
  const pixels = all.filter((element) => element.matches('img[src*="/o/"]'));
  return { others: all.filter((element) => !pixels.includes(element)).map(box), pixels: pixels.map(box), height: document.documentElement.scrollHeight };
}"""


def tracked(html: str) -> str | None:
    """The mail as it is sent; None without a pixel."""
    return insert_pixel(rewrite(html, lambda index, _url: f"{EDGE}/c/T{index}")[0], f"{EDGE}/o/P.gif")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that loads nothing but the pixel."""
    opened = browser.new_page()

    def answer(route: Route) -> None:
        if route.request.url.startswith(f"{EDGE}/o/"):
            route.fulfill(content_type="image/gif", body=GIF)
        else:
            route.abort()

    opened.route("**/*", answer)
    yield opened
    opened.close()


def test_the_document_is_the_authors(page: Page) -> None:
    """Hand-written mails, and random markup, which browsers repair."""
    chance = random.Random(18)
    mails = [*WHOLE.values(), *(random_mail(chance) for _ in range(3_000))]
    pairs = [(mail, sent) for mail in mails if (sent := tracked(mail)) is not None]

    assert len(pairs) > len(WHOLE) + 1_000
    assert page.evaluate(DIFFERENT, pairs) == []


def test_the_content_stays_where_it_is(page: Page) -> None:
    """No element moves or grows by more than a pixel, nor does the page."""
    for name, mail in (WHOLE | ARRANGED).items():
        page.set_content(mail)
        before = page.evaluate(BOXES)
        page.set_content(tracked(mail) or "")
        after = page.evaluate(BOXES)

        moved = [abs(a - b) for one, other in zip(before["others"], after["others"], strict=True) for a, b in zip(one, other, strict=True)]
        assert max(moved, default=0) <= 1, name
        assert after["height"] - before["height"] <= 1, name
        assert {tuple(box[2:]) for box in after["pixels"]} == {(1, 1)}, name


def test_a_footer_moves_nothing_above_it(page: Page) -> None:
    """It makes the page longer; every element stays where it began. What cannot show it follows it."""
    for name, mail in (WHOLE | ARRANGED).items():
        page.set_content(mail)
        before = [] if name in ("open select", "open svg") else page.evaluate(BOXES)["others"]
        sent = append(mail, choice_link(f"{EDGE}/p/FOOTER", "Tracking choices", "en"))
        page.set_content(insert_pixel(sent, f"{EDGE}/o/P.gif") or "")
        assert page.locator(f'a[href="{EDGE}/p/FOOTER"]').count() == 1, name
        after = page.evaluate(BOXES)["others"]

        # Formatting that was left open is opened again around the footer: one element more, at the end.
        moved = [abs(a - b) for one, other in zip(before, after, strict=False) for a, b in zip(one[:2], other[:2], strict=True)]
        assert len(after) - len(before) in (0, 1) or not before, name
        assert max(moved, default=0) <= 1, name


def test_a_tracked_link_leads_where_the_authors_would(page: Page) -> None:
    """Whatever is in the address: it is tracked with the browser's destination, or left with a reason."""
    chance = random.Random(18)
    cases, left = [], 0
    for _ in range(4_000):
        html = random_link(chance)
        sent, links = rewrite(html, lambda index, _url: f"{EDGE}/c/T{index}")
        cases += [(html, link.url) for link in links if link.tracked_url]
        left += sum(1 for link in links if link.reason)
        assert sent == html or any(link.tracked_url for link in links)

    assert len(cases) > 1_000
    assert left > 500
    # Not by DOMParser, whose quick way takes `&copy=1&amp;` for a sign (Chromium 156).
    mail = "".join(html for html, _ in cases)
    page.route("https://mail.example/", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=mail))
    page.goto("https://mail.example/")
    wanted, found = page.evaluate(HREFS, [url for _, url in cases])
    assert found == wanted
