"""The inquiry: a lead asked to be contacted. Its clock runs until the company's first contact."""

from datetime import datetime

import msgspec


class MadeByInquiry(msgspec.Struct, frozen=True):
    """The inquiry that made a lead, as long as no person or program changed the lead."""

    inquiry: str
    version: int = 0
    """The lead's version; with any other, it was changed since, and stays as it is."""
    is_withdrawn: bool = False
    """Whether the lead is archived because the inquiry turned out to be no person's."""


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry of a lead. Its id is that of its event."""

    id: str
    workspace: str
    lead: str
    at: datetime
    message: str = ""
    source: str | None = None
    """The lead's source at that time."""
    source_detail: str | None = None
    form: str = ""
    """The form as people read it; empty where a program sent no name."""
    page: str = ""
    """The address of the page, without query."""
    owner: str | None = None
    """The rep who owned the lead then; None: no one."""
    due_at: datetime
    """When the first contact is due."""
    answered_at: datetime | None = None
    """The first contact by the company at or after `at` (rules.pipeline.contacts); None: none yet."""
    answered_by: str | None = None
    """The rep who made it, if known."""
    answered_how: str | None = None
    """call, meeting, chat, touch or email."""
    elapsed_ms: int | None = None
    """From the inquiry to the first contact, in milliseconds."""
    working_ms: int | None = None
    """The same within working hours, in the owner's zone, else the workspace's."""
    escalated_at: datetime | None = None
    """When others were told that no one had answered in time."""
    is_silent: bool = False
    """Whether it was imported, or became known too late for an alert: no clock runs and no one is told."""
    is_imported: bool = False
    """Whether it came from another system; it is silent, too."""
    withdrawn_at: datetime | None = None
    """When its event turned out to be no person's inquiry; None: it stands."""
    created_at: datetime
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether its clock runs."""
        return self.answered_at is None and self.withdrawn_at is None and not self.is_silent
