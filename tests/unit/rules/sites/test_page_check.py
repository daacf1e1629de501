"""What an answer of the site says: its redirects, the parameter, the snippet and the Content-Security-Policy."""

import pytest

from tracker.domain.workspace.site import Site
from tracker.rules.sites.page_check import PROBE, FetchedPage, findings_of

EDGE = "https://t.example.com"
SITE = Site(key="5e" * 8, name="Shop", origins=("https://example.com", "https://m.example.com"))
TAG = f'<script async src="{EDGE}/t.js?s={SITE.key}"></script>'


def found(url: str = f"https://example.com/?ll={PROBE}", **more: object) -> list[tuple[bool, str, str]]:
    page = FetchedPage(**{"asked": "https://example.com", "url": url, "status": 200, "body": TAG, **more})  # type: ignore[arg-type]
    return [(one.is_good, one.text, one.origin) for one in findings_of(page, SITE, EDGE)]


def test_a_site_in_order_has_good_findings_only():
    """The parameter is kept, the snippet is there."""
    assert [good for good, _, _ in found()] == [True, True]
    assert [good for good, _, _ in found(f"https://m.example.com/start?a=1&ll={PROBE}#x")] == [True, True, True]


def test_a_redirect_to_an_address_that_is_missing_can_be_added():
    """Its pages would be refused."""
    first = found(f"https://www.example.com/?ll={PROBE}")[0]
    assert first == (
        False,
        "https://example.com redirects to https://www.example.com, which is not among the addresses: its pages are refused.",
        "https://www.example.com",
    )


@pytest.mark.parametrize(
    "url", ["https://www.example.com/", "https://example.com/en/", "https://example.com/?ll=", "https://example.com/?x=ll"]
)
def test_a_lost_parameter_is_said(url: str):
    """Leads would not be recognised."""
    assert [text for good, text, _ in found(url) if not good and "drops what follows “?”" in text]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<html></html>", "The snippet is not on https://example.com yet."),
        (TAG.replace(SITE.key, "0a" * 8), "a snippet with another key, 0a0a0a0a0a0a0a0a."),
        (TAG.replace("?s=", "?s=x&amp;s="), ""),
        (TAG.replace("?s=", "?consent=wait&amp;s="), ""),
    ],
)
def test_the_snippet_is_looked_for(body: str, text: str):
    """By its key, wherever the key stands in the address."""
    bad = [text for good, text, _ in found(body=body) if not good]
    assert (text in bad[0]) if text else not bad


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        ("", ""),
        ("img-src 'self'", ""),
        ("default-src 'self'", "connect-src and script-src"),
        ("default-src 'self'; script-src https://t.example.com", "connect-src"),
        ("default-src 'self' t.example.com", ""),
        ("script-src *.example.com; connect-src https:", ""),
        ("script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'", "connect-src"),
        ("script-src *, connect-src 'none'", "connect-src"),
    ],
)
def test_a_policy_that_blocks_leadlight_is_said(policy: str, missing: str):
    """What nonces allow cannot be told from outside."""
    bad = [text for good, text, _ in found(policy=policy) if not good]
    assert (f"add {EDGE} to {missing}." in bad[0]) if missing else not bad


def test_a_failed_page_is_no_judgement():
    """Sites answer 403 to programs: the browser decides."""
    ((good, text, _),) = found(status=403)
    assert (good, "status 403" in text) == (False, True)
