"""URLs: how Leadlight's own URLs are built and recognized, and which other URLs are allowed as redirect destinations."""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal
from urllib.parse import unquote, urlsplit

from tracker.base.errors import Invalid
from tracker.base.network.host_names import ascii_host, ascii_name
from tracker.links.tokens import leading_token

LONGEST_TRACKED = 2_000
"""Characters. Some mail software cuts longer links, so what would exceed this stays untracked, with a visible reason."""
LONGEST_DESTINATION = 2_048

_HIGHEST_PORT = 65_535
_HOST_LONGEST = 253
_LABEL_LONGEST = 63
_NUMERIC_LABEL = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)")
_HOST_SYMBOLS = frozenset("%@:/?#[]<>^|`{}\"'()*,;&=+$!~\\ \u3002\uff0e\uff61")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_OWN_PATH = re.compile(r"/(?:(?P<kind>[ocup])/(?P<token>[^/?#]+)|m/[^/?#]+|e|t\.js|healthz)\Z")
_KINDS: dict[str, Literal["open", "click", "unsubscribe", "choice"]] = {"o": "open", "c": "click", "u": "unsubscribe", "p": "choice"}
_FIELD = "url"


@dataclass(frozen=True, slots=True)
class OwnUrl:
    """A URL of this edge found in a text: its kind and its token."""

    kind: Literal["open", "click", "unsubscribe", "choice", "other"]
    token: str


def pixel_url(edge_url: str, token: str) -> str:
    """The tracking pixel, which reports an open."""
    return f"{edge_url}/o/{token}.gif"


def click_url(edge_url: str, token: str) -> str:
    """The tracked link. Raises Invalid if it would be too long for mail software."""
    url = f"{edge_url}/c/{token}"
    if len(url) > LONGEST_TRACKED:
        raise Invalid(
            _FIELD, f"This link is too long to track: it would have {len(url):,} characters, and mail software cuts at {LONGEST_TRACKED:,}."
        )
    return url


def mark_url(edge_url: str, token: str) -> str:
    """The address that marks the browser of a rep, or removes its mark (see `browser_marks`)."""
    return f"{edge_url}/m/{token}"


def unsubscribe_url(edge_url: str, token: str) -> str:
    """The unsubscribe page; also the URL in the List-Unsubscribe header."""
    return f"{edge_url}/u/{token}"


def choice_url(edge_url: str, token: str) -> str:
    """The page where the lead allows or refuses tracking."""
    return f"{edge_url}/p/{token}"


def snippet_url(edge_url: str, site: str) -> str:
    """The script a workspace puts on its site; `site` is the site key."""
    return f"{edge_url}/t.js?s={site}"


def banner_url(edge_url: str, site: str) -> str:
    """The address of a site's consent banner."""
    return f"{edge_url}/b.js?s={site}"


def lead_url(public_url: str, lead: str) -> str:
    """The lead's page in the console."""
    return f"{public_url}/leads/{lead}"


def destination(text: str, *, edge_url: str = "") -> str:
    """The same text, byte for byte, if it is allowed as a redirect destination. With `edge_url`, URLs of that edge are refused too.

    Raises Invalid (field `url`) with the reason.
    """
    if len(text) > LONGEST_DESTINATION:
        raise _refused(f"is longer than {LONGEST_DESTINATION:,} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _BIDI for c in text) or text != text.strip():
        raise _refused("holds a blank at an end, a line break or an invisible character")
    if "\\" in text:
        raise _refused("holds a backslash")
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in ("http", "https") or not rest.startswith("//"):
        raise _refused("must start with http:// or https://")
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    if rest[2 + len(authority) :][:2] in ("#@", "?@"):
        raise _refused("hides another address behind the host")
    _check_authority(authority)
    if edge_url and own(text, edge_url) is not None:
        raise _refused("is one of Leadlight's own tracked addresses; use the page it leads to")
    return text


def own(url: str, edge_url: str) -> OwnUrl | None:
    """The kind and token of a URL of this edge; None for any other URL."""
    own_origin = origin(edge_url)
    if not own_origin or origin(url) != own_origin:
        return None
    base = urlsplit(edge_url).path.rstrip("/")
    path = unquote(urlsplit(url).path)
    if not path.startswith(base):
        return None
    found = _OWN_PATH.match(path[len(base) :])
    if found is None:
        return None
    if found["kind"] is None:
        return OwnUrl("other", "")
    token = leading_token(found["token"].encode("utf-8", "surrogatepass")).decode()
    return OwnUrl(_KINDS[found["kind"]], token or found["token"].removesuffix(".gif"))


def origin(url: str) -> str:
    """`scheme://host[:port]` in lower case without a default port, as browsers send it; empty if the URL has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host:
        return ""
    try:
        host = ascii_name(host)
    except ValueError:
        return ""
    if ":" in host:
        host = f"[{host}]"
    is_default = port is None or port == (443 if scheme == "https" else 80)
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{port}"


def _refused(why: str) -> Invalid:
    return Invalid(_FIELD, f"This address {why}.")


def _check_authority(authority: str) -> None:
    if "@" in authority:
        raise _refused("carries a user name before the host")
    if authority.startswith("["):
        host, bracket, port = authority.partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise _refused("has no proper host")
        _check_ipv6(host[1:])
        port = port[1:] if port else "1"
    else:
        host, colon, port = authority.partition(":")
        _check_host(host)
        port = port if colon else "1"
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _HIGHEST_PORT):
        raise _refused("has no proper port")


def _check_ipv6(text: str) -> None:
    try:
        is_public = IPv6Address(text).is_global
    except AddressValueError:
        is_public = False
    if not is_public:
        raise _refused("leads to a private network address")


def _check_host(host: str) -> None:
    if not host or len(host) > _HOST_LONGEST or _HOST_SYMBOLS.intersection(host):
        raise _refused("has no proper host")
    if unicodedata.normalize("NFKC", host).casefold() != host.casefold():
        raise _refused("writes its host with look-alike characters")
    labels = host.removesuffix(".").split(".")
    if any(not label or len(label) > _LABEL_LONGEST or label.isspace() for label in labels):
        raise _refused("has no proper host")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        _check_ipv4(host)
    elif not host.isascii():
        _check_scripts(labels)


def _check_ipv4(host: str) -> None:
    try:
        is_plain = str(IPv4Address(host)) == host
    except AddressValueError:
        is_plain = False
    if not is_plain:
        raise _refused("writes its host as a bare number")


def _check_scripts(labels: list[str]) -> None:
    for label in labels:
        scripts = {unicodedata.name(c, "?").split(" ")[0] for c in label if c.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            raise _refused("mixes alphabets in its host")
        try:
            ascii_host(label)
        except ValueError:
            raise _refused("has no proper host") from None
