"""The process `mailbox`: `python -m workers.mailbox`. Looks at the mailboxes of reps for what comes back, and at the inquiry mailboxes of
workspaces: at once where their servers tell of new mail (IDLE), else every minute.

Any number may run: a mailbox is claimed for as long as it is looked at.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.inquiry_mail.look import claim_due_inquiries, look_at_inquiries
from tracker.actions.mail_inbound.look import claim_due, look_at
from tracker.actions.mail_inbound.watch import Stay
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


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The mailboxes of one kind, each known by its workspace and its id there."""

    claim: Callable[[Deps, datetime], tuple[str, str] | None]
    look_at: Callable[[Deps, str, str, Stay], None]
    request: Callable[[Deps, str, str], None]
    """Makes one due."""


OF_REPS = Mailboxes(claim_due, look_at, lambda deps, workspace, rep: deps.store.of(workspace).rep_mailboxes.request(rep, deps.now()))
OF_INQUIRIES = Mailboxes(
    claim_due_inquiries,
    look_at_inquiries,
    lambda deps, workspace, _: deps.store.of(workspace).inquiry_mailboxes.request(deps.now()),
)


class Watcher:
    """Looks at mailboxes of one kind in threads of their own, which end with the process."""

    def __init__(self, deps: Deps, stop: threading.Event, kind: Mailboxes = OF_REPS) -> None:
        self._deps, self._stop, self._kind = deps, stop, kind
        self._looks, self._places = threading.Semaphore(_LOOKS), threading.Semaphore(_WATCHED)
        self._watched: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Looks at mailboxes that are due, until `stop` is set; makes those that are watched due then, for another process."""
        while not self._stop.is_set():
            self._looks.acquire()
            claimed = None
            try:
                claimed = self._kind.claim(self._deps, self._deps.now())
            except (PyMongoError, OSError) as error:
                log.warning("mailboxes wait", extra={"error": type(error).__name__})
            if claimed is None:
                self._looks.release()
                self._stop.wait(_IDLE_SECONDS)
            else:
                threading.Thread(target=self._look, args=claimed, name=f"mailbox {claimed[1]}", daemon=True).start()
        self._hand_over()

    def _look(self, workspace: str, mailbox: str) -> None:
        """The place among the looks is free again as soon as the mailbox is only watched. One that another thread watches is read once."""
        claimed, is_watching = (workspace, mailbox), False

        def stay() -> bool:
            nonlocal is_watching
            if self._stop.is_set():
                return False
            with self._lock:
                if is_watching or claimed in self._watched:
                    return is_watching
                if not self._places.acquire(blocking=False):
                    return False
                self._watched.add(claimed)
                is_watching = True
            self._looks.release()
            return True

        try:
            self._kind.look_at(self._deps, workspace, mailbox, stay)
        except (PyMongoError, OSError) as error:
            log.warning("mailboxes wait", extra={"error": type(error).__name__})
        except Exception:
            log.exception("a mailbox could not be looked at")
        if is_watching:
            with self._lock:
                self._watched.discard(claimed)
        (self._places if is_watching else self._looks).release()

    def _hand_over(self) -> None:
        with self._lock:
            watched = set(self._watched)
        for workspace, mailbox in watched:
            try:
                self._kind.request(self._deps, workspace, mailbox)
            except PyMongoError:
                return  # its lease ends soon


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
    inquiries = threading.Thread(target=Watcher(deps, stop, OF_INQUIRIES).run, name="inquiry mailboxes", daemon=True)
    inquiries.start()
    watcher = Watcher(deps, stop)
    log.info("ready")
    watcher.run()
    inquiries.join(_IDLE_SECONDS * 2)
    logging.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
