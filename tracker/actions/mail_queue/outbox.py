"""Sending a message: at once, at a time, or cancelled. The message goes into the mail queue first, so that no failure loses it."""

import contextlib
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.mail.outgoing import message_id_of, outgoing_mail
from tracker.actions.mail.sending import check_copy, check_sending
from tracker.actions.mail_queue.delivery import deliver
from tracker.base.errors import Conflict, Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.mail.message import WAITING, Message, MessageState
from tracker.domain.team.rep import Rep
from tracker.mail.connections import Connections
from tracker.rules.mail.mail_queue import first_try
from tracker.store.mail.mail_queue import Mailbox

_UNSENT = (MessageState.DRAFT, MessageState.SCHEDULED, MessageState.QUEUED, MessageState.FAILED)
_FARTHEST = timedelta(days=366)


def send_message(
    deps: Deps, workspace: str, message: str, *, send_at: datetime | None = None, working_hours: bool | None = None
) -> Message:
    """Sends the message at `send_at`, or at once. With `working_hours` not outside them; by default true where `send_at` is given.

    The first try is made here unless the mailbox is sending another message: then the result is `sent`. After a temporary failure it
    is `queued`, and the notifier tries again. Raises Invalid (with the missing setting), Conflict, and DeliveryError where the mail
    server refused the message for good.
    """
    _check_time(deps, send_at)
    here = deps.store.of(workspace)
    found = here.messages.get(message)
    sender = _checked_sender(deps, found)
    outgoing_mail(deps, found, here.leads.addressee(found.lead), sender)  # what cannot be built is refused now, not by the queue
    queued = _queue(deps, found, sender, send_at, working_hours=working_hours)
    if queued.next_try_at and queued.next_try_at <= deps.now():
        _try_now(deps, queued)
    return here.messages.get(message)


def queue_message(deps: Deps, workspace: str, message: str) -> None:
    """Queues a draft for working hours, and leaves it to the notifier; any other message stays as it is. Raises Invalid, NotFound."""
    found = deps.store.of(workspace).messages.get(message)
    if found.state is MessageState.DRAFT:
        with contextlib.suppress(Conflict):
            _queue(deps, found, _checked_sender(deps, found), None, working_hours=True)
        deps.wake.notify()


def send_to_all(deps: Deps, workspace: str, message: str, *, send_at: datetime | None = None, working_hours: bool | None = None) -> Message:
    """Sends the message; the first one of a batch with all others that are not sent yet.

    The others are queued, and the notifier sends them. A failure of one recipient stops no other. Raises what `send_message` raises for
    this message.
    """
    _check_time(deps, send_at)
    others = [one for one in deps.store.of(workspace).messages.of_batch(message) if one.id != message and one.state in _UNSENT]
    for other in others:
        _queue_other(deps, other, send_at, working_hours=working_hours)
    try:
        return send_message(deps, workspace, message, send_at=send_at, working_hours=working_hours)
    finally:
        if others:
            deps.wake.notify()


def _queue_other(deps: Deps, other: Message, send_at: datetime | None, *, working_hours: bool | None) -> None:
    try:
        _queue(deps, other, _checked_sender(deps, other), send_at, working_hours=working_hours)
    except Invalid as error:
        values = {"error": str(error), "next_try_at": None}
        deps.store.of(other.workspace).messages.claim(other.id, from_states=_UNSENT, to=MessageState.FAILED, **values)
    except Conflict:
        return  # sent meanwhile


def _check_time(deps: Deps, send_at: datetime | None) -> None:
    now = deps.now()
    if send_at is not None and not now - timedelta(days=1) <= send_at <= now + _FARTHEST:
        raise Invalid("send_at", "must be within the next year")


def _checked_sender(deps: Deps, message: Message) -> Rep:
    """Raises Invalid, NotFound where the message cannot be sent."""
    here, known = deps.store.of(message.workspace), deps.store.workspaces.get(message.workspace)
    lead = here.leads.addressee(message.lead)
    rep = here.reps.find(message.rep) if message.rep else None
    _, sender = check_sending(deps.settings, known, lead, rep, is_relayed=bool(message.relayed))
    check_copy(deps, message)
    return sender


def _queue(deps: Deps, message: Message, sender: Rep, send_at: datetime | None, *, working_hours: bool | None) -> Message:
    """The queued message, with the Message-ID that it keeps. Raises Conflict."""
    known, now = deps.store.workspaces.get(message.workspace), deps.now()
    waits = working_hours if working_hours is not None else send_at is not None and send_at > now
    due = first_try(now, send_at, waits=waits, hours=known.working_hours, zone=zone_of(sender.timezone, known.timezone))
    queued = deps.store.of(message.workspace).messages.claim(
        message.id,
        from_states=_UNSENT,
        to=MessageState.SCHEDULED if due > now else MessageState.QUEUED,
        mailbox=message.mailbox if message.relayed else sender.from_address.lower(),
        message_id=message.message_id if message.relayed else message_id_of(message, sender.from_address),
        queued_at=now,
        send_at=send_at,
        waits=waits,
        wanted_at=due,
        next_try_at=due,
        tries=0,
        error=None,
        server_answer=None,
    )
    if queued is None:
        raise Conflict("this message was already sent, or is being sent")
    deps.store.mail_domains.want(message.domain, now)
    return queued


def cancel_for_all(deps: Deps, workspace: str, message: str) -> Message:
    """Cancels the message; the first one of a batch with all others that wait. Raises what `cancel_sending` raises for this message."""
    found = cancel_sending(deps, workspace, message)
    for other in deps.store.of(workspace).messages.of_batch(message):
        if other.state in WAITING:
            with contextlib.suppress(Conflict):  # it is being sent meanwhile
                cancel_sending(deps, workspace, other.id)
    return found


def cancel_sending(deps: Deps, workspace: str, message: str) -> Message:
    """Makes a waiting message a draft again. Raises Conflict if it is being sent, or was sent."""
    found = deps.store.of(workspace).messages.stop(message)
    if found is None:
        state = deps.store.of(workspace).messages.get(message).state
        raise Conflict("this message is being sent" if state is MessageState.SENDING else "this message does not wait to be sent")
    return found


def _try_now(deps: Deps, queued: Message) -> None:
    """Raises DeliveryError, Invalid if the message failed for good."""
    queue = deps.store.mail_queue
    is_busy = queue.is_busy(Mailbox(queued.workspace, queued.mailbox), deps.now())
    claimed = None if is_busy else queue.claim_one(queued.workspace, queued.id, deps.now())
    if claimed is None:
        deps.wake.notify()
        return
    with Connections() as connections:
        error = deliver(deps, claimed, connections)
    if error is not None and deps.store.of(queued.workspace).messages.get(queued.id).state is MessageState.FAILED:
        raise error
