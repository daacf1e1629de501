"""What a start prepares in MongoDB, beside the supervisor's loop: with one that answers, one that is silent, and one that is too new."""

import dataclasses
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.system.house import answers, house, wait_for
from tracker.actions.deps import Deps
from tracker.base.settings import Settings
from tracker.cli.bootstrap import Bootstrap
from tracker.store.schema import TooNew

HERE = Path(__file__).parent


def tried(preparation: Bootstrap) -> str | None:
    """The sign-in link that the next try brings; None if MongoDB was away."""
    found = [preparation.poll(pause=0)]
    wait_for(lambda: bool(found.append(preparation.poll(pause=600))) or not preparation.is_running, lambda: "it never ends")
    return found[-1].sign_in if found[-1] else None


def test_it_is_done_once(deps: Deps) -> None:
    """The link that signs in is made, and no second one."""
    preparation = Bootstrap(deps.settings)

    assert "/sign-in/" in (tried(preparation) or "")
    assert tried(preparation) is None
    assert len(deps.store.workspaces.all()) == 1


def test_a_silent_mongodb_is_not_waited_for(settings: Settings) -> None:
    """Who looks goes on while the try still waits for an answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        preparation = Bootstrap(dataclasses.replace(settings, mongo_url=f"mongodb://127.0.0.1:{silent.getsockname()[1]}/leadlight"))
        assert preparation.poll(pause=0) is None
        assert preparation.is_running
        assert tried(preparation) is None
        assert preparation.last_error.timeout


def test_what_is_no_absence_is_raised(deps: Deps) -> None:
    """A database of a newer Leadlight is no reason to try again."""
    deps.store.database.meta.insert_one({"_id": "schema", "version": 10_000})

    with pytest.raises(TooNew):
        tried(Bootstrap(deps.settings))


def test_with_a_silent_mongodb_the_house_stands_and_stops(tmp_path: Path) -> None:
    """What dies comes back, other shells are answered, and SIGTERM ends it."""
    port = free_ports()
    procfile = tmp_path / "Procfile"
    gunicorn = f"gunicorn --no-control-socket --workers 1 --graceful-timeout 1 --chdir {HERE} answer:app --bind 127.0.0.1:"
    procfile.write_text(f"edge: {gunicorn}{port + 1}\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mongo_url = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/leadlight"
        environ = {"DATA": str(tmp_path / "var"), "PORT": str(port), "LEADLIGHT_CONFIG": os.devnull, "MONGO_URL": mongo_url}
        with house(environ, procfile) as started:
            started.wait_ready()
            before = started.ps()["edge"]["pid"]
            os.kill(before, signal.SIGKILL)
            started.wait_for(lambda: started.ps()["edge"]["pid"] not in (None, before) and answers(port + 1))
            started.stop(signal.SIGTERM)

            assert "MongoDB does not respond yet" in started.said()
            assert started.process.returncode == 0, started.said()
