"""What admins read of refused pages, and which of them they can add."""

import msgspec
import pytest

from tests.scenes import NOON
from tracker.domain.workspace.refusal import RefusalReason, RefusedPages
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.sites.refusals import notices_of

DAY = NOON.date()
SITE = Site(key="5e" * 8, name="Shop", origins=("https://example.com",), ignored_origins=("https://copy.example",))
BLOG = Site(key="b1" * 8, name="Blog", origins=("https://blog.example.com",))
WORKSPACE = Workspace(id="ab" * 8, name="Acme", created_at=NOON, sites=(SITE, BLOG))
UNKNOWN = "0a" * 8


def told(site: str, reason: str, origin: str, pages: int = 12) -> list[tuple[str, str, str]]:
    found = notices_of(WORKSPACE, [RefusedPages(site, RefusalReason(reason), origin, pages, DAY)])
    return [(one.site, f"{one.text} {one.todo}".strip(), one.origin) for one in found]


@pytest.mark.parametrize(
    ("site", "reason", "origin", "text", "can_add"),
    [
        (SITE.key, "origin", "https://www.example.com", "12 pages from https://www.example.com were refused. Add it?", True),
        (SITE.key, "origin", "https://blog.example.com", "12 pages from https://blog.example.com were refused. Use the snippet of Blog there.", False),
        (SITE.key, "origin", "null", "12 pages from a local file or a sandboxed frame were refused. Open the page from its web address.", False),
        (SITE.key, "origin", "", "12 pages from other addresses were refused.", False),
        (SITE.key, "origin", "https://example.com.", "12 pages from https://example.com. were refused.", False),
        (SITE.key, "landing", "https://example.com", "12 clicks to https://example.com lost the mark that says which lead it was.", False),
        (UNKNOWN, "key", "https://example.com", f"12 pages at https://example.com were refused. No site has the key {UNKNOWN}", False),
        (UNKNOWN, "key", "https://new.example", "Paste the snippet again, as it is shown here.", False),
        ("", "key", "", "12 pages were refused. No site has the key that stands in the snippet.", False),
    ],
)  # fmt: skip
def test_each_cause_has_its_words(site: str, reason: str, origin: str, text: str, *, can_add: bool):
    """And a button where adding the origin helps."""
    ((key, words, button),) = told(site, reason, origin)
    assert text in words
    assert button == (origin if can_add else "")
    assert key == ({UNKNOWN: SITE.key if origin == SITE.origins[0] else ""}.get(site, site))


def test_what_is_settled_is_not_told():
    """Added or ignored meanwhile, or of a site that was removed or made meanwhile."""
    for site, reason, origin in (
        (SITE.key, "origin", SITE.origins[0]),
        (SITE.key, "origin", "https://copy.example"),
        (UNKNOWN, "origin", "https://www.example.com"),
        (UNKNOWN, "landing", "https://example.com"),
        (SITE.key, "key", "https://example.com"),
    ):
        assert told(site, reason, origin) == []


def test_one_page_is_singular_and_many_pages_come_first():
    """A few pages make no alarm."""
    pages = [RefusedPages(SITE.key, RefusalReason.ORIGIN, f"https://{n}.example", n, DAY) for n in (1, 1_200)]
    found = notices_of(msgspec.structs.replace(WORKSPACE, name="Other"), pages)
    assert [one.text for one in found] == [
        "1,200 pages from https://1200.example were refused.",
        "1 page from https://1.example was refused.",
    ]
    assert [one.is_alarming for one in found] == [True, False]
