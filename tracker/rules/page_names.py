"""Page names: short names of pages for people. Used by replay summaries, timelines and alerts."""

from functools import lru_cache
from urllib.parse import unquote, urlsplit

from tracker.rules.page_paths import hash_route

_SEPARATORS = (" | ", " – ", " — ", " · ", " :: ", " - ", " • ")
_LONGEST = 60
_LONGEST_SLUG = 40


@lru_cache(maxsize=4096)
def page_name(url: str | None, title: str | None = None) -> str:
    """The short name of a page: the first part of its title, else the last part of its path; `Home` for the root.

    Titles and addresses come from outside: the result is plain text of at most 60 characters, never empty.
    """
    name = _from_title(title) or _from_path(url) or "a page"
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"


def _from_title(title: str | None) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in title or "").split())
    for separator in _SEPARATORS:
        first, found, _ = text.partition(separator)
        if found and first.strip():
            text = first.strip()
    return text


def _from_path(url: str | None) -> str:
    if not url:
        return ""
    host, path = split_url(url)
    path = unquote(path).strip("/")
    if not path:
        return "Home" if host else ""
    slug = path.rsplit("/", 1)[-1]
    stem, dot, extension = slug.rpartition(".")
    slug = stem if dot and extension.lower() in {"html", "htm", "php", "aspx", "jsp"} and stem else slug
    words = "".join(c if c.isprintable() else " " for c in slug.replace("-", " ").replace("_", " "))
    text = " ".join(words.split())[:_LONGEST_SLUG]
    return text[:1].upper() + text[1:]


def split_url(url: str) -> tuple[str, str]:
    """(host with port, path) of an address; both empty if it cannot be parsed. A hash route is the path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc.rpartition("@")[2], hash_route(parts.fragment) or parts.path
