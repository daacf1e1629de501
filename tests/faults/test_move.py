"""`leadlight move` under load: nothing is lost or doubled, every public request and every look at the console is answered."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack, running_fault_stack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tracker.actions.deps import open_deps
from tracker.base.settings import load as load_settings
from tracker.embedded.servers import servers

Urls = tuple[str, str]
_LIMIT = 600.0
_BACK_SECONDS = 30.0
"""What issue and documents promise of the console."""
_PHASES = ("Copying", "Comparing", "Pausing")


@pytest.fixture
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    """(MONGO_URL, REDIS_URL) of the new databases."""
    with servers(tmp_path_factory.mktemp("own")) as urls:
        yield urls


@pytest.fixture
def _stack(receivers: Receivers, own_servers: Urls) -> Iterator[FaultStack]:
    environ = {"LEADLIGHT_MOVE_MONGO_URL": own_servers[0], "LEADLIGHT_MOVE_REDIS_URL": own_servers[1]}
    smtp = f"smtp://127.0.0.1:{receivers.mails.port}"
    with running_fault_stack("move", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32", **environ) as running:
        yield running


class Absence:
    """Asks all the time, and knows for how long at most there was no answer."""

    def __init__(self, url: str, key: str = "") -> None:
        self.longest, self.answers, self._over = 0.0, 0, threading.Event()
        self._url, self._headers = url, {"Authorization": f"Bearer {key}"} if key else {}
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """The longest absence in seconds."""
        self._over.set()
        self._thread.join()
        return self.longest

    def _ask(self) -> None:
        last = time.monotonic()
        with httpx.Client(timeout=60, trust_env=False, headers=self._headers) as client:
            while not self._over.wait(0.05):
                try:
                    is_answered = client.get(self._url).status_code == httpx.codes.OK
                except httpx.HTTPError:
                    is_answered = False
                self.longest = max(self.longest, time.monotonic() - last)
                if is_answered:
                    last, self.answers = time.monotonic(), self.answers + 1


def _assert_moved(stack: FaultStack, own_servers: Urls) -> None:
    stack.settings = load_settings(stack.environ)
    assert (stack.settings.mongo_url, stack.settings.redis_url) == own_servers
    assert (stack.settings.databases_file.stat().st_mode & 0o777) == 0o600
    stack.deps.store.database.client.close()
    stack.__dict__["deps"] = open_deps(stack.settings)
    stack.wait_for(lambda: {stack.ps()[name]["state"] for name in ("mongod", "valkey")} == {"paused"})


def _is_changed(company: Company, job_title: str) -> bool:
    """Whether the console accepts a change."""
    url, headers = f"{company.stack.console}/api/v1/leads/{company.recipients[0].lead}", {"Authorization": f"Bearer {company.key}"}
    with contextlib.suppress(httpx.HTTPError):
        return httpx.patch(url, json={"job_title": job_title}, headers=headers, timeout=60, trust_env=False).is_success
    return False


def _under_load(
    company: Company, load: LoadGenerator, rate: float, act: Callable[[], object], before: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """Acts while leads open, click and browse; returns the longest absences."""
    recipients, stack = company.add_leads(6), company.stack
    before()
    asked = {
        "edge": Absence(f"{stack.edge}/healthz"),
        "console": Absence(f"{stack.console}/healthz"),
        "console's data": Absence(f"{stack.console}/api/v1/leads?limit=1", company.key),
    }
    with load.running(recipients, rate=rate):
        time.sleep(1)
        act()
    return {name: absence.end() for name, absence in asked.items()}


@pytest.mark.long
def test_a_move_under_load(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, own_servers: Urls
):
    """All processes use the new databases afterwards, also after a restart; the old ones are stopped."""

    def move() -> None:
        moved = stack.leadlight("move", "--json", seconds=_LIMIT)
        assert moved.returncode == 0, moved.stderr + moved.stdout
        print(moved.stderr, moved.stdout)

    absences = _under_load(company, load, 20, move)
    print("away", {name: round(seconds, 1) for name, seconds in absences.items()})
    assert max(absences.values()) < _BACK_SECONDS
    _assert_moved(stack, own_servers)
    settle(company)
    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)

    stack.stop()
    del stack.__dict__["deps"]
    stack.start()
    assert not {"mongod", "valkey"} & stack.ps().keys()
    load.walks(company.recipients[:2])
    settle(company)
    assert_stored_once(company, ledger)
    assert_same_as_undisturbed(company)
    again = stack.leadlight("move")
    assert (again.returncode, "MongoDB of your own already" in again.stderr) == (1, True)
    assert Path(stack.settings.data / "mongo").is_dir()


@pytest.mark.long
def test_a_move_that_is_killed_twice(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, own_servers: Urls, rng: random.Random
):
    """Each time, everything goes on by itself; the third run goes on with the transfer."""

    def move() -> None:
        moments = [(rng.choice(_PHASES[:2]), rng.uniform(0, 0.5)), ("Pausing", rng.uniform(0, 3))]
        for phase, seconds in moments:
            print("killed", phase, seconds, stack.leadlight_killed("move", after=phase, seconds=seconds))
            stack.wait_for(lambda: all(row["state"] == "running" for row in stack.ps().values() if row["name"] not in ("mongod", "valkey")))
            stack.wait_for(lambda: _is_changed(company, f"Buyer {phase}"))  # noqa: B023 - waited for here
        last = stack.leadlight("move", "--json", seconds=_LIMIT)
        print(last.stderr, last.stdout)
        assert last.returncode == 0 or "MongoDB of your own already" in last.stderr, last.stderr

    absences = _under_load(company, load, 20, move)
    print("away", {name: round(seconds, 1) for name, seconds in absences.items()})
    assert absences["edge"] < _BACK_SECONDS
    _assert_moved(stack, own_servers)
    assert company.call("GET", f"/leads/{company.recipients[0].lead}")["job_title"] == "Buyer Pausing"
    settle(company)
    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
