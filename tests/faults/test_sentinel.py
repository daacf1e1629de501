"""Valkey behind Sentinel whose primary dies under load: nothing is lost or doubled, workers and open live views go on by themselves."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.sentinels import Sentinels, running_sentinels
from tests.faults.rig.stack import FaultStack, running_fault_stack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with running_sentinels(tmp_path_factory.mktemp("sentinels")) as running:
        yield running


@pytest.fixture(scope="module")
def _stack(receivers: Receivers, sentinels: Sentinels) -> Iterator[FaultStack]:
    smtp = f"smtp://127.0.0.1:{receivers.mails.port}"
    with running_fault_stack("sentinel", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32", REDIS_URL=sentinels.url) as running:
        yield running


class LiveView:
    """An open stream of the company's events, as a browser holds it."""

    def __init__(self, company: Company) -> None:
        self.times: list[float] = []
        self.over = threading.Event()
        self._company = company
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._company.key}"}
        with httpx.stream("GET", f"{self._company.stack.console}/api/v1/live", headers=headers, timeout=60, trust_env=False) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: event"):
                    self.times.append(time.monotonic())
                if self.over.is_set():
                    return


@pytest.mark.long
def test_the_primary_dies_under_load(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, sentinels: Sentinels
):
    """Two deaths, of both servers in turn; after each, events reach the open live view again, and jobs their workers."""
    recipients, view, over = company.add_leads(4), LiveView(company), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            load.burst(recipients, 20, rate=20)
            load.walks(recipients)

    # Started in this thread: a server ends with the thread that started it.
    with ThreadPoolExecutor(1) as beside:
        loading = beside.submit(go_on)
        try:
            for _ in range(2):
                stack.wait_for(lambda: bool(view.times))
                dead, died = sentinels.kill_primary(), time.monotonic()
                stack.wait_for(lambda: sentinels.primary() is not None)
                stack.wait_for(lambda died=died: view.times[-1] > died + 5)
                stack.wait_for(lambda: bool(stack.deps.redis.smembers("rq:workers")))
                gap = min((seen for seen in view.times if seen > died + 1), default=died) - died
                print(f"the live view went on {gap:.1f} s after the death")
                sentinels.start(dead)
                stack.wait_for(sentinels.is_whole)
        finally:
            over.set()
            view.over.set()
    loading.result()
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
