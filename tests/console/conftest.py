"""Fixtures for the console's tests: a workspace with two reps, and browsers (test clients) that keep cookies and send form tokens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.apps import console_app
from tracker.actions.deps import Deps
from tracker.actions.team import reps, sessions
from tracker.actions.workspace import workspaces
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace

PASSWORD = "lantern harbor quilt"


class Browser:
    """A browser: follows nothing by itself, sends the form token of the page it saw last."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        answer = self.client.get(path, **more)
        found = re.search(r'data-csrf="([0-9A-Za-z_-]+)"', answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        headers = {"Origin": "http://localhost", **more.pop("headers", {})}
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, headers=headers, **more)


@dataclass(frozen=True)
class Office:
    """A workspace with its admin and a rep."""

    workspace: Workspace
    admin: Rep
    rep: Rep


def make_office(deps: Deps, name: str) -> Office:
    workspace = workspaces.add_workspace(deps, name, timezone="Europe/Lisbon")
    host = name.lower()
    admin = reps.add_rep(deps, workspace.id, email=f"mara@{host}.example", name="Mara Oliveira", role=Role.ADMIN)
    rep = reps.add_rep(deps, workspace.id, email=f"tom@{host}.example", name="Tom Birch")
    return Office(workspace, admin, rep)


@pytest.fixture
def office(deps: Deps) -> Office:
    """The workspace Northbeam."""
    return make_office(deps, "Northbeam")


@pytest.fixture
def console(deps: Deps) -> Flask:
    """The app."""
    return console_app(deps)


@pytest.fixture
def browser(console: Flask) -> Browser:
    """A browser without a session."""
    return Browser(console.test_client())


@pytest.fixture
def signed_in(console: Flask, deps: Deps) -> Callable[[Rep], Browser]:
    """Makes a browser in which the rep is signed in."""

    def sign_in(rep: Rep) -> Browser:
        client = console.test_client()
        client.set_cookie("ll_session", sessions.start(deps, rep))
        made = Browser(client)
        made.get("/welcome")  # has a form token, for a third of the time that most pages take
        if not made.token:
            made.get("/settings/me")  # the first admin is led on from there
        return made

    return sign_in
