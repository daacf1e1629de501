"""Edge and console on the wire: what two programs may read differently is refused by both, with both of gunicorn's parsers."""

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.console_process import ConsoleProcess
from tests.edge_process import EdgeProcess
from tests.ports import free_ports
from tests.raw_requests import ACCEPTED, HOST, REFUSED, SMUGGLED, exchange, get
from tracker.base.http.request_head import CODES
from tracker.base.settings import Settings, load
from tracker.links.keys import Keys

SERVERS = ["edge", "edge with the parser in Python", "console", "console with the parser in Python"]


@pytest.fixture(scope="module", params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, servers: tuple[str, str]) -> Iterator[str]:
    """Where one of the servers listens."""
    data, port = tmp_path_factory.mktemp("wire") / "var", free_ports(6)
    process: EdgeProcess | ConsoleProcess
    parser = f"--http-parser={'python' if 'Python' in request.param else 'auto'}"
    if request.param.startswith("console"):
        environ = {"PORT": str(port), "DATA": str(data), "MONGO_URL": servers[0], "REDIS_URL": servers[1]}
        settings: Settings = load(environ, file=data / "none.toml")
        Keys.load(settings.signing_keys_file)
        process = ConsoleProcess(settings, GUNICORN_CMD_ARGS=parser)
    else:
        process = EdgeProcess(port, data, GUNICORN_CMD_ARGS=parser)
    yield process.url
    process.stop()


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_programs_may_read_differently_is_refused(url: str, name: str) -> None:
    """400 as problem details, once, and the end of the connection; a request behind it is never looked at."""
    answer = exchange(url, REFUSED[name] + SMUGGLED)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 "), answer
    assert b"connection: close" in head.lower()
    assert b"content-type: application/problem+json" in head.lower()
    assert json.loads(body)["status"] == 400
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("name", ACCEPTED)
def test_unambiguous_requests_are_served(url: str, name: str) -> None:
    """Whatever the application says to it, and the next request on the connection is its own."""
    sent = ACCEPTED[name]
    is_last = b"HTTP/1.0" in sent or b"Upgrade" in sent or b"hunked" in sent
    answer = exchange(url, sent if is_last else sent + get(headers=HOST + b"Connection: close\r\n"))

    assert not any(f'"code": "{code}"'.encode() in answer for code in CODES), answer
    statuses = re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)
    assert len(statuses) == (1 if is_last else 2)
    assert statuses[-1] == b"200" or sent.startswith(b"POST")
    assert not any(status.startswith(b"5") for status in statuses)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get(b"/" + b"A" * 9_000), 414),
        (b"GET /" + b"A" * 90_000, 414),
        (get(headers=HOST + b"X: " + b"A" * 17_000 + b"\r\n"), 431),
        (get(headers=HOST + b"X: y\r\n" * 90), 431),
        (get(headers=HOST + b"X: y\r\n" * 300), 431),
        (get(headers=HOST + b"X: y\r\n" * 1500), 431),
        (b"GET / HTTP/1.1\r\nX: " + b"A" * 90_000, 431),
    ],
    ids=["target", "target without end", "header", "headers", "300 headers", "1500 headers", "header without end"],
)
def test_what_is_too_long_is_said_as_problem_details(url: str, sent: bytes, status: int) -> None:
    """Also where its end never comes, and nothing behind it is looked at."""
    answer = exchange(url, sent + SMUGGLED)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head.lower()
    assert json.loads(body)["status"] == status


def test_a_response_to_an_unread_body_says_that_the_connection_ends(url: str) -> None:
    """Otherwise a client sends its next request into a connection that is about to be closed."""
    parts = urlsplit(url)
    body = b"x" * 200_000
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as client:
        client.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        client.sendall(body)
        head = client.recv(65_536).lower()

    assert head.startswith(b"http/1.1 4")
    assert b"\r\nconnection: close\r\n" in head
