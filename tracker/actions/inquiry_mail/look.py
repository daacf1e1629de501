"""Reads what is new in inquiry mailboxes, and stays while their servers tell of new email (IDLE). Called by the mailbox process."""

import logging
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.inquiry_mail.mailbox import inquiry_token
from tracker.actions.inquiry_mail.take import take
from tracker.actions.mail_inbound.mailboxes import mailbox_resolver
from tracker.actions.mail_inbound.unread import UnreadMails
from tracker.actions.mail_inbound.watch import AFTER_END, AFTER_FAILURE, EVERY, PROBE_SECONDS, Stay, Watched, watch
from tracker.base.errors import DeliveryError
from tracker.base.time_zones import zone_of
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox
from tracker.mail.inbound.imap import Imap, opened

log = logging.getLogger(__name__)

_BACK = timedelta(days=1)
"""A mailbox that is new is read back so far."""
_MOST = 200
"""Emails of one look; the next one goes on."""
_SIGN_IN = ("host", "port", "security", "user", "password", "is_shared")


def look_at_due_inquiries(deps: Deps, now: datetime, stay: Stay = lambda: False) -> bool:
    """Looks at one inquiry mailbox that is due; False: none is. Failures are stored with the mailbox."""
    claimed = claim_due_inquiries(deps, now)
    if claimed is None:
        return False
    look_at_inquiries(deps, *claimed, stay)
    return True


def claim_due_inquiries(deps: Deps, now: datetime) -> tuple[str, str] | None:
    """Workspace and id of a mailbox that is due, which no other process looks at now."""
    workspace = deps.store.inquiry_mailbox_queue.claim(now)
    return (workspace, INQUIRY_MAILBOX) if workspace else None


def look_at_inquiries(deps: Deps, workspace: str, mailbox: str, stay: Stay = lambda: False) -> None:
    """Looks at a claimed mailbox, and waits for new email there while `stay` allows it. Failures are stored with the mailbox."""
    here = deps.store.of(workspace).inquiry_mailboxes
    found = here.find(mailbox)
    if found is None:
        return
    try:
        _look(deps, found, stay)
    except DeliveryError as error:
        current = here.find(mailbox)
        if current is not None and current.is_pushed:  # as of a rep's mailbox: only the next look shows whether it is a problem
            here.looked(found, is_pushed=False, next_at=deps.now() + AFTER_END)
            return
        here.looked(found, problem=str(error), is_pushed=False, next_at=deps.now() + (AFTER_FAILURE if error.permanent else EVERY * 2))
        log.warning("inquiry mailbox not read", extra={"workspace": workspace, "reason": str(error)})


def inquiry_problem(deps: Deps, mailbox: InquiryMailbox) -> str:
    """Why the inbox cannot be opened now; empty: it can."""
    try:
        with opened(mailbox, mailbox_resolver(deps), token=inquiry_token(deps, mailbox), seconds=PROBE_SECONDS):
            return ""
    except DeliveryError as error:
        return str(error)


def _look(deps: Deps, mailbox: InquiryMailbox, stay: Stay) -> None:
    here = deps.store.of(mailbox.workspace).inquiry_mailboxes
    with opened(mailbox, mailbox_resolver(deps), token=inquiry_token(deps, mailbox)) as session:
        how = Watched(
            find=lambda: here.find(mailbox.id),
            looked=here.looked,
            read_new=lambda current: _read_new(deps, current, session),
            is_same=lambda current, former: all(getattr(current, name) == getattr(former, name) for name in _SIGN_IN),
        )
        watch(deps, session, mailbox, how, stay)


def _read_new(deps: Deps, mailbox: InquiryMailbox, session: Imap) -> InquiryMailbox:
    """Reads what is new, and returns the mailbox as stored then: due at once where more waits."""
    here, now, folder = deps.store.of(mailbox.workspace).inquiry_mailboxes, deps.now(), session.folder
    is_known = mailbox.validity == folder.validity and mailbox.validity > 0
    uids = session.after(mailbox.last_uid, _MOST) if is_known else session.since((now - _BACK).date(), _MOST)
    last = mailbox.last_uid if is_known else 0
    unread = UnreadMails(mailbox.unread if is_known else (), now)
    values: dict[str, Any] = {"checked_at": now, "problem": "", "next_at": now if len(uids) == _MOST else now + EVERY}
    for uid in (*unread.due(), *uids):
        if (limit := _full(deps, mailbox)) is not None:
            values |= {"problem": limit, "next_at": now + AFTER_FAILURE}
            break
        _take(deps, mailbox, session, uid, unread)
        last = max(last, uid)
        here.looked(mailbox, validity=folder.validity, last_uid=last, unread=unread.stored)
    if not uids and not is_known:
        last = max(folder.next_uid - 1, 0)
    if last or not uids:
        values |= {"validity": folder.validity, "last_uid": last, "unread": unread.stored}
    here.looked(mailbox, **values)
    return msgspec.structs.replace(mailbox, **values)


def _take(deps: Deps, mailbox: InquiryMailbox, session: Imap, uid: int, unread: UnreadMails) -> None:
    """One that cannot be acted on is tried again later, and those behind it are read."""
    raw = session.mail(uid)
    try:
        if raw:
            take(deps, mailbox, raw)
    except PyMongoError:
        raise
    except Exception as error:
        log.exception("an inquiry mail could not be acted on", extra={"workspace": mailbox.workspace})
        unread.failed(uid, error)
    else:
        unread.done(uid)


def _full(deps: Deps, mailbox: InquiryMailbox) -> str | None:
    """Why no more is read today: as many leads were made as a form may make a day; so a flood of spam makes no thousands."""
    workspace, now = deps.store.workspaces.get(mailbox.workspace), deps.now()
    start = now.astimezone(zone_of(workspace.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    most = workspace.policy.form_leads_a_day
    if deps.store.of(mailbox.workspace).inquiry_mails.made_since(start, most) < most:
        return None
    return f"The daily limit of new leads ({most}) is reached. The other email is read tomorrow."
