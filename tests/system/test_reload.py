"""`leadlight reload` under load: no request fails."""

import os
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.ports import free_ports
from tests.system.stack import running_stack
from tracker.base.settings import load
from tracker.links import tokens, urls
from tracker.links.keys import Keys
from tracker.spool import layout, reader


def send_slowly(port: int, path: str) -> bytes:
    """The response to a body that takes five seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
        peer.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n".encode())
        for _ in range(10):
            peer.sendall(b"x")
            time.sleep(0.5)
        return peer.recv(12)


def test_no_request_fails_while_everything_is_renewed(tmp_path: Path):
    """Clicks and API reads, each on a new connection, during two reloads; all clicks are stored."""
    environ = {"DATA": str(tmp_path / "var"), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull}
    settings = load(environ, tmp_path / "none")
    with running_stack(environ) as stack:
        stack.wait_ready()
        assert stack.command("pause", "drain").returncode == 0
        claims = tokens.ClickClaims("ab" * 8, "cd" * 16, None, 1, "https://acme.example/")
        click = urls.click_url(settings.edge_url, tokens.mint_click(Keys.load(settings.signing_keys_file), claims))
        answers: Counter[object] = Counter()
        stop = threading.Event()

        def request(name: str, url: str) -> None:
            with httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0)) as client:
                while not stop.is_set():
                    try:
                        answers[name, client.get(url).status_code] += 1
                    except httpx.HTTPError as error:
                        answers[name, type(error).__name__] += 1
                    time.sleep(0.02)

        console = f"http://127.0.0.1:{environ['PORT']}/healthz"
        clients = [threading.Thread(target=request, args=pair) for pair in (("click", click), ("click", click), ("console", console))]
        statuses: list[bytes] = []
        slow = [
            threading.Thread(target=lambda port=port, path=path: statuses.append(send_slowly(port, path)))
            for port, path in ((settings.edge_port, "/e"), (settings.port, "/api/v1/leads"))
        ]
        for client_thread in (*clients, *slow):
            client_thread.start()
        before = {name: row["pid"] for name, row in stack.ps().items()}
        for _ in range(2):
            assert stack.command("reload").returncode == 0
            time.sleep(1)
        stop.set()
        for client_thread in (*clients, *slow):
            client_thread.join()
        after = {name: row["pid"] for name, row in stack.ps().items()}

    assert answers.keys() == {("click", 302), ("console", 200)}, answers
    assert statuses == [b"HTTP/1.1 400"] * 2, "a body that takes its time is waited for"
    kept = sum(len(reader.read(file, 0, 1_000_000)) for file in layout.files(settings.spool_dir))
    assert kept == answers["click", 302]
    assert before["edge.worker"] != after["edge.worker"]
    assert (before["edge"], before["mongod"]) == (after["edge"], after["mongod"])
    assert before["live"] != after["live"]
