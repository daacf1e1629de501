"""Load through a load balancer, and probes: clicks through each host whose way to the database and through the workers is timed."""

import contextlib
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx
from pymongo.errors import PyMongoError

from tests.faults.hosts.cluster import SeveralHosts
from tests.faults.hosts.machine import Machine
from tests.faults.rig.dataset import Company, MailedLead
from tests.faults.rig.ledger import Entry, Ledger, number_of
from tests.faults.rig.load import LoadGenerator

_WATCH_SECONDS = 0.25
_PROBE_SECONDS = 1.0
_LATEST = 1500


class SpreadLoad(LoadGenerator):
    """Leads whose requests are spread over the edges. What is sent to one that dies is not sent again, but for beacons."""

    company: Company

    def __init__(self, company: Company, ledger: Ledger, hosts: SeveralHosts, *, seed: int) -> None:
        super().__init__(company, ledger, seed=seed)
        self._hosts = hosts
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def go_on(self, recipients: list[MailedLead], rate: float) -> None:
        """Opens and clicks at this rate, and walks one after the other, until `end`."""
        for work in (lambda: self._opens_and_clicks(recipients, rate), lambda: self._walks(recipients)):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()

    def end(self) -> None:
        """Completes what is begun."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _opens_and_clicks(self, recipients: list[MailedLead], rate: float) -> None:
        number = 0
        while not self._over.wait(1 / rate):
            (self.click if number % 3 == 2 else self.open)(recipients[number % len(recipients)])
            number += 1

    def _walks(self, recipients: list[MailedLead]) -> None:
        number = 0
        while not self._over.wait(0.2):
            recipient = recipients[number % len(recipients)]
            if landing := self.click(recipient):
                self.browse(recipient, landing, f"v{number}-{recipient.lead[:12]}")
            number += 1

    def _get(self, entry: Entry, url: str, recipient: MailedLead) -> httpx.Response | None:
        return super()._get(entry, at_host(url, self._hosts.edge), recipient)


@dataclass
class Probe:
    """One click. Times are `time.time()`; None: not yet."""

    host: str
    number: int
    lead: str
    sent: float
    answered: float
    stored: float | None = None
    scored: float | None = None
    unmarked: int = 0
    """How often in a row its lead was seen to wait for no worker."""


class Probes:
    """Clicks once a second through each host, by leads who do nothing else."""

    def __init__(self, load: SpreadLoad, hosts: SeveralHosts, leads: list[MailedLead]) -> None:
        self._load, self._hosts = load, hosts
        self.made: list[Probe] = []
        self._over, self._lock = threading.Event(), threading.Lock()
        share = len(leads) // len(hosts.machines)
        works = [lambda each=each, n=n: self._send(each, leads[n * share : (n + 1) * share]) for n, each in enumerate(hosts.machines)]
        self._senders = [threading.Thread(target=work, daemon=True) for work in works]
        self._seen = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.answers: dict[str, list[float]] = {each.name: [] for each in hosts.machines}
        """When each edge answered."""

    def start(self) -> None:
        """Clicks until `end`, and watches until `forget`."""
        for thread in (*self._senders, self._watcher):
            thread.start()

    def end(self) -> None:
        """Sends no more."""
        self._over.set()
        for thread in self._senders:
            thread.join(60)

    def forget(self) -> None:
        """Watches no more."""
        self._seen.set()
        self._watcher.join(60)

    def _send(self, machine: Machine, leads: list[MailedLead]) -> None:
        number, ledger = 0, self._load.ledger
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not self._over.wait(_PROBE_SECONDS):
                recipient = leads[number % len(leads)]
                entry = ledger.open("click", recipient.lead, message=recipient.message, expected=302)
                headers = self._load._headers(recipient) | {"Accept-Language": entry.language}
                sent = time.time()
                with contextlib.suppress(httpx.HTTPError):
                    entry.status = client.get(at_host(recipient.links[0], machine.edge), headers=headers).status_code
                    with self._lock:
                        self.made.append(Probe(machine.name, entry.number, recipient.lead, sent, time.time()))
                    self.answers[machine.name].append(time.time())
                    number += 1

    def _watch(self) -> None:
        while not self._seen.wait(_WATCH_SECONDS):
            with self._lock:
                waiting = [each for each in self.made if each.scored is None]
            if waiting:
                with contextlib.suppress(PyMongoError):
                    self._look(waiting)

    def _look(self, waiting: list[Probe]) -> None:
        store = self._load.company.store
        unstored = {each.number: each for each in waiting if each.stored is None}
        if unstored:
            for event in store.events.latest(limit=_LATEST):
                number = number_of(event.headers.get("accept-language", ""))
                if (probe := unstored.get(-1 if number is None else number)) is not None:
                    probe.stored = time.time()
        base, workspace = self._load.company.stack.deps.store.database, self._load.company.workspace
        marked = {row["key"] for row in base.dirty.find({"ws": workspace, "kind": "lead"}, {"key": 1})}
        for probe in waiting:
            if probe.stored is None or probe.lead in marked:
                probe.unmarked = 0
            elif probe.unmarked:  # for the second time: a mark is written right after the event
                probe.scored = time.time()
            else:
                probe.unmarked += 1


def at_host(url: str, edge: str) -> str:
    """The URL on this edge."""
    parts, host = urlsplit(url), urlsplit(edge)
    return urlunsplit((host.scheme, host.netloc, parts.path, parts.query, parts.fragment))
