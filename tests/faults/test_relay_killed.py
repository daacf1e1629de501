"""The relay, the notifier and the mail server behind are killed at random while email clients submit."""

import contextlib
import os
import random
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from tests.faults.rig.dataset import Company
from tests.faults.rig.stack import FaultStack
from tests.ports import free_ports
from tests.system.stack import ROOT
from tracker.actions.leads import leads
from tracker.actions.mail_relay import finished
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.domain.workspace.mail_server import MailServer
from tracker.supervise.control import NotRunning, ask

MAILS = int(os.environ.get("RELAY_MAILS", "100"))
_CLIENTS = 6
_BODY = b"<p>Hi, <a href='https://us.example/x'>x</a></p>" + b"\r\n<p>filler</p>" * 500
_WAITING = ("queued", "scheduled")
_LEAST = {"relay": 10, "notify": 600, "upstream": 600}
"""What is done between two deaths: mails that were kept, bytes of the mail server's log, some eight lines."""


class Rush:
    """Clients that submit, each mail to a lead and to another recipient, and what kills the processes meanwhile."""

    def __init__(self, stack: FaultStack, company: Company, folder: Path, rng: random.Random) -> None:
        self.stack, self.company, self.rng = stack, company, rng
        self.port, self.path = free_ports(1), folder / "upstream"
        self.rep = company.store.reps.change(company.rep, daily_limit=100_000)
        self.password = new_app_password(stack.deps, self.rep, name="Laptop")[1]
        server = MailServer(host="127.0.0.1", port=self.port)
        stack.deps.store.workspaces.change(company.workspace, mail_server=server)
        for number in range(10):
            name = "unknown" if not number else f"lead{number}"
            leads.add_lead(stack.deps, company.workspace, email=f"{name}@{company.workspace}.example", name=name, owner=company.rep)
        self.kept: list[tuple[str, str]] = []
        """Recipient and Message-ID of all that was answered with 250."""
        self.kills: list[float] = []
        self.refused: Counter[int] = Counter()
        self._left = iter(range(MAILS))
        self._over = threading.Event()
        self._upstream = self._start()

    def run(self) -> None:
        """Until every mail was kept."""
        clients = [threading.Thread(target=self._submit_all, daemon=True) for _ in range(_CLIENTS)]
        killer = threading.Thread(target=self._kill_on, daemon=True)
        for thread in (*clients, killer):
            thread.start()
        for thread in clients:
            thread.join(240)
        self._over.set()
        killer.join()

    def settle(self) -> None:
        """As after hours: what waits is due, the leases of killed processes have ended."""
        with self.stack.paused("notify"):
            self.stack.wait_for(self._is_set_due, 60)
        self.stack.wait_for(self._is_done, 300)
        self._upstream.kill()
        self._upstream.wait()

    def accepted(self) -> dict[tuple[str, str], list[float]]:
        """When the mail server accepted each mail for each recipient."""
        found: dict[tuple[str, str], list[float]] = {}
        for line in self.path.read_text().splitlines():
            at, address, name = line.split(" ", 2)
            found.setdefault((address, name), []).append(float(at))
        return found

    def _start(self) -> "subprocess.Popen[bytes]":
        words = (sys.executable, "-m", "tests.faults.rig.upstream", str(self.port), str(self.path), str(self.rng.random()))
        return subprocess.Popen(words, cwd=ROOT)

    def _submit_all(self) -> None:
        for number in self._left:
            while not self._submit(number, f"<{number}.{time.monotonic_ns()}@laptop.example>"):
                time.sleep(0.1)

    def _submit(self, number: int, name: str) -> bool:
        """Whether the relay answered 250. A client that heard nothing sends the mail as another one."""
        domain = self.company.workspace
        lead = f"unknown@{domain}.example" if number % 20 == 0 else f"lead{1 + number % 9}@{domain}.example"
        people = (lead, f"{'unknown' if number % 25 == 0 else 'p'}{number}@else.example")
        head = f"From: {self.rep.email}\r\nTo: {', '.join(people)}\r\nSubject: {number}\r\nMessage-ID: {name}\r\nContent-Type: text/html"
        try:
            with smtplib.SMTP("127.0.0.1", self.stack.settings.relay_port, timeout=20) as client:
                client.login(self.rep.email, self.password)
                client.sendmail(self.rep.email, people, head.encode() + b"\r\n\r\n" + _BODY)
        except smtplib.SMTPResponseException as error:
            self.refused[error.smtp_code] += 1
            return False
        except (smtplib.SMTPException, OSError):
            return False
        self.kept += [(person, name) for person in people]
        return True

    def _kill_on(self) -> None:
        seen = dict.fromkeys(("relay", "notify", "upstream"), 0)
        while self._some_more():
            progress = (len(self.kept), self.path.stat().st_size if self.path.exists() else 0)
            victim = self.rng.choice(("relay", "notify", "upstream"))
            if progress[victim != "relay"] < seen[victim] + _LEAST[victim]:
                continue  # else a slow machine would do nothing but start processes
            seen[victim] = progress[victim != "relay"]
            if victim == "upstream":
                self._upstream.kill()
                self._upstream.wait()
                self.kills.append(time.time())
                self._over.wait(self.rng.uniform(0, 0.5))
                self._upstream = self._start()
            else:
                self._kill(victim)
            self._make_due(_WAITING)

    def _some_more(self) -> bool:
        """Waits for some mails, or for a while; False: all are kept."""
        goal, until = len(self.kept) + self.rng.randint(8, 30), time.monotonic() + 6
        while len(self.kept) < goal and time.monotonic() < until and not self._over.wait(0.5):
            self._make_due(_WAITING)
        return not self._over.is_set()

    def _kill(self, name: str) -> None:
        with contextlib.suppress(NotRunning, ProcessLookupError, OSError):
            rows = ask(self.stack.settings.run_dir / "control.sock", do="ps")["processes"]
            for row in rows:
                if row["name"] == name and row["pid"]:
                    os.kill(row["pid"], signal.SIGKILL)
                    self.kills.append(time.time())

    def _make_due(self, states: tuple[str, ...]) -> None:
        """Tried again by the caller where a busy machine makes the database slow."""
        with contextlib.suppress(PyMongoError):
            self._set_due(states)

    def _set_due(self, states: tuple[str, ...]) -> None:
        base, now, own = self.stack.deps.store.database, self.stack.deps.now(), {"ws": self.company.workspace}
        for rows in (base.relayed_copies, base.messages):
            rows.update_many({**own, "state": {"$in": list(states)}}, {"$set": {"next_try_at": now}})
        both = {} if "sending" in states else {"is_routed": True}
        base.accepted_mails.update_many(both, {"$set": {"due_at": now}})
        self.stack.deps.wake.notify()

    def _is_done(self) -> bool:
        self._make_due(_WAITING)
        try:
            return self._count_open() == 0
        except PyMongoError:
            return False

    def _is_set_due(self) -> bool:
        try:
            self._set_due(("sending", *_WAITING))
        except PyMongoError:
            return False
        return True

    def _count_open(self) -> int:
        base, own = self.stack.deps.store.database, {"ws": self.company.workspace}
        open_states = {"$in": ["sending", *_WAITING]}
        rows = (
            base.relayed_copies.count_documents({**own, "state": open_states}),
            base.messages.count_documents({**own, "state": open_states}),
        )
        return sum(rows) + base.accepted_mails.count_documents({"is_routed": False})


