"""The edge behind nginx with deploy/nginx.conf: slow clients and floods end there, and the client's address arrives."""

import contextlib
import os
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.edge_process import EdgeProcess
from tests.ports import free_ports
from tests.project import ROOT
from tracker.web.edge.routes.pixel import GIF

LIMIT = 100
HEAD = b"HTTP/1.1\r\nHost: links.example.com\r\nConnection: close\r\n"
FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def configuration(folder: Path, port: int, edge_port: int) -> str:
    """deploy/nginx.conf on ports of the test's own, without TLS; request heads have one second, and bodies a minute."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = re.sub(r"ssl_certificate.*\n", "", text).replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    text = text.replace("listen 80 default_server", f"listen 127.0.0.1:{port + 1}").replace("127.0.0.1:8081", f"127.0.0.1:{edge_port}")
    text = text.replace("client_header_timeout 10s", "client_header_timeout 1s").replace(
        "client_body_timeout 10s", "client_body_timeout 60s"
    )
    folders = "".join(f"{name}_temp_path {folder}/{name};\n" for name in FOLDERS)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n" + text.replace("http {", f"http {{\n{folders}", 1)


@contextlib.contextmanager
def nginx(folder: Path, port: int, edge_port: int) -> Iterator[None]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert program, "install nginx (sh deploy/test_tools.sh)"
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, port, edge_port))
    process = subprocess.Popen([program, "-c", str(file), "-p", str(folder), "-e", str(folder / "error.log")])
    try:
        until = time.monotonic() + 60
        while not can_connect(port):
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(60)


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var", TRUSTED_PROXIES="127.0.0.1")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def proxy(edge: EdgeProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx."""
    port = free_ports(2)
    with nginx(tmp_path_factory.mktemp("nginx"), port, edge.settings.edge_port):
        yield port


def connected(port: int, address: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(address, 0))


def read_to_end(client: socket.socket) -> bytes:
    parts = b""
    while part := client.recv(65_536):
        parts += part
    return parts


def pixel(edge: EdgeProcess, port: int, address: str, headers: bytes = b"") -> bytes:
    """The response to a pixel request from this address."""
    with connected(port, address) as client:
        client.sendall(b"GET %b %b%b\r\n" % (urlsplit(edge.pixel()).path.encode(), HEAD, headers))
        return read_to_end(client)


def test_the_address_of_the_client_arrives(edge: EdgeProcess, proxy: int) -> None:
    """The address from which nginx is reached, whatever the client says of it."""
    before = len(edge.captures())
    response = pixel(edge, proxy, "127.0.8.1", b"X-Forwarded-For: 203.0.113.9\r\n")

    assert (response[:12], response.endswith(GIF)) == (b"HTTP/1.1 200", True)
    assert [capture.address for capture in edge.wait_for(before + 1)[before:]] == ["127.0.8.1"]


def test_slow_heads_are_closed(edge: EdgeProcess, proxy: int) -> None:
    """Also those that go on sending; complete requests of the same address are served meanwhile."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(proxy, "127.0.8.1")) for _ in range(2 * LIMIT)]
        for client in slow:
            client.sendall(b"GET /o/x.gif " + HEAD)
        assert pixel(edge, proxy, "127.0.8.1").endswith(GIF)
        for client in slow[:LIMIT]:
            client.sendall(b"X: y\r\n")
        assert {read_to_end(client) for client in slow} == {b""}


def test_requests_above_the_limit_of_an_address_are_refused(edge: EdgeProcess, proxy: int) -> None:
    """429 for them, while requests of other addresses are served."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(proxy, "127.0.8.1")) for _ in range(LIMIT + 20)]
        for client in slow:
            client.sendall(b"POST /e " + HEAD + b"Content-Length: 9\r\n\r\n{")
        assert pixel(edge, proxy, "127.0.8.2").endswith(GIF)
        until = time.monotonic() + 60
        while len(answered := select.select(slow, [], [], 0.05)[0]) < 20:
            assert time.monotonic() < until
        assert [client.recv(65_536)[:12] for client in answered] == [b"HTTP/1.1 429"] * 20
        assert pixel(edge, proxy, "127.0.8.1").startswith(b"HTTP/1.1 429")
