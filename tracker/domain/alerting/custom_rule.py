"""The custom rule: when a workspace, or a rep for own leads, wants an alert; or another priority of a shipped rule."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class RuleTrigger(StrEnum):
    """What has to happen. Values are stored and part of the API."""

    PAGE = "page"
    """A page is viewed whose address fits `text`."""
    LINK = "link"
    """A link or button is clicked whose label contains `text`."""
    OPEN = "open"
    """An email is opened."""
    ACTIVITY = "activity"
    """Anything by the lead: an open, click, view, form, download or reply."""
    SCORE = "score"
    """The score reaches `number`."""
    FORM = "form"
    """A form is sent: the one whose id is `text`, or any."""
    INQUIRY = "inquiry"
    """A form is sent that is an inquiry."""
    REPLY = "reply"
    COMPANY = "company"
    """`number` people of the lead's company are on the site within 30 minutes."""
    INACTIVE = "inactive"
    """Nothing by the lead for `number` days."""


class RuleOccasion(StrEnum):
    """Which times count. Values are stored and part of the API."""

    EVERY = "every"
    """Once in each visit; inquiries, other forms and replies each time."""
    FIRST = "first"
    """The first time in a year."""
    AGAIN = "again"
    """In a later visit than the first, within a year."""
    AFTER_QUIET = "after_quiet"
    """In a visit before which there was nothing by the lead for `quiet_days`."""


class RulePriority(StrEnum):
    """How the alert arrives. Values are stored and part of the API."""

    LOUD = "loud"
    QUIET = "quiet"
    DIGEST = "digest"
    OFF = "off"
    """The rule makes no alert."""


class RuleContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says. Of a rule that changes a shipped one, only the priority counts."""

    priority: RulePriority
    trigger: RuleTrigger | None = None
    text: str = ""
    number: int = 0
    occasion: RuleOccasion = RuleOccasion.EVERY
    quiet_days: int = 0
    condition: dict[str, Any] = {}
    """As JSON has it (rules.conditions.condition); empty: every lead."""
    lead_list: str | None = None
    """The saved or built-in list that the lead has to be in."""


class RuleRevision(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule said from a moment on."""

    since: datetime
    content: RuleContent


class CustomRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. Its earlier revisions stay, so that alerts of then still follow from what is stored."""

    id: str
    workspace: str
    rep: str | None
    """For this rep's own leads; None: for all leads of the workspace."""
    name: str
    base: str = ""
    """The shipped rule whose priority it changes (a value of AlertRule); empty: a rule of its own."""
    revisions: tuple[RuleRevision, ...]
    """Oldest first; the last is the present one."""
    is_removed: bool = False
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def content(self) -> RuleContent:
        """What it says now."""
        return self.revisions[-1].content

    def at(self, moment: datetime) -> RuleContent | None:
        """What it said at that moment; None before it was made."""
        return next((one.content for one in reversed(self.revisions) if one.since <= moment), None)
