"""An open live view of the workspace through one console, as a browser holds it: it connects anew and resumes after the last message."""

import json
import threading
import time

import httpx

from tests.faults.hosts.machine import CONSOLE_NAME, Machine

_AGAIN_SECONDS = 1.0


class LiveView:
    """What arrived through one console."""

    def __init__(self, machine: Machine, key: str) -> None:
        self.machine, self._key = machine, key
        self.events: dict[str, float] = {}
        """When each event arrived first."""
        self.repeated = 0
        self.connections = 0
        self._last = ""
        self._over = threading.Event()
        threading.Thread(target=self._stay, daemon=True).start()

    def end(self) -> None:
        self._over.set()

    def _stay(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
            except httpx.HTTPError:
                self._over.wait(_AGAIN_SECONDS)

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Host": CONSOLE_NAME} | ({"Last-Event-ID": self._last} if self._last else {})
        url = f"{self.machine.console}/api/v1/live"
        with httpx.stream("GET", url, headers=headers, timeout=httpx.Timeout(5, read=60), trust_env=False) as answer:
            if answer.status_code != httpx.codes.OK:
                self._over.wait(_AGAIN_SECONDS)
                return
            self.connections += 1
            kind = ""
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self._last = value
                elif name == "event":
                    kind = value
                elif name == "data" and kind == "event":
                    self._note(json.loads(value)["id"])
                if self._over.is_set():
                    return

    def _note(self, event: str) -> None:
        if event in self.events:
            self.repeated += 1
        else:
            self.events[event] = time.time()
