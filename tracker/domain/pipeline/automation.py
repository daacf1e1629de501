"""The automation: what Leadlight does by itself with a lead when something happened, or when nothing happened for some days."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

BY_RULES, OF_TEAM = "rules", "team:"
"""To whom an action assigns, other than to a rep: by the assignment rules; the members of the team whose id follows, in turn."""

AUTOMATION = "automation"
"""The actor of what automations do; a move by it starts no automation."""


class AutomationTrigger(StrEnum):
    """What starts it. Values are stored and part of the API."""

    CREATED = "created"
    """A lead was added, other than by an import."""
    STAGE = "stage"
    """A lead was moved to the stage `text`, or to any, other than by an automation."""
    OPEN = "open"
    CLICK = "click"
    VIEW = "view"
    FORM = "form"
    REPLY = "reply"
    MEETING = "meeting"
    """A meeting was logged."""
    SENT = "sent"
    """An email was sent, of the kind `text` or any: only the two stage rules (rules.stages), which workers decide."""
    SALE = "sale"
    NO_CONTACT = "no_contact"
    """No contact either way for `number` days."""
    QUIET = "quiet"
    """Neither contact nor activity of the lead for `number` days."""
    IN_STAGE = "in_stage"
    """In its stage, or in the stage `text`, for `number` days."""
    UNCONTACTED = "uncontacted"
    """New, in the first stage, and the company has not contacted the lead for `number` hours; not for imported leads."""
    UNANSWERED = "unanswered"
    """In the second stage, and the lead has not responded for `number` hours after the company's contact."""
    HALF_YEAR = "half_year"
    """The first morning of January and July: only the half-yearly review, about the whole workspace."""
    DATE = "date"
    """`number` days after the day in the custom field `text`; before it if negative."""


BY_DAYS = frozenset({AutomationTrigger.NO_CONTACT, AutomationTrigger.QUIET, AutomationTrigger.IN_STAGE, AutomationTrigger.DATE})
"""They start in the morning of a day, not at an event."""


BY_HOURS = frozenset({AutomationTrigger.UNCONTACTED, AutomationTrigger.UNANSWERED})
"""They start so many hours later, in working hours."""


class AutomationDeed(StrEnum):
    """One thing that it does. Values are stored and part of the API."""

    TASK = "task"
    """Adds the task `text`, due `number` days later, for `to`."""
    TAG = "tag"
    ARCHIVE = "archive"
    MOVE = "move"
    """Moves the lead forward to the stage `text`, never back, and never out of a won or lost stage."""
    ASSIGN = "assign"
    """Makes the owner of a lead without one: `to`, a rep's id; a member of a team in turn (`team:ID`); or as assignment rules say (`rules`)."""
    NOTIFY = "notify"
    """Alerts `to` with `text`."""
    FIELD = "field"
    """Sets the custom field `text` to `value`."""
    TEMPLATE = "template"
    """Sends the template `text`, an id, from the owner."""
    WEBHOOK = "webhook"
    """Tells the webhook `text`, an id."""
    SEQUENCE = "sequence"
    """Adds the lead to the sequence `text`, an id."""


OUTSIDE = (AutomationDeed.TEMPLATE, AutomationDeed.WEBHOOK, AutomationDeed.SEQUENCE)
"""What waits until its cause is certain."""


class AutomationAction(msgspec.Struct, frozen=True, kw_only=True):
    """One action with what it needs; the rest is empty."""

    kind: AutomationDeed
    text: str = ""
    value: str = ""
    to: str = ""
    """`owner` (the default), `admin` (the first one), or a rep's id; of `assign`, see there."""
    number: int = 0


class AutomationContent(msgspec.Struct, frozen=True, kw_only=True):
    """What an automation says."""

    trigger: AutomationTrigger
    number: int = 0
    text: str = ""
    repeats: bool = False
    """Whether it starts again every `number` days."""
    condition: dict[str, Any] = {}
    """As JSON has it (rules.conditions.condition); empty: every lead."""
    actions: tuple[AutomationAction, ...] = ()


class Automation(msgspec.Struct, frozen=True, kw_only=True):
    """One automation of a workspace. A shipped one is stored once it was changed; its id is its name in rules.automations.shipped."""

    id: str
    workspace: str
    name: str
    content: AutomationContent
    is_shipped: bool = False
    since: datetime | None = None
    """When it was switched on; what started it before is left alone. Empty: it is off."""
    checked_until: datetime | None = None
    """Everything until then was looked at."""
    failures: int = 0
    """Runs in a row that failed."""
    parked_at: datetime | None = None
    """When it was switched off because it failed too often."""
    parked_reason: str = ""
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def is_on(self) -> bool:
        """Whether it runs."""
        return self.since is not None and self.parked_at is None


class AutomationState(StrEnum):
    """How far an entry of the log is."""

    PLANNED = "planned"
    """Written before the lead is changed. One that stays so was interrupted; the next run completes it."""
    DONE = "done"
    UNCHANGED = "unchanged"
    """There was nothing to do, such as a task that is open already."""
    REFUSED = "refused"
    """Not done, for `reason`."""
    UNDONE = "undone"


class AutomationEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What an automation did with a lead for one cause. The id follows from all three, so that each cause acts at most once."""

    id: str
    workspace: str
    automation: str
    lead: str
    """Empty: it is about the whole workspace."""
    cause: str
    started_at: datetime
    """When the cause occurred: the morning of the day, or the time of the event."""
    at: datetime
    """When it was carried out."""
    state: AutomationState = AutomationState.PLANNED
    words: tuple[str, ...] = ()
    """What was done, such as `Added the tag nurture`."""
    reason: str = ""
    """Why it started, or why it was refused."""
    version: int = 0
