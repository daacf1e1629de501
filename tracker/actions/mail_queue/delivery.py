"""One try to send a claimed message, and its result: sent, due again later, or failed. Called by the notifier and by `outbox`.

The result is stored right after the server's answer. If the process dies between the end of the text and that write, the message is
sent again when its lease expires, and says so.
"""

import logging
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import msgspec

from tracker.actions.activity.event_log import changed, record
from tracker.actions.conversations.follow import follow_sent
from tracker.actions.deps import Deps
from tracker.actions.mail.automatic import AUTOMATION, INTERRUPTED, Pause, check_automatic, named
from tracker.actions.mail.outgoing import message_id_of, outgoing_mail, recipient_of
from tracker.actions.mail.recompose import as_allowed_now
from tracker.actions.mail.sending import check_copy, check_sending, record_failure, record_success
from tracker.actions.mail_relay.outgoing_copy import outgoing_copy, sender_of_relayed, tell_lead_mail_failed
from tracker.base.errors import DeliveryError, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.base.mail_addresses import wire_address
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.mail.connections import Connections
from tracker.mail.replies import SignInRefused, Unconfirmed, is_own_failure
from tracker.mail.routes import Route, SignInNeeded, mail_resolver
from tracker.mail.threads import told_id
from tracker.rules.mail.mail_queue import PAUSES, next_try
from tracker.rules.working_hours import next_day, next_open, start_of_day
from tracker.store.core.retries import RETRY_SECONDS, with_retries
from tracker.store.mail.mail_queue import MAIL_LEASE, Mailbox

log = logging.getLogger(__name__)

_ACCEPTED_FROM = (MessageState.SENDING, MessageState.QUEUED, MessageState.SCHEDULED, MessageState.FAILED)
"""The server's word counts, also where the lease was lost meanwhile."""


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed message with what its try needs."""

    message: Message
    workspace: Workspace
    route: Route
    sender: Rep
    address: str
    """The envelope sender."""
    recipient: str
    mail: EmailMessage | bytes
    pause: Pause | None
    """Given while its campaign is paused, for instance."""


def deliver(deps: Deps, claimed: Message, connections: Connections, *, patience: float = RETRY_SECONDS) -> DeliveryError | Invalid | None:
    """Tries the message once and stores the result, for `patience` seconds. Returns why it was not sent. Raises PyMongoError only."""
    try:
        case = _case(deps, claimed)
    except SignInNeeded as error:
        _wait(deps, claimed, str(error))
        return error
    except (Invalid, NotFound) as error:
        reason = error if isinstance(error, Invalid) else Invalid("lead", "The lead was deleted.")
        _end(deps, claimed, str(reason), is_wanted=reason.field == "automation")
        return reason
    if _must_wait(deps, case):
        return None
    try:
        answer = connections.send(
            mailbox_of(claimed),
            case.route,
            case.mail,
            sender=case.address,
            recipient=case.recipient,
            resolver=mail_resolver(deps.settings),
        )
    except DeliveryError as error:
        _failed(deps, case, error)
        return error
    at = deps.now()
    values = {"sent_at": at, "error": None, "server_answer": answer, "next_try_at": at + MAIL_LEASE}
    values["server_message_id"] = _told_id(case, answer)
    messages = deps.store.of(claimed.workspace).messages
    with_retries(lambda: messages.claim(claimed.id, from_states=_ACCEPTED_FROM, to=MessageState.SENT, **values), patience)
    log.info("message sent", extra={"mail": claimed.id, "tries": claimed.tries})
    complete(deps, claimed, at)
    with_retries(lambda: record_success(deps, claimed.workspace))
    return None


def _told_id(case: _Case, answer: str) -> str | None:
    addresses = (case.address, case.recipient)
    on_the_wire = map(wire_address, addresses)
    return told_id(answer, case.route.server.host, own=message_id_of(case.message, case.address), addresses=(*addresses, *on_the_wire))


def complete(deps: Deps, message: Message, at: datetime) -> None:
    """Records that a message was sent. Safe to repeat; repeated if the process dies before the end."""
    if not message.envelope.copy_to:  # a copy says nothing about the lead
        follow_sent(deps, message, at)
        event = id_of(message.workspace, message.id, "sent")
        record(deps, message.workspace, event, EventKind.SENT, lead=message.lead, at=at, message=message.id, rep=message.rep)
        changed(deps, message.workspace, message.lead, message.created_at)  # a scanner may have come before the mail server's answer
    deps.store.mail_queue.close(message)


def complete_interrupted(deps: Deps, now: datetime) -> int:
    """Completes messages whose process died after the server's answer was stored; returns how many."""
    found = deps.store.mail_queue.unfinished(now)
    for message in found:
        complete(deps, message, message.sent_at or now)
    return len(found)


def mailbox_of(message: Message) -> Mailbox:
    """The mailbox that sends the message."""
    return Mailbox(message.workspace, message.mailbox)


