"""Fixtures of what is sent by itself: a mail server, and a company whose email goes to it."""

from collections.abc import Callable, Iterator

import pytest
import redis as redis_py

from tests.mail_receivers import MailReceiver, mail_receiver
from tests.outreach_company import Company, running_company
from tracker.actions.deps import Deps
from tracker.base.settings import Settings


@pytest.fixture
def server() -> Iterator[MailReceiver]:
    """The mail server."""
    with mail_receiver() as running:
        yield running


@pytest.fixture
def company(
    settings: Settings, deps: Deps, server: MailReceiver, redis: redis_py.Redis, make_deps: Callable[..., Deps]
) -> Iterator[Company]:
    """A company whose mail goes to `server`, with signing keys."""
    with running_company(settings, server.port, make_deps) as made:
        yield made
