"""The envelope of a message: its further recipients, its reply address and its place in a conversation."""

import msgspec


class Mailbox(msgspec.Struct, frozen=True):
    """An address with a display name."""

    email: str
    name: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers of a message say beside sender and subject.

    One email to several recipients is several messages with the same `batch`, so that each lead has tokens of their own. All of them
    show the same recipients and carry the same Message-ID.
    """

    to: tuple[Mailbox, ...] = ()
    """The recipients shown in `To`; empty: the lead alone."""
    cc: tuple[Mailbox, ...] = ()
    copy_to: str | None = None
    """The address of an untracked copy to a person who is not a lead; empty: the message goes to the lead."""
    reply_to: str | None = None
    in_reply_to: str | None = None
    """A Message-ID with angle brackets, as all of these."""
    references: tuple[str, ...] = ()
    thread: str | None = None
    """The id of the first message of the conversation; empty for a first message."""
    batch: str | None = None
    """The id of the first message of one email to several recipients; empty for one recipient."""


ALONE = Envelope()
"""The envelope of a message to its lead alone."""
