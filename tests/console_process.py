"""A real console under gunicorn with the production configuration. Used by browser and stream tests."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tests.project import ROOT
from tracker.base.settings import Settings


class ConsoleProcess:
    """One console with the port, servers and DATA folder of the settings."""

    def __init__(self, settings: Settings, **environ: str) -> None:
        self.url = f"http://localhost:{settings.port}"
        self.log = settings.data.parent / "console.log"
        settings.data.mkdir(parents=True, exist_ok=True)
        given = {"PORT": str(settings.port), "DATA": str(settings.data), "MONGO_URL": settings.mongo_url, "REDIS_URL": settings.redis_url}
        given |= {"LEADLIGHT_CONFIG": str(settings.data / "none.toml"), **environ}
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_console.py", "tracker.web.console.app:app"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=10):
                    return
            except (urllib.error.URLError, OSError):
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.1)

    def stop(self) -> None:
        """Stops it with SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
