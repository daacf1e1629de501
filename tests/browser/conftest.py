"""For every test with a browser: one console for each test worker, because starting it takes longer than most tests."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_py
from playwright.sync_api import expect

from tests.chromium import end_browsers
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


_running: list[ConsoleProcess] = []
_LONGEST = 240.0
"""Seconds, of one test. Playwright waits for ever for a browser that does not close a page or a context."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Ends the browsers of a test that takes too long, so that it fails instead of keeping the run from ending."""
    timer = threading.Timer(_LONGEST, end_browsers)
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()


@pytest.fixture
def _console(_console_settings: Settings) -> ConsoleProcess:
    """The console as in production, started for the first test of this folder; the operator allowed it to look at local sites."""
    if not _running:
        Keys.load(_console_settings.signing_keys_file)
        _running.append(ConsoleProcess(_console_settings, OUTBOUND_ALLOW="127.0.0.1/32,::1/128"))
    return _running[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Stops it after the last test of this folder: it would report itself to the database of the tests that follow."""
    if _running and (nextitem is None or Path(__file__).parent not in nextitem.path.parents):
        _running.pop().stop()


@pytest.fixture
def console_deps(_console: ConsoleProcess, _console_settings: Settings, redis: redis_py.Redis, make_deps: Callable[..., Deps]) -> Deps:
    """`Deps` of the running console, at the port of their settings. Its database is empty before each test."""
    return make_deps(_console_settings)
