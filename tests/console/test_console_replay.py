"""The replay's page: scenes as data, frames only for the workspace's own sites."""

import html
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
import redis as redis_py

from tests.console.conftest import Browser
from tests.ports import free_ports
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.base.http.outbound import Outbound
from tracker.base.settings import AllowedTarget, load
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.web.console.pages.replay.iframe_policy import framing_of, is_allowed

SITE = "https://www.northwind.example"
CONSOLE = "https://app.example.com"


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


def visit_of(scene: Scene, lead: Lead | None, start: datetime, *urls: str, acts: tuple[VisitAct, ...] = ()) -> Visit:
    """A visit of these addresses, one every minute, half of it active."""
    pages = tuple(
        VisitPage(event=f"{i}", page=None, url=url, title="</script><b>T", at=start + timedelta(minutes=i), active_ms=30_000, scroll=70)
        for i, url in enumerate(urls)
    )
    made = Visit(
        id=f"{int(start.timestamp()):032x}", workspace=scene.workspace.id, visitor="b", lead=lead.id if lead else None,
        started_at=start, ended_at=start + timedelta(minutes=len(urls)), pages=pages, acts=acts, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari/604.1",
    )  # fmt: skip
    scene.store.visits.add(made)
    return made


def scenes_in(page: str) -> list[dict[str, object]]:
    """The data that the player reads."""
    raw = page.partition("data-scenes>")[2].partition("</script>")[0]
    return json.loads(html.unescape(raw))  # type: ignore[no-any-return]


def test_scenes_are_pages_and_silences(rita: Browser, scene: Scene) -> None:
    """Each page plays as long as it was read; half a minute without a sign is shown as away."""
    dana = scene.lead()
    visit = visit_of(scene, dana, scene.deps.now() - timedelta(hours=1), f"{SITE}/pricing", f"{SITE}/contact")
    page = rita.get(f"/visits/{visit.id}/replay").text
    scenes = scenes_in(page)
    assert [(s["kind"], s["ms"]) for s in scenes] == [("page", 30_000), ("away", 1200), ("page", 30_000)]
    assert scenes[1]["label"] == "Away 0:30"
    assert "</script><b>" not in page
    assert "1:00 active." in page
    assert scenes[0]["phone"] is True


def test_only_own_sites_are_framed(rita: Browser, scene: Scene) -> None:
    """A hostile URL in a beacon is shown as text, never loaded, never a link."""
    dana = scene.lead()
    own = rita.get("/live").headers["Content-Security-Policy"]
    visit = visit_of(scene, dana, scene.deps.now(), f"{SITE}/", "https://evil.example/", "javascript:alert(1)//", "http://[broken")
    answer = rita.get(f"/visits/{visit.id}/replay")
    assert [s["frame"] for s in scenes_in(answer.text) if s["kind"] == "page"] == [True, False, False, False]
    assert f"frame-src 'self' {SITE};" in answer.headers["Content-Security-Policy"]
    assert SITE not in own
    assert 'href="javascript' not in answer.text.lower()


def test_a_page_with_removed_parts_is_never_loaded(rita: Browser, scene: Scene) -> None:
    """Its address leads nowhere: neither frame nor address of one."""
    visit = visit_of(scene, scene.lead(), scene.deps.now(), f"{SITE}/reset/…?token=…", f"{SITE}/pricing")
    scenes = [one for one in scenes_in(rita.get(f"/visits/{visit.id}/replay").text) if one["kind"] == "page"]

    assert [(one["frame"], one["url"]) for one in scenes] == [(False, ""), (True, f"{SITE}/pricing")]


def test_the_console_itself_is_never_framed(rita: Browser, scene: Scene) -> None:
    """Even a site record that names the console's own address opens no frame on it."""
    public = scene.deps.settings.public_url
    site = msgspec.structs.replace(scene.site, origins=(public, SITE))
    scene.deps.store.workspaces.change(scene.workspace.id, sites=(site,))
    visit = visit_of(scene, scene.lead(), scene.deps.now(), f"{public}/leads")
    answer = rita.get(f"/visits/{visit.id}/replay")
    assert [s["frame"] for s in scenes_in(answer.text)] == [False]
    assert public not in answer.headers["Content-Security-Policy"]