@pytest.mark.long
def test_every_kept_mail_arrives_or_is_told(stack: FaultStack, company: Company, tmp_path: Path, rng: random.Random):
    """Each 250 ends in a delivery to each recipient or an alert of the rep; doubles only where a process died after the final dot."""
    rush = Rush(stack, company, tmp_path, rng)
    rush.run()
    rush.settle()

    assert len(rush.kept) == 2 * MAILS
    accepted = rush.accepted()
    alerts = [alert for alert in company.store.alerts.latest(limit=1000) if alert.rule == "not_delivered"]
    told = Counter(alert.text.removeprefix("Your email to ").partition(" ")[0] for alert in alerts)
    missing = Counter(address for address, name in rush.kept if (address, name) not in accepted)
    assert missing - told == Counter()
    assert not [address for address, _ in accepted if address.startswith("unknown")]
    doubles = {pair: times for pair, times in accepted.items() if len(times) > 1}
    unexplained = {pair: times for pair, times in doubles.items() if not any(times[0] - 0.1 < kill < times[-1] for kill in rush.kills)}
    assert unexplained == {}
    print(
        f"kills {len(rush.kills)}, refused {dict(rush.refused)}, doubles {len(doubles)}, told {sum(told.values())}, kept {len(rush.kept)}"
    )
    kept, rows = stack.deps.store.database.mail_bytes, stack.deps.store.accepted_mails
    mails = set(_mails(kept))
    finished.remove_orphans(stack.deps, stack.deps.now() + timedelta(days=2))
    assert set(_mails(kept)) == rows.existing(mails).keys(), "no bytes without a mail, and no mail without its bytes"


def _mails(kept: Any) -> list[str]:
    return [row["_id"].split(":")[1] for row in kept.find({}, {"_id": 1})]
