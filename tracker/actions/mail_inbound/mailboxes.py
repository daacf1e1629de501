"""The mailboxes of reps: set and checked by the console, looked at by the mailbox process.

Of a mail that is about none of our messages, only its header is read, and nothing of it is stored.
"""

import logging
from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec
from pymongo.errors import PyMongoError

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail_inbound.receive import receive
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import DeliveryError, Forbidden, Invalid, NotFound
from tracker.base.network.host_names import ascii_host
from tracker.base.network.resolver import Resolver
from tracker.domain.team.rep import Rep
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound import notices
from tracker.mail.inbound.imap import IMAP_PORTS, Imap, opened
from tracker.mail.inbound.parts import address, ids, parse
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
_AFTER_FAILURE = timedelta(minutes=10)
_BACK = timedelta(days=7)
"""A mailbox that is new is read back so far."""
_MOST = 500
"""Mails of one look; the next one goes on."""
_MOST_CHECKS = 20
_LONGEST = 256
_PORTS = {"tls": 993, "starttls": 143}


def set_mailbox(deps: Deps, rep: Rep, *, host: str, port: str, security: str, user: str, password: str) -> RepMailbox:
    """Signs in, and then stores the mailbox, which is looked at next. An empty password keeps the one of the same server and user.

    Raises Forbidden for the demo, Invalid, DeliveryError where the server does not let us in, and TooManyTries; the former one stays then.
    """
    if deps.store.workspaces.get(rep.workspace).is_demo:
        raise Forbidden("The demo sends email to the demo inbox, so there is no mailbox to read.")
    kind = cast("Literal['tls', 'starttls']", checks.one_of("security", security, tuple(_PORTS)))
    here = deps.store.of(rep.workspace).rep_mailboxes
    former = here.find(rep.id)
    made = RepMailbox(
        id=rep.id,
        workspace=rep.workspace,
        host=_host(host),
        port=_port(port or str(_PORTS[kind])),
        security=kind,
        user=_word("user", user.strip()),
        password=_word("password", password) if password else "",
        next_at=deps.now(),
        version=former.version + 1 if former else 0,
    )
    if not made.password:
        same = former and all(getattr(former, name) == getattr(made, name) for name in ("host", "port", "security", "user"))
        made = _with_password(made, former.password if former and same else "")
    if deps.store.rate_limits.count(f"mailbox:{rep.id}", deps.now(), WINDOW) > _MOST_CHECKS:
        raise TooManyTries("The mailbox was checked too often. Wait 15 minutes.")
    with opened(made, _resolver(deps)):
        pass
    return here.put(made)


def remove_mailbox(deps: Deps, rep: Rep) -> bool:
    """Forgets the mailbox and its password; what was found stays. False if there was none."""
    return deps.store.of(rep.workspace).rep_mailboxes.remove(rep.id)


def look_at_due(deps: Deps, now: datetime) -> bool:
    """Looks at one mailbox that is due; False: none is. Failures are stored with the mailbox."""
    claimed = deps.store.mailbox_queue.claim(now)
    if claimed is None:
        return False
    workspace, rep = claimed
    here = deps.store.of(workspace)
    found, owner = here.rep_mailboxes.find(rep), here.reps.find(rep)
    if found is None:
        return True
    if owner is None or not owner.is_active:
        here.rep_mailboxes.remove(rep)  # a former rep's password is not kept
        return True
    try:
        look(deps, found)
    except DeliveryError as error:
        here.rep_mailboxes.looked(found, problem=str(error), next_at=deps.now() + (_AFTER_FAILURE if error.permanent else EVERY * 2))
        log.warning("mailbox not read", extra={"rep": rep, "reason": str(error)})
    return True


def look(deps: Deps, mailbox: RepMailbox) -> int:
    """Reads what is new; returns how many mails were about our messages. Raises DeliveryError, PyMongoError."""
    here, now, count = deps.store.of(mailbox.workspace), deps.now(), 0
    with opened(mailbox, _resolver(deps)) as session:
        is_known = mailbox.validity == session.folder.validity and mailbox.validity > 0
        uids = session.after(mailbox.last_uid, _MOST) if is_known else session.since((now - _BACK).date(), _MOST)
        for uid, header in session.headers(uids):
            if _is_wanted(here, header) and _received(deps, mailbox, session, uid):
                count += 1
        last = max(uids, default=mailbox.last_uid if is_known else max(session.folder.next_uid - 1, 0))
        next_at = now if len(uids) == _MOST and is_known else now + EVERY
        values = {"validity": session.folder.validity, "last_uid": last, "matched": mailbox.matched + count}
        here.rep_mailboxes.looked(mailbox, **values, checked_at=now, problem="", next_at=next_at)
    return count


def _received(deps: Deps, mailbox: RepMailbox, session: Imap, uid: int) -> bool:
    """Whether the mail is about one of our messages. One that cannot be acted on is left out, so that those behind it are read."""
    raw = session.mail(uid)
    try:
        return bool(raw) and receive(deps, mailbox.workspace, raw) is not None
    except PyMongoError:
        raise
    except (Invalid, NotFound, ValueError, KeyError):
        log.exception("a mail could not be acted on", extra={"rep": mailbox.id})
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


def _resolver(deps: Deps) -> Resolver:
    return Resolver(deps.settings.outbound_allow, IMAP_PORTS)


def _with_password(mailbox: RepMailbox, password: str) -> RepMailbox:
    if not password:
        raise Invalid("password", "must be entered, also again when server or user change")
    return msgspec.structs.replace(mailbox, password=password)


def _host(text: str) -> str:
    try:
        return ascii_host(text.strip())
    except ValueError:
        raise Invalid("host", "must be only the name of your mail server, such as imap.example.com") from None


def _port(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 5 and 1 <= int(plain) <= 65535):  # noqa: PLR2004 - ports
        raise Invalid("port", "must be a number; mail servers use 993 or 143")
    return int(plain)


def _word(field: str, text: str) -> str:
    if not text or len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        raise Invalid(field, f"must be ASCII letters, digits and signs, {_LONGEST} at most")
    return text
