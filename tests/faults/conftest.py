"""Fixtures of the fault suite: one running stack per test worker, a new company per test, receivers, a seeded random generator."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.rig.dataset import Company, new_company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers, running_receivers
from tests.faults.rig.stack import FaultStack, running_fault_stack


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/faults --seed N` selects other times and crash points."""
    parser.addoption("--seed", type=int, default=0, help="seed of the fault suite's random numbers")


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed", default=0))


@pytest.fixture
def rng(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """A random generator that depends on the test's name and on the seed."""
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture(scope="session")
def receivers() -> Iterator[Receivers]:
    """Receivers of the whole run."""
    with running_receivers() as running:
        yield running


_kept = contextlib.ExitStack()
_running: list[FaultStack] = []


@pytest.fixture
def _stack(receivers: Receivers) -> FaultStack:
    """Started for the first test of this folder."""
    if not _running:
        smtp = f"smtp://127.0.0.1:{receivers.mails.port}"
        _running.append(_kept.enter_context(running_fault_stack("suite", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32")))
    return _running[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Stops it after the last test of this folder: its twelve processes would take a tenth of a core from those that follow."""
    if nextitem is None or nextitem.path.parent != Path(__file__).parent:
        _running.clear()
        _kept.close()


@pytest.fixture
def stack(_stack: FaultStack) -> Iterator[FaultStack]:
    """A running Leadlight, recovered after each test."""
    yield _stack
    _stack.recover()


@pytest.fixture
def company(stack: FaultStack, receivers: Receivers) -> Company:
    """A new workspace with a site, a rep and three channels."""
    opened = new_company(stack)
    receivers.connect(opened)
    return opened


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def load(company: Company, ledger: Ledger, seed: int) -> Iterator[LoadGenerator]:
    """The load generator of the company."""
    made = LoadGenerator(company, ledger, seed=seed)
    yield made
    made.close()
