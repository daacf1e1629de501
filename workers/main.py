"""A worker process: `python -m workers.main live` or `bulk`. One queue each, jobs run in the process itself."""

import gc
import sys

from tracker.actions.deps import open_deps
from tracker.base import log as logs
from tracker.base.errors import BadSetting
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.rq_worker import run_worker
from workers.jobs import install

LANES = ("live", "bulk")
_GC_AFTER = 50_000
"""A batch of leads makes some ten thousand values that all live until it ends: looking for cycles among them finds none."""


def main(arguments: list[str]) -> int:
    """Works until told to stop; MongoDB and Redis may come and go."""
    if len(arguments) != 1 or arguments[0] not in LANES:
        sys.stderr.write(f"usage: python -m workers.main {'|'.join(LANES)}\n")
        return 2
    try:
        settings = load()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_private_umask()
    logs.set_up(settings.log_level)
    gc.set_threshold(_GC_AFTER)
    deps = open_deps(settings, retry_writes=False)
    install(deps)
    deps.wake.renew(arguments[0])
    run_worker(arguments[0], settings.redis_url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
