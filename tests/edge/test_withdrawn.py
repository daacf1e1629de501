"""Withdrawn ids at the edge: answered as always, and nothing is recorded but a count."""

import time
from collections.abc import Iterator

import httpx
import msgspec
import pytest

from tests.edge_process import MESSAGE, SITE, WORKSPACE, EdgeProcess, batch, event
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.links import tokens, urls
from tracker.spool import destinations, layout, withdrawn
from tracker.web.edge.routes.pixel import GIF

ORIGIN = "https://acme.example"
OTHER, SHARE, CLICK = "0e" * 16, "3c" * 16, "11" * 16
TARGET = f"{ORIGIN}/pricing?a=1&b=%20#top"


@pytest.fixture
def edge(tmp_path) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,))
    ids = [
        (WithdrawnKind.MESSAGE, MESSAGE),
        (WithdrawnKind.SHARE, SHARE),
        (WithdrawnKind.VISITOR, "visitor-1"),
        (WithdrawnKind.CLICK, CLICK),
    ]
    # A million ids beside those of the test, as long lists of a real installation.
    others = (number.to_bytes(3, "big") + b"\0" * 13 for number in range(1_000_000))
    pieces = sorted([*others, *(withdrawn_hash(WORKSPACE, *one) for one in ids)])
    withdrawn.write(pieces, withdrawn.path_of(made.settings))
    yield made
    if made.process.poll() is None:
        made.stop()


def share(edge: EdgeProcess) -> str:
    return urls.click_url(edge.url, tokens.mint_click(edge.keys, tokens.ClickClaims(WORKSPACE, None, SHARE, 0, TARGET)))


def kept(edge: EdgeProcess) -> list[Capture]:
    """What is in the spool after the edge has stopped."""
    edge.stop()
    return edge.captures()


def test_a_listed_id_leaves_a_count_and_nothing_else(edge):
    """The pixel is the picture, the click leads where it was signed to, byte for byte and without `ll`; page events answer 204."""
    with httpx.Client(timeout=60, headers={"Origin": ORIGIN, "User-Agent": "Someone's browser"}) as client:
        answers = [client.get(edge.click(TARGET)), client.get(share(edge)), client.head(edge.click(TARGET)), client.get(edge.pixel())]
        posts = [
            client.post(f"{edge.url}/e", content=body) for body in (batch(event()), batch(event(), visitor="new", ll=edge.landing(CLICK)))
        ]
        broken = client.get(edge.pixel().replace(".gif", "x.gif"))

    assert [(answer.status_code, answer.headers.get("location")) for answer in answers] == [(302, TARGET)] * 3 + [(200, None)]
    assert [post.status_code for post in posts] == [204, 204]
    assert (answers[3].content, broken.content) == (GIF, GIF)
    (count,) = kept(edge)
    assert (count.kind, count.workspace, count.count) == (CaptureKind.UNTRACKED, WORKSPACE, 7)
    named = {name: getattr(count, name) for name in ("message", "share", "visitor", "address", "agent", "headers", "url", "landing")}
    assert not [value for value in named.values() if value]
    assert count.received % 86_400_000 == 0


def test_others_are_recorded_as_before(edge):
    """Another message, another visitor, a click of another message: with its landing token."""
    claims = tokens.ClickClaims(WORKSPACE, OTHER, None, 0, TARGET)
    with httpx.Client(timeout=60, headers={"Origin": ORIGIN}) as client:
        client.get(edge.pixel(OTHER))
        found = client.get(urls.click_url(edge.url, tokens.mint_click(edge.keys, claims)))
        client.post(f"{edge.url}/e", content=batch(event(), visitor="visitor-2"))

    assert "ll=" in found.headers["location"]
    assert sorted(capture.kind for capture in kept(edge)) == ["click", "open", "view"]


