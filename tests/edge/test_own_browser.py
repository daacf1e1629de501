"""The mark of a rep's browser at the edge: set by a signed request of the console, read on clicks and pixels, nothing else."""

import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.edge_process import MESSAGE, SITE, WORKSPACE, EdgeProcess, batch, event
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.own_browser import marked_at, unmarked_at
from tracker.links import tokens, urls
from tracker.links.browser_marks import HOP_SECONDS, MARK_SECONDS, BrowserMark, Hop, mint_hop, mint_mark
from tracker.links.keys import Keys

ORIGIN, REP, OTHER = "https://acme.example", "0a" * 16, "12" * 8
COOKIE = f"ll_own_{WORKSPACE}"
CONSOLE = "https://console.acme.example"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var", (ORIGIN,), PUBLIC_URL=CONSOLE)
    yield made
    made.stop()


@pytest.fixture
def client(edge: EdgeProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=edge.url, timeout=60) as made:
        yield made


class EdgeBehindProxy(EdgeProcess):
    """An edge that is reached by https through a proxy; the tests ask it directly."""

    def _started(self) -> subprocess.Popen[bytes]:
        self.url = f"http://localhost:{self.settings.edge_port}"
        return super()._started()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def hop(edge: EdgeProcess, target: str, *, workspace: str = WORKSPACE, age: int = 0, is_removal: bool = False) -> str:
    made = Hop(BrowserMark(workspace, REP, now_ms() - age * 1000), is_removal, target)
    return urls.mark_url(edge.url, mint_hop(edge.keys, made))


def mark(edge: EdgeProcess, *, workspace: str = WORKSPACE, age: int = 0, keys: Keys | None = None) -> str:
    return mint_mark(keys or edge.keys, BrowserMark(workspace, REP, now_ms() - age * 1000))


def last(edge: EdgeProcess) -> Capture:
    return max(edge.captures(), key=lambda c: c.id)


