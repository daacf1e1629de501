"""F10: no room left for the spool: leads are answered, drops are counted, the drain empties the spool, and it recovers by itself."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from tests.edge_process import EdgeProcess
from tests.ports import free_ports
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps, open_deps
from tracker.ingest import spool
from tracker.links import tokens, urls
from workers.drain import Drain

_BYTES = 3 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A DATA folder whose spool is a disk of its own, with room for a few hundred rows."""
    if os.getuid():
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "var" / "spool"
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", folder], check=True)
    try:
        yield tmp_path / "var"
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


def test_a_full_disk_costs_events_but_no_answers(small_disk: Path, deps: Deps, scene: Scene, tmp_path: Path):
    """Answered is answered; stored are exactly those that the edge did not count as dropped; then all goes on without a restart."""
    (tmp_path / "metrics").mkdir()
    edge = EdgeProcess(free_ports(8, low=18_800), small_disk, PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"))
    message = scene.message(scene.lead())
    pixel = urls.pixel_url(edge.url, tokens.mint_open(edge.keys, tokens.OpenClaims(scene.workspace.id, message.id)))
    ballast = small_disk / "spool" / "ballast"
    here = open_deps(edge.settings)

    def opened(times: int) -> None:
        for number in range(times):
            asked = urllib.request.Request(pixel, headers={"User-Agent": "Mozilla/5.0 Chrome/140.0", "Referer": "x" * 200 + str(number)})
            with urllib.request.urlopen(asked, timeout=10) as answer:
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


def _dropped(folder: Path) -> dict[str, float]:
    """What the edge counted as dropped, by reason."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    samples = (sample for family in registry.collect() for sample in family.samples)
    return {sample.labels["reason"]: sample.value for sample in samples if sample.name == "leadlight_edge_dropped_total"}


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def _with_spool(deps: Deps, here: Deps) -> Deps:
    return Deps(here.settings, deps.now, deps.store, deps.redis, deps.bus, deps.wake, here.keys)


def _opens(scene: Scene) -> int:
    return int(scene.deps.store.database.events.count_documents({"k": "open"}))


def _until_empty(drain: Drain, folder: Path) -> None:
    until = time.monotonic() + 15
    quiet = 0
    while quiet < 5:
        assert time.monotonic() < until, spool.files(folder)
        quiet = 0 if drain.step() else quiet + 1
        time.sleep(0.05)
