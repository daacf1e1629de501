"""/messages: messages to leads."""

from tracker.actions.mail import messages as actions
from tracker.actions.mail.new_message import new_message
from tracker.actions.mail_queue import outbox
from tracker.domain.mail.message import Message
from tracker.domain.mail.tracking import Tracking
from tracker.rules import visibility
from tracker.rules.message_engagement import figures_of
from tracker.store.core.paging import Page
from tracker.web.api.access import check_may_act_as, visible_lead
from tracker.web.api.lists import visible_page
from tracker.web.api.operations import MAX_MESSAGE, Call, Operations
from tracker.web.api.schemas.base import List, in_utc
from tracker.web.api.schemas.mail.engagement import EngagementOut, engagement_out
from tracker.web.api.schemas.mail.messages import MessageChange, MessageIn, MessageOut, MessagesQuery, SendIn, SentIn, message_out

operations = Operations()


@operations.add("GET", "/messages", query=MessagesQuery, response=List[MessageOut])
def list_messages(call: Call, query: MessagesQuery) -> List[MessageOut]:
    """Lists messages, newest first."""

    def fetch(cursor: str | None, size: int) -> Page[Message]:
        if query.batch is not None:
            found = call.store.messages.of_batch(query.batch)
            return Page(found, None, ("",) * len(found))
        return call.store.messages.page(lead=query.lead, campaign=query.campaign, cursor=cursor, limit=size)

    page = visible_page(call, fetch, query)
    return List[MessageOut].model_construct(items=[message_out(message, call.workspace.policy) for message in page.items], next=page.next)


def _authorize_create(call: Call, body: MessageIn) -> None:
    visible_lead(call, body.lead)
    sender = actions.find_rep(call.deps, call.workspace.id, body.rep) if body.rep else None
    check_may_act_as(call, sender.id if sender else None)
    if body.reply_to_message:
        answered = call.store.messages.find(body.reply_to_message)
        visible_lead(call, answered.lead if answered else "")


@operations.add("POST", "/messages", body=MessageIn, response=MessageOut, status=201, max_body=MAX_MESSAGE, authorize=_authorize_create)
def create_message(call: Call, body: MessageIn) -> MessageOut:
    """Creates a message with tracked links, to be sent by `/send` or by another program."""
    given = {name: value for name, value in body.given().items() if value is not None} | {"rep": body.rep or call.rep_id}
    given |= {"tracking": Tracking(body.tracking) if body.tracking else None}
    made = new_message(
        call.deps, call.workspace.id, may_see=lambda lead: visibility.may_see(call.viewer, lead), uploader=call.rep_id, **given
    )
    return message_out(made, call.workspace.policy)


@operations.add("GET", "/messages/{message}", response=MessageOut)
def get_message(call: Call, message: str) -> MessageOut:
    """Returns one message with its engagement."""
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    return message_out(found, call.workspace.policy)


@operations.add("GET", "/messages/{message}/engagement", response=EngagementOut)
def get_engagement(call: Call, message: str) -> EngagementOut:
    """Returns who opened the message and clicked its links, and when."""
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    return engagement_out(found, figures_of(call.store.events.of_messages([found.id])))


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
    """Sends the message through the workspace's mail server, at once or at a time; the first one of a batch with all others."""
    given = body.given()
    given["send_at"] = in_utc("send_at", body.send_at)
    return message_out(outbox.send_to_all(call.deps, call.workspace.id, message, **given), call.workspace.policy)


@operations.add("POST", "/messages/{message}/cancel", response=MessageOut, authorize=_authorize_send)
def cancel_message(call: Call, message: str) -> MessageOut:
    """Makes a message that waits to be sent a draft again; the first one of a batch with all others."""
    return message_out(outbox.cancel_for_all(call.deps, call.workspace.id, message), call.workspace.policy)


@operations.add("POST", "/messages/{message}/sent", body=SentIn, response=MessageOut, authorize=_authorize_send)
def mark_sent(call: Call, message: str, body: SentIn) -> MessageOut:
    """Records that another program sent the message at a given time."""
    return message_out(actions.mark_sent(call.deps, call.workspace.id, message, body.at), call.workspace.policy)
