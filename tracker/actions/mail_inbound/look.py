"""Reads what is new in a rep's mailbox, and stays while the server tells of new mail (IDLE). Called by the mailbox process.

Of a mail that is about none of our messages, only its header is read, and nothing of it is stored.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.mailbox_sign_ins import access_token
from tracker.actions.mail_inbound.mailboxes import mailbox_resolver
from tracker.actions.mail_inbound.receive import receive
from tracker.base.errors import DeliveryError
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound import notices
from tracker.mail.inbound.imap import SESSION_SECONDS, Imap, opened
from tracker.mail.inbound.parts import address, ids, parse
from tracker.store.store import WorkspaceStore
from tracker.store.team.rep_mailboxes import MAILBOX_LEASE

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
_AFTER_FAILURE = timedelta(minutes=10)
_AFTER_END = timedelta(seconds=5)
_BACK = timedelta(days=7)
"""A mailbox that is new is read back so far."""
_MOST = 500
"""Mails of one look; the next one goes on."""
_BATCH = 50
"""Mails after which the progress is stored."""
_WAIT_SECONDS = 60.0
"""After this IDLE is begun again and the settings are read: far below the 29 minutes of RFC 2177, since routers forget quiet connections."""
_WATCH_LEASE = timedelta(minutes=2)
"""A mailbox whose process died while it waited is due again after this."""
_PROBE_SECONDS = 20.0
_WATCH_SECONDS = 3600.0
"""Then the session ends, and another one begins with a token that is valid."""

Stay = Callable[[], bool]
"""Whether a session may go on waiting for new mail; asked again and again."""


def look_at_due(deps: Deps, now: datetime, stay: Stay = lambda: False) -> bool:
    """Looks at one mailbox that is due; False: none is. Failures are stored with the mailbox."""
    claimed = claim_due(deps, now)
    if claimed is None:
        return False
    look_at(deps, *claimed, stay)
    return True


def claim_due(deps: Deps, now: datetime) -> tuple[str, str] | None:
    """Workspace and rep of a mailbox that is due, which no other process looks at now."""
    return deps.store.mailbox_queue.claim(now)


def look_at(deps: Deps, workspace: str, rep: str, stay: Stay = lambda: False) -> None:
    """Looks at a claimed mailbox, and waits for new mail there while `stay` allows it. Failures are stored with the mailbox."""
    here = deps.store.of(workspace)
    found, owner = here.rep_mailboxes.find(rep), here.reps.find(rep)
    if found is None:
        return
    if owner is None or not owner.is_active:
        here.rep_mailboxes.remove(rep)  # a former rep's password is not kept
        return
    try:
        look(deps, found, stay)
    except DeliveryError as error:
        current = here.rep_mailboxes.find(rep)
        if current is not None and current.is_pushed:  # servers end quiet sessions: only the next look shows whether it is a problem
            here.rep_mailboxes.looked(found, is_pushed=False, next_at=deps.now() + _AFTER_END)
            return
        pause = _AFTER_FAILURE if error.permanent else EVERY * 2
        here.rep_mailboxes.looked(found, problem=str(error), is_pushed=False, next_at=deps.now() + pause)
        log.warning("mailbox not read", extra={"rep": rep, "reason": str(error)})


def look(deps: Deps, mailbox: RepMailbox, stay: Stay = lambda: False) -> None:
    """Reads what is new, then waits for more while `stay` allows it and the server can tell. Raises DeliveryError, PyMongoError."""
    here = deps.store.of(mailbox.workspace).rep_mailboxes
    token = access_token(deps, mailbox)
    with opened(mailbox, mailbox_resolver(deps), token=token) as session:
        mailbox = _read_new(deps, mailbox, session)
        ends = time.monotonic() + _WATCH_SECONDS
        while stay() and time.monotonic() < ends and mailbox.next_at and mailbox.next_at > deps.now():
            session.end_in(SESSION_SECONDS)
            here.looked(mailbox, is_pushed=True, next_at=deps.now() + _WATCH_LEASE)
            if session.wait(_WAIT_SECONDS) is None:
                break
            current = here.find(mailbox.id)
            if current is None or current.version != mailbox.version or not _is_active(deps, mailbox):
                return
            session.end_in(SESSION_SECONDS)
            here.looked(mailbox, next_at=deps.now() + MAILBOX_LEASE)
            session.reopen()
            mailbox = _read_new(deps, current, session)
        here.looked(mailbox, is_pushed=False, next_at=mailbox.next_at)


def open_problem(deps: Deps, mailbox: RepMailbox) -> str:
    """Why the inbox cannot be opened now; empty: it can."""
    try:
        with opened(mailbox, mailbox_resolver(deps), token=access_token(deps, mailbox), seconds=_PROBE_SECONDS):
            return ""
    except DeliveryError as error:
        return str(error)


def _is_active(deps: Deps, mailbox: RepMailbox) -> bool:
    rep = deps.store.of(mailbox.workspace).reps.find(mailbox.id)
    return rep is not None and rep.is_active


def _read_new(deps: Deps, mailbox: RepMailbox, session: Imap) -> RepMailbox:
    """Reads what is new, and returns the mailbox as stored then: due at once where more waits."""
    here, now, folder = deps.store.of(mailbox.workspace), deps.now(), session.folder
    is_known = mailbox.validity == folder.validity and mailbox.validity > 0
    uids = session.after(mailbox.last_uid, _MOST) if is_known else session.since((now - _BACK).date(), _MOST)
    last, matched = mailbox.last_uid if is_known else 0, mailbox.matched
    for start in range(0, len(uids), _BATCH):
        batch = uids[start : start + _BATCH]
        for uid, header in session.headers(batch):
            matched += _is_readable(here, mailbox, header) and _received(deps, mailbox, session, uid)
        last = batch[-1]
        here.rep_mailboxes.looked(mailbox, validity=folder.validity, last_uid=last, matched=matched)
    if not uids and not is_known:
        last = max(folder.next_uid - 1, 0)
    next_at = now if len(uids) == _MOST and is_known else now + EVERY
    values = {"validity": folder.validity, "last_uid": last, "matched": matched, "checked_at": now, "problem": "", "next_at": next_at}
    here.rep_mailboxes.looked(mailbox, **values)
    return msgspec.structs.replace(mailbox, **values)


def _received(deps: Deps, mailbox: RepMailbox, session: Imap, uid: int) -> bool:
    """Whether the mail is about one of our messages. One that cannot be acted on is left out, so that those behind it are read."""
    raw = session.mail(uid)
    try:
        return bool(raw) and receive(deps, mailbox.workspace, raw) is not None
    except PyMongoError:
        raise
    except Exception:
        log.exception("a mail could not be acted on", extra={"rep": mailbox.id})
        return False


def _is_readable(here: WorkspaceStore, mailbox: RepMailbox, header: bytes) -> bool:
    """Whether the body is read. A header that nothing can read is left out, so that the mails behind it are read."""
    try:
        return _is_wanted(here, header)
    except PyMongoError:
        raise
    except Exception:
        log.exception("a header could not be read", extra={"rep": mailbox.id})
        return False


def _is_wanted(here: WorkspaceStore, header: bytes) -> bool:
    """Whether the body is read: of notes by mail servers, answers to our Message-IDs, and mail from leads."""
    mail = parse(header)
    if mail.get_content_type() == "multipart/report" or notices.is_from_a_server(mail) or notices.has_bounce_subject(mail):
        return True
    if here.messages.with_message_ids(ids(mail, "in-reply-to", "references")):
        return True
    sender = address(mail, "from")[1]
    return bool(sender) and bool(here.leads.by_emails([sender]))