def test_the_console_has_the_edge_mark_the_browser(edge: EdgeProcess, client: httpx.Client) -> None:
    """Back to the console, at the address of the settings; clicks and opens of that browser carry the sign and the rep."""
    before = len(edge.captures())
    answer = client.get(hop(edge, "/settings/me?x=1"))
    assert (answer.status_code, answer.headers["location"]) == (302, f"{CONSOLE}/settings/me?x=1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert cookie.endswith(f"; Path=/; Max-Age={MARK_SECONDS}; HttpOnly; SameSite=Lax")
    assert "no-store" in answer.headers["cache-control"]
    assert len(edge.captures()) == before

    client.get(edge.click("https://other.example/"))
    clicked = last(edge)
    client.get(edge.pixel())
    opened = last(edge)
    assert [(c.kind, c.signs, c.rep, c.message) for c in (clicked, opened)] == [
        (CaptureKind.CLICK, ("own",), REP, MESSAGE),
        (CaptureKind.OPEN, ("own",), REP, MESSAGE),
    ]
    assert "cookie" not in clicked.headers

    removed = client.get(hop(edge, "/settings/me", is_removal=True))
    assert removed.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0;")
    client.get(edge.click("https://other.example/"))
    assert (last(edge).signs, last(edge).rep) == ((), None)


def test_only_a_valid_mark_of_the_workspace_says_anything(edge: EdgeProcess, client: httpx.Client, tmp_path) -> None:
    """Forged, expired, of another workspace, under another name, or another token: an ordinary click."""
    foreign = mark(edge, workspace=OTHER)
    for text in (
        f"{COOKIE}={mark(edge, keys=Keys.load(tmp_path / 'keys.json'))}",
        f"{COOKIE}={mark(edge)[:-1]}",
        f"{COOKIE}={mark(edge, age=MARK_SECONDS + 60)}",
        f"{COOKIE}={foreign}",
        f"ll_own_{OTHER}={foreign}",
        f"ll_own_{OTHER}={mark(edge)}",
        f"x{COOKIE}={mark(edge)}",
        f"{COOKIE}={edge.landing()}",
        f"{COOKIE}={hop(edge, '/').rpartition('/')[2]}",
        f"{COOKIE}",
        f"{COOKIE}=" + "A" * 4_000,
    ):
        answer = client.get(edge.click("https://other.example/"), headers={"Cookie": text})
        assert answer.status_code == 302
        assert (last(edge).signs, last(edge).rep) == ((), None), text
    client.get(edge.click("https://other.example/"), headers={"Cookie": f"a=b; {COOKIE}=x; {COOKIE}={mark(edge)}"})
    assert last(edge).rep == REP


def test_marking_redirects_nowhere_else(edge: EdgeProcess, client: httpx.Client, tmp_path) -> None:
    """No cookie and no redirect for a bad, expired or other token, nor to a site that is not the workspace's."""
    forged = mint_hop(Keys.load(tmp_path / "keys.json"), Hop(BrowserMark(WORKSPACE, REP, now_ms()), is_removal=False, target="/"))
    for path in (
        "/m/x",
        "/m/",
        f"/m/{forged}",
        f"/m/{mark(edge)}",
        edge.click("https://other.example/").replace("/c/", "/m/"),
        hop(edge, "/", age=HOP_SECONDS + 60),
        hop(edge, "https://evil.example/"),
        hop(edge, f"{ORIGIN}/", workspace=OTHER),
        hop(edge, "javascript:alert(1)"),
    ):
        answer = client.get(path)
        assert (answer.status_code, "location" in answer.headers, "set-cookie" in answer.headers) == (404, False, False), path
    for outside in ("//evil.example/", "/\\evil.example", "/@evil.example"):
        assert client.get(hop(edge, outside)).headers["location"].startswith(f"{CONSOLE}/")
    assert client.head(hop(edge, "/")).status_code == 405
    assert client.options(hop(edge, "/")).headers["allow"] == "GET, OPTIONS"


def test_marking_on_the_site_gives_a_landing_token_and_stores_nothing(edge: EdgeProcess, client: httpx.Client) -> None:
    """The token names no click, but the time of the mark; the page view that presents it carries that."""
    before = len(edge.captures())
    answer = client.get(hop(edge, f"{ORIGIN}/pricing?a=1"))
    where, _, token = answer.headers["location"].partition("&ll=")
    assert (where, len(edge.captures())) == (f"{ORIGIN}/pricing?a=1", before)
    claims = tokens.verify_landing(edge.keys, token)
    assert (claims.workspace, claims.site) == (WORKSPACE, SITE)
    assert marked_at(claims.click) is not None

    client.post("/e", content=batch(event("marked"), ll=token), headers={"Origin": ORIGIN})
    view = last(edge)
    assert len(edge.captures()) == before + 1
    assert [c.landing for c in edge.captures() if c.kind is CaptureKind.VIEW] == [claims.click]
    assert view is not None

    removal = client.get(hop(edge, f"{ORIGIN}/", is_removal=True))
    assert removal.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0;")
    freed = tokens.verify_landing(edge.keys, removal.headers["location"].partition("?ll=")[2]).click
    assert (marked_at(freed), unmarked_at(freed) is None) == (None, False)


def test_on_https_the_cookie_is_the_hosts_own(tmp_path) -> None:
    """`__Host-` and Secure: no other host of the domain can set it."""
    edge = EdgeBehindProxy(free_ports(6), tmp_path / "var", (ORIGIN,), EDGE_URL="https://go.acme.example")
    try:
        cookie = httpx.get(hop(edge, "/")).headers["set-cookie"]
        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
        for text, rep in ((cookie.partition(";")[0], REP), (f"{COOKIE}={mark(edge)}", None)):
            httpx.get(edge.click("https://other.example/"), headers={"Cookie": text})
            assert last(edge).rep == rep
    finally:
        edge.stop()
