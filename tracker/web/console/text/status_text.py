"""The one word that says how far a message got, as lead page and compose show it."""

from dataclasses import dataclass

from tracker.domain.mail.message import Message, MessageState


@dataclass(frozen=True, slots=True)
class Status:
    """`word` is what stands in the chip, `tone` its colour (quiet, good, warn, bad), `note` what else is worth saying."""

    word: str
    tone: str
    note: str = ""


_BEFORE_SENT = {
    MessageState.DRAFT: Status("Draft", "quiet"),
    MessageState.QUEUED: Status("Waiting to be sent", "quiet"),
    MessageState.SENDING: Status("Being sent", "quiet"),
}


def status_of(message: Message) -> Status:  # noqa: PLR0911 - one line per word is the clearest table
    """Never more than is known: pictures that a mail program loads by itself tell nothing, silence is `No open seen`."""
    if message.state in _BEFORE_SENT:
        return _BEFORE_SENT[message.state]
    if message.state is MessageState.FAILED:
        return Status("Not sent", "bad", message.error or "The mail server did not take it.")
    if message.state is MessageState.BOUNCED:
        return Status("Came back", "bad", message.error or "The lead's mail server returned it.")
    reaction = message.reaction
    if reaction.clicked_at:
        return Status("Clicked", "good")
    if reaction.opened_at:
        return Status("Opened", "good")
    if not message.track:
        return Status("Sent", "quiet", "Sent without tracking.")
    if reaction.machine_at and reaction.machine_name:
        return Status(f"Can't tell ({reaction.machine_name} loads pictures by itself)", "warn")
    if reaction.machine_at:
        return Status("Delivered", "quiet", "A mail filter looked at it. No open seen.")
    return Status("Sent", "quiet", "No open seen.")
