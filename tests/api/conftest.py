"""Fixtures of the API's tests: a workspace with a key, and a client that speaks as a program does."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.apps import api_app
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import workspaces
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.links.keys import Keys
from tracker.web.api.app import PREFIX
from tracker.web.api.streams import fanout


class Program:
    """A program with a key: `api.post("/leads", {...})` is answered like any other client's call."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client, self.key = client, key

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One call; header names are written with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        return self.client.open(PREFIX + path, method=method, headers={"Authorization": f"Bearer {self.key}"} | given, **more)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.call("PATCH", path, body)

    def put(self, path: str, body: Any) -> TestResponse:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def lead(self, email: str = "dana@acme.example", name: str = "Dana Whitfield", **more: Any) -> dict[str, Any]:
        """A new lead."""
        answer = self.post("/leads", {"email": email, "name": name, **more})
        assert answer.status_code == 201, answer.text
        return answer.json


@pytest.fixture
def app(deps: Deps) -> Iterator[Flask]:
    """The API alone; its live streams end with the test."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    yield api_app(deps)
    fanout.of(deps).closing = True
    for reader in [thread for thread in threading.enumerate() if thread.name.startswith("live-")]:
        reader.join()


@pytest.fixture
def workspace(deps: Deps) -> Workspace:
    return workspaces.first_workspace(deps)


@pytest.fixture
def api(app: Flask, deps: Deps, workspace: Workspace) -> Program:
    """A program with an admin's rights."""
    return Program(app.test_client(), api_keys.new_key(deps, workspace.id)[1])


@pytest.fixture
def stranger(app: Flask, deps: Deps, workspace: Workspace) -> Program:
    """A program of another workspace."""
    assert workspace
    other = workspaces.add_workspace(deps, "Other company")
    return Program(app.test_client(), api_keys.new_key(deps, other.id)[1])


@pytest.fixture
def hire(app: Flask, deps: Deps, workspace: Workspace) -> Callable[..., tuple[Rep, Program]]:
    """Adds a rep, and a program with that rep's rights."""

    def make(name: str, role: Role = Role.REP) -> tuple[Rep, Program]:
        rep = reps.add_rep(deps, workspace.id, email=f"{name.lower()}@us.example", name=name, role=role)
        return rep, Program(app.test_client(), api_keys.new_key(deps, workspace.id, rep=rep.id)[1])

    return make
