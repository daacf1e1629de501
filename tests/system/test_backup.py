"""Backup and restore by command line: one machine is backed up while it runs, another is restored from the file."""

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_ports
from tests.scenes import CHROME
from tests.system.stack import Stack, running_stack

PHRASE = "lantern harbor quilt"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull, "LEADLIGHT_PASSPHRASE": PHRASE}


def events_of(environ: dict[str, str], key: str, lead: str, least: int) -> list[dict[str, Any]]:
    """The lead's events by the API, once there are at least `least`."""
    until = time.monotonic() + 60
    while True:
        url = f"http://127.0.0.1:{environ['PORT']}/api/v1/leads/{lead}/events"
        found = httpx.get(url, timeout=60, headers={"Authorization": f"Bearer {key}"}).json()["items"]
        if len(found) >= least or time.monotonic() > until:
            return list(found)
        time.sleep(0.1)


def click(link: str) -> tuple[int, str]:
    answer = httpx.get(link, timeout=60, headers={"User-Agent": CHROME})
    return answer.status_code, answer.headers.get("location", "")


def mailed(stack: Stack, environ: dict[str, str]) -> tuple[str, str, str]:
    """An API key, a lead, and the tracked link in their mail."""
    key = stack.command("key", "new").stdout.strip()
    with httpx.Client(timeout=60, base_url=f"http://127.0.0.1:{environ['PORT']}/api/v1", headers={"Authorization": f"Bearer {key}"}) as api:
        lead = api.post("/leads", json={"email": "dana@acme.example", "name": "Dana Whitfield"}).json()["id"]
        html = '<p><a href="https://www.northwind.example/pricing">Prices</a></p>'
        message = api.post("/messages", json={"lead": lead, "subject": "Offer", "html": html}).json()
        api.post(f"/messages/{message['id']}/sent", json={}).raise_for_status()
    return key, lead, message["links"][0]["tracked_url"]


@pytest.mark.long
def test_another_machine_continues_from_the_backup(environ: dict[str, str], tmp_path: Path):
    """Events are equal, the API key works, and old links still redirect."""
    file, one, two = str(tmp_path / "leadlight.backup"), {"DATA": str(tmp_path / "one")}, {"DATA": str(tmp_path / "two")}
    with running_stack(environ | one) as stack:
        stack.wait_ready()
        key, lead, link = mailed(stack, environ)
        led = click(link)
        before = events_of(environ, key, lead, 2)
        made = stack.command("backup", file)
        assert made.returncode == 0, made.stderr
        refused = stack.command("restore", file, "--force")
        assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)

    other = Stack.__new__(Stack)
    other.environ = {**os.environ, **environ, **two}
    restored = other.command("restore", file)
    assert restored.returncode == 0, restored.stderr
    again = other.command("restore", file)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)

    with running_stack(environ | two) as stack:
        stack.wait_ready()
        assert events_of(environ, key, lead, 2) == before
        assert click(link) == led == (302, "https://www.northwind.example/pricing")
        assert len(events_of(environ, key, lead, 3)) == 3
        assert "layout" in stack.command("upgrade").stderr
