"""Destinations: which URLs are allowed as redirect destinations, byte for byte, and which are refused."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.base.errors import Invalid
from tracker.links import urls
from tracker.links.landing import with_landing

EDGE = "http://localhost:8081"
REFUSED = [
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)"),
    *("data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://x.example", "mailto:a@b.example", "tel:123", "//evil.example"),
    *("/\\evil.example", "\\\\evil.example", "http:evil.example", "http:///evil.example", "http:", "http://", "", "x"),
    *("https://good.example@evil.example", "https://good.example%40evil.example", "https://evil.example\\@good.example"),
    *("https://good.example%00.evil.example", "http://a%0d%0aX: y", "http://a\r\nX:", "http://a.example/\r\nX: y", "http://a.example/\x7f"),
    *("http://[::1]", "http://[::1", "http://[fe80::1]:80/", "http://[x]/", "http://2130706433", "http://0x7f.1", "http://0177.0.0.1"),
    *(
        "http://127.1",
        "http://①②⑦.⓪.⓪.①",
        "http://раypal.example",
        "http://good。example",
        "http://ｇood.example",
        "http://evil.example#@good.example",
    ),
    *(
        "http://good.example:80:80",
        "http://good.example:0",
        "http://good.example:99999",
        "http://good.example:x",
        "http://user:pw@good.example",
    ),
    *(
        "http://a b.example/",
        "http://.example/",
        "http://a..example/",
        "http://a.example/\u202egnp.exe",
        "http://a.example/ ",
        "\ud800http://x",
    ),
    *(f"http://{'a' * 64}.example/", f"http://a.example/{'a' * 8_000}", "http://<script>/", "http://a.example/\u2028"),
]
ACCEPTED = [
    *(
        "https://acme.example",
        "https://acme.example?a=b",
        "HTTPS://ACME.example/A b",
        "http://127.0.0.1:8082/pricing?x=1#f",
        "http://localhost:8082/",
    ),
    *("https://münchen.example/ä?ü=ß#é", "https://例え.jp/", "https://a_b.example/x?q={{a}}&amp;b", "https://acme.example/%2e%2e/%0d%0a"),
    *(
        "https://acme.example/?next=https://other.example/@x",
        "https://acme.example.",
        "https://acme.example/👩‍🚀",
        "https://[2606:4700::1111]:8443/",
    ),
    *("https://acme.example/a'(b)!*;:,$%5B", "https://acme.example/?ll=1.5,2.5", "https://acme.example:8443/#/route?x"),
]


@pytest.mark.parametrize("url", REFUSED)
def test_hostile_addresses_are_refused(url: str) -> None:
    """Each of these spellings has been used to deceive readers."""
    with pytest.raises(Invalid) as refused:
        urls.destination(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", ACCEPTED)
def test_good_addresses_come_back_byte_for_byte(url: str) -> None:
    """No URL is normalized."""
    assert urls.destination(url) == url


@given(st.text(max_size=80))
def test_any_text_is_taken_as_it_is_or_refused(text: str) -> None:
    """A URL is accepted unchanged or refused, and an accepted one has a host."""
    for url in (text, f"https://{text}", f"https://acme.example/{text}"):
        try:
            assert urls.destination(url) == url
        except Invalid:
            continue
        assert urls.origin(url)
        assert "\r" not in url
        assert "\n" not in url


@pytest.mark.parametrize("path", ["/c/abc.def", "/o/abc.gif", "/u/x", "/e", "/t.js?s=1", "/%63/abc", "/healthz"])
def test_our_own_addresses_are_no_destination(path: str) -> None:
    """A tracked link to a tracked link could form a redirect loop."""
    for edge in (EDGE, "https://acme.example/ll"):
        with pytest.raises(Invalid):
            urls.destination(f"{edge}{path}", edge_url=edge)
    assert urls.destination(f"https://other.example{path}", edge_url=EDGE)
    assert urls.destination(f"{EDGE}/pricing", edge_url=EDGE)


@pytest.mark.parametrize(
    ("url", "landed"),
    [
        ("https://a.example", "https://a.example?ll=T"),
        ("https://a.example/p", "https://a.example/p?ll=T"),
        ("https://a.example/p?", "https://a.example/p?ll=T"),
        ("https://a.example/p?x=%20+&y#f?z&", "https://a.example/p?x=%20+&y&ll=T#f?z&"),
        ("https://a.example/p?x&#", "https://a.example/p?x&ll=T#"),
        ("https://a.example/p#f", "https://a.example/p?ll=T#f"),
    ],
)
def test_the_landing_token_joins_the_query(url: str, landed: str) -> None:
    """Before the fragment, with every other byte in its place."""
    assert with_landing(url, "T") == landed


@given(st.text(alphabet="ab&=?+%20", max_size=20), st.text(alphabet="ab&=?#%", max_size=20))
def test_landing_changes_neither_query_nor_fragment(query: str, fragment: str) -> None:
    """The site receives its own parameters unchanged, and `ll` last."""
    url = f"https://a.example/p?{query}#{fragment}"
    landed = urlsplit(with_landing(url, "T"))

    assert parse_qsl(landed.query, keep_blank_values=True)[-1] == ("ll", "T")
    assert landed.query.startswith(query)
    assert landed.fragment == urlsplit(url).fragment


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://Acme.Example:443/x", "https://acme.example"),
        ("http://acme.example:80", "http://acme.example"),
        ("http://acme.example:8080/?", "http://acme.example:8080"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example"),
        ("https://Straße.example/", "https://xn--strae-oqa.example"),
        ("https://bu\u0308cher\u3002example", "https://xn--bcher-kva.example"),
        ("https://☃.example:8443", "https://xn--n3h.example:8443"),
        ("https://my_site.bücher.example", "https://my_site.xn--bcher-kva.example"),
        ("https://ex\u00adample.com", "https://example.com"),
        ("https://a\u0378.example", ""),
        ("http://[2606:4700::1111]:81/", "http://[2606:4700::1111]:81"),
        ("mailto:x@y", ""),
        ("http://x:99999", ""),
    ],
)
def test_an_origin_is_what_a_browser_says(url: str, origin: str) -> None:
    """So that it can be compared with an Origin header."""
    assert urls.origin(url) == origin


def test_a_link_that_mail_software_would_cut_is_refused() -> None:
    """2,000 characters and no more."""
    assert urls.click_url(EDGE, "x" * (2_000 - len(f"{EDGE}/c/")))
    with pytest.raises(Invalid, match="too long"):
        urls.click_url(EDGE, "x" * 2_000)
