"""The process `mailbox`: `python -m workers.mailbox`. Looks at the mailboxes of reps every minute for what comes back.

Any number may run: a mailbox is claimed for as long as it is looked at.
"""

import logging
import signal
import sys
import threading

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps, start_deps
from tracker.actions.mail_inbound.mailboxes import look_at_due
from tracker.base.errors import BadSetting
from tracker.base.log import set_up
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load

log = logging.getLogger(__name__)

_THREADS = 4
"""Mailboxes that are looked at together; most of the time is waiting for servers."""
_IDLE_SECONDS = 2.0
_LAST_SECONDS = 5.0


def run(deps: Deps, stop: threading.Event) -> None:
    """Looks at mailboxes that are due, until `stop` is set."""
    while not stop.is_set():
        try:
            is_busy = look_at_due(deps, deps.now())
        except (PyMongoError, OSError) as error:
            log.warning("mailboxes wait", extra={"error": type(error).__name__})
            is_busy = False
        except Exception:
            log.exception("a mailbox could not be looked at")
            is_busy = False
        if not is_busy:
            stop.wait(_IDLE_SECONDS)


def main() -> int:
    """Runs until SIGTERM or SIGINT. MongoDB may be unavailable at the start or later."""
    try:
        settings = load()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_private_umask()
    set_up(settings.log_level)
    deps, stop = start_deps(settings), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    threads = [threading.Thread(target=run, args=(deps, stop), name=f"mailbox {n}", daemon=True) for n in range(_THREADS)]
    for thread in threads:
        thread.start()
    log.info("ready")
    while not stop.wait(1):
        pass
    for thread in threads:
        thread.join(_LAST_SECONDS / _THREADS)
    logging.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
