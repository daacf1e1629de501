"""Reads what is new in inquiry mailboxes. Called by the mailbox process."""

import logging
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.inquiry_mail.mailbox import inquiry_token
from tracker.actions.inquiry_mail.take import take
from tracker.actions.mail_inbound.mailboxes import mailbox_resolver
from tracker.base.errors import DeliveryError
from tracker.base.time_zones import zone_of
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMailbox
from tracker.mail.inbound.imap import Imap, opened

log = logging.getLogger(__name__)

_EVERY = timedelta(minutes=1)
_AFTER_FAILURE = timedelta(minutes=10)
_BACK = timedelta(days=1)
"""A mailbox that is new is read back so far."""
_PROBE_SECONDS = 20.0
_MOST = 200
"""Emails of one look; the next one goes on."""


def look_at_due_inquiries(deps: Deps, now: datetime) -> bool:
    """Looks at one inquiry mailbox that is due; False: none is. Failures are stored with the mailbox."""
    workspace = deps.store.inquiry_mailbox_queue.claim(now)
    if workspace is None:
        return False
    here = deps.store.of(workspace).inquiry_mailboxes
    found = here.find(INQUIRY_MAILBOX)
    if found is None:
        return True
    try:
        _look(deps, found)
    except DeliveryError as error:
        here.looked(found, problem=str(error), next_at=deps.now() + (_AFTER_FAILURE if error.permanent else _EVERY * 2))
        log.warning("inquiry mailbox not read", extra={"workspace": workspace, "reason": str(error)})
    return True


def inquiry_problem(deps: Deps, mailbox: InquiryMailbox) -> str:
    """Why the inbox cannot be opened now; empty: it can."""
    try:
        with opened(mailbox, mailbox_resolver(deps), token=inquiry_token(deps, mailbox), seconds=_PROBE_SECONDS):
            return ""
    except DeliveryError as error:
        return str(error)


def _look(deps: Deps, mailbox: InquiryMailbox) -> None:
    here, now = deps.store.of(mailbox.workspace).inquiry_mailboxes, deps.now()
    with opened(mailbox, mailbox_resolver(deps), token=inquiry_token(deps, mailbox)) as session:
        folder = session.folder
        is_known = mailbox.validity == folder.validity and mailbox.validity > 0
        uids = session.after(mailbox.last_uid, _MOST) if is_known else session.since((now - _BACK).date(), _MOST)
        last = mailbox.last_uid if is_known else 0
        for uid in uids:
            if (limit := _full(deps, mailbox)) is not None:
                here.looked(mailbox, checked_at=now, problem=limit, next_at=now + _AFTER_FAILURE)
                return
            _take(deps, mailbox, session, uid)
            last = uid
            here.looked(mailbox, validity=folder.validity, last_uid=last)
    if not uids and not is_known:
        last = max(folder.next_uid - 1, 0)
    next_at = now if len(uids) == _MOST else now + _EVERY
    here.looked(mailbox, validity=folder.validity, last_uid=last, checked_at=now, problem="", next_at=next_at)


def _take(deps: Deps, mailbox: InquiryMailbox, session: Imap, uid: int) -> None:
    """One that cannot be acted on is left out, so that those behind it are read."""
    raw = session.mail(uid)
    try:
        if raw:
            take(deps, mailbox, raw)
    except PyMongoError:
        raise
    except Exception:
        log.exception("an inquiry mail could not be acted on", extra={"workspace": mailbox.workspace})


def _full(deps: Deps, mailbox: InquiryMailbox) -> str | None:
    """Why no more is read today: as many leads were made as a form may make a day; so a flood of spam makes no thousands."""
    workspace, now = deps.store.workspaces.get(mailbox.workspace), deps.now()
    start = now.astimezone(zone_of(workspace.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    most = workspace.policy.form_leads_a_day
    if deps.store.of(mailbox.workspace).inquiry_mails.made_since(start, most) < most:
        return None
    return f"The daily limit of new leads ({most}) is reached. The other email is read tomorrow."
