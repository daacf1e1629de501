"""/messages: messages to leads."""

from tracker.actions.mail import messages as actions
from tracker.actions.mail import outbox
from tracker.domain.mail.message import Message
from tracker.store.core.paging import Page
from tracker.web.api.access import check_may_act_as, visible_lead
from tracker.web.api.lists import visible_page
from tracker.web.api.operations import MAX_MESSAGE, Call, Operations
from tracker.web.api.schemas.base import List, in_utc
from tracker.web.api.schemas.mail.messages import MessageChange, MessageIn, MessageOut, MessagesQuery, SendIn, SentIn, message_out

operations = Operations()


@operations.add("GET", "/messages", query=MessagesQuery, response=List[MessageOut])
def list_messages(call: Call, query: MessagesQuery) -> List[MessageOut]:
    """Lists messages, newest first."""

    def fetch(cursor: str | None, size: int) -> Page[Message]:
        return call.store.messages.page(lead=query.lead, campaign=query.campaign, cursor=cursor, limit=size)

    page = visible_page(call, fetch, query)
    return List[MessageOut].model_construct(items=[message_out(message, call.workspace.policy) for message in page.items], next=page.next)


def _authorize_create(call: Call, body: MessageIn) -> None:
    visible_lead(call, body.lead)
    sender = actions.find_rep(call.deps, call.workspace.id, body.rep) if body.rep else None
    check_may_act_as(call, sender.id if sender else None)


@operations.add("POST", "/messages", body=MessageIn, response=MessageOut, status=201, max_body=MAX_MESSAGE, authorize=_authorize_create)
def create_message(call: Call, body: MessageIn) -> MessageOut:
    """Creates a message with tracked links, to be sent by `/send` or by another program."""
    given = body.given() | {"rep": body.rep or call.rep_id}
    return message_out(actions.create_message(call.deps, call.workspace.id, **given), call.workspace.policy)


@operations.add("GET", "/messages/{message}", response=MessageOut)
def get_message(call: Call, message: str) -> MessageOut:
    """Returns one message with its engagement."""
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    return message_out(found, call.workspace.policy)


@operations.add("PATCH", "/messages/{message}", body=MessageChange, response=MessageOut)
def change_message(call: Call, message: str, body: MessageChange) -> MessageOut:
    """Says whether a message is a proposal; alerts about it are decided again."""
    visible_lead(call, call.store.messages.get(message).lead)
    changed = actions.set_proposal(call.deps, call.workspace.id, message, proposal=body.proposal)
    return message_out(changed, call.workspace.policy)


def _authorize_send(call: Call, message: str, body: SentIn | SendIn | None = None) -> None:
    del body
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    check_may_act_as(call, found.rep)


@operations.add("POST", "/messages/{message}/send", body=SendIn, response=MessageOut, authorize=_authorize_send)
def send_message(call: Call, message: str, body: SendIn) -> MessageOut:
    """Sends the message through the workspace's mail server: at once, or at a time."""
    given = body.given()
    given["send_at"] = in_utc("send_at", body.send_at)
    return message_out(outbox.send_message(call.deps, call.workspace.id, message, **given), call.workspace.policy)


@operations.add("POST", "/messages/{message}/cancel", response=MessageOut, authorize=_authorize_send)
def cancel_message(call: Call, message: str) -> MessageOut:
    """Makes a message that waits to be sent a draft again."""
    return message_out(outbox.cancel_sending(call.deps, call.workspace.id, message), call.workspace.policy)


@operations.add("POST", "/messages/{message}/sent", body=SentIn, response=MessageOut, authorize=_authorize_send)
def mark_sent(call: Call, message: str, body: SentIn) -> MessageOut:
    """Records that another program sent the message at a given time."""
    return message_out(actions.mark_sent(call.deps, call.workspace.id, message, body.at), call.workspace.policy)
