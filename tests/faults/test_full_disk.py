"""F10: no space for the spool: requests are served, dropped events are counted, and the spool recovers without a restart."""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from tests.edge_process import EdgeProcess
from tests.ports import free_ports
from tests.scenes import Scene, make_scene
from tests.system.stack import responds, running_stack
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import load
from tracker.links import tokens, urls
from tracker.links.keys import Keys
from tracker.spool import layout
from tracker.supervise import logfile
from workers.drain.process import Drain

_BYTES = 3 * 2**20
_BYTES_FOR_ALL = 900 * 2**20


@contextlib.contextmanager
def disk(folder: Path, size: int) -> Iterator[Path]:
    """Mounts a file system of this size on the folder."""
    if os.getuid():
        pytest.skip("only root can mount a small disk")
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A DATA folder whose spool is a separate file system, with space for a few hundred rows."""
    with disk(tmp_path / "var" / "spool", _BYTES) as folder:
        yield folder.parent


@pytest.fixture
def disk_for_all(tmp_path: Path) -> Iterator[Path]:
    """A DATA folder on a separate file system."""
    with disk(tmp_path / "var", _BYTES_FOR_ALL) as folder:
        yield folder


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


def test_a_full_disk_costs_events_but_no_answers(small_disk: Path, deps: Deps, scene: Scene, tmp_path: Path):
    """Every request is served; stored events are exactly those not counted as dropped; then it recovers without a restart."""
    (tmp_path / "metrics").mkdir()
    edge = EdgeProcess(free_ports(8, low=18_800), small_disk, PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"))
    message = scene.message(scene.lead())
    pixel = urls.pixel_url(edge.url, tokens.mint_open(edge.keys, tokens.OpenClaims(scene.workspace.id, message.id)))
    ballast = small_disk / "spool" / "ballast"
    here = open_deps(edge.settings)

    def opened(times: int) -> None:
        for number in range(times):
            asked = urllib.request.Request(pixel, headers={"User-Agent": "Mozilla/5.0 Chrome/140.0", "Referer": "x" * 200 + str(number)})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert answer.status == 200

    try:
        opened(20)
        ballast.write_bytes(b"x" * (_BYTES - 800_000))
        opened(400)
        kept = len(edge.captures())
        assert 20 < kept < 420
        ballast.unlink()
        drain = Drain(_with_spool(deps, here))
        _until_empty(drain, edge.settings.spool_dir)
        assert _opens(scene) == kept
        opened(5)
        _until_empty(drain, edge.settings.spool_dir)
        assert _opens(scene) == kept + 5
        _until(lambda: _dropped(tmp_path / "metrics") == {"disk_full": 420 - kept})
    finally:
        edge.stop()
        here.store.database.client.close()
        here.redis.close()


@pytest.mark.long
def test_everything_dies_on_a_full_disk_and_leads_have_their_answers(disk_for_all: Path):
    """Databases, logs, metrics and the process list are there too: a process that fails restarts when possible, and no other ends."""
    environ = {"PORT": str(free_ports()), "DATA": str(disk_for_all), "LEADLIGHT_CONFIG": os.devnull}
    settings = load(environ)
    with running_stack(environ) as stack:
        stack.wait_ready()
        claims = tokens.ClickClaims("ab" * 8, "cd" * 16, None, 1, "https://acme.example/")
        click = urls.click_url(settings.edge_url, tokens.mint_click(Keys.load(settings.signing_keys_file), claims))
        before = {name: row["pid"] for name, row in stack.ps().items()}
        _fill(disk_for_all / "ballast")
        (disk_for_all / "log" / "drain.log").unlink()
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        stack.wait_for(lambda: responds(settings.edge_port))

        with httpx.Client(trust_env=False, timeout=60) as lead:
            answered = []
            for _ in range(50):
                answered.append(lead.get(click).status_code)
                time.sleep(0.1)
        assert set(answered) == {302}
        assert stack.process.poll() is None, stack.output()
        (disk_for_all / "ballast").unlink()
        stack.wait_for(lambda: responds(settings.port, "/readyz"))

        assert {name: row["pid"] for name, row in stack.ps().items()}.keys() == before.keys()
        assert json.loads((disk_for_all / "run" / "ps.json").read_text())


def test_a_log_turns_where_there_is_room_for_one_copy_less(small_disk: Path, monkeypatch: pytest.MonkeyPatch):
    """The oldest copy is removed to make space; if that is not enough, nothing is removed."""
    monkeypatch.setattr(logfile, "_MAX_BYTES", 500_000)
    folder = small_disk / "spool"
    log = logfile.LogFile(folder / "edge.log")
    for name in ("edge.log", "edge.log.1", "edge.log.2", "edge.log.3"):
        (folder / name).write_bytes(name.encode() * 70_000)
    log.rotate()

    assert {file.name: file.read_bytes()[:10] for file in folder.iterdir()} == {
        "edge.log": b"",
        "edge.log.1": b"edge.loged",
        "edge.log.2": b"edge.log.1",
        "edge.log.3": b"edge.log.2",
    }
    (folder / "edge.log.3").unlink()
    log.path.write_bytes(b"later" * 110_000)
    _fill(folder / "ballast")
    before = {file.name: file.stat().st_size for file in folder.iterdir()}
    log.rotate()
    assert {file.name: file.stat().st_size for file in folder.iterdir()} == before


def _fill(file: Path) -> None:
    """Fills every block."""
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(b"x" * 2**20)
    with file.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(b"x" * 2**12)


def _dropped(folder: Path) -> dict[str, float]:
    """The number of dropped events by reason."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    samples = (sample for family in registry.collect() for sample in family.samples)
    return {sample.labels["reason"]: sample.value for sample in samples if sample.name == "leadlight_edge_dropped_total"}


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def _with_spool(deps: Deps, here: Deps) -> Deps:
    return Deps(here.settings, deps.now, deps.store, deps.redis, deps.bus, deps.wake, here.keys)


def _opens(scene: Scene) -> int:
    return int(scene.deps.store.database.events.count_documents({"k": "open"}))


def _until_empty(drain: Drain, folder: Path) -> None:
    until = time.monotonic() + 60
    quiet = 0
    while quiet < 5:
        assert time.monotonic() < until, layout.files(folder)
        quiet = 0 if drain.step() else quiet + 1
        time.sleep(0.05)