def _case(deps: Deps, message: Message) -> _Case:
    """Raises Invalid, NotFound where the message can no longer be sent."""
    if message.automatic and message.was_interrupted:  # before what may make it wait: the next claim no longer tells
        raise Invalid("message", INTERRUPTED)
    here, workspace = deps.store.of(message.workspace), deps.store.workspaces.get(message.workspace)
    lead = here.leads.addressee(message.lead)
    rep = here.reps.find(message.rep) if message.rep else None
    route, sender = check_sending(deps.settings, workspace, lead, rep, is_relayed=bool(message.relayed))
    check_copy(deps, message)
    pause = check_automatic(deps, workspace, message, lead, sender) if message.automatic else None
    message, mail, address = _composed(deps, workspace, message, lead, sender)
    recipient = recipient_of(message, lead)
    return _Case(
        message=message, workspace=workspace, route=route, sender=sender, address=address, recipient=recipient, mail=mail, pause=pause
    )


def _composed(deps: Deps, workspace: Workspace, message: Message, lead: Lead, sender: Rep) -> tuple[Message, EmailMessage | bytes, str]:
    """The message as consent allows it now, its mail, and the envelope sender."""
    if message.relayed:
        return *outgoing_copy(deps, workspace, message, lead), sender_of_relayed(deps, message)
    message = as_allowed_now(deps, workspace, message, lead, sender)
    return message, outgoing_mail(deps, message, lead, sender), sender.from_address


def _must_wait(deps: Deps, case: _Case) -> bool:
    """Whether the message waits for something else than the mail server; it then has its next due time."""
    message, now = case.message, deps.now()
    if case.pause:
        due = now + case.pause.time
        _again(deps, message, due, error=case.pause.reason, tries=message.tries - 1, wanted_at=due)
        return True
    if _is_over_limit(deps, case):
        return True
    if case.route.token_expires_at and case.route.token_expires_at <= now:
        _wait(deps, message, "The sign-in with the mail provider is being renewed.")
        return True
    return False


def _is_over_limit(deps: Deps, case: _Case) -> bool:
    """Whether the mailbox sent enough today; the message then waits for the next working day."""
    message, workspace = case.message, case.workspace
    limit = workspace.daily_limit if case.sender.daily_limit is None else case.sender.daily_limit
    now, zone = deps.now(), zone_of(case.sender.timezone, workspace.timezone)
    if workspace.is_demo or deps.store.mail_queue.sent_since(mailbox_of(message), start_of_day(now, zone), limit) < limit:
        return False
    due = next_day(now, workspace.working_hours, zone)
    text = f"The daily limit of {limit} emails is reached. It is sent on {due.astimezone(zone):%A at %H:%M}."
    _again(deps, message, due, error=text, tries=message.tries - 1, wanted_at=due)
    return True


def _failed(deps: Deps, case: _Case, error: DeliveryError) -> None:
    message, now = case.message, deps.now()
    log.warning("message not sent", extra={"mail": message.id, "permanent": error.permanent, "reason": str(error)})
    if error.permanent or message.tries > 1 or not is_own_failure(error):  # greylisting raises no alarm
        with_retries(lambda: record_failure(deps, message.workspace, error))
    values: dict[str, Any] = {
        "server_answer": error.answer or None,
        "may_be_duplicate": message.may_be_duplicate or isinstance(error, Unconfirmed),
    }
    is_final = error.permanent and not isinstance(error, SignInRefused)  # an admin can change the credentials
    if message.automatic and isinstance(error, Unconfirmed):
        _end(deps, message, INTERRUPTED, **values)
        return
    due = None if is_final else next_try(message.tries, message.wanted_at or now, now)
    if due is None:
        gave_up = "" if is_final else "Given up after three days: "
        _end(deps, message, f"{gave_up}{error}", **values)
        return
    if not is_own_failure(error) and not isinstance(error, Unconfirmed):
        with_retries(lambda: deps.store.mail_queue.hold(mailbox_of(message), now + PAUSES[0]))
    zone = zone_of(case.sender.timezone, case.workspace.timezone)
    due = next_open(due, case.workspace.working_hours, zone) if message.waits else due
    _again(deps, message, due, error=str(error), **values)


def _wait(deps: Deps, message: Message, text: str) -> None:
    """Tries again later, since an admin or a worker can remove the obstacle."""
    due = next_try(message.tries, message.wanted_at or deps.now(), deps.now())
    if due is None:
        _end(deps, message, f"Given up after three days: {text}")
    else:
        _again(deps, message, due, error=text)


def _again(deps: Deps, message: Message, due: datetime, **values: object) -> None:
    changes = {"state": MessageState.QUEUED, "next_try_at": due, **values}
    with_retries(lambda: deps.store.mail_queue.finish(message, **changes))


def _end(deps: Deps, message: Message, text: str, *, is_wanted: bool = False, **values: object) -> None:
    """Who is to be told comes first: if the process dies in between, the message is tried again. `is_wanted`: a person ended what sent it."""
    if message.relayed:
        lead = deps.store.of(message.workspace).leads.find_addressee(message.lead)
        tell_lead_mail_failed(deps, message, recipient_of(message, lead) if lead else "a deleted lead", text)
    if message.automatic.startswith(named(AUTOMATION, "")) and not is_wanted:
        deps.store.of(message.workspace).automation_effects.note_failure(message.id, deps.now())
    changes = {"state": MessageState.FAILED, "next_try_at": None, "error": text, **values}
    with_retries(lambda: deps.store.mail_queue.finish(message, **changes))
