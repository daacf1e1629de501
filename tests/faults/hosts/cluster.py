"""Three hosts and a spare one, as docs/operations/several-hosts.md describes them."""

import contextlib
import itertools
import os
import shutil
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pymongo.errors import PyMongoError

from tests.faults.hosts.machine import CONSOLE_NAME, EDGE_PORT, Machine
from tests.faults.hosts.network import Network
from tests.faults.hosts.servers import Hints, ReplicaSet
from tests.faults.rig.stack import FaultStack
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import load

_EDGE = {"edge": "gunicorn -c deploy/gunicorn_edge.py tracker.web.edge.app:app", "drain": "python -m workers.drain.process"}
_CONSOLE = {"console": "gunicorn -c deploy/gunicorn_console.py tracker.web.console.app:app"}
_LIVE, _BULK = {"live": "python -m workers.main live"}, {"bulk": "python -m workers.main bulk"}
_NOTIFY, _SCHEDULE = {"notify": "python -m notifier.main"}, {"schedule": "python -m workers.periodic.schedule"}
_HOSTS = {
    "north": _EDGE | _CONSOLE | _LIVE | _SCHEDULE,
    "south": _EDGE | _CONSOLE | _LIVE | _NOTIFY | _SCHEDULE,
    "west": _EDGE | _BULK | _NOTIFY,
}
SPARE = "spare"
HOSTS = (*_HOSTS, SPARE)
_SHARED_KEYS = ("secrets.json", "push.pem")
_LONGEST = 600.0
_PROBE_SECONDS = 0.5


class SeveralHosts(FaultStack):
    """The running hosts, as the rest of the rig sees a stack. `tend` must be called often, always by the same thread."""

    headers: ClassVar[dict[str, str]] = {"Host": CONSOLE_NAME}

    def __init__(self, folder: Path, network: Network, **environ: str) -> None:
        own = {"DNS_SERVERS": "off", "LEADLIGHT_CONFIG": os.devnull, "EDGE_WORKERS": "1", "OUTBOUND_ALLOW": network.allowed}
        own |= {
            "PUBLIC_URL": f"http://{CONSOLE_NAME}",
            "TRUSTED_PROXIES": network.allowed,
            "EDGE_URL": f"http://edge.northwind.example:{EDGE_PORT}",
            **environ,
        }
        self.folder, self.process = folder, None
        self.machines = tuple(Machine(name, network, folder / name, own, lines) for name, lines in _HOSTS.items())
        self.spare = Machine(SPARE, network, folder / SPARE, own, _EDGE)
        self.members, self.hints = ReplicaSet(self.machines), Hints(self.machines)
        own |= {"MONGO_URL": self.members.url, "REDIS_URL": self.hints.url}
        for machine in (*self.machines, self.spare):
            machine.set(**own)
        self.settings = load({**os.environ, **self.machines[0].environ})
        self._rotation = itertools.count()
        self._ready: tuple[Machine, ...] = self.machines
        self._over = threading.Event()

    @cached_property
    def deps(self) -> Deps:
        """Access to MongoDB and Valkey from outside the hosts."""
        return open_deps(load({**os.environ, **self.machines[0].environ, "DATA": str(self.folder / "outside")}))

    @property
    def edge(self) -> str:
        """The edge to which a load balancer sends the next request: of those that say they are ready, in turn."""
        ready = self._ready or self.machines
        return ready[next(self._rotation) % len(ready)].edge

    @property
    def console(self) -> str:
        """A console that responds."""
        return next(
            (each.console for each in self.machines if "console" in each.processes and each.has_console()), self.machines[0].console
        )

    def begin(self) -> None:
        """Starts the servers, the first host, and with its keys the others."""
        for machine in self.machines:
            machine.switch_on(with_leadlight=False)
        self.members.found()
        self.wait_for(self.hints.is_whole)
        self.machines[0].switch_on()
        self.wait_for(lambda: self.machines[0].is_ready() and self.machines[0].has_console())
        for machine in (*self.machines[1:], self.spare):
            self.give_keys(machine.data)
        for machine in self.machines[1:]:
            machine.switch_on()
        self.wait_for(self.is_whole)
        threading.Thread(target=self._balance, daemon=True).start()

    def give_keys(self, data: Path) -> None:
        """Copies the keys that all hosts share, as the operations guide asks for a new host, from one that has them."""
        target = data / "keys"
        target.mkdir(parents=True, mode=0o700)
        for name in _SHARED_KEYS:  # that of pushes is made when the first browser asks for them
            if found := [path for each in self.machines if each.data != data and (path := each.data / "keys" / name).exists()]:
                shutil.copy2(found[0], target / name)

    def tend(self) -> None:
        """Starts what has ended."""
        for machine in (*self.machines, self.spare):
            machine.tend()

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tend()
            time.sleep(0.1)

    def wait_for(self, condition: Any, seconds: float = _LONGEST) -> None:
        """Waits until the condition holds, on a machine that may be busy."""
        until = time.monotonic() + max(seconds, _LONGEST)
        while not condition():
            assert time.monotonic() < until, self.output()
            self.sleep(0.2)

    def are_servers_whole(self) -> bool:
        """Whether one more server may be lost."""
        return self.members.is_whole() and self.hints.is_whole()

    def is_whole(self) -> bool:
        """Whether every host serves and every server is in its place."""
        on = all(each.is_on and each.is_ready() and set(each.processes) <= set(each.pids()) for each in self.machines)
        return on and all(each.has_console() for each in self.machines if "console" in each.processes) and self.are_servers_whole()

    def spool_backlog(self) -> int:
        """Rows that wait on any host."""
        return sum(each.backlog() for each in (*self.machines, self.spare))

    def output(self) -> str:
        """What each `leadlight up` said last."""
        return "\n".join(f"--- {each.name}\n{each.log('leadlight')}" for each in (*self.machines, self.spare))

    def end(self) -> None:
        """Ends all, without grace."""
        self._over.set()
        for machine in (*self.machines, self.spare):
            machine.switch_off()
        if "deps" in self.__dict__:
            self.deps.store.database.client.close()
            self.deps.redis.close()

    def _balance(self) -> None:
        """Asks each edge whether it is ready, as a load balancer does."""
        while not self._over.wait(_PROBE_SECONDS):
            self._ready = tuple(each for each in self.machines if each.is_ready())

    def is_settled(self) -> bool:
        """Whether no event waits for its drain or its worker."""
        try:
            return not self.spool_backlog() and not self.deps.store.database.dirty.count_documents({}, limit=1)
        except PyMongoError:
            return False


@contextlib.contextmanager
def running_hosts(folder: Path, network: Network, **environ: str) -> Iterator[SeveralHosts]:
    """Runs them for the block."""
    made = SeveralHosts(folder, network, **environ)
    try:
        made.begin()
        yield made
    finally:
        made.end()
