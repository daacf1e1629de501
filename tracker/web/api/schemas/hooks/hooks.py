"""Webhook schemas of requests and responses."""

from typing import Annotated, Any

from pydantic import Field

from tracker.domain.alerting.channel import masked
from tracker.domain.hooks.hook import Hook
from tracker.domain.hooks.hook_event import HookEvent
from tracker.rules.hooks.catalogue import HookEventType
from tracker.web.api.schemas.alerting.alerts import TryOut
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, RecordId, When

_Url = Annotated[str, Field(max_length=2048)]
_Events = Annotated[list[Line], Field(max_length=100, description="Types of events; see GET /hooks/events")]


class HookIn(In):
    """A new webhook: `target_url`, and `event` or `events`."""

    target_url: _Url
    event: Line | None = None
    events: _Events | None = None
    name: Annotated[str, Field(max_length=100)] | None = None
    secret: Line | None = Field(None, description="The key of signatures; one is made without")

    def types(self) -> list[str]:
        """The chosen types."""
        return [*([self.event] if self.event else []), *(self.events or [])]


class HookChange(In):
    """What changes of a webhook."""

    target_url: _Url | None = None
    events: _Events | None = None
    name: Annotated[str, Field(max_length=100)] | None = None
    secret: Line | None = None
    enabled: bool | None = None


class HookOut(Out):
    """A webhook. Its secret is shown once, when it is made or set."""

    id: RecordId
    name: str
    target_url: str
    events: list[str]
    secret: str = Field(description="Masked, except in the response to POST")
    enabled: bool
    made_by: str
    key: RecordId | None = Field(description="The API key with which it ends; null: it belongs to the workspace")
    created_at: Moment
    disabled_reason: str | None
    is_ended: bool = Field(description="true: it answered 410, and nothing more is kept for it")
    checked_at: Moment | None = Field(description="When a message was last taken")
    failing_since: Moment | None
    failing_reason: str | None


class HookEventTypeOut(Out):
    """A type of events."""

    name: str
    when: str
    fields: dict[str, str] = Field(description="What `data` holds")


class HookSampleOut(Out):
    """A message as webhooks get it."""

    type: str
    id: str
    timestamp: str
    workspace: str
    data: dict[str, Any]


class HookEventOut(Out):
    """A message for a webhook, with its tries."""

    id: RecordId = Field(description="`webhook-id`")
    type: str
    at: Moment
    created_at: Moment
    state: str = Field(description="due sending delivered failed cancelled")
    attempts: int
    next_try_at: Moment | None
    delivered_at: Moment | None
    error: str | None
    tries: list[TryOut]


class HookReplayIn(In):
    """From when on: `since`, or `after`, the id of a message."""

    since: When | None = None
    after: Id | None = None
    delivered: bool = Field(default=False, description="Also messages that the webhook took")


class HookReplayOut(Out):
    """What is sent again."""

    count: int


def hook_out(hook: Hook, *, shows_secret: bool = False) -> HookOut:
    """The webhook as a response."""
    return HookOut.model_construct(
        id=hook.id,
        name=hook.name,
        target_url=hook.url,
        events=list(hook.types),
        secret=hook.secret if shows_secret else masked(hook.secret),
        enabled=hook.disabled_reason is None,
        made_by=hook.made_by,
        key=hook.key or None,
        created_at=hook.created_at,
        disabled_reason=hook.disabled_reason,
        is_ended=hook.is_ended,
        checked_at=hook.checked_at,
        failing_since=hook.failing_since,
        failing_reason=hook.failing_reason,
    )


def type_out(found: HookEventType) -> HookEventTypeOut:
    """The type as a response."""
    return HookEventTypeOut(name=found.name, when=found.when, fields=found.fields)


def hook_event_out(row: HookEvent) -> HookEventOut:
    """The message as a response."""
    return HookEventOut.model_construct(
        id=row.event,
        type=row.type,
        at=row.at,
        created_at=row.created_at,
        state=row.state.value,
        attempts=row.attempts,
        next_try_at=row.due_at if row.state.value == "due" else None,
        delivered_at=row.delivered_at,
        error=row.error,
        tries=[TryOut.model_construct(at=one.at, result=one.result.value, reason=one.reason, next_at=one.next_at) for one in row.tries],
    )
