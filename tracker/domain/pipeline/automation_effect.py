"""What an automation does outside of Leadlight, or to a follow-up sequence: it waits until its cause is certain."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.pipeline.automation import AutomationDeed


class EffectState(StrEnum):
    """Values are stored and part of the API."""

    WAITING = "waiting"
    DONE = "done"
    """The message is in the mail queue, the event in the outbox of webhooks, or the lead in the sequence."""
    STOPPED = "stopped"
    """Not done, for `reason`."""


class AutomationEffect(msgspec.Struct, frozen=True, kw_only=True):
    """One effect. The id follows from entry and kind, and is that of the message or event, so that each cause acts at most once."""

    id: str
    workspace: str
    automation: str
    entry: str
    """Of the automation log."""
    lead: str
    kind: AutomationDeed
    target: str
    """The template, webhook or sequence."""
    cause: str
    started_at: datetime
    due_at: datetime
    state: EffectState = EffectState.WAITING
    reason: str = ""
    untold_since: datetime | None = None
    """When the email or event failed, until someone was told."""
    at: datetime
    version: int = 0
