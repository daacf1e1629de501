"""The snippet's rule for confidential parts of addresses, in a real browser: the same as the edge's, address by address."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.edge_process import ROOT
from tests.unit.links.confidential_cases import CASES, RUN
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS
from tracker.links.confidential import confidential, page_mark, words_as_decoded

SOURCE = ROOT / "tracker/web/edge/snippet/confidential.js"
OWN_WORDS = ("schlüssel", "kunde")
PARTS = (
    *("/", "?", "#", "&", "=", ";", ":", "@", "!", "-", ".", "+", "[", "]", "//", "https://", "mailto:", "%", "%25", "%3D", "%26", "%2F"),
    *("%3F", "%C3%BC", "ü", "…", "token", "Key", "eMail", "utm_source", "gclid", "a", "x1", RUN, RUN.upper(), "APIKeys", "schl%C3%BCssel"),
    *("kundeNr", "SCHLÜSSEL", "%74oken", "%2574oken", "logo.png", "\n", " ", "'", "~"),
)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


def cleaned(page: Page, urls: list[str], words: tuple[str, ...]) -> list[str]:
    script = "([words, urls]) => { var known = {words: words}, d = document, place = location, landing = null;\n%s\nreturn urls.map((url) => cleaned(url)); }"
    return list(page.evaluate(script % SOURCE.read_text("utf-8"), [list(words_as_decoded(words)), urls]))


def test_script_and_edge_have_the_same_rule(page: Page) -> None:
    """The shared table, and addresses made at random of what the rule looks at."""
    chance = random.Random(12)
    drawn = ["".join(chance.choices(PARTS, k=chance.randrange(1, 14))) for _ in range(20_000)]
    for words in (DEFAULT_WORDS, OWN_WORDS):
        rule = confidential(words)
        urls = [url for url, _ in CASES] + drawn
        differing = [(url, own) for url, own in zip(urls, cleaned(page, urls, words), strict=True) if own != rule.cleaned(url)]
        assert [(url, own, rule.cleaned(url)) for url, own in differing[:5]] == []


def test_script_and_edge_name_a_page_alike(page: Page) -> None:
    """The mark at the end of a landing token."""
    urls = ["https://a.example/", "https://a.example/a%20b?x=%C3%BC#top", "https://a.example/r/1?key=2&b=%25"]
    script = "(urls) => { var known = {}, d = document, place = location, landing = null;\n%s\nreturn urls.map(pageMark); }"

    assert page.evaluate(script % SOURCE.read_text("utf-8"), urls) == [page_mark(url) for url in urls]
