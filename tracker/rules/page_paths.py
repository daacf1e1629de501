"""Page paths: whether a URL is one of the configured pages, such as pricing. A hash route (`#/pricing`, `#!/pricing`) is a path."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from tracker.base.network.host_names import ascii_name

_ROUTE = re.compile(r"!?(/[^?#]*)")
_LONGEST_HOST, _LONGEST_PAGE = 120, 300
_PORTS = {"http": 80, "https": 443}
"""The schemes of web pages with their default ports."""


@lru_cache(maxsize=8192)
def path_of(url: str | None) -> str:
    """The decoded path in lower case without a slash at its end, or else that of the hash route; `/` for the root and for an invalid URL."""
    if not url:
        return "/"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return _plain(hash_route(parts.fragment) or parts.path)


def hash_route(fragment: str) -> str:
    """The path in a fragment that is a hash route: `/pricing` of `/pricing?plan=1` and `!/pricing`; empty for an anchor."""
    found = _ROUTE.match(fragment)
    return found[1] if found else ""


def _plain(path: str) -> str:
    return unquote(path).lower().rstrip("/") or "/"


@lru_cache(maxsize=8192)
def page_key(url: str | None) -> tuple[str, str] | None:
    """(origin, path) by which a page is recognised, whatever its query: `("https://www.acme.example", "/pricing")`.

    With a hash route, the path is that of the page and the route: `/app#/pricing`. None for what is no web address.
    """
    try:
        parts = urlsplit(url or "")
        host, port = ascii_name(parts.hostname or ""), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host:
        return None
    name = f"[{host}]" if ":" in host else host
    route = hash_route(parts.fragment)
    path = f"{_plain(parts.path)}#{_plain(route)}" if route else _plain(parts.path)
    return f"{scheme}://{name}{'' if port in (None, _PORTS[scheme]) else f':{port}'}", path


def is_on(url: str | None, paths: Iterable[str]) -> bool:
    """Whether the URL is one of these pages, below one, or the same page with an ending (`/pricing.html`, `/en/pricing`)."""
    return _is_on(path_of(url), tuple(paths))


@lru_cache(maxsize=8192)
def _is_on(path: str, paths: tuple[str, ...]) -> bool:
    stem = path.rsplit(".", 1)[0] if "." in path.rsplit("/", 1)[-1] else path
    for wanted in paths:
        goal = wanted.lower().rstrip("/")
        if goal and (stem == goal or stem.endswith(goal) or path.startswith(f"{goal}/")):
            return True
    return False


def page_of(url: str) -> str:
    """Host and path of an address, without query and fragment; empty for one that cannot be read."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")[:_LONGEST_HOST]
    except ValueError:
        return ""
    return f"{host}{parts.path or '/'}"[:_LONGEST_PAGE]


@lru_cache(maxsize=8192)
def is_page(url: str | None, pattern: str) -> bool:
    """Whether the address fits: a path such as `/pricing` stands for it and all below it, with `*` for anything; a host may stand before it."""
    wanted = pattern.strip().lower()
    if wanted.startswith(("/", "*")) and not wanted.startswith("*."):
        return fnmatchcase(path_of(url), _pattern(wanted)) if "*" in wanted else is_on(url, (wanted,))
    key = page_key(url)
    if key is None:
        return False
    host, _, path = wanted.removeprefix("https://").removeprefix("http://").partition("/")
    own_host = key[0].partition("://")[2]
    return fnmatchcase(own_host, host) and (not path or is_page(url, f"/{path}"))


def _pattern(pattern: str) -> str:
    """Only `*` is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]").rstrip("/") or "/"
