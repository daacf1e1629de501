"""Sending a message: at once, at a time, or cancelled. The message goes into the mail queue first, so that no failure loses it."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.mail.delivery import deliver
from tracker.actions.mail.sending import check_sending, mail_of, message_id_of
from tracker.base.errors import Conflict, Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.mail.message import WAITING, Message, MessageState
from tracker.mail.connections import Connections
from tracker.rules.mail_queue import first_try
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
    here, now = deps.store.of(workspace), deps.now()
    known, found = deps.store.workspaces.get(workspace), here.messages.get(message)
    lead = here.leads.get(found.lead)
    _, sender = check_sending(deps.settings, known, lead, here.reps.find(found.rep) if found.rep else None)
    mail_of(deps, known, found, lead, sender)  # what cannot be built is refused now, not by the queue
    if send_at is not None and not now - timedelta(days=1) <= send_at <= now + _FARTHEST:
        raise Invalid("send_at", "must be within the next year")
    waits = working_hours if working_hours is not None else send_at is not None and send_at > now
    zone = zone_of(sender.timezone, known.timezone)
    due = first_try(now, send_at, waits=waits, hours=known.working_hours, zone=zone)
    queued = here.messages.claim(
        message,
        from_states=_UNSENT,
        to=MessageState.SCHEDULED if due > now else MessageState.QUEUED,
        mailbox=sender.from_address.lower(),
        message_id=found.message_id or message_id_of(found, sender),
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
    deps.store.mail_domains.want(found.domain, now)
    if due <= now:
        _try_now(deps, queued)
    return here.messages.get(message)


def cancel_sending(deps: Deps, workspace: str, message: str) -> Message:
    """Makes a waiting message a draft again. Raises Conflict if it is being sent, or was sent."""
    values = {"next_try_at": None, "send_at": None, "queued_at": None, "wanted_at": None, "error": None}
    found = deps.store.of(workspace).messages.claim(message, from_states=WAITING, to=MessageState.DRAFT, **values)
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
