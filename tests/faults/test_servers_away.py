"""F6, F7, F9: MongoDB down or hung, Redis down, flushed or empty after a restart: requests are served and nothing is lost."""

import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tracker.rq_queue import ARMED_SECONDS

_CONSOLE_LONGEST = 6.0
"""The store's timeout of four seconds, and a margin for a busy machine."""


def console_answers(stack: FaultStack, company: Company, path: str) -> tuple[int, float]:
    """Status and duration in seconds of one request to the console process."""
    began = time.monotonic()
    answer = httpx.get(f"{stack.console}{path}", headers={"Authorization": f"Bearer {company.key}"}, timeout=20, trust_env=False)
    return answer.status_code, time.monotonic() - began


def assert_whole(company: Company, ledger: Ledger, receivers: Receivers) -> None:
    """Every request was served, and nothing is lost or duplicated."""
    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_mongod_is_dead_for_a_while(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Opens, clicks and beacons are served; console and API report the delay; all events arrive afterwards."""
    recipients = company.add_leads(5)
    stack.kill("mongod")
    stack.leadlight("pause", "mongod")
    try:
        load.burst(recipients, 60, rate=30)
        load.walks(recipients)
        statuses = {path: console_answers(stack, company, path) for path in ("/healthz", "/readyz", "/api/v1/leads", "/sign-in")}
        slowest = load.slowest
    finally:
        stack.resume("mongod")
    settle(company)

    assert statuses["/healthz"][0] == 200
    assert statuses["/readyz"][0] == 503
    assert statuses["/api/v1/leads"][0] == 503
    assert statuses["/sign-in"][0] in (200, 503)
    assert max(seconds for _, seconds in statuses.values()) < _CONSOLE_LONGEST
    assert slowest < 2
    assert_whole(company, ledger, receivers)


@pytest.mark.long
def test_mongod_hangs_for_ten_seconds(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """SIGSTOP: no request hangs, threads do not accumulate, the edge serves requests."""
    recipients = company.add_leads(4)
    pids = stack.pids()
    threads = {name: len(list(Path(f"/proc/{pids[name]}/task").iterdir())) for name in ("console.worker", "drain", "live", "notify")}
    os.kill(pids["mongod"], signal.SIGSTOP)
    try:
        began = time.monotonic()
        load.walks(recipients)
        status, seconds = console_answers(stack, company, "/api/v1/leads")
        time.sleep(max(0.0, 10 - (time.monotonic() - began)))
        grown = {name: len(list(Path(f"/proc/{pids[name]}/task").iterdir())) - count for name, count in threads.items()}
    finally:
        os.kill(pids["mongod"], signal.SIGCONT)
    settle(company)

    assert status == 503
    assert seconds < _CONSOLE_LONGEST
    assert max(grown.values()) <= 10, grown
    assert_whole(company, ledger, receivers)


def test_redis_is_emptied_in_the_middle(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Queues, wake-up keys and presence are deleted repeatedly; the sweep finds the work."""
    recipients = company.add_leads(5)
    for recipient in recipients:
        load.walk(recipient)
        stack.deps.redis.flushall()
        time.sleep(rng.uniform(0, 0.2))
    settle(company)

    assert_whole(company, ledger, receivers)


@pytest.mark.long
def test_redis_is_dead_and_comes_back_empty(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Delayed, not lost: sweeps work without Redis, and workers reconnect."""
    recipients = company.add_leads(4)
    stack.kill("valkey")
    stack.leadlight("pause", "valkey")
    try:
        load.walks(recipients[:2])
        stack.wait_for(lambda: not stack.spool_backlog())
        for file in (stack.settings.data / "valkey").rglob("*"):
            if file.is_file():
                file.unlink()
    finally:
        stack.resume("valkey")
    load.walks(recipients[2:])
    settle(company)

    assert_whole(company, ledger, receivers)


@pytest.mark.long
def test_a_stale_wake_up_key_blocks_nothing(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """The wake-up key is set and the queue is empty: a worker crashed with the job."""
    recipients = company.add_leads(2)
    for queue in ("live", "notify"):
        stack.deps.redis.set(f"ll:armed:{queue}", b"1", ex=ARMED_SECONDS)
    load.walks(recipients)
    settle(company, 2 * ARMED_SECONDS)

    assert_whole(company, ledger, receivers)
