"""Schemas of what persons did with one message."""

from pydantic import Field

from tracker.domain.mail.message import Message
from tracker.rules.message_engagement import Engagement, MessageFigures
from tracker.web.api.schemas.base import Moment, Out

_SHOWN = 200


class EngagementItem(Out):
    """One open or click by a person."""

    at: Moment
    reader: str | None = Field(description="`other`: someone else with the lead's mail; null: the lead")


class LinkEngagement(Out):
    """The clicks on one link."""

    url: str
    label: str | None
    clicks: int
    latest: list[EngagementItem] = Field(description=f"Newest first, {_SHOWN} at most")


class EngagementOut(Out):
    """What persons did with a message; automatic requests do not count."""

    opens: int
    latest_opens: list[EngagementItem] = Field(description=f"Newest first, {_SHOWN} at most")
    links: list[LinkEngagement] = Field(description="In the order of the message")


def engagement_out(message: Message, figures: MessageFigures) -> EngagementOut:
    """The figures as a response."""
    links = []
    for link in message.links:
        found = figures.clicks.get(link.index, ())
        links.append(LinkEngagement.model_construct(url=link.url, label=link.label, clicks=len(found), latest=_items(found)))
    return EngagementOut.model_construct(opens=len(figures.opens), latest_opens=_items(figures.opens), links=links)


def _items(found: tuple[Engagement, ...]) -> list[EngagementItem]:
    return [EngagementItem.model_construct(at=one.at, reader=one.reader) for one in found[:_SHOWN]]
