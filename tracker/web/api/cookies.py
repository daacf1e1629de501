r"""Strict parsing of request cookies. Used by the API's authentication and by every page of the console.

On https, cookie names have the prefix `__Host-`, which a browser accepts from this host only; plain names are for
http://localhost. A sibling domain can set any other name, so names are compared byte for byte and only spaces and tabs are
trimmed: some libraries also trim Unicode white space, and read `\u2000__Host-x` for `__Host-x`. Source: RFC 6265bis, sections 4.1.3
and 5.8.3.
"""

from collections import Counter

from werkzeug.datastructures import ImmutableMultiDict

from tracker.base.settings import Settings

SESSION = "ll_session"
"""Name of the cookie with the session's secret."""
FORM = "ll_form"
"""Name of the cookie that ties forms before sign-in to this browser."""


def is_secure(settings: Settings) -> bool:
    """Whether the console is served over https."""
    return settings.public_url.lower().startswith("https://")


def full_name(settings: Settings, name: str) -> str:
    """The cookie name of this installation, with its prefix."""
    return f"__Host-{name}" if is_secure(settings) else name


def parsed(header: str) -> ImmutableMultiDict[str, str]:
    """The cookies of a `Cookie` header by name. A name that occurs twice is left out because its origin is unknown."""
    pairs = [
        (name.strip(" \t"), value.strip(" \t")) for name, equals, value in (part.partition("=") for part in header.split(";")) if equals
    ]
    counts = Counter(name for name, _ in pairs)
    return ImmutableMultiDict([(name, value) for name, value in pairs if counts[name] == 1])
