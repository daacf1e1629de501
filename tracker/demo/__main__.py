"""`python -m tracker.demo`: runs the demo's site, inbox and live visits while a demo workspace exists."""

import logging
import signal
import sys
import threading
from types import FrameType

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps, start_deps
from tracker.base import log as logs
from tracker.base.errors import BadSetting
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.demo.live_walk import LiveWalks
from tracker.demo.servers import DemoServers
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 0.7
_LOG_EVERY = 60


class DemoRunner:
    """Starts the demo's servers when a demo is created, and stops them when it is deleted. `update` is called periodically."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._servers = DemoServers(deps.settings, deps.now)
        self._walks: LiveWalks | None = None
        self._demo: Workspace | None = None
        self._failures = 0

    def update(self) -> None:
        """Starts or stops the servers. While MongoDB is unreachable, nothing changes."""
        try:
            found = self._deps.store.workspaces.demo()
        except PyMongoError as error:
            log.debug("demo workspace not checked", extra={"error": type(error).__name__})
            return
        if self._demo and (found is None or found.created_at != self._demo.created_at):
            self.close(forget=True)
        if found and self._demo is None:
            self._open(found)

    def close(self, *, forget: bool = False) -> None:
        """Stops live visits and servers. `forget` also deletes the received email."""
        if self._walks:
            self._walks.stop()
        self._servers.close(forget=forget)
        self._walks = self._demo = None

    def _open(self, demo: Workspace) -> None:
        try:
            self._servers.open_for(demo)
        except (OSError, TimeoutError) as error:
            if self._failures % _LOG_EVERY == 0:
                log.error("the demo cannot open its ports; set DEMO_PORT or DEMO_SMTP_PORT", extra={"error": str(error)})  # noqa: TRY400 - the message is sufficient
            self._failures += 1
            return
        self._failures = 0
        self._demo = demo
        self._walks = LiveWalks(self._deps, demo)
        self._walks.start()


def main() -> int:
    """Runs until SIGTERM or SIGINT. Tolerates outages of MongoDB and Redis."""
    try:
        settings = load()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_private_umask()
    logs.set_up(settings.log_level)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    runner = DemoRunner(start_deps(settings))
    log.info("waiting for a demo workspace")
    while not stop.is_set():
        runner.update()
        stop.wait(_INTERVAL_SECONDS)
    runner.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
