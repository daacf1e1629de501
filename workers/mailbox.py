"""The process `mailbox`: `python -m workers.mailbox`. Looks at the mailboxes of reps for what comes back: at once where their servers tell of
new mail (IDLE), else every minute. Reads the inquiry mailboxes of workspaces every minute.

Any number may run: a mailbox is claimed for as long as it is looked at.
"""

import logging
import signal
import sys
import threading

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.inquiry_mail.look import look_at_due_inquiries
from tracker.actions.mail_inbound.look import claim_due, look_at
from tracker.actions.ops.hosts import start_process
from tracker.base.errors import BadSetting
from tracker.base.log import set_up
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load

log = logging.getLogger(__name__)

_LOOKS = 8
"""Mailboxes that are read together; most of the time is waiting for servers."""
_WATCHED = 120
"""Mailboxes whose sessions stay open; the others are looked at every minute."""
_IDLE_SECONDS = 2.0


class Watcher:
    """Looks at mailboxes in threads of their own, which end with the process."""

    def __init__(self, deps: Deps, stop: threading.Event) -> None:
        self._deps, self._stop = deps, stop
        self._looks, self._places = threading.Semaphore(_LOOKS), threading.Semaphore(_WATCHED)
        self._watched: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Looks at mailboxes that are due, until `stop` is set; makes those that are watched due then, for another process."""
        while not self._stop.is_set():
            self._looks.acquire()
            claimed = None
            try:
                claimed = claim_due(self._deps, self._deps.now())
            except (PyMongoError, OSError) as error:
                log.warning("mailboxes wait", extra={"error": type(error).__name__})
            if claimed is None:
                self._looks.release()
                self._stop.wait(_IDLE_SECONDS)
            else:
                threading.Thread(target=self._look, args=claimed, name=f"mailbox {claimed[1]}", daemon=True).start()
        self._hand_over()

    def _look(self, workspace: str, rep: str) -> None:
        """The place among the looks is free again as soon as the mailbox is only watched."""
        claimed = (workspace, rep)

        def stay() -> bool:
            if self._stop.is_set():
                return False
            with self._lock:
                if claimed in self._watched:
                    return True
                if not self._places.acquire(blocking=False):
                    return False
                self._watched.add(claimed)
            self._looks.release()
            return True

        try:
            look_at(self._deps, workspace, rep, stay)
        except (PyMongoError, OSError) as error:
            log.warning("mailboxes wait", extra={"error": type(error).__name__})
        except Exception:
            log.exception("a mailbox could not be looked at")
        with self._lock:
            was_watched = claimed in self._watched
            self._watched.discard(claimed)
        (self._places if was_watched else self._looks).release()

    def _hand_over(self) -> None:
        with self._lock:
            watched = set(self._watched)
        for workspace, rep in watched:
            try:
                self._deps.store.of(workspace).rep_mailboxes.request(rep, self._deps.now())
            except PyMongoError:
                return  # its lease ends soon


def read_inquiries(deps: Deps, stop: threading.Event) -> None:
    """Reads the inquiry mailboxes that are due, one after the other, until `stop` is set."""
    while not stop.is_set():
        is_busy = False
        try:
            is_busy = look_at_due_inquiries(deps, deps.now())
        except (PyMongoError, OSError) as error:
            log.warning("inquiry mailboxes wait", extra={"error": type(error).__name__})
        except Exception:
            log.exception("an inquiry mailbox could not be read")
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
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    deps = start_process(settings, "mailbox")
    threading.Thread(target=read_inquiries, args=(deps, stop), name="inquiry mailboxes", daemon=True).start()
    watcher = Watcher(deps, stop)
    log.info("ready")
    watcher.run()
    logging.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
