"""A real edge under gunicorn with the production configuration, without any database. Used by edge and browser tests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.project import ROOT
from tracker.base.settings import Settings, load
from tracker.domain.activity.capture import Capture
from tracker.links import tokens, urls
from tracker.links.keys import Keys
from tracker.spool import layout, policy, reader

WORKSPACE, SITE, MESSAGE = "ab" * 8, "5e" * 8, "cd" * 16


class EdgeProcess:
    """One edge with its own ports and DATA folder, and one workspace with one site."""

    launcher: tuple[str, ...] = ()
    """A command prefix, such as faketime."""

    def __init__(self, port: int, data: Path, origins: tuple[str, ...] = (), **environ: str) -> None:
        self.environ = {"PORT": str(port), "DATA": str(data), "LEADLIGHT_CONFIG": str(data / "none.toml"), **environ}
        self.settings: Settings = load(self.environ, file=data / "none.toml")
        self.url = self.settings.edge_url
        self.keys = Keys.load(self.settings.signing_keys_file)
        self.log = data / "edge.log"
        self.write_policy(origins)
        self.process = self._started()

    def write_policy(
        self,
        origins: tuple[str, ...],
        fields: tuple[str, ...] = ("email", "name"),
        banner: policy.BannerPolicy | None = None,
        *,
        landing: str = "ll",
        clicks: bool = True,
    ) -> None:
        """Writes the policy file, as the drain does."""
        known = policy.Policy(
            {WORKSPACE: policy.WorkspacePolicy("Acme <Tools>", "https://acme.example/")},
            {SITE: policy.SitePolicy(WORKSPACE, origins, fields, banner, landing=landing, clicks=clicks)},
        )
        policy.write(known, policy.path_of(self.settings))

    def _started(self) -> subprocess.Popen[bytes]:
        command = [*self.launcher, sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_edge.py", "tracker.web.edge.app:app"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self.environ}, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=10):
                    return process
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        """Stops it and its launcher with SIGTERM."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)

    def captures(self) -> list[Capture]:
        """All captures committed so far, of all spool files."""
        found = []
        for file in layout.files(self.settings.spool_dir):
            found += [layout.decode(body) for _, body in reader.read(file, 0, 1_000_000)]
        return found

    def wait_for(self, count: int, seconds: float = 60) -> list[Capture]:
        """The captures, once there are at least `count`."""
        until = time.monotonic() + seconds
        while len(found := self.captures()) < count and time.monotonic() < until:
            time.sleep(0.05)
        return found

    def pixel(self, message: str = MESSAGE) -> str:
        """A pixel's address."""
        return urls.pixel_url(self.url, tokens.mint_open(self.keys, tokens.OpenClaims(WORKSPACE, message)))

    def click(self, url: str, link: int = 0) -> str:
        """A tracked link."""
        claims = tokens.ClickClaims(WORKSPACE, MESSAGE, None, link, url)
        return urls.click_url(self.url, tokens.mint_click(self.keys, claims))

    def unsubscribe(self) -> str:
        """An unsubscribe address."""
        return urls.unsubscribe_url(self.url, tokens.mint_unsubscribe(self.keys, tokens.UnsubscribeClaims(WORKSPACE, MESSAGE)))

    def landing(self, click: str = "11" * 16, site: str = SITE) -> str:
        """A landing token."""
        return tokens.mint_landing(self.keys, tokens.LandingClaims(WORKSPACE, click, site, 1_790_000_000_000))


def batch(*events: dict[str, object], **more: object) -> bytes:
    """A body for `/e`."""
    return json.dumps({"site": SITE, "visitor": "visitor-1", "events": list(events), **more}).encode()


def event(id_: str = "e1", kind: str = "view", **more: object) -> dict[str, object]:
    """One page event."""
    return {"id": id_, "kind": kind, "page": "p1", "url": "https://acme.example/pricing", "ago_ms": 0, **more}
