"""Kills at random, by a seed: processes, members, whole hosts, and hosts whose disk comes back later or in another machine."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.hosts.cluster import SeveralHosts
from tests.faults.hosts.machine import LEADLIGHT, Machine, backlog_of
from tracker.spool import layout

_SERVERS = ("mongod primary", "mongod", "valkey primary", "valkey", "sentinel")
_DISKS = ("disk back", "disk in another host", "spool in another host")


@dataclass
class Kill:
    """One kill. Times are `time.time()`."""

    kind: str
    host: str
    at: float
    back: float | None = None
    """When a killed host was switched on again."""
    rows: int = 0
    """Of a disk that was away: the rows on it that no drain had read."""
    taken_over: float | None = None
    """When they were read."""


@dataclass
class Killer:
    """Kills one thing after the other."""

    hosts: SeveralHosts
    random: random.Random
    say: Callable[[str], None]
    pause: tuple[float, float] = (3.0, 9.0)
    kills: list[Kill] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Until this `time.monotonic()`. Every kind of kill comes before any comes twice; processes come between them."""
        queue: list[str] = []
        while time.monotonic() < until:
            self.hosts.sleep(self.random.uniform(*self.pause))
            if not queue:
                queue = [*_SERVERS, *_DISKS, "host", "host"]
                self.random.shuffle(queue)
            if self.random.random() < 0.5 and self.hosts.is_whole():
                self._one(queue.pop())
            else:
                self._process()

    def counts(self) -> Counter[str]:
        return Counter(kill.kind for kill in self.kills)

    def _one(self, kind: str) -> None:
        if kind in _SERVERS:
            self._server(kind)
        elif kind in _DISKS:
            self._disk(kind)
        else:
            machine = self.random.choice(self.hosts.machines)
            kill = self._note(kind, machine)
            machine.switch_off()
            self.hosts.sleep(self.random.uniform(3, 10))
            self._on(machine, kill)

    def _process(self) -> None:
        machine = self.random.choice([each for each in self.hosts.machines if each.is_on])
        name = self.random.choice(sorted(set(machine.pids()) - {"mongod", "valkey", "sentinel"}) or [LEADLIGHT])
        if machine.kill(name):
            self._note(name, machine)

    def _server(self, kind: str) -> None:
        name, _, is_primary = kind.partition(" ")
        holders = [each for each in self.hosts.machines if name in each.pids()]
        if is_primary:
            found = self.hosts.members.primary() if name == "mongod" else self.hosts.hints.primary()
            holders = [found] if found else []
        if holders and (machine := self.random.choice(holders)).kill(name):
            self._note(kind, machine)

    def _disk(self, kind: str) -> None:
        """The drain stands still for a moment, so that events wait on the disk when the host is lost."""
        machine = self.random.choice(self.hosts.machines)
        machine.kill("drain", signal.SIGSTOP)
        self.hosts.sleep(2)
        kill = self._note(kind, machine)
        machine.switch_off()
        away = machine.folder / "away"
        machine.data.rename(away)
        kill.rows = backlog_of(away / "spool")
        kept = {file.name for file in layout.files(away / "spool")}
        self.hosts.sleep(self.random.uniform(3, 8))
        if kind == "disk back":
            away.rename(machine.data)
            self._on(machine, kill)
            self.hosts.wait_for(lambda: machine.is_ready() and _is_read(machine, kept))
            kill.taken_over = time.time()
            return
        self.hosts.give_keys(machine.data)
        self._on(machine, kill)
        spare, own = self.hosts.spare, self.hosts.spare.data
        if kind == "disk in another host":
            spare.data = away
        else:
            (away / "spool").rename(own / "spool")
        spare.switch_on()
        self.hosts.wait_for(lambda: spare.is_ready() and _is_read(spare, kept))
        kill.taken_over = time.time()
        spare.stop()
        spare.data = own
        ended = machine.folder / f"away-{len(self.kills)}"
        away.rename(ended)
        if (own / "spool").exists():
            (own / "spool").rename(ended / "spool")

    def _on(self, machine: Machine, kill: Kill) -> None:
        machine.switch_on()
        kill.back = time.time()
        self.say(f"{kill.host} is back" + (f"; {kill.rows} rows are on its disk" if kill.rows else ""))

    def _note(self, kind: str, machine: Machine) -> Kill:
        self.say(f"kill {len(self.kills) + 1}: {kind} on {machine.name}")
        self.kills.append(Kill(kind, machine.name, time.time()))
        return self.kills[-1]


def _is_read(machine: Machine, files: set[str]) -> bool:
    """Whether the drain has removed these files, as it does when all of their rows are stored. New rows arrive all the time."""
    return not files & {file.name for file in layout.files(machine.data / "spool")}
