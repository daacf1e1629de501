"""Reads what is new in a rep's mailbox, and stays while the server tells of new mail (IDLE). Called by the mailbox process.

Of a mail that is about none of our messages, only its header is read, and nothing of it is stored.
"""

import logging
from datetime import datetime, timedelta

import msgspec
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.mailbox_sign_ins import access_token
from tracker.actions.mail_inbound.mailboxes import mailbox_resolver
from tracker.actions.mail_inbound.receive import receive
from tracker.actions.mail_inbound.unread import UnreadMails
from tracker.actions.mail_inbound.watch import AFTER_END, AFTER_FAILURE, EVERY, PROBE_SECONDS, Stay, Watched, watch
from tracker.base.errors import DeliveryError
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound import notices
from tracker.mail.inbound.imap import Imap, opened
from tracker.mail.inbound.parts import address, ids, parse
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

_BACK = timedelta(days=7)
"""A mailbox that is new is read back so far."""
_MOST = 500
"""Mails of one look; the next one goes on."""
_BATCH = 50
"""Mails after which the progress is stored."""


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
            here.rep_mailboxes.looked(found, is_pushed=False, next_at=deps.now() + AFTER_END)
            return
        pause = AFTER_FAILURE if error.permanent else EVERY * 2
        here.rep_mailboxes.looked(found, problem=str(error), is_pushed=False, next_at=deps.now() + pause)
        log.warning("mailbox not read", extra={"rep": rep, "reason": str(error)})


def look(deps: Deps, mailbox: RepMailbox, stay: Stay = lambda: False) -> None:
    """Reads what is new, then waits for more while `stay` allows it and the server can tell. Raises DeliveryError, PyMongoError."""
    here = deps.store.of(mailbox.workspace).rep_mailboxes
    with opened(mailbox, mailbox_resolver(deps), token=access_token(deps, mailbox)) as session:
        how = Watched(
            find=lambda: here.find(mailbox.id),
            looked=here.looked,
            read_new=lambda current: _read_new(deps, current, session),
            is_same=lambda current, former: current.version == former.version and _is_active(deps, former),
        )
        watch(deps, session, mailbox, how, stay)


def open_problem(deps: Deps, mailbox: RepMailbox) -> str:
    """Why the inbox cannot be opened now; empty: it can."""
    try:
        with opened(mailbox, mailbox_resolver(deps), token=access_token(deps, mailbox), seconds=PROBE_SECONDS):
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
    unread = UnreadMails(mailbox.unread if is_known else (), now)
    for uid in unread.due():
        matched += _received(deps, mailbox, session, uid, unread)
    for start in range(0, len(uids), _BATCH):
        batch = uids[start : start + _BATCH]
        for uid, header in session.headers(batch):
            matched += _is_readable(here, mailbox, header) and _received(deps, mailbox, session, uid, unread)
        last = batch[-1]
        here.rep_mailboxes.looked(mailbox, validity=folder.validity, last_uid=last, matched=matched, unread=unread.stored)
    if not uids and not is_known:
        last = max(folder.next_uid - 1, 0)
    next_at = now if len(uids) == _MOST and is_known else now + EVERY
    values = {"validity": folder.validity, "last_uid": last, "matched": matched, "unread": unread.stored}
    values |= {"checked_at": now, "problem": "", "next_at": next_at}
    here.rep_mailboxes.looked(mailbox, **values)
    return msgspec.structs.replace(mailbox, **values)


def _received(deps: Deps, mailbox: RepMailbox, session: Imap, uid: int, unread: UnreadMails) -> bool:
    """Whether the mail is about one of our messages. One that cannot be acted on is tried again later, and those behind it are read."""
    raw = session.mail(uid)
    try:
        is_found = bool(raw) and receive(deps, mailbox.workspace, raw) is not None
    except PyMongoError:
        raise
    except Exception as error:
        log.exception("a mail could not be acted on", extra={"rep": mailbox.id})
        unread.failed(uid, error)
        return False
    unread.done(uid)
    return is_found


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
