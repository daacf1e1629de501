"""Origins at entry: what browsers can send is kept as they send it; what can never match is refused with the reason."""

import pytest

from tracker.base.errors import Invalid
from tracker.rules.sites.origins import checked_origin, counterpart, offers_for, page_origin, with_scheme


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("  HTTPS://WWW.Example.COM/ ", "https://www.example.com"),
        ("https://www.example.com:443", "https://www.example.com"),
        ("http://www.example.com:80/", "http://www.example.com"),
        ("https://shop.example.com:8443", "https://shop.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://192.0.2.7:8080", "http://192.0.2.7:8080"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://my_shop.example", "https://my_shop.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(text: str, origin: str):
    """Lower case, no default port, no slash."""
    assert checked_origin(text) == origin


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://www.example.com/shop", "names a page. Enter only the beginning: https://www.example.com"),
        ("https://www.example.com/?utm_source=x", "names a page"),
        ("https://www.example.com?x", "names a page"),
        ("https://www.example.com#top", "names a page"),
        ("https://www.example.com\\shop", "names a page"),
        ("https://*.example.com", "has a wildcard"),
        ("*", "must be an address"),
        ("https://dana:secret@www.example.com", "has a user name"),
        ("www.example.com", "must begin with https:// or http://, such as https://www.example.com"),
        ("//www.example.com", "must be an address"),
        ("null", "is what browsers send for local files"),
        ("file:///srv/index.html", "starts with file://"),
        ("ftp://www.example.com", "starts with ftp://"),
        ("chrome-extension://abc", "starts with chrome-extension://"),
        ("https://www.example.com:0", "has no valid port"),
        ("https://www.example.com:", "has no valid port"),
        ("https://www.example.com:99999", "has no valid name or port"),
        ("https://www.example.com:abc", "has no valid name or port"),
        ("https://", "has no valid name"),
        ("https://www..example.com", "has no valid name"),
        ("https://-www.example.com", "has no valid name"),
        ("https://exa mple.com", "has no valid name"),
        ("https://300.1.2.3", "has no valid name"),
        ("https://[2001:db8::zz]", "has no valid name"),
        ("https://<script>.example.com", "has no valid name"),
        ("https://www.example.com.", "ends with a dot"),
        ("", "must be an address"),
    ],
)
def test_what_can_never_match_is_refused_with_the_reason(text: str, reason: str):
    """The field is named, so that the form shows it."""
    with pytest.raises(Invalid) as caught:
        checked_origin(text)
    assert caught.value.field == "origins"
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "other"),
    [
        ("https://example.com", "https://www.example.com"),
        ("https://www.example.com", "https://example.com"),
        ("https://example.co.uk", "https://www.example.co.uk"),
        ("https://www.shop.example.com:8443", "https://shop.example.com:8443"),
        ("http://example.com:8080", "http://www.example.com:8080"),
        ("https://shop.example.com", ""),
        ("http://localhost:3000", ""),
        ("http://192.0.2.7", ""),
        ("https://[2001:db8::1]", ""),
        ("https://www.example", ""),
    ],
)
def test_the_address_with_or_without_www(origin: str, other: str):
    """Not for subdomains, numbers and local names."""
    assert counterpart(origin) == other


def test_offers_leave_out_what_is_known_or_declined():
    """One offer for each address."""
    assert offers_for(("https://a.com", "https://b.com", "https://www.b.com")) == ("https://www.a.com",)
    assert offers_for(("https://a.com",), ("https://www.a.com",)) == ()


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("www.example.com", "https://www.example.com"),
        (" example.com:8443/ ", "https://example.com:8443/"),
        ("localhost:3000", "http://localhost:3000"),
        ("127.0.0.1:8082", "http://127.0.0.1:8082"),
        ("http://example.com", "http://example.com"),
        ("null", "null"),
        ("my shop", "my shop"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_a_missing_scheme_is_guessed_only_for_what_looks_like_an_address(typed: str, text: str):
    """In forms; the API asks for it."""
    assert with_scheme(typed) == text


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("www.example.com/home?x=1#top", "https://www.example.com"),
        ("http://example.com/", "http://example.com"),
        ("localhost:8000/", "http://localhost:8000"),
        ("ftp://x/y", "ftp://x"),
        ("", ""),
    ],
)
def test_the_address_of_a_page_is_cut_to_its_origin(typed: str, origin: str) -> None:
    """What set-up takes; whether it can be a site's address is checked after that."""
    assert page_origin(typed) == origin
