"""Keeps the edge's list of withdrawn ids up to date from a thread: reading a million ids must not delay the drain."""

import logging
import threading

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.privacy.withdrawn_file import WithdrawnFile

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5


def keep_withdrawn_list(deps: Deps) -> threading.Thread:
    """Starts the thread, which ends with the process."""
    thread = threading.Thread(target=_keep, args=(WithdrawnFile(deps), threading.Event()), name="withdrawn-list", daemon=True)
    thread.start()
    return thread


def _keep(file: WithdrawnFile, never: threading.Event) -> None:
    failure = ""
    while True:
        try:
            file.refresh()
            failure = ""
        except (PyMongoError, OSError) as error:
            if failure != type(error).__name__:
                failure = type(error).__name__
                log.warning("list of withdrawn ids not written", extra={"error": failure})
        never.wait(_PAUSE_SECONDS)
