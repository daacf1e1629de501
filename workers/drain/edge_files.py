"""Keeps the files of the edge up to date from a thread: signing keys, withdrawn ids, changed destinations. Reading a million ids must not delay the drain."""

import logging
import threading
import time
from collections.abc import Sequence

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.links.destination_file import DestinationFile
from tracker.actions.ops.key_distribution import sync_keys
from tracker.actions.privacy.withdrawn_file import WithdrawnFile
from tracker.base.errors import BadSetting

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5
_KEYS_SECONDS = 2.0


def keep_edge_files(deps: Deps) -> threading.Thread:
    """Starts the thread, which ends with the process."""
    thread = threading.Thread(target=_keep, args=(files_of(deps), threading.Event()), name="edge-files", daemon=True)
    thread.start()
    return thread


def files_of(deps: Deps) -> tuple["KeyFile", WithdrawnFile, DestinationFile]:
    """The files in the order in which they are written. An edge refuses links of keys that it does not know; the others may take long."""
    return KeyFile(deps), WithdrawnFile(deps), DestinationFile(deps)


class KeyFile:
    """The signing keys, which an edge without a database gets from here."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._due = 0.0

    def refresh(self) -> None:
        """Brings the file up to date, every few seconds. Raises PyMongoError, BadSetting."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _KEYS_SECONDS
            sync_keys(self._deps)


def _keep(files: Sequence[KeyFile | WithdrawnFile | DestinationFile], never: threading.Event) -> None:
    failures: dict[str, str] = {}
    while True:
        for file in files:
            name = type(file).__name__
            try:
                file.refresh()
                failures.pop(name, None)
            except (PyMongoError, OSError, BadSetting) as error:
                reason = str(error) if isinstance(error, BadSetting) else type(error).__name__
                if failures.get(name) != reason:
                    failures[name] = reason
                    log.warning("file of the edge not written", extra={"file": name, "error": failures[name]})
        never.wait(_PAUSE_SECONDS)
