"""A worker process: `python -m workers.main live` or `bulk`. It works on one queue and runs jobs in the process itself."""

import gc
import sys

from tracker.actions.ops.hosts import start_process
from tracker.base import log as logs
from tracker.base.errors import BadSetting
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.rq_worker import run_worker
from workers.jobs import install

QUEUES = ("live", "bulk")
_GC_AFTER = 50_000
"""Allocations between garbage collections: the values of a batch live until it ends and have no cycles, so that collecting finds nothing."""


def main(arguments: list[str]) -> int:
    """Works until stopped by a signal, also through outages of MongoDB and Redis. Returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        sys.stderr.write(f"usage: python -m workers.main {'|'.join(QUEUES)}\n")
        return 2
    try:
        settings = load()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_private_umask()
    logs.set_up(settings.log_level)
    gc.set_threshold(_GC_AFTER)
    deps = start_process(settings, arguments[0], retry_writes=False)
    install(deps)
    deps.wake.renew(arguments[0])
    run_worker(arguments[0], settings.redis_url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
