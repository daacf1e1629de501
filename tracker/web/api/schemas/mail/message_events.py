"""Schemas of what came back for a message, as another program reports it."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, When


class MessageEventIn(In):
    """What came back for a message."""

    kind: Literal["reply", "bounce", "delivered", "complaint"]
    id: Line | None = Field(
        None, description="Such as the Message-ID of the reply or bounce: the same one acts once, here and in mailboxes"
    )
    at: When | None = Field(None, description="Now by default")
    text: Annotated[str, Field(max_length=20_000)] | None = Field(None, description="Of a reply: what was written; quoted email is cut off")
    sender: Line | None = Field(None, description="Of a reply: the address that it came from; the lead's by default")
    reason: Annotated[str, Field(max_length=2_000)] | None = Field(None, description="Of a bounce: the words of the mail server")
    hard: bool | None = Field(None, description="Of a bounce: whether the address is wrong; null: as the codes and words of `reason` tell")
