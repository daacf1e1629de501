"""Backends: real MongoDB and Valkey servers, and single processes of the product on them."""

import contextlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.targets.process import ChildProcess, child_process
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import as_environment, load
from tracker.embedded.servers import servers

CACHE_GB = 1.0
"""MongoDB's cache in every case, so that results do not depend on the machine's memory."""


@dataclass(frozen=True, slots=True)
class Backends:
    """Running servers, a `Deps` for them, and the environment of other processes."""

    deps: Deps
    folder: Path
    environ: Mapping[str, str]

    @contextlib.contextmanager
    def process(self, name: str, *words: str) -> Iterator[ChildProcess]:
        """`python -m …` as in the Procfile, until the block ends."""
        with child_process(name, [sys.executable, "-m", *words], self.folder, self.environ) as process:
            yield process


@contextlib.contextmanager
def running_backends(folder: Path, port: int, **settings: str) -> Iterator[Backends]:
    """New servers with their data in `folder`, indexes created."""
    with servers(folder / "servers", cache_gb=CACHE_GB) as (mongo_url, redis_url):
        data = folder / "var"
        data.mkdir(parents=True, exist_ok=True)
        found = load(
            {"PORT": str(port), "DATA": str(data), "MONGO_URL": mongo_url, "REDIS_URL": redis_url, **settings}, file=data / "none.toml"
        )
        found.run_dir.mkdir(mode=0o700, exist_ok=True)
        deps = open_deps(found)
        deps.store.ensure_indexes()
        try:
            yield Backends(deps, folder, as_environment(found) | {"LEADLIGHT_CONFIG": "/dev/null", "PROMETHEUS_MULTIPROC_DIR": str(folder)})
        finally:
            deps.store.database.client.close()
            deps.redis.close()
            shutil.rmtree(found.run_dir, ignore_errors=True)
