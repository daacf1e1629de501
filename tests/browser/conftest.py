"""For every test with a browser: one console for each test worker, because starting it takes longer than most tests."""

from collections.abc import Callable, Iterator

import pytest
import redis as redis_py
from playwright.sync_api import expect

from tests.console_process import ConsoleProcess
from tests.ports import free_ports
from tracker.actions.deps import Deps
from tracker.base.settings import Settings, load
from tracker.links.keys import Keys

expect.set_options(timeout=30_000)  # as long as a busy machine takes; playwright's own five seconds are not


@pytest.fixture(scope="session")
def _console_settings(servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("console")
    environ = {
        "PORT": str(free_ports()),
        "DATA": str(folder / "var"),
        "MONGO_URL": servers[0],
        "REDIS_URL": servers[1],
        "DNS_SERVERS": "off",
    }
    return load(environ, file=folder / "no-leadlight.toml")


@pytest.fixture(scope="session")
def _console(_console_settings: Settings) -> Iterator[ConsoleProcess]:
    """The console as in production; the operator allowed it to look at local sites."""
    Keys.load(_console_settings.signing_keys_file)
    process = ConsoleProcess(_console_settings, OUTBOUND_ALLOW="127.0.0.1/32,::1/128")
    yield process
    process.stop()


@pytest.fixture
def console_deps(_console: ConsoleProcess, _console_settings: Settings, redis: redis_py.Redis, make_deps: Callable[..., Deps]) -> Deps:
    """`Deps` of the running console, at the port of their settings. Its database is empty before each test."""
    return make_deps(_console_settings)
