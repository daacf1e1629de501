"""Event schemas of responses."""

from typing import Any, Literal

from pydantic import Field

from tracker.domain.activity.event import Event
from tracker.web.api.schemas.base import In, Moment, Out


class VerdictOut(Out):
    """The verdict on what caused an event."""

    label: str = Field(description="human proxy prefetch scanner self duplicate unsure unknown")
    confidence: float = Field(description="0 to 1")
    reasons: list[str] = Field(description="The names of all reasons that applied")
    rules_version: int = Field(description="Version of the rules that gave it; 0 where none did")


class EventOut(Out):
    """An event."""

    id: str
    kind: str = Field(description="sent open click view submit download unsubscribe reply bounce away call meeting chat note")
    at: Moment
    lead: str | None
    url: str | None
    title: str | None
    message: str | None
    share: str | None = Field(description="The stand-alone link of a click")
    visitor: str | None
    target: str | None
    fields: dict[str, str]
    form: str | None = Field(description="The sent form")
    form_kind: str | None = Field(description="inquiry newsletter sign_in search other off; null counts as an inquiry")
    text: str | None
    rep: str | None
    reader: str | None = Field(description="other: someone else with the lead's mail, which was forwarded; null: the lead")
    is_imported: bool = Field(description="Whether it came from another system with its date there: it counts for nothing")
    verdict: VerdictOut
    correction: str | None = Field(description="The cause as a rep set it: person machine me; it decides the verdict")


class CauseIn(In):
    """The cause of an event, as a rep knows it."""

    cause: Literal["person", "machine", "me"] | None = Field(description="person machine me; null takes the correction back")


def event_out(event: Event) -> EventOut:
    """The event as a response, without IP address and headers."""
    verdict = VerdictOut.model_construct(
        label=event.verdict.label.value,
        confidence=event.verdict.confidence,
        reasons=list(event.verdict.reasons),
        rules_version=event.rules_version,
    )
    names = ("id", "at", "lead", "url", "title", "message", "share", "visitor", "target", "form", "text", "rep", "reader", "correction")
    unchanged: dict[str, Any] = {name: getattr(event, name) for name in names}
    return EventOut.model_construct(
        **unchanged,
        kind=event.kind.value,
        form_kind=event.form_kind,
        is_imported=event.is_imported,
        fields=dict(event.fields),
        verdict=verdict,
    )
