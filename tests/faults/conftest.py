"""Fixtures of the fault suite: one running stack per test worker, a new company per test, receivers, a seeded random generator."""

import random
from collections.abc import Iterator

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


@pytest.fixture(scope="session")
def _stack(receivers: Receivers, request: pytest.FixtureRequest) -> Iterator[FaultStack]:
    smtp = f"smtp://127.0.0.1:{receivers.mails.port}"
    with running_fault_stack("suite", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32") as running:
        yield running


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
