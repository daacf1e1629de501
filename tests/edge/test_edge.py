"""The edge over plain HTTP: the contract to the letter, with no database anywhere."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import string
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from gunicorn.asgi.protocol import ASGIProtocol

from tests.edge_process import MESSAGE, SITE, WORKSPACE, EdgeProcess, batch, event
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.links import tokens
from tracker.links.key_file import rotate
from tracker.spool import layout
from tracker.spool.policy import BannerPolicy
from tracker.web.edge.routes.pixel import GIF
from tracker.web.edge.server.protocol import EdgeProtocol

ORIGIN = "https://acme.example"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var", (ORIGIN,))
    yield made
    made.stop()


@pytest.fixture
def client(edge: EdgeProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=edge.url, timeout=60) as made:
        yield made


def kept(edge: EdgeProcess) -> list[Capture]:
    """The captures of requests so far. The tallies are committed beside them, up to a minute later, with the begin of the day as their time."""
    return [one for one in edge.captures() if one.kind not in (CaptureKind.UNTRACKED, CaptureKind.REFUSED)]


def kept_by(edge: EdgeProcess, before: int) -> list[Capture]:
    return sorted(kept(edge), key=lambda c: c.received)[before:]


def changed(url: str) -> str:
    """The address with another letter in the signature of its token."""
    token = url.rpartition("/")[2].removesuffix(".gif")
    return url.replace(token, token[:-2] + ("B" if token[-2] == "A" else "A") + token[-1])


def raw(edge: EdgeProcess, request: bytes, seconds: float = 60) -> bytes:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=seconds) as peer:
        peer.sendall(request)
        parts = []
        while part := peer.recv(65_536):
            parts.append(part)
            if b"\r\n\r\n" in b"".join(parts) and b"connection: close" not in b"".join(parts).lower():
                break
        return b"".join(parts)


def test_the_pixel_is_always_the_same_picture(edge: EdgeProcess, client: httpx.Client) -> None:
    """Valid token, bad token, none: 200, 43 bytes, never cached."""
    before = len(kept(edge))
    good = client.get(edge.pixel(), headers={"User-Agent": "Mail/1", "Sec-Purpose": "prefetch", "Cookie": "a=b"})
    for path in (
        "/o/bad.gif",
        "/o/",
        f"/o/{'A' * 3_000}.gif",
        "/o/%00%0d%0a.gif",
        "/o/\u00e9",
        edge.click("https://a.example").replace("/c/", "/o/"),
    ):
        bad = client.get(path)
        assert (bad.status_code, bad.content) == (200, GIF)
        assert dict(bad.headers) | {"date": ""} == dict(good.headers) | {"date": ""}

    assert (good.status_code, len(good.content), good.headers["content-type"]) == (200, 43, "image/gif")
    assert "no-store" in good.headers["cache-control"]
    assert "set-cookie" not in good.headers
    opened = kept_by(edge, before)[0]
    assert (opened.kind, opened.workspace, opened.message, opened.agent) == (CaptureKind.OPEN, WORKSPACE, MESSAGE, "Mail/1")
    assert opened.headers["sec-purpose"] == "prefetch"
    assert "cookie" not in opened.headers
    assert {c.kind for c in kept_by(edge, before)[1:]} == {CaptureKind.REJECTED}


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/pricing?a=1&b=%20x&b=2#top",
        "https://other.example",
        "HTTPS://Other.Example/A b/ü?q=é&ll=1.5,2",
        "https://other.example/?next=https://third.example/@x",
        "http://localhost:1/",
    ],
)
def test_a_link_leads_where_it_was_made_to_lead(edge: EdgeProcess, client: httpx.Client, url: str) -> None:
    """302, byte for byte, whatever was appended on the way; no referrer, no copy, no index."""
    for text in (
        edge.click(url),
        edge.click(url) + "?fbclid=x&url=https://evil.example",
        edge.click(url) + "%27",
        edge.click(url) + ").",
        edge.click(url) + ">",
        edge.click(url) + "&fbclid=IwAR0",
        edge.click(url) + "=3D",
        edge.click(url) + "Unsubscribe",
        edge.click(url) + "%20and%20more",
        edge.click(url) + "%E2%80%9D",
        edge.click(url) + "/",
        edge.click(url) + ";x=1/y?z",
        edge.click(url) + "%3Ffbclid=x" * 400,
        edge.url + edge.click(url).removeprefix(edge.url).replace(".", "%2E").replace("_", "%5f"),
    ):
        answer = client.get(text)
        assert answer.status_code == 302
        assert dict(answer.headers.raw)[b"location"].decode() == url
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in answer.headers["cache-control"]
        assert "noindex" in answer.headers["x-robots-tag"]


def test_the_companys_own_site_is_told_which_click_brought_the_visitor(edge: EdgeProcess, client: httpx.Client) -> None:
    """Click, landing and page view refer to each other by id."""
    before = len(kept(edge))
    landed = client.get(edge.click(f"{ORIGIN}/pricing?plan=1#top")).headers["location"]
    start, _, token = landed.removesuffix("#top").rpartition("&ll=")
    taken = client.post("/e", content=batch(event("own"), ll=f"{token}%27"), headers={"Origin": ORIGIN})
    click, view = kept_by(edge, before)

    assert (start, landed[-4:]) == (f"{ORIGIN}/pricing?plan=1", "#top")
    assert (taken.status_code, taken.content, taken.headers["access-control-allow-origin"]) == (204, b"", ORIGIN)
    assert (view.landing, view.kind, view.landing_at) == (click.id, CaptureKind.VIEW, click.received)


def test_a_bad_link_is_a_page_that_names_the_home_page(edge: EdgeProcess, client: httpx.Client) -> None:
    """Never a redirect; the workspace's name is escaped, and only one that we know is named."""
    spoiled = client.get(changed(edge.click("https://a.example/")))
    unknown = client.get("/c/" + "A" * 80)

    assert (spoiled.status_code, unknown.status_code) == (404, 404)
    assert "https://acme.example/" in spoiled.text
    assert "Acme &lt;Tools&gt;" in spoiled.text
    assert "location" not in spoiled.headers
    assert "acme" not in unknown.text.lower()
    assert "default-src 'none'" in spoiled.headers["content-security-policy"]


