"""Fixtures of the fault suite: one house a test worker, a fresh company a test, receivers, and the seed of all dice."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.rig.dataset import Company, open_company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers, receivers
from tests.faults.rig.stack import FaultHouse, fault_house


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/faults --seed N`: other moments, other crash points."""
    parser.addoption("--seed", type=int, default=0, help="seed of the fault suite's dice")


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed", default=0))


@pytest.fixture
def dice(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """Other dice for each test, the same for the same seed."""
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture(scope="session")
def told() -> Iterator[Receivers]:
    """Receivers of the whole run."""
    with receivers() as running:
        yield running


@pytest.fixture(scope="session")
def _house(told: Receivers, request: pytest.FixtureRequest) -> Iterator[FaultHouse]:
    smtp = f"smtp://127.0.0.1:{told.mails.port}"
    with fault_house("suite", SMTP_URL=smtp, TRUSTED_PROXIES="127.0.0.1/32") as running:
        yield running


@pytest.fixture
def house(_house: FaultHouse) -> Iterator[FaultHouse]:
    """A whole Leadlight, whole again after each test."""
    yield _house
    _house.mend()


@pytest.fixture
def company(house: FaultHouse, told: Receivers) -> Company:
    """A fresh workspace with a site, a rep and three channels."""
    opened = open_company(house)
    told.connect(opened)
    return opened


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def load(company: Company, ledger: Ledger, seed: int) -> Iterator[Load]:
    """The company's leads."""
    made = Load(company, ledger, seed=seed)
    yield made
    made.close()
