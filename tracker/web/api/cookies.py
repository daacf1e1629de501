r"""Cookies as they come in, read strictly. Used by the API's credentials and by every page of the console.

On https our cookies carry the prefix `__Host-`, which a browser takes from this very host alone; the plain names belong to
http://localhost. A sibling domain can plant any other name, so names are compared byte for byte and nothing is trimmed but spaces and
tabs: some libraries also trim white space of Unicode, and take `\u2000__Host-x` for `__Host-x`. Source: RFC 6265bis, sections 4.1.3
and 5.8.3.
"""

from collections import Counter

from werkzeug.datastructures import ImmutableMultiDict

from tracker.base.settings import Settings

SESSION = "ll_session"
"""The session's secret."""
FORM = "ll_form"
"""A random value that ties forms shown before sign-in to this browser."""


def is_secure(settings: Settings) -> bool:
    """Whether reps come by https, so that cookies may be bound to it."""
    return settings.public_url.lower().startswith("https://")


def full_name(settings: Settings, name: str) -> str:
    """The one name under which this installation writes and reads a cookie."""
    return f"__Host-{name}" if is_secure(settings) else name


def parsed(header: str) -> ImmutableMultiDict[str, str]:
    """The cookies of a `Cookie` header by name. A name that comes twice is left out: which of the two is ours cannot be known."""
    pairs = [
        (name.strip(" \t"), value.strip(" \t")) for name, equals, value in (part.partition("=") for part in header.split(";")) if equals
    ]
    counts = Counter(name for name, _ in pairs)
    return ImmutableMultiDict([(name, value) for name, value in pairs if counts[name] == 1])
