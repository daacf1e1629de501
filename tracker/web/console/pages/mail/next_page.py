"""Where a rep goes on after sending an email: back to where it began. Used by compose."""

from flask import url_for

from tracker.domain.mail.conversation import conversation_id
from tracker.domain.mail.message import Message

_PLACES = {"live": "live.board", "alerts": "alerts.page"}


def page_after(message: Message, then: str, *, is_sent: bool) -> str:
    """The address of the next page; `then` says where the rep came from."""
    if not is_sent:
        return url_for("messages.page", message=message.id)
    if then == "today":
        return url_for("today_steps.form", lead=message.lead, step="next", after="email")
    if then == "inbox" and message.envelope.thread:
        conversation = conversation_id(message.workspace, message.lead, message.envelope.thread)
        return url_for("mail_thread.page", conversation=conversation)
    if place := _PLACES.get(then):
        return url_for(place)
    return url_for("lead.page", lead=message.lead, next="email")
