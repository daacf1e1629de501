"""`python -m tracker.demo`: waits for a demo workspace, and while there is one keeps its site, its inbox and its walker going."""

import logging
import signal
import sys
import threading
from types import FrameType

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base import log as logs
from tracker.base.errors import BadSetting
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.demo.servers import House
from tracker.demo.walker import Walker
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.7
_COMPLAIN_EVERY = 60


class Caretaker:
    """Opens the house when a demo is made, closes it when the demo is removed. `look` is called again and again."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._house = House(deps.settings, deps.now)
        self._walker: Walker | None = None
        self._kept: Workspace | None = None
        self._complaints = 0

    def look(self) -> None:
        """Brings the house in line with what there is. MongoDB away: everything stays as it is."""
        try:
            found = self._deps.store.workspaces.demo()
        except PyMongoError as error:
            log.debug("no look at the store", extra={"error": type(error).__name__})
            return
        if self._kept and (found is None or found.created_at != self._kept.created_at):
            self.close(forget=True)
        if found and self._kept is None:
            self._open(found)

    def close(self, *, forget: bool = False) -> None:
        """Stops the walker, closes both ports; with `forget` the mails go too."""
        if self._walker:
            self._walker.stop()
        self._house.close(forget=forget)
        self._walker = self._kept = None

    def _open(self, demo: Workspace) -> None:
        try:
            self._house.open_for(demo)
        except (OSError, TimeoutError) as error:
            if self._complaints % _COMPLAIN_EVERY == 0:
                log.error("the demo cannot open its ports; set DEMO_PORT or DEMO_SMTP_PORT", extra={"error": str(error)})  # noqa: TRY400 - the reason is enough
            self._complaints += 1
            return
        self._complaints = 0
        self._kept = demo
        self._walker = Walker(self._deps, demo)
        self._walker.start()


def main() -> int:
    """Runs until told to stop; MongoDB and Redis may come and go."""
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
    caretaker = Caretaker(open_deps(settings))
    log.info("waiting for a demo")
    while not stop.is_set():
        caretaker.look()
        stop.wait(_LOOK_SECONDS)
    caretaker.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