def test_random_and_spoiled_tokens_do_nothing(edge: EdgeProcess, client: httpx.Client) -> None:
    """No redirect, no event, no 5xx; and the evidence is bounded."""
    before, chance = len(kept(edge)), random.Random(7)
    good = edge.click("https://a.example/")
    for number in range(600):
        text = "".join(chance.choices(string.ascii_letters + string.digits + "-_.%", k=chance.randrange(1, 150)))
        place = chance.randrange(len(edge.url) + 3, len(good))
        changed = good[:place] + chance.choice(string.ascii_letters.replace(good[place], "")) + good[place + 1 :]
        assert client.get(f"/c/{text}").status_code == 404
        assert client.get(changed).status_code == 404
        assert client.get(f"/{'ou'[number % 2]}/{text}").status_code in {200, 404}
        assert client.post(f"/u/{text}").status_code == 404

    made = kept_by(edge, before)
    assert {c.kind for c in made} <= {CaptureKind.REJECTED}
    assert len(made) < 200


def test_head_answers_like_get_and_is_evidence_only(edge: EdgeProcess, client: httpx.Client) -> None:
    """Mail gateways look at links that way."""
    before = len(kept(edge))
    for url in (edge.pixel(), edge.click("https://a.example/x")):
        got, headed = client.get(url), client.head(url)
        assert dict(headed.headers) | {"date": ""} == dict(got.headers) | {"date": ""}
        assert (headed.status_code, headed.content) == (got.status_code, b"")

    assert [c.kind.value for c in kept_by(edge, before)] == ["open", "head", "click", "head"]


def test_what_mail_software_appends_is_cut_off_and_noted(edge: EdgeProcess, client: httpx.Client) -> None:
    """The link works, and the capture says that its token was repaired."""
    before = len(kept(edge))
    pixel, click = edge.pixel(), edge.click("https://a.example/x")
    for url in (f"{pixel}%27", f"{click}%27", click, pixel.replace(".gif", "=3D.gif"), f"{pixel}&x=1"):
        assert client.get(url).status_code in {200, 302}

    assert [(c.kind.value, c.signs) for c in kept_by(edge, before)] == [
        *(("open", ("repaired",)), ("click", ("repaired",)), ("click", ())),
        *(("open", ("repaired",)), ("open", ("repaired",))),
    ]


