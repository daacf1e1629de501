"""A replica set of three whose primary changes under load: acknowledged writes survive, and nothing is counted twice."""

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack, running_fault_stack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tests.ports import free_ports
from tests.system.stack import wait_for
from tracker.embedded.binaries import mongod_binary
from tracker.embedded.servers import die_with_parent

_SET = "three"
_ELECTION_MS = 2_000


class Members:
    """A replica set of three on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        first = free_ports(3)
        self._ports = range(first, first + 3)
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        for port in self._ports:
            self.start(port)
        hosts = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(self._ports)]
        config = {"_id": _SET, "members": hosts, "settings": {"electionTimeoutMillis": _ELECTION_MS}}
        for port in self._ports:  # the initiating member contacts the others once
            self._ask(port, "hello", 1, patience=60)
        self._ask(first, "replSetInitiate", config, patience=60)
        self.wait()

    @property
    def url(self) -> str:
        """The value of MONGO_URL."""
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self._ports)}/leadlight?replicaSet={_SET}"

    def start(self, port: int) -> None:
        """Starts a member with its existing data."""
        data = self._folder / str(port)
        data.mkdir(exist_ok=True)
        command = [str(mongod_binary()), "--dbpath", str(data), "--replSet", _SET, "--bind_ip", "127.0.0.1", "--port", str(port)]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--logpath", str(data / "log"), "--nounixsocket"]
        self._running[port] = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)  # noqa: PLW1509

    def wait(self) -> None:
        """Waits for one primary and two secondaries."""
        wait_for(self._is_whole, lambda: "three members do not find together", 120)

    def step_down(self) -> None:
        """The primary steps down."""
        self._ask(self._primary(), "replSetStepDown", 20)

    def kill_primary(self) -> None:
        """Kills the primary with SIGKILL, and restarts it after an election."""
        port = self._primary()
        self._running[port].send_signal(signal.SIGKILL)
        self._running[port].wait()
        self._primary()
        self.start(port)

    def stop(self) -> None:
        """Stops all members."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def _primary(self) -> int:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for port in self._ports:
                try:
                    if self._ask(port, "hello", 1).get("isWritablePrimary"):
                        return port
                except PyMongoError:
                    pass  # down, or in an election
            time.sleep(0.1)
        raise AssertionError("no primary")

    def _is_whole(self) -> bool:
        try:
            states = [member["stateStr"] for member in self._ask(self._primary(), "replSetGetStatus", 1)["members"]]
        except PyMongoError:
            return False
        return sorted(states) == ["PRIMARY", "SECONDARY", "SECONDARY"]

    def _ask(self, port: int, command: str, value: object, *, patience: float = 1) -> dict[str, Any]:
        """The response of a member; `patience` is the time in seconds until it listens."""
        with MongoClient[dict[str, Any]](port=port, directConnection=True, serverSelectionTimeoutMS=int(patience * 1000)) as client:
            return client.admin.command(command, value)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    made = Members(tmp_path_factory.mktemp("members"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def _stack(receivers: Receivers, members: Members) -> Iterator[FaultStack]:
    smtp = f"smtp://127.0.0.1:{receivers.mails.port}"
    with running_fault_stack("failover", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32", MONGO_URL=members.url) as running:
        yield running


@pytest.mark.long
@pytest.mark.parametrize("change", [Members.step_down, Members.kill_primary])
def test_the_primary_changes_under_load(
    company: Company,
    load: LoadGenerator,
    ledger: Ledger,
    receivers: Receivers,
    members: Members,
    rng: random.Random,
    change: Callable[[Members], None],
):
    """Two failovers under load: every request is served, every event stored once, every alert delivered."""
    recipients = company.add_leads(6)

    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            load.burst(recipients, 40, rate=40)
            load.walks(recipients)

    # Started in this thread: a member ends with the thread that started it.
    with ThreadPoolExecutor(1) as beside:
        loading = beside.submit(go_on)
        try:
            for _ in range(2):
                time.sleep(rng.uniform(0.3, 2.0))
                change(members)
                members.wait()
        finally:
            over.set()
    loading.result()
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