def test_all_visits_of_a_lead_play_in_order(rita: Browser, scene: Scene) -> None:
    """Oldest first, with the time between; another lead's visit is not among them."""
    dana, now = scene.lead(), scene.deps.now()
    for days in (1, 4):
        visit_of(scene, dana, now - timedelta(days=days), f"{SITE}/day-{days}")
    visit_of(scene, scene.lead("Otto"), now, f"{SITE}/otto")
    scenes = scenes_in(rita.get(f"/leads/{dana.id}/replay").text)
    assert [s["address"] or s["label"] for s in scenes] == ["www.northwind.example/day-4", "2 days later", "www.northwind.example/day-1"]


def test_many_visits_come_in_stretches(rita: Browser, scene: Scene) -> None:
    """The last 25, with a way to the earlier ones."""
    dana, now = scene.lead(), scene.deps.now()
    for hours in range(27):
        visit_of(scene, dana, now - timedelta(hours=hours), f"{SITE}/{hours}")
    page = rita.get(f"/leads/{dana.id}/replay").text
    assert len([s for s in scenes_in(page) if s["kind"] == "page"]) == 25
    older = page.partition("?before=")[2].partition('"')[0]
    assert len([s for s in scenes_in(rita.get(f"/leads/{dana.id}/replay?before={older}").text) if s["kind"] == "page"]) == 2


def test_an_anonymous_visit_shows_no_name(rita: Browser, scene: Scene) -> None:
    """We say that we cannot tell who it is."""
    visit = visit_of(scene, None, scene.deps.now(), f"{SITE}/")
    assert "Anonymous visitor" in rita.get(f"/visits/{visit.id}/replay").text


def test_no_visit_no_player(rita: Browser, scene: Scene) -> None:
    """A lead who was never on the site has nothing to replay, and the page says when that changes."""
    assert "No visits yet" in rita.get(f"/leads/{scene.lead().id}/replay").text
    assert rita.get(f"/visits/{'a' * 32}/replay").status_code == 404


@pytest.mark.parametrize("url", ["https://evil.example/", "http://169.254.169.254/", "file:///etc/passwd", "", f"{SITE}@evil.example/"])
def test_the_framing_question_is_no_way_out(rita: Browser, url: str) -> None:
    """The console fetches only addresses of the workspace's sites."""
    assert rita.get("/replay/framing", query_string={"url": url}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"x-frame-options": "DENY"}, False),
        ({"x-frame-options": "SameOrigin"}, False),
        ({"content-security-policy": "frame-ancestors 'none'"}, False),
        ({"content-security-policy": "default-src 'self'; frame-ancestors 'self' https://app.example.com"}, True),
        ({"content-security-policy": "frame-ancestors *.example.com", "x-frame-options": "DENY"}, True),
        ({"content-security-policy": "frame-ancestors https:"}, True),
        ({"content-security-policy": "frame-ancestors *, frame-ancestors 'none'"}, False),
        ({"content-security-policy": "frame-ancestors http://app.example.com"}, False),
        ({"content-security-policy": "frame-ancestors"}, False),
    ],
)
def test_a_sites_own_word_on_framing_counts(headers: dict[str, str], *, allowed: bool) -> None:
    """As browsers read it: frame-ancestors before X-Frame-Options."""
    assert allowed == is_allowed(headers, CONSOLE)


@pytest.fixture
def closed_site() -> Iterator[tuple[str, list[str]]]:
    """A site whose pages refuse to be framed: its address, and the requests so far."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("X-Frame-Options", "DENY")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_ports(1, low=19_500)), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_is_asked_once_a_day(closed_site: tuple[str, list[str]], redis: redis_py.Redis) -> None:
    """By HEAD, and the answer is kept; neither private addresses nor addresses with removed parts are asked at all."""
    site, asked = closed_site
    allowed = load({"OUTBOUND_ALLOW": "127.0.0.1/32"}, file=None).outbound_allow
    assert allowed == (replace(AllowedTarget(allowed[0].network, None)),)
    careful, free = Outbound(total=3), Outbound(allowed, total=3)
    try:
        assert framing_of(f"{site}/a", CONSOLE, careful, redis) == "ask"
        assert framing_of(f"{site}/b", CONSOLE, free, redis) == "no"
        assert framing_of(f"{site}/b", CONSOLE, careful, redis) == "no"
        assert framing_of(f"{site}/c?token=…", CONSOLE, free, redis) == "no"
        assert asked == ["HEAD /b"]
    finally:
        careful.close()
        free.close()