def test_evidence_names_the_message(tmp_path: Path) -> None:
    """HEAD requests by their token; a refused token where its text still decodes and its workspace is known."""
    edge = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,))
    foreign = tokens.mint_open(edge.keys, tokens.OpenClaims("77" * 8, MESSAGE))
    try:
        with httpx.Client(base_url=edge.url, timeout=60) as client:
            client.head(edge.click("https://a.example/x", link=2))
            for url in (changed(edge.pixel()), changed(edge.click("https://a.example/x")), edge.pixel()[:-60], f"/o/x{foreign}.gif"):
                client.get(url)
        found = [(c.kind.value, c.workspace, c.message, c.link) for c in kept_by(edge, 0)]
    finally:
        edge.stop()

    assert found == [
        ("head", WORKSPACE, MESSAGE, 2),
        ("rejected", WORKSPACE, MESSAGE, 0),
        ("rejected", WORKSPACE, MESSAGE, 0),
        ("rejected", WORKSPACE, None, 0),
        ("rejected", "", None, 0),
    ]


def test_http_1_0_is_noted(edge: EdgeProcess) -> None:
    """No browser of today speaks it."""
    before, path = len(kept(edge)), urlsplit(edge.pixel()).path
    for version in ("1.0", "1.1"):
        raw(edge, f"GET {path} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    assert [c.signs for c in kept_by(edge, before)] == [("http1.0",), ()]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/o/x.gif", "GET, HEAD, OPTIONS"),
        ("DELETE", "/c/x", "GET, HEAD, OPTIONS"),
        ("PUT", "/u/x", "GET, HEAD, POST, OPTIONS"),
        ("GET", "/e", "POST, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("DELETE", "/readyz", "GET, HEAD, OPTIONS"),
        ("POST", "/t.js", "GET, HEAD, OPTIONS"),
        ("POST", "/b.js", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_are_named(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    """405 as problem details, with what would do; OPTIONS says the same."""
    answer, asked = client.request(method, path), client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert (answer.headers["content-type"], answer.json()["status"]) == ("application/problem+json", 405)
    assert (asked.status_code, asked.headers["allow"]) == (204, allowed)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "BREW", "X"])
@pytest.mark.parametrize("path", ["/o/x.gif", "/c/x", "/u/x", "/e", "/t.js", "/b.js", "/healthz", "/readyz"])
def test_unknown_methods_are_405(edge: EdgeProcess, method: str, path: str) -> None:
    """The method is well-formed, and no path allows it."""
    answer = raw(edge, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: " in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /c/" + b"A" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /c/x HTTP/1.1\r\nHost: x\r\nX: " + b"A" * 9_000 + b"\r\n\r\n", 431),
        (b"GET /c/x HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 61 + b"\r\n", 431),
        (b"GET /c/" + b"A" * 90_000, 414),
        (b"GET /c/x HTTP/1.1\r\nHost: x\r\nX: " + b"A" * 90_000, 431),
    ],
)
def test_what_is_too_long_is_said_as_problem_details(edge: EdgeProcess, request_bytes: bytes, status: int) -> None:
    """Also where its end never comes."""
    head, _, body = raw(edge, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_unknown_addresses_are_404_and_health_is_ok(client: httpx.Client) -> None:
    """Nothing else is here."""
    assert client.get("/healthz").text == "ok\n"
    for path in ("/", "/o", "/c", "/metrics", "/api/v1/leads", "/e/", "/../etc/passwd", "/O/x.gif"):
        assert client.get(path).status_code == 404


def test_an_opt_out_needs_a_post(edge: EdgeProcess, client: httpx.Client) -> None:
    """The page changes nothing, since scanners look at it; the POST of RFC 8058, cookieless and repeated, acts."""
    before = len(kept(edge))
    page = client.get(edge.unsubscribe())
    assert (page.status_code, kept_by(edge, before)) == (200, [])
    assert "Acme &lt;Tools&gt;" in page.text
    for _ in range(2):
        done = client.post(
            edge.unsubscribe(), content="List-Unsubscribe=One-Click", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert done.status_code == 200
        assert "no more mail" in done.text

    assert [(c.kind, c.message) for c in kept_by(edge, before)] == [(CaptureKind.UNSUBSCRIBE, MESSAGE)] * 2


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "not_json"),
        (batch(event(kind="open")), {}, 400, "bad_shape"),
        (b"[" * 60_000, {}, 400, "bad_shape"),
        (batch(event()).replace(SITE.encode(), b"77" * 8), {}, 400, "unknown_site"),
        (batch(event()), {"Origin": "https://evil.example"}, 400, "wrong_origin"),
        (batch(event()), {"Origin": "null"}, 400, "wrong_origin"),
        (b"x" * 70_000, {}, 413, "too_big"),
        (batch(event()), {"Content-Encoding": "gzip"}, 415, "content_encoding"),
    ],
)
def test_a_refused_batch_says_why(
    edge: EdgeProcess, client: httpx.Client, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """A short code, and no CORS for strangers."""
    before = len(kept(edge))
    answer = client.post("/e", content=body, headers=headers)

    assert (answer.status_code, answer.text.strip()) == (status, code)
    assert "access-control-allow-origin" not in answer.headers
    if "Origin" not in headers:
        ours = client.post("/e", content=body, headers={**headers, "Origin": ORIGIN})
        assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (status, ORIGIN), "the page may read why"
    assert kept_by(edge, before) == []


def test_a_preflight_is_answered_for_the_companys_sites_alone(client: httpx.Client) -> None:
    """And never with credentials."""
    ours = client.options("/e", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    theirs = client.options("/e", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})

    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert "access-control-allow-credentials" not in ours.headers
    assert (theirs.status_code, "access-control-allow-origin" in theirs.headers) == (204, False)


@pytest.mark.parametrize("signal_header", ["Sec-GPC", "DNT"])
def test_a_privacy_signal_is_obeyed_without_the_snippets_help(edge: EdgeProcess, client: httpx.Client, signal_header: str) -> None:
    """The explicit click counts, the browsing after it does not, unless the visitor agreed."""
    before = len(kept(edge))
    client.get(edge.click("https://a.example/"), headers={signal_header: "1"})
    assert client.post("/e", content=batch(event("p1")), headers={signal_header: "1"}).status_code == 204
    assert client.post("/e", content=batch(event("p2"), consent=True), headers={signal_header: "1"}).status_code == 204

    assert [c.kind.value for c in kept_by(edge, before)] == ["click", "view"]


def test_the_snippet_carries_its_site(client: httpx.Client) -> None:
    """For any page of any origin, compressed where it may be, cheap to ask for again."""
    script = client.get(f"/t.js?s={SITE}")
    again = client.get(f"/t.js?s={SITE}", headers={"If-None-Match": script.headers["etag"]})

    assert (script.status_code, again.status_code, script.headers["content-encoding"]) == (200, 304, "gzip")
    assert f'{{"site":"{SITE}","fields":["email","name"],"words":["token",' in script.text
    assert '"origins":["https://acme.example"],"landing":"ll","clicks":true}' in script.text
    assert "__LEADLIGHT__" not in script.text
    assert client.get("/t.js").status_code == client.get("/t.js?s=nope").status_code == 404


def test_the_banner_is_served_only_where_it_is_on(edge: EdgeProcess, client: httpx.Client) -> None:
    """With the site's own wording and the company's name, neither of which can end the script."""
    assert client.get(f"/b.js?s={SITE}").status_code == client.get("/b.js").status_code == 404
    edge.write_policy((ORIGIN,), banner=BannerPolicy("</script>Hello", "https://acme.example/privacy"))
    try:
        while (script := client.get(f"/b.js?s={SITE}")).status_code == 404:
            time.sleep(0.05)
    finally:
        edge.write_policy((ORIGIN,))

    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert '"company":"Acme \\u003cTools>","text":"\\u003c/script>Hello","link":"https://acme.example/privacy"' in script.text
    assert "</script>" not in script.text
    assert "__LEADLIGHT__" not in script.text


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n",
        b"GET /c/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n",
        b"GET /c/" + b"A" * 65_536 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /c/x HTTP/1.1\r\nHost: x\r\nX: " + b"A" * 65_536 + b"\r\n\r\n",
        b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"GET /c/x HTTP/1.1\nHost: x\n\n",
        b"\x16\x03\x01\x02\x00\r\n" * 50,
    ],
)
def test_hostile_requests_are_refused_at_once(edge: EdgeProcess, request_bytes: bytes) -> None:
    """A 4xx or 501 without waiting for what was announced, and the worker lives."""
    answer = raw(edge, request_bytes)  # an incomplete request would be closed after ten seconds, without a response

    assert answer[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}
    assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502"))