def test_opt_outs_and_new_consent_still_act(edge):
    """An unsubscribe of a listed message, and page events of a listed browser that consents again."""
    with httpx.Client(timeout=60, headers={"Origin": ORIGIN}) as client:
        assert client.post(edge.unsubscribe(), content=b"List-Unsubscribe=One-Click").status_code == 200
        for more in ({}, {"visitor": "new", "ll": edge.landing(CLICK)}):
            assert client.post(f"{edge.url}/e", content=batch(event(), consent=True, **more)).status_code == 204

    found = kept(edge)
    assert sorted(capture.kind for capture in found) == ["unsubscribe", "view", "view"]
    assert [capture.consent for capture in found if capture.site == SITE] == [True, True]


def test_a_changed_list_ends_the_spool_file(edge):
    """So that the drain can remove it with the rows of an erased lead: it has no writer any more."""
    with httpx.Client(timeout=60) as client:
        client.get(edge.pixel(OTHER))
    (file,) = layout.files(edge.settings.spool_dir)
    withdrawn.write([b"\1" * 16], withdrawn.path_of(edge.settings))
    until = time.monotonic() + 60
    while not layout.is_orphan(file):
        assert time.monotonic() < until, "the file is still in use"
        time.sleep(0.1)
    with httpx.Client(timeout=60) as client:
        client.get(edge.pixel(OTHER))

    assert sorted(capture.kind for capture in kept(edge)) == ["open", "open"]


def test_a_changed_destination_holds_for_personal_links_only(edge):
    """A click leads where was signed last, to a site of the company with `ll`. Without a valid entry the address itself counts."""
    moved, refused, unsigned, foreign = (f"{number:032x}" for number in range(1, 5))
    new = f"{ORIGIN}/offer?b=2"
    claims = {name: tokens.ClickClaims(WORKSPACE, None, name, 0, TARGET) for name in (moved, refused, unsigned, foreign, OTHER)}
    entries = {
        moved: tokens.mint_click(edge.keys, msgspec.structs.replace(claims[moved], url=new)).encode(),
        refused: tokens.mint_click(edge.keys, msgspec.structs.replace(claims[refused], url=f"{edge.url}/c/x")).encode(),
        unsigned: b"not a token",
        foreign: tokens.mint_click(edge.keys, msgspec.structs.replace(claims[moved], url=new)).encode(),
    }
    by_hash = ((withdrawn_hash(WORKSPACE, WithdrawnKind.SHARE, link), token) for link, token in entries.items())
    destinations.write(sorted(by_hash), destinations.path_of(edge.settings))
    time.sleep(0.3)  # the edge looks at the file ten times a second
    with httpx.Client(timeout=60) as client:
        found = {name: client.get(urls.click_url(edge.url, tokens.mint_click(edge.keys, one))) for name, one in claims.items()}
        message = client.get(urls.click_url(edge.url, tokens.mint_click(edge.keys, tokens.ClickClaims(WORKSPACE, OTHER, None, 0, TARGET))))

    paths = {name: httpx.URL(answer.headers["location"]).path for name, answer in found.items()}
    assert paths == {moved: "/offer", refused: "/pricing", unsigned: "/pricing", foreign: "/pricing", OTHER: "/pricing"}
    assert "ll=" in found[moved].headers["location"]
    assert httpx.URL(message.headers["location"]).path == "/pricing"
    assert sorted(capture.url for capture in kept(edge)) == sorted([new, *[TARGET] * 5])


@pytest.mark.parametrize("content", [b"\0\0\0\0\0\0\0\2" + b"\1" * 16, b"", b"\xff" * 40], ids=["cut", "empty", "noise"])
def test_a_damaged_file_changes_no_destination(tmp_path, content):
    """It is written again by the drain; until then the former content counts, or none."""
    path = tmp_path / "destinations.map"
    key = b"\1" * 16
    destinations.write([(key, b"token"), (b"\2" * 16, b"other")], path)
    known = destinations.Destinations(path)
    assert (known.current().token_of(key), known.current().token_of(b"\3" * 16)) == (b"token", None)
    path.write_bytes(content)
    assert destinations.Destinations(path).current().token_of(key) is None
