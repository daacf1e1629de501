"""What a start prepares in MongoDB, beside the supervisor's loop: with a responsive one, a silent one, and one that is too new."""

import dataclasses
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.system.stack import responds, running_stack, wait_for
from tracker.actions.deps import Deps
from tracker.base.settings import Settings
from tracker.cli.bootstrap import Bootstrap
from tracker.store.schema import TooNew

HERE = Path(__file__).parent


def tried(preparation: Bootstrap) -> str | None:
    """The sign-in link of the next attempt; None if MongoDB was not reachable."""
    found = [preparation.poll(pause=0)]
    wait_for(lambda: bool(found.append(preparation.poll(pause=600))) or not preparation.is_running, lambda: "it never ends")
    return found[-1].sign_in if found[-1] else None


def test_it_is_done_once(deps: Deps) -> None:
    """One sign-in link is created."""
    preparation = Bootstrap(deps.settings)

    assert "/sign-in/" in (tried(preparation) or "")
    assert tried(preparation) is None
    assert len(deps.store.workspaces.all()) == 1


def test_a_silent_mongodb_is_not_waited_for(settings: Settings) -> None:
    """`poll` returns while the attempt still waits for a response."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        preparation = Bootstrap(dataclasses.replace(settings, mongo_url=f"mongodb://127.0.0.1:{silent.getsockname()[1]}/leadlight"))
        assert preparation.poll(pause=0) is None
        assert preparation.is_running
        assert tried(preparation) is None
        assert preparation.last_error.timeout


def test_other_errors_are_raised(deps: Deps) -> None:
    """A database of a newer Leadlight is not retried."""
    deps.store.database.meta.insert_one({"_id": "schema", "version": 10_000})

    with pytest.raises(TooNew):
        tried(Bootstrap(deps.settings))


def test_with_a_silent_mongodb_the_stack_runs_and_stops(tmp_path: Path) -> None:
    """Processes restart, other commands work, and SIGTERM stops it."""
    port = free_ports()
    procfile = tmp_path / "Procfile"
    gunicorn = f"gunicorn --no-control-socket --workers 1 --graceful-timeout 1 --chdir {HERE} plain_app:app --bind 127.0.0.1:"
    procfile.write_text(f"edge: {gunicorn}{port + 1}\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mongo_url = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/leadlight"
        environ = {"DATA": str(tmp_path / "var"), "PORT": str(port), "LEADLIGHT_CONFIG": os.devnull, "MONGO_URL": mongo_url}
        with running_stack(environ, procfile) as started:
            started.wait_ready()
            before = started.ps()["edge"]["pid"]
            os.kill(before, signal.SIGKILL)
            started.wait_for(lambda: started.ps()["edge"]["pid"] not in (None, before) and responds(port + 1))
            started.stop(signal.SIGTERM)

            assert "does not answer in time" in started.output()
            assert started.process.returncode == 0, started.output()