def test_a_rotation_in_the_middle_of_traffic_refuses_no_request(edge: EdgeProcess, client: httpx.Client) -> None:
    """Old links go on, new ones work at once."""
    old = edge.click("https://a.example/old")
    rotate(edge.settings.signing_keys_file)
    edge.keys.refresh()
    new = edge.click("https://a.example/new")

    assert [client.get(url).headers["location"] for url in (new, old)] == ["https://a.example/new", "https://a.example/old"]


def test_without_a_policy_everything_is_answered_and_no_value_is_kept(tmp_path: Path) -> None:
    """A new edge has no policy: it accepts events of any site, by its strictest rules."""
    made = EdgeProcess(free_ports(6), tmp_path / "var")
    (made.settings.spool_dir / "policy.json").unlink()
    made.stop()
    made.process = made._started()
    with httpx.Client(timeout=60) as client:
        assert client.get(made.click(f"{ORIGIN}/x")).headers["location"] == f"{ORIGIN}/x"
        taken = client.post(f"{made.url}/e", content=batch(event(kind="submit", fields={"email": "d@a.example"})))
        assert taken.status_code == 204
        assert client.get(f"{made.url}/c/x").status_code == 404
    made.stop()

    assert [c.fields for c in made.captures() if c.kind is CaptureKind.SUBMIT] == [{"email": ""}]


