"""The demo inbox: recent email as files under DATA, deleted with the demo. Filled by demo.smtp_server."""

import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from tracker.base.clock import Clock, from_ms
from tracker.base.ids import new_id
from tracker.demo.received_mail import Mail, read_mail

MOST = 200
"""Stored emails; older ones are deleted."""

BIGGEST = 5 * 2**20
"""Maximum bytes of one email."""


class Inbox:
    """Emails in a folder, newest first. Thread-safe; the files survive a restart."""

    def __init__(self, folder: Path, now: Clock) -> None:
        self._folder = folder
        self._now = now
        self._lock = threading.Lock()
        self._mails: dict[str, Mail] = {}
        for path in sorted(folder.glob("*.eml"))[-MOST:]:
            self._mails[path.stem] = _read(path)

    def put(self, raw: bytes) -> str:
        """Stores an email and returns its id. Raises OSError."""
        key = new_id()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{key}.eml"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(raw)
        os.utime(fresh, (self._now().timestamp(),) * 2)
        fresh.replace(path)
        mail = _read(path)
        with self._lock:
            self._mails[key] = mail
            surplus = sorted(self._mails)[:-MOST]
            for old in surplus:
                del self._mails[old]
        for old in surplus:
            (self._folder / f"{old}.eml").unlink(missing_ok=True)
        return key

    def latest(self) -> Sequence[Mail]:
        """All stored emails, newest first."""
        with self._lock:
            return [self._mails[key] for key in sorted(self._mails, reverse=True)]

    def find(self, key: str) -> Mail | None:
        """The email, or None."""
        with self._lock:
            return self._mails.get(key)

    def clear(self) -> None:
        """Deletes all emails and their folder."""
        with self._lock:
            self._mails.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


def _read(path: Path) -> Mail:
    return read_mail(path.stem, from_ms(path.stat().st_mtime_ns // 1_000_000), path.read_bytes())
