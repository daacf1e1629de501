"""The metrics server: an operator's Prometheus reads every metric on METRICS_PORT."""

import dataclasses
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.project import ROOT
from tracker.base import metrics
from tracker.base.settings import Settings, load
from workers.periodic.schedule import serve_metrics


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"PORT": str(free_ports()), "DATA": str(tmp_path)}, tmp_path / "none.toml")


def read(host: str, port: int) -> str:
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=30) as response:
        assert response.headers["Content-Type"].startswith("text/plain")
        return response.read().decode()


@pytest.mark.parametrize(("host", "url_host"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])
def test_metrics_are_served_on_host(settings: Settings, host: str, url_host: str):
    """IPv4 and IPv6; a scrape shows the present values."""
    server = serve_metrics(dataclasses.replace(settings, host=host))
    try:
        metrics.EDGE_COMMITTED.inc()
        before = read(url_host, settings.metrics_port)
        metrics.EDGE_COMMITTED.inc()
        after = read(url_host, settings.metrics_port)
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(f"http://{url_host}:{settings.metrics_port}/metrics", data=b"x", timeout=30)
    finally:
        server.shutdown()
        server.server_close()

    assert _committed(after) == _committed(before) + 1


def test_a_taken_port_is_reported(settings: Settings):
    """The schedule goes on without metrics."""
    with socket.create_server((settings.host, settings.metrics_port)), pytest.raises(OSError, match="in use"):
        serve_metrics(settings)


_COUNT = """
import sys
from tracker.base import metrics
metrics.EDGE_COMMITTED.inc(int(sys.argv[1]))
print(metrics.counted(metrics.EDGE_DROPPED, "reason") or "none")
"""
_READ = """
from prometheus_client import generate_latest
from tracker.base import metrics
print(generate_latest(metrics.registry()).decode())
"""


def test_all_processes_are_summed_up(tmp_path: Path):
    """Also those that have ended; a missing folder is made again."""
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"), "PYTHONPATH": str(ROOT)}

    def python(code: str, *words: str) -> str:
        return subprocess.run([sys.executable, "-c", code, *words], env=environ, capture_output=True, text=True, check=True).stdout

    assert [python(_COUNT, number).strip() for number in ("2", "5")] == ["none", "none"]
    assert _committed(python(_READ)) == 7
    assert (tmp_path / "metrics").stat().st_mode & 0o777 == 0o700
    # A drain in a container of its own reads those of its edge, beside its own.
    own = metrics.counted(metrics.EDGE_DROPPED, "reason")  # earlier tests of this process may have counted some
    python("from tracker.base import metrics; metrics.EDGE_DROPPED.labels('disk_full').inc(3)")
    folders = (tmp_path / "metrics", tmp_path / "none")
    assert [metrics.counted(metrics.EDGE_DROPPED, "reason", folder).get("disk_full", 0) for folder in folders] == [3, 0]
    assert metrics.counted(metrics.EDGE_DROPPED, "reason") == own


def _committed(text: str) -> float:
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("leadlight_edge_committed_total "))
