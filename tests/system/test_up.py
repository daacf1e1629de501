"""`leadlight up` with real processes and servers, killed and stopped."""

import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.system.stack import ROOT, Stack, is_alive, responds, running_stack, wait_for
from tracker.base.settings import load
from tracker.embedded.mongod import is_primary

HERE = Path(__file__).parent
GUNICORN = f"gunicorn --no-control-socket --workers 1 --graceful-timeout 1 --chdir {HERE} plain_app:app --bind 127.0.0.1:"


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = tmp_path_factory.mktemp("stack") / "var"
    data.mkdir()
    (data / "spool").symlink_to(tmp_path_factory.mktemp("disk"))  # as with a separate file system for the spool
    return {"DATA": str(data), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull}


@pytest.fixture(scope="module")
def procfile(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    port, path = int(environ["PORT"]), tmp_path_factory.mktemp("procfile") / "Procfile"
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    path.write_text(
        f'edge: {GUNICORN}{port + 1}\ndrain: python -c "import time; time.sleep(600)"\nlive: python -c "{stubborn}"\nconsole: {GUNICORN}{port}\n'
    )
    return path


@pytest.fixture(scope="module")
def running(environ: dict[str, str], procfile: Path) -> Iterator[Stack]:
    with running_stack(environ, procfile) as started:
        started.wait_ready()
        yield started


def test_it_prints_numbered_steps_and_one_sign_in_link(running: Stack):
    """The output shows progress and the sign-in link."""
    assert [f"{n}/6" in running.output() for n in range(1, 7)] == [True] * 6
    running.wait_for(lambda: "/sign-in/" in running.output())
    assert running.output().count("/sign-in/") == 1


def test_a_second_start_on_the_same_data_says_so(running: Stack):
    """Two supervisors must not use one folder."""
    second = running.command("up")

    assert second.returncode == 1
    assert "already running" in second.stderr


def test_doctor_sees_it_running(running: Stack):
    """The ports that Leadlight itself holds are no failure."""
    found = running.command("doctor")

    assert found.returncode == 0, found.stdout
    assert "is running" in found.stdout


def test_what_there_is_is_listed(running: Stack):
    """Workspaces, reps and keys, as JSON and as text, without secrets."""
    key = running.command("key", "new", "--name", "Zapier").stdout.strip()
    (workspace,) = json.loads(running.command("workspace", "list", "--json").stdout)["items"]
    assert (workspace["name"], workspace["demo"], workspace["leads"]) == ("My company", False, 0)
    reps = json.loads(running.command("rep", "list", "--json", "--workspace", workspace["id"]).stdout)["items"]
    assert len(reps) == workspace["reps"]
    keys = json.loads(running.command("key", "list", "--json").stdout)["items"]
    assert [(one["name"], one["hint"], one["rep"]) for one in keys] == [("Zapier", key[-4:], None)]
    text = running.command("key", "list").stdout
    assert ("Zapier" in text, key in text) == (True, False)


def test_the_version_is_told(running: Stack):
    """As in the package."""
    assert running.command("--version").stdout.strip() == f"leadlight {importlib.metadata.version('leadlight')}"


def test_the_edge_has_the_highest_priority(running: Stack):
    """Requests wait for the edge: other processes and their children have a lower priority."""
    nice = {name: os.getpriority(os.PRIO_PROCESS, row["pid"]) for name, row in running.ps().items()}

    assert nice["edge"] == os.getpriority(os.PRIO_PROCESS, 0)
    assert min(nice["mongod"], nice["drain"]) > nice["edge"]
    share = Path(f"/proc/{running.ps()['drain']['pid']}/autogroup")
    running.wait_for(lambda: not share.exists() or share.read_text().split()[-1] == str(nice["drain"]))


def test_the_edge_knows_the_workspace_before_the_drain_is_up(running: Stack, environ: dict[str, str]):
    """A site added in the first second is known to the edge, before the drain has started."""
    policy = json.loads((Path(environ["DATA"]) / "spool" / "policy.json").read_text())

    assert len(policy["workspaces"]) == 1


def test_a_process_stays_paused_until_it_is_resumed(running: Stack):
    """`pause` stops it until `resume`."""
    assert running.command("pause", "drain").returncode == 0
    assert running.ps()["drain"]["state"] == "paused"
    assert running.command("resume", "drain").returncode == 0
    assert running.ps()["drain"]["state"] == "running"


def test_an_unknown_process_is_refused_by_name(running: Stack):
    """The message lists what there is."""
    refused = running.command("pause", "nobody")

    assert refused.returncode == 1
    assert "edge" in refused.stderr


def test_key_new_prints_the_key_alone(running: Stack):
    """A shell can take the key from stdout."""
    made = running.command("key", "new")

    assert made.stdout.startswith("ll_")
    assert len(made.stdout.split()) == 1


def test_what_is_killed_comes_back(running: Stack, environ: dict[str, str]):
    """Every process and both servers restart with new pids, and respond."""
    before = running.ps()
    for row in before.values():
        os.kill(row["pid"], signal.SIGKILL)
    port = int(environ["PORT"])

    running.wait_for(lambda: responds(port) and responds(port + 1))
    running.wait_for(lambda: all(row["state"] == "running" for row in running.ps().values()))
    running.wait_for(lambda: is_primary(load(environ).run_dir / "mongod.sock"))  # a killed mongod reads its journal first

    after = running.ps()
    assert after.keys() == before.keys()
    assert not {row["pid"] for row in after.values()} & {row["pid"] for row in before.values()}
    assert running.command("rep", "add", "dana@example.com").returncode == 0
    link = running.command("rep", "link", "DANA@example.com")
    assert "/sign-in/" in link.stdout
    refused = running.command("rep", "link", "nobody@example.com")
    assert (refused.returncode, "no active rep" in refused.stderr) == (1, True)


def test_ctrl_c_ends_everything_and_the_next_start_keeps_the_data(running: Stack, environ: dict[str, str], procfile: Path):
    """Within ten seconds, even if a process ignores SIGTERM; no orphan is left; stored data is kept."""
    pids = [row["pid"] for row in running.ps().values()]

    assert running.stop() < 60  # ten on an idle machine; then remaining processes are killed
    assert [pid for pid in pids if is_alive(pid)] == []
    assert running.process.returncode == 0
    with running_stack(environ, procfile) as again:
        again.wait_ready()
        refused = again.command("rep", "add", "dana@example.com")

    assert "already works here" in refused.stderr


@pytest.mark.long
def test_a_killed_supervisor_leaves_no_orphan(environ: dict[str, str], procfile: Path):
    """Its processes end with it; any other is ended by the next start."""
    with running_stack(environ, procfile) as first:
        first.wait_ready()
        pids = [row["pid"] for row in first.ps().values()]
        first.process.kill()
        first.process.wait()
        with running_stack(environ, procfile) as second:
            second.wait_ready()

            assert [pid for pid in pids if is_alive(pid)] == []


def _as_at_a_terminal() -> None:
    """Restores SIGINT: tests in the background of a script, and their children, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.long)], ids=["interrupted", "killed"])
def test_signals_to_make_stop_the_stack(environ: dict[str, str], procfile: Path, number: signal.Signals):
    """A signal to `make up` alone ends everything too."""
    makefile = procfile.with_name("Makefile")
    makefile.write_text(f"up:\n\t@{sys.executable} -m tracker.cli.main up --procfile {procfile}\n")
    out = procfile.with_name(f"{number.name}.out")
    with out.open("w") as file:
        make = subprocess.Popen(
            ["make", "-f", makefile, "up"],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=file,
            stderr=file,
            preexec_fn=_as_at_a_terminal,  # noqa: PLW1509 - one system call
        )
    wait_for(lambda: "6/6" in out.read_text(), out.read_text)
    pids = json.loads((Path(environ["DATA"]) / "run" / "ps.json").read_text())

    make.send_signal(number)
    make.wait(60)

    wait_for(lambda: not any(is_alive(row["pid"]) for row in pids), out.read_text, seconds=60)


@pytest.mark.parametrize(("offset", "name"), [(0, "PORT"), (1, "EDGE_PORT")])
def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, offset: int, name: str):
    """One line names the port and the setting."""
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + offset)), running_stack({"DATA": str(tmp_path / "var"), "PORT": str(port)}) as refused:
        refused.process.wait(60)

        assert refused.process.returncode == 1
        assert f"Port {port + offset} is in use by another program. Stop that program, or set {name}" in refused.output()


def test_a_port_that_is_given_back_in_a_moment_is_waited_for(tmp_path: Path):
    """After everything was killed, the kernel may hold a port a moment longer."""
    port = free_ports()
    with socket.create_server(("127.0.0.1", port)) as held, running_stack({"DATA": str(tmp_path / "var"), "PORT": str(port)}) as started:
        started.wait_for(lambda: "1/6" in started.output())
        threading.Timer(1.5, held.close).start()
        started.wait_for(lambda: "2/6" in started.output() or started.process.poll() is not None)

        assert started.process.poll() is None, started.output()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"DATA": "/proc/nowhere"}, "Set DATA to a writable folder"),
        ({"PORT": "many"}, "PORT: 'many' is not a port"),
        ({"HOST": "192.0.2.1"}, "HOST is 192.0.2.1, which is not an address of this machine"),
        ({"EDGE_PORT": "20001", "RELAY_PORT": "20001"}, "EDGE_PORT and RELAY_PORT are both 20001"),
        ({"MONGO_URL": "mongodb://one,two/?directConnection=true"}, "is not a valid URL"),
        ({"MONGO_URL": "mongodb://one/?tls=true&tlsCAFile=/nowhere"}, "names a file that cannot be read: No such file or directory"),
    ],
    ids=["unwritable folder", "bad setting", "foreign address", "one port twice", "impossible address", "missing certificates"],
)
def test_a_start_that_cannot_work_says_why_in_one_line(tmp_path: Path, wrong: dict[str, str], expected: str):
    """Without a traceback, with a non-zero exit code."""
    environ = {**os.environ, "DATA": str(tmp_path), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull, **wrong}
    refused = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main", "up"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )

    assert refused.returncode == 1
    assert expected in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr


def test_a_spool_folder_that_leads_nowhere_is_said_in_one_line(tmp_path: Path):
    """As when the spool's file system is not mounted."""
    (tmp_path / "spool").symlink_to(tmp_path / "unmounted" / "spool")
    environ = {**os.environ, "DATA": str(tmp_path), "PORT": str(free_ports()), "LEADLIGHT_CONFIG": os.devnull}
    refused = subprocess.run(
        [sys.executable, "-m", "tracker.cli.main", "up"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )

    assert refused.returncode == 1
    assert "cannot create the folder" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
