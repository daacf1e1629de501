"""The bytes of accepted mails, which any notifier on any host reads: in MongoDB. Those of former versions are in files of the host."""

import contextlib
import logging

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_relay import mail_files
from tracker.domain.mail.accepted_mail import AcceptedMail

log = logging.getLogger(__name__)

LOST = "its text was lost; please send it again"
"""What a sender is told where the bytes are gone."""


def keep(deps: Deps, mail: AcceptedMail, raw: bytes) -> None:
    """Keeps the bytes durably, before their row. Raises PyMongoError; what was kept by then is removed, at the latest a day later."""
    try:
        deps.store.mail_bytes.put(mail.workspace, mail.id, raw, mail.accepted_at)
    except PyMongoError:
        with contextlib.suppress(PyMongoError):
            deps.store.mail_bytes.remove(mail.workspace, mail.id)
        raise


def read(deps: Deps, workspace: str, mail: str) -> bytes | None:
    """The bytes; None if they are lost. Raises PyMongoError, OSError."""
    found = deps.store.mail_bytes.read(workspace, mail)
    if found is None:
        found = mail_files.read(deps.settings, mail)
    return found if found is not None else deps.store.mail_bytes.read(workspace, mail)  # a relay may have moved the file meanwhile


def remove(deps: Deps, workspace: str, mail: str) -> None:
    """Removes the bytes, if they are still there. Call it after the row is removed. Raises PyMongoError, OSError."""
    deps.store.mail_bytes.remove(workspace, mail)
    mail_files.remove(deps.settings, mail)


def move_files(deps: Deps) -> int:
    """Moves this host's files of former versions to MongoDB; returns how many. Can be interrupted and repeated, by several relays at once.

    Raises PyMongoError, OSError.
    """
    names = mail_files.names(deps.settings)
    mails = deps.store.accepted_mails.existing(names) if names else {}
    for mail, workspace in mails.items():
        raw = mail_files.read(deps.settings, mail)
        if raw is not None:
            deps.store.mail_bytes.put(workspace, mail, raw, deps.now())
            mail_files.remove(deps.settings, mail)
    if mails:
        log.info("files of accepted mails moved to MongoDB", extra={"count": len(mails)})
    return len(mails)
