"""CDN → proxy → edge with the files of deploy/behind-a-cdn: the client's address arrives, whatever the client says of it."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.edge_process import EdgeProcess
from tests.ports import free_ports
from tests.project import ROOT
from tests.system.test_proxy import FOLDERS, can_connect, configuration, pixel
from tracker.web.edge.routes.pixel import GIF

CDN = "127.0.9.1"
"""The address from which the first hop reaches the second."""
HERE = ROOT / "deploy" / "behind-a-cdn"
FIRST_HOP = """daemon off; pid {folder}/cdn.pid; error_log {folder}/cdn.log; events {{}}
http {{ access_log off; {folders}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_bind {cdn}; proxy_pass http://127.0.0.1:{next};
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}
"""


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    assert found, f"install {name} (sh deploy/test_tools.sh)"
    return found


@contextlib.contextmanager
def running(command: list[str], port: int, **environ: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        until = time.monotonic() + 60
        while not can_connect(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def first_hop(folder: Path, port: int, to: int) -> Iterator[None]:
    folders = "".join(f"{name}_temp_path {folder}/cdn_{name}; " for name in FOLDERS)
    user = "user root; " if os.geteuid() == 0 else ""
    file = folder / "cdn.conf"
    file.write_text(user + FIRST_HOP.format(folder=folder, folders=folders, port=port, next=to, cdn=CDN))
    with running([program("nginx"), "-c", str(file), "-p", str(folder), "-e", str(folder / "cdn.log")], port):
        yield


@contextlib.contextmanager
def nginx(folder: Path, port: int, edge_port: int) -> Iterator[None]:
    """deploy/nginx.conf with the real-ip file."""
    include = (HERE / "nginx-real-ip.conf").read_text("utf-8").replace("203.0.113.0/24", "127.0.9.0/24")
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, port, edge_port).replace("http {", f"http {{\n{include}\n", 1))
    with running([program("nginx"), "-c", str(file), "-p", str(folder), "-e", str(folder / "error.log")], port):
        yield


@contextlib.contextmanager
def caddy(folder: Path, port: int, edge_port: int) -> Iterator[None]:
    """The Caddyfile without TLS."""
    text = (HERE / "Caddyfile").read_text("utf-8").replace("203.0.113.0/24", "127.0.9.0/24")
    file = folder / "Caddyfile"
    file.write_text(text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1))
    environ = {
        "CONSOLE_DOMAIN": f"http://console.example.com:{port}",
        "EDGE_DOMAIN": f"http://links.example.com:{port}",
        "EDGE_UPSTREAM": f"127.0.0.1:{edge_port}",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with running([program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)], port, **environ):
        yield


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    """With TRUSTED_PROXIES as the files say."""
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("edge") / "var", TRUSTED_PROXIES="127.0.0.1,127.0.9.0/24")
    yield made
    made.stop()


@pytest.mark.parametrize("second_hop", [nginx, caddy])
def test_the_address_of_the_client_arrives_over_two_hops(edge: EdgeProcess, tmp_path: Path, second_hop) -> None:
    """A forged X-Forwarded-For is ignored, both through the CDN and past it."""
    one, two = free_ports(2), free_ports(2)
    with second_hop(tmp_path, two, edge.settings.edge_port), first_hop(tmp_path, one, two):
        before = len(edge.captures())
        forged = b"X-Forwarded-For: 198.51.100.66, 198.51.100.67\r\n"
        assert pixel(edge, one, "127.0.8.1").endswith(GIF)
        assert pixel(edge, one, "127.0.8.2", forged).endswith(GIF)
        assert pixel(edge, two, "127.0.8.3", forged).endswith(GIF)
        found = [capture.address for capture in edge.wait_for(before + 3)[before:]]
    assert sorted(found) == ["127.0.8.1", "127.0.8.2", "127.0.8.3"]


def test_traefik_files_trust_the_same_networks() -> None:
    """Read as text: Traefik is no package of Debian. Both ports, and the header of the CDN alone."""
    static, routes = ((HERE / name).read_text("utf-8") for name in ("traefik.yaml", "traefik-routes.yaml"))
    assert 'trustedIPs: ["203.0.113.0/24", "2001:db8::/32"]' in static
    assert "insecure" not in static
    assert [urlsplit(f"http://127.0.0.1:{port}").port for port in (8080, 8081) if f'"http://127.0.0.1:{port}"' in routes] == [8080, 8081]
    assert {line for line in (static + routes).splitlines() if "\t" in line} == set()
