"""The delivery status of a message, as lead and message pages show it. Pure."""

from dataclasses import dataclass

from tracker.domain.mail.message import Message, MessageState
from tracker.domain.mail.tracking import Tracking


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """`label` is the chip's text, `tone` its colour (quiet, good, warn, bad), `note` an explanation."""

    label: str
    tone: str
    note: str = ""


_BEFORE_SENT = {
    MessageState.DRAFT: MessageStatus("Draft", "quiet"),
    MessageState.SCHEDULED: MessageStatus("Scheduled", "quiet"),
    MessageState.QUEUED: MessageStatus("Waiting to be sent", "quiet"),
    MessageState.SENDING: MessageStatus("Sending", "quiet"),
}

_UNSEEN = {
    Tracking.OFF: MessageStatus("Sent", "quiet", "Sent without tracking."),
    Tracking.LINKS: MessageStatus("Sent", "quiet", "No click seen. Opens are not tracked."),
}
DEGREES = ((Tracking.FULL.value, "Opens and clicks"), (Tracking.LINKS.value, "Clicks only"), (Tracking.OFF.value, "No tracking"))
"""The choices of compose and profile."""


def status_of(message: Message) -> MessageStatus:  # noqa: PLR0911 - one line per status is the clearest table
    """The status, no stronger than the evidence. Automatic image loads prove no open."""
    if message.state in _BEFORE_SENT:
        return _BEFORE_SENT[message.state]
    if message.state is MessageState.FAILED:
        return MessageStatus("Not sent", "bad", message.error or "The mail server refused it.")
    if message.state is MessageState.BOUNCED:
        return MessageStatus("Bounced", "bad", message.error or "The lead's mail server returned it.")
    reaction = message.reaction
    if reaction.clicked_at:
        return MessageStatus("Clicked", "good")
    if reaction.opened_at:
        return MessageStatus("Opened", "good")
    if message.degree is not Tracking.FULL:
        return _UNSEEN[message.degree]
    if reaction.machine_at and reaction.machine_name:
        return MessageStatus(f"Unknown ({reaction.machine_name} loads images automatically)", "warn")
    if reaction.machine_at:
        return MessageStatus("Delivered", "quiet", "Scanned by a mail filter. No open seen.")
    if message.delivered_at:
        return MessageStatus("Delivered", "quiet", "No open seen.")
    return MessageStatus("Sent", "quiet", "No open seen.")