def test_without_a_spool_the_lead_gets_the_answer_and_an_opt_out_is_put_off(tmp_path: Path) -> None:
    """No folder to write to: pixel, redirect and beacon as ever, 503 for the opt-out; then it gets well by itself."""
    made = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,))
    shutil.rmtree(made.settings.spool_dir)
    made.settings.spool_dir.touch()
    with httpx.Client(timeout=60) as client:
        assert client.get(made.pixel()).content == GIF
        assert client.get(made.click("https://a.example/")).status_code == 302
        assert client.post(f"{made.url}/e", content=batch(event())).status_code == 204
        put_off = client.post(made.unsubscribe())
        assert (put_off.status_code, put_off.headers["retry-after"]) == (503, "60")
        made.settings.spool_dir.unlink()
        assert client.post(made.unsubscribe()).status_code == 200
    made.stop()

    assert [c.kind for c in made.captures()] == [CaptureKind.UNSUBSCRIBE]


def test_killed_at_random_the_edge_loses_nothing_it_answered(tmp_path: Path) -> None:
    """Workers killed with -9 under traffic: each answered event is in the spool once, and clicks redirect again in a moment."""
    made = EdgeProcess(free_ports(6), tmp_path / "var")
    answered = []
    with httpx.Client(timeout=60) as client:
        for number in range(400):
            if number % 100 == 50:
                for pid in _children(made.process.pid):
                    os.kill(pid, signal.SIGKILL)
            message = f"{number:032x}"
            try:
                assert client.get(made.pixel(message)).content == GIF
                answered.append(message)
            except httpx.TransportError:
                time.sleep(0.1)
    made.stop()
    stored = [c.message for c in made.captures()]

    assert len(answered) > 350
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored))
    assert all(layout.is_orphan(file) for file in layout.files(made.settings.spool_dir))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_fast_parser_is_used_where_it_is_installed() -> None:
    """The server chooses quietly; a pixel costs half as much with the parser in C."""
    parser = pytest.importorskip("gunicorn_h1c")
    assert (ASGIProtocol._check_h1c_protocol_available(), ASGIProtocol._h1c_has_limits) == (True, True)
    assert ASGIProtocol._h1c_protocol_class is EdgeProtocol._h1c_protocol_class is parser.H1CProtocol


def test_pipelined_requests_are_answered_in_order(edge: EdgeProcess) -> None:
    """Several requests in one packet, a body among them, a header cut in two: one connection, each its own answer."""
    body = batch(event("pipelined"))
    post = b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    get = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    whole = get + post + get + post + b"GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60) as peer:
        for start in range(0, len(whole), 97):
            peer.sendall(whole[start : start + 97])
        answers = b""
        while part := peer.recv(65_536):
            answers += part

    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"204", b"200", b"204", b"404"]


