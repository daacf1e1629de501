"""`leadlight reload` while leads and reps go on asking: nobody gets an error."""

import os
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.ports import free_ports
from tests.system.house import house
from tracker.base.settings import load
from tracker.ingest import reading, spool
from tracker.links import tokens, urls
from tracker.links.keys import Keys


def test_no_request_fails_while_everything_is_renewed(tmp_path: Path):
    """Clicks and readings at a light load, each on a connection of its own, through two reloads; all clicks are kept."""
    environ = {"DATA": str(tmp_path / "var"), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull}
    settings = load(environ, tmp_path / "none")
    with house(environ) as home:
        home.wait_ready()
        assert home.command("pause", "drain").returncode == 0
        claims = tokens.ClickClaims("ab" * 8, "cd" * 16, None, 1, "https://acme.example/")
        click = urls.click_url(settings.edge_url, tokens.mint_click(Keys.load(settings.signing_keys_file), claims))
        answers: Counter[object] = Counter()
        stop = threading.Event()

        def ask(name: str, url: str) -> None:
            with httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0)) as client:
                while not stop.is_set():
                    try:
                        answers[name, client.get(url).status_code] += 1
                    except httpx.HTTPError as error:
                        answers[name, type(error).__name__] += 1
                    time.sleep(0.02)

        console = f"http://127.0.0.1:{environ['PORT']}/healthz"
        askers = [threading.Thread(target=ask, args=pair) for pair in (("click", click), ("click", click), ("console", console))]
        for asker in askers:
            asker.start()
        before = {name: row["pid"] for name, row in home.ps().items()}
        for _ in range(2):
            assert home.command("reload").returncode == 0
            time.sleep(1)
        stop.set()
        for asker in askers:
            asker.join()
        after = {name: row["pid"] for name, row in home.ps().items()}

    assert answers.keys() == {("click", 302), ("console", 200)}, answers
    kept = sum(len(reading.read(file, 0, 1_000_000)) for file in spool.files(settings.spool_dir))
    assert kept == answers["click", 302]
    assert before["edge.worker"] != after["edge.worker"]
    assert (before["edge"], before["mongod"]) == (after["edge"], after["mongod"])
    assert before["live"] != after["live"]
