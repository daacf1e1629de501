"""PROBE_PORT: health and metrics of one process by itself."""

import urllib.error
import urllib.request

from tests.ports import free_ports
from tracker.base import metrics
from tracker.base.http.probe_port import serve_probes
from tracker.base.settings import load


def answer(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_process_answers_for_itself(tmp_path):
    """Alive without its database, ready only with it; its metrics; nothing else. The processes of one program share the port."""
    port, state = free_ports(1), {"up": True}
    settings = load({"PROBE_PORT": str(port)}, tmp_path / "none")
    servers = [serve_probes(settings, lambda: state["up"]) for _ in range(2)]
    assert all((server.server_name, server.server_port) == ("127.0.0.1", port) for server in servers)  # no name was looked up
    metrics.SCORED.inc(0)
    try:
        assert (answer(port, "/healthz"), answer(port, "/readyz?a=b")) == ((200, "ok\n"), (200, "ok\n"))
        state["up"] = False
        assert (answer(port, "/healthz")[0], answer(port, "/readyz")[0], answer(port, "/")[0]) == (200, 503, 404)
        assert "leadlight_scored_leads_total" in answer(port, "/metrics")[1]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def test_without_the_setting_nothing_listens(tmp_path):
    """`leadlight up` starts many processes with the same settings."""
    assert serve_probes(load({}, tmp_path / "none")) is None
