"""docs/legal/cookies.md lists every cookie and storage key that the product sets, and nothing else; laws are never stated as certain."""

import re
from pathlib import Path

from tests.project import ROOT

SOURCES = ("tracker", "workers", "notifier")
COOKIE_WRITERS = {
    "tracker/web/console/cookies.py",
    "tracker/web/console/app.py",  # the name of Flask's own cookie
    "tracker/web/edge/own_browser.py",
}
"""Where cookies are set. The console's pages call the first."""
COMPUTED = {"leadlight-${document.body.dataset.session || ": "leadlight-<session>", "ll_own_": "ll_own_<workspace>"}
"""Names that are computed, as the page writes them."""

_SETS_COOKIE = re.compile(r"set_cookie\(|[\"']set-cookie[\"']|SESSION_COOKIE_NAME|document\.cookie|cookieStore", re.IGNORECASE)
_COOKIE = re.compile(r"[\"'](?:__Host-)?(ll_[a-z_]+)[\"']")
_STORES = re.compile(r"(?:(?:local|session)Storage\.setItem|\bremember)\(\s*([A-Za-z_]+|[\"'`][^\"'`]+)")
_OTHER_STORES = re.compile(r"indexedDB|caches\.open|localStorage\[|sessionStorage\[|Storage\.[a-z]+ ?=[^=]|openDatabase")
_DOCUMENTED = re.compile(r"^\| `([^`]+)` \| (cookie|localStorage|sessionStorage) \|", re.MULTILINE)


def files(*suffixes: str) -> dict[str, str]:
    """The text of every source file by path; minified copies left out."""
    paths = [path for source in SOURCES for path in (ROOT / source).rglob("*") if path.suffix in suffixes]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths if ".min." not in path.name}


def documented(*kinds: str) -> set[str]:
    """The names of these kinds in the document."""
    text = Path(ROOT / "docs/legal/cookies.md").read_text("utf-8")
    return {name for name, kind in _DOCUMENTED.findall(text) if kind in kinds}


def test_every_cookie_is_documented() -> None:
    """A new place that sets cookies has to be named here; a new name has to be in the table."""
    sources = files(".py", ".js", ".html")
    assert {path for path, text in sources.items() if _SETS_COOKIE.search(text)} == COOKIE_WRITERS
    names = {name for text in sources.values() for name in _COOKIE.findall(text)}
    assert {COMPUTED.get(name, name) for name in names} == documented("cookie")


def test_every_storage_key_is_documented() -> None:
    """Constants are followed to their text in the same file, or in the source of the snippet that declares them."""
    found = set()
    sources = files(".js", ".html")
    shared = sources["tracker/web/edge/snippet/state.js"]
    for path, text in sources.items():
        assert not _OTHER_STORES.search(text), path
        for key in _STORES.findall(text):
            if key == "name" and "function remember(name" in text:
                continue  # the snippet's function itself; its calls are found
            declared = rf"\b{key} = [\"'`]([^\"'`]+)"
            constant = re.search(declared, text) or re.search(declared, shared) if key.isidentifier() else None
            name = constant[1] if constant else key.lstrip("\"'`")
            found.add(COMPUTED.get(name, name))
    assert found == documented("localStorage", "sessionStorage")


def test_facts_of_law_are_marked() -> None:
    """Each row of the table says that it must be checked."""
    text = (ROOT / "docs/legal/README.md").read_text("utf-8").partition("## Dates of law")[2]
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| where")]
    assert len(rows) > 4
    assert all(row.endswith("| yes |") for row in rows)
    assert "Check before quoting" in text
