"""Keeps the files of the edge up to date from a thread: withdrawn ids and changed destinations. Reading a million ids must not delay the drain."""

import logging
import threading

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.links.destination_file import DestinationFile
from tracker.actions.privacy.withdrawn_file import WithdrawnFile

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5


def keep_edge_files(deps: Deps) -> threading.Thread:
    """Starts the thread, which ends with the process."""
    thread = threading.Thread(
        target=_keep, args=((WithdrawnFile(deps), DestinationFile(deps)), threading.Event()), name="edge-files", daemon=True
    )
    thread.start()
    return thread


def _keep(files: tuple[WithdrawnFile, DestinationFile], never: threading.Event) -> None:
    failures: dict[str, str] = {}
    while True:
        for file in files:
            name = type(file).__name__
            try:
                file.refresh()
                failures.pop(name, None)
            except (PyMongoError, OSError) as error:
                if failures.get(name) != type(error).__name__:
                    failures[name] = type(error).__name__
                    log.warning("file of the edge not written", extra={"file": name, "error": failures[name]})
        never.wait(_PAUSE_SECONDS)
