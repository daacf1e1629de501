"""Fixtures of the authorization tests."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.apps import console_app
from tests.authorization.world import World, make_world
from tracker.actions.deps import Deps
from tracker.links.keys import Keys
from tracker.web.api.streams import fanout


@pytest.fixture
def app(deps: Deps) -> Iterator[Flask]:
    """Console and API in one app, as they are served; live streams end with the test."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    yield console_app(deps)
    fanout.of(deps).closing = True
    for reader in [thread for thread in threading.enumerate() if thread.name.startswith("live-")]:
        reader.join()


@pytest.fixture
def world(app: Flask, deps: Deps) -> World:
    """Records of two reps, without an owner, and of another workspace."""
    return make_world(app, deps)