def test_bodies_sent_in_one_go_are_all_taken(edge: EdgeProcess) -> None:
    """More than the parser keeps behind a whole request: what comes at once is no less than what comes bit by bit."""
    bodies = [batch(event(f"at-once-{number}")).ljust(40_000) for number in range(12)]
    posts = b"".join(b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60) as peer:
        peer.sendall(posts + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = b""
        while part := peer.recv(65_536):
            answers += part

    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"204"] * 12 + [b"200"]


def test_a_half_closed_client_is_still_answered(edge: EdgeProcess) -> None:
    """A client that closes its half of the connection after its requests gets all responses; then the edge closes the other half."""
    get = f"GET {urlsplit(edge.pixel()).path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for requests in (1, 5, 300, 3000):
        with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60) as peer:
            peer.sendall(get * requests)
            peer.shutdown(socket.SHUT_WR)
            answers = b""
            while part := peer.recv(65_536):
                answers += part
        assert answers.count(b"HTTP/1.1 200") == answers.count(GIF) == requests


def test_unread_responses_stop_further_ones(edge: EdgeProcess) -> None:
    """A thousand pipelined requests of a client that does not read: the edge does not buffer their responses."""
    script = f"GET /t.js?s={SITE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    (worker,) = _children(edge.process.pid)
    before = _memory(worker)
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60))
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.sendall(script * 1200)
        time.sleep(2)
        assert _memory(worker) - before < 10 * 2**20


def test_a_client_that_reads_late_gets_every_response(edge: EdgeProcess) -> None:
    """Far more responses than a connection buffers, requested at once and read a second later."""
    with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60) as peer:
        peer.sendall(f"GET /t.js?s={SITE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 1200)
        time.sleep(1)
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with peer.makefile("rb") as reader:
            answers = reader.read()

    assert answers.count(b"HTTP/1.1 200") == 1201


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize(
    "target",
    ["http://x{path}", "HTTPS://X:443{path}", "{escaped}"],
)
def test_an_address_may_be_written_in_other_ways(edge: EdgeProcess, target: str) -> None:
    """As proxies are asked, and with characters escaped that need not be: the same pixel, click and opt-out."""
    before = len(kept(edge))
    for method, url, status in (
        ("GET", edge.pixel(), 200),
        ("GET", edge.click("https://a.example/"), 302),
        ("POST", edge.unsubscribe(), 200),
    ):
        path = urlsplit(url).path
        escaped = path[:3] + path[3:].replace(".", "%2E").replace("-", "%2d").replace("_", "%5F").replace("A", "%41")
        asked = target.format(path=path, escaped=escaped)
        answer = raw(edge, f"{method} {asked} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 %d" % status), answer

    assert [c.kind for c in kept_by(edge, before)] == [CaptureKind.OPEN, CaptureKind.CLICK, CaptureKind.UNSUBSCRIBE]


def test_the_script_is_found_behind_any_query(edge: EdgeProcess, client: httpx.Client) -> None:
    """Any number of query fields; a cached copy is confirmed in every form of its entity tag; gzip only where it is accepted."""
    script = client.get(f"/t.js?{'a=1&' * 60}s={SITE}&s=other")
    tag = script.headers["etag"]
    assert script.status_code == 200
    assert client.get(f"/t.js?{'&' * 30}").status_code == 404
    for known in (f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(f"/t.js?s={SITE}", headers={"If-None-Match": known})
        assert (again.status_code, "content-length" in again.headers) == (304, False)
    for accepted, coding in (("gzip;q=0", None), ("br, gzip;q=0.5", "gzip"), ("gzip; q=0.0, br", None), ("GZIP", "gzip")):
        assert client.get(f"/t.js?s={SITE}", headers={"Accept-Encoding": accepted}).headers.get("content-encoding") == coding


def test_http_1_0_and_expect_continue_are_served(edge: EdgeProcess) -> None:
    """HTTP/1.0 gets its response and the end of the connection at once; `Expect: 100-continue` gets 100 first."""
    answer = raw(edge, b"GET /healthz HTTP/1.0\r\n\r\n")
    assert b"connection: close\r\n" in answer.lower()
    assert answer.endswith(b"ok\n")
    body = batch(event("careful"))
    head = b"POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60) as peer:
        peer.sendall(head)
        assert peer.recv(100).startswith(b"HTTP/1.1 100 Continue")
        peer.sendall(body)
        assert peer.recv(1_000).startswith(b"HTTP/1.1 204")
