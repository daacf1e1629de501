"""F6, F7, F9: MongoDB dead or hung, Redis dead, emptied or empty after a restart: leads notice nothing, and nothing is lost."""

import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tracker.rq_queue import ARMED_SECONDS

_CONSOLE_LONGEST = 6.0
"""The store's time limit of four seconds, and some for a busy machine."""


def console_answers(house: FaultHouse, company: Company, path: str) -> tuple[int, float]:
    """Status and seconds of one question to the console's process."""
    began = time.monotonic()
    answer = httpx.get(f"{house.console}{path}", headers={"Authorization": f"Bearer {company.key}"}, timeout=20, trust_env=False)
    return answer.status_code, time.monotonic() - began


def assert_whole(company: Company, ledger: Ledger, told: Receivers) -> None:
    """Nobody was turned away, nothing is lost or doubled."""
    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_mongod_is_dead_for_a_while(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Opens, clicks and beacons are answered; console and API say that they are late; all is there soon after."""
    letters = company.write_to(5)
    house.kill("mongod")
    house.leadlight("pause", "mongod")
    try:
        load.burst(letters, 60, rate=30)
        load.walks(letters)
        statuses = {path: console_answers(house, company, path) for path in ("/healthz", "/readyz", "/api/v1/leads", "/sign-in")}
        slowest = load.slowest
    finally:
        house.resume("mongod")
    settle(company)

    assert statuses["/healthz"][0] == 200
    assert statuses["/readyz"][0] == 503
    assert statuses["/api/v1/leads"][0] == 503
    assert statuses["/sign-in"][0] in (200, 503)
    assert max(seconds for _, seconds in statuses.values()) < _CONSOLE_LONGEST
    assert slowest < 2
    assert_whole(company, ledger, told)


@pytest.mark.long
def test_mongod_hangs_for_ten_seconds(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """SIGSTOP: nobody waits for ever, no threads pile up, leads are answered as ever."""
    letters = company.write_to(4)
    pids = house.pids()
    threads = {name: len(list(Path(f"/proc/{pids[name]}/task").iterdir())) for name in ("console.worker", "drain", "live", "notify")}
    os.kill(pids["mongod"], signal.SIGSTOP)
    try:
        began = time.monotonic()
        load.walks(letters)
        status, seconds = console_answers(house, company, "/api/v1/leads")
        time.sleep(max(0.0, 10 - (time.monotonic() - began)))
        grown = {name: len(list(Path(f"/proc/{pids[name]}/task").iterdir())) - count for name, count in threads.items()}
    finally:
        os.kill(pids["mongod"], signal.SIGCONT)
    settle(company)

    assert status == 503
    assert seconds < _CONSOLE_LONGEST
    assert max(grown.values()) <= 10, grown
    assert_whole(company, ledger, told)


def test_redis_is_emptied_in_the_middle(
    house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random
):
    """Queues, keys that hold wake-ups back, presence: all gone, more than once; the sweep finds the work."""
    letters = company.write_to(5)
    for letter in letters:
        load.walk(letter)
        house.deps.redis.flushall()
        time.sleep(dice.uniform(0, 0.2))
    settle(company)

    assert_whole(company, ledger, told)


@pytest.mark.long
def test_redis_is_dead_and_comes_back_empty(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Late, not lost: the sweeps work without Redis, and the workers come back to it."""
    letters = company.write_to(4)
    house.kill("valkey")
    house.leadlight("pause", "valkey")
    try:
        load.walks(letters[:2])
        house.wait_for(lambda: not house.spool_waits())
        for file in (house.settings.data / "valkey").rglob("*"):
            if file.is_file():
                file.unlink()
    finally:
        house.resume("valkey")
    load.walks(letters[2:])
    settle(company)

    assert_whole(company, ledger, told)


@pytest.mark.long
def test_a_wake_up_that_got_stuck_holds_nothing_back(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """The queue says that it is armed, and is empty: a worker died with the job in its hand."""
    letters = company.write_to(2)
    for lane in ("live", "notify"):
        house.deps.redis.set(f"ll:armed:{lane}", b"1", ex=ARMED_SECONDS)
    load.walks(letters)
    settle(company, 2 * ARMED_SECONDS)

    assert_whole(company, ledger, told)
