"""/messages and /links: make, send, note as sent."""

from tracker.actions.mail import messages as actions
from tracker.actions.mail import share_links
from tracker.domain.mail.message import Message
from tracker.store.core.paging import Page
from tracker.web.api.access import check_acts_as, lead_of, page_about
from tracker.web.api.operations import LARGE, Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.mail.messages import (
    MessageIn,
    MessageOut,
    MessagesQuery,
    SentIn,
    ShareIn,
    ShareOut,
    SharesQuery,
    message_out,
    share_out,
)

operations = Operations()


@operations.add("GET", "/messages", query=MessagesQuery, answer=List[MessageOut])
def list_messages(call: Call, query: MessagesQuery) -> List[MessageOut]:
    """Messages, newest first."""

    def fetch(cursor: str | None, size: int) -> Page[Message]:
        return call.here.messages.page(lead=query.lead, campaign=query.campaign, cursor=cursor, limit=size)

    page = page_about(call, fetch, query)
    return List[MessageOut].model_construct(items=[message_out(message) for message in page.items], next=page.next)


def _writes(call: Call, body: MessageIn) -> None:
    lead_of(call, body.lead)
    sender = actions.find_rep(call.deps, call.workspace.id, body.rep) if body.rep else None
    check_acts_as(call, sender.id if sender else None)


@operations.add("POST", "/messages", body=MessageIn, answer=MessageOut, status=201, largest=LARGE, guard=_writes)
def create_message(call: Call, body: MessageIn) -> MessageOut:
    """Makes a message, its links tracked, to be sent by `/send` or by another program."""
    given = body.given() | {"rep": body.rep or call.actor}
    return message_out(actions.create_message(call.deps, call.workspace.id, **given))


@operations.add("GET", "/messages/{message}", answer=MessageOut)
def get_message(call: Call, message: str) -> MessageOut:
    """One message, and what became of it."""
    found = call.here.messages.get(message)
    lead_of(call, found.lead)
    return message_out(found)


def _sends(call: Call, message: str, body: SentIn | None = None) -> None:
    del body
    found = call.here.messages.get(message)
    lead_of(call, found.lead)
    check_acts_as(call, found.rep)


@operations.add("POST", "/messages/{message}/send", answer=MessageOut, guard=_sends)
def send_message(call: Call, message: str) -> MessageOut:
    """Sends it through the workspace's mail server."""
    return message_out(actions.send_message(call.deps, call.workspace.id, message))


@operations.add("POST", "/messages/{message}/sent", body=SentIn, answer=MessageOut, guard=_sends)
def mark_sent(call: Call, message: str, body: SentIn) -> MessageOut:
    """Another program delivered it, at that moment."""
    return message_out(actions.mark_sent(call.deps, call.workspace.id, message, body.at))


@operations.add("GET", "/links", query=SharesQuery, answer=List[ShareOut])
def list_links(call: Call, query: SharesQuery) -> List[ShareOut]:
    """A lead's stand-alone tracked links, newest first."""
    lead_of(call, query.lead)
    page = call.here.shares.page(query.lead, cursor=query.cursor, limit=query.limit)
    return List[ShareOut].model_construct(items=[share_out(share) for share in page.items], next=page.next)


def _shares(call: Call, body: ShareIn) -> None:
    lead_of(call, body.lead)


@operations.add("POST", "/links", body=ShareIn, answer=ShareOut, status=201, guard=_shares)
def create_link(call: Call, body: ShareIn) -> ShareOut:
    """Makes a tracked link for LinkedIn, SMS or a PDF."""
    return share_out(share_links.create_share_link(call.deps, call.workspace.id, lead=body.lead, url=body.url, label=body.label))
