"""Fixtures of the authorization tests."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.apps import console_app
from tests.authorization.world import World, make_world
from tracker.actions.deps import Deps
from tracker.base.settings import Settings
from tracker.links.keys import Keys
from tracker.web.api.streams import fanout

Rows = dict[str, list[dict[str, Any]]]
"""Documents by collection."""


@pytest.fixture
def app(deps: Deps) -> Iterator[Flask]:
    """Console and API in one app, as they are served; live streams end with the test."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    yield console_app(deps)
    fanout.of(deps).closing = True
    for reader in [thread for thread in threading.enumerate() if thread.name.startswith("live-")]:
        reader.join()


@pytest.fixture(scope="session")
def _data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorization")


@pytest.fixture
def settings(settings: Settings, _data: Path) -> Settings:
    """One DATA folder for all of these tests: the keys in it belong to the world that they share."""
    return replace(settings, data=_data, signing_keys_file=_data / "keys" / "signing.json")


@pytest.fixture(scope="session")
def _made() -> list[tuple[World, Rows]]:
    """The world and its documents, once they are made."""
    return []


@pytest.fixture
def world(app: Flask, deps: Deps, _made: list[tuple[World, Rows]]) -> World:
    """Records of two reps, without an owner, and of another workspace. Made for the first test, and stored as it was for each other."""
    database = deps.store.database
    if _made:
        for name, rows in _made[0][1].items():
            database[name].insert_many(rows)
    else:
        made = make_world(app, deps)
        names = database.list_collection_names()
        _made.append((made, {name: rows for name in names if (rows := list(database[name].find({})))}))
    return _made[0][0].entered(app, deps)
