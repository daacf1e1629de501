"""The campaign: one template as a personal email to each lead of a list, over working hours."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from tracker.domain.mail.template import Template

OWNER = "owner"
"""The sender of a campaign that is sent by the owner of each lead."""


class CampaignState(StrEnum):
    """Values are stored and part of the API."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign. Its messages have its id as `campaign`."""

    id: str
    workspace: str
    name: str
    template: str
    content: Template | None = None
    """The template as it was when the campaign was started: all leads get the same."""
    condition: dict[str, Any] = {}
    """Which leads, as JSON has it (rules.conditions.condition)."""
    list_name: str = ""
    """The name of the list that the condition was taken from."""
    sender: str = OWNER
    """`owner`, or the id of the rep in whose name all are sent."""
    needs_consent: bool = False
    """Whether leads whose email may not be tracked are left out."""
    every_minutes: int = 2
    """The pause between two emails of one sender."""
    rep: str | None = None
    """Who made it; it reaches the leads that this rep may write to. None: a program."""
    state: CampaignState = CampaignState.DRAFT
    next_at: dict[str, datetime] = {}
    """By sender, when the next email may be sent."""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0


class RecipientState(StrEnum):
    """Values are stored and part of the API."""

    WAITING = "waiting"
    WRITTEN = "written"
    """Its message is in the mail queue, which says whether it was sent."""
    LEFT_OUT = "left_out"
    """For `reason`."""


class CampaignRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """One lead of a campaign. The id follows from both, and is also that of the message: no lead gets two."""

    id: str
    workspace: str
    campaign: str
    lead: str
    rep: str
    """In whose name it is sent."""
    position: int
    state: RecipientState = RecipientState.WAITING
    reason: str = ""
    at: datetime
    """When the state was reached."""
    version: int = 0


class CampaignFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages of a campaign. Automatic opens and clicks do not count."""

    waiting: int = 0
    """In the mail queue."""
    sent: int = 0
    failed: int = 0
    bounced: int = 0
    opened: int = 0
    clicked: int = 0
