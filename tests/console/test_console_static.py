"""Scripts, styles and images: browsers keep those of the release that runs, and no others."""

import re

import pytest

from tests.console.conftest import Browser


def test_what_a_page_names_is_kept_for_good(browser: Browser) -> None:
    """Every file named by a page exists and is never asked for again; what scripts import by relative paths is beside them."""
    page = browser.get("/sign-in").text
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert {path.rpartition(".")[2] for path in named} >= {"css", "js", "svg"}

    for path in [*named, *(path.replace("/app.js", "/parts/http.js") for path in named)]:
        kept = browser.get(path)
        assert (kept.status_code, set(kept.headers["Cache-Control"].split(", "))) == (200, {"public", "max-age=31536000", "immutable"}), (
            path
        )


@pytest.mark.parametrize("prefix", ["", "r-0123456789ab/"])
def test_without_the_release_or_with_another_nothing_is_kept(browser: Browser, prefix: str) -> None:
    """A page of the release before or after still works, and gets what this process has."""
    found = browser.get(f"/static/{prefix}js/app.js")

    assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-cache")
    assert browser.get(f"/static/{prefix}js/app.js", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["js/none.js", "../app.py", "%2e%2e/app.py", "js", "", "%2fetc%2fpasswd"])
def test_there_is_nothing_else(browser: Browser, path: str) -> None:
    """With and without a release: no file of another folder, and no error is kept."""
    current = re.search(r"/static/(r-[0-9a-f]{12})/", browser.get("/sign-in").text)
    assert current
    for prefix in ("", f"{current[1]}/", "r-0123456789ab/"):
        refused = browser.get(f"/static/{prefix}{path}", follow_redirects=True)
        assert (refused.status_code, refused.headers["Cache-Control"]) == (404, "no-store")
