"""The rep: a person in one workspace, with a role."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.alerting.preferences import AlertPreferences
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.out_of_office import OutOfOffice
from tracker.domain.team.sender import SenderProfile


class Role(StrEnum):
    """What a rep may do: managers see their teams; admins also change settings, reps, sites, rules and keys."""

    ADMIN = "admin"
    MANAGER = "manager"
    REP = "rep"


class Rep(msgspec.Struct, frozen=True, kw_only=True):
    """A person in one workspace, who owns leads and receives their alerts. How they sign in is the person's (`domain.team.email_address`)."""

    id: str
    workspace: str
    person: str = ""
    """The person's id; empty before it is stored, then the rep's own id applies."""
    email: str
    pending_email: str | None = None
    """The address that replaces `email` after its confirmation link is opened."""
    name: str
    role: Role = Role.REP
    timezone: str = "UTC"
    former_timezone: str = ""
    """The one before; empty: it never changed."""
    timezone_changed_at: datetime | None = None
    daily_limit: int | None = None
    """Messages a day; empty: the workspace's limit."""
    sender: SenderProfile = SenderProfile()
    tracking: Tracking = Tracking.FULL
    """How much of this rep's messages is tracked where the message says nothing."""
    adds_leads: bool = False
    """Whether unknown recipients of mail from the rep's own email client become leads."""
    lead_columns: tuple[str, ...] = ()
    """The columns of the list of leads; empty: the usual ones."""
    shortcuts: bool = True
    """Whether single keys are commands in the console (WCAG 2.1.4)."""
    weekly_mail: bool = True
    """Whether the rep gets the weekly mail, where the workspace sends it."""
    alert_preferences: AlertPreferences | None = None
    """When and how alerts arrive; None: as the workspace says."""
    is_active: bool = True
    out_of_office: OutOfOffice | None = None
    """The last days that were named, also past ones."""
    created_at: datetime
    invited_at: datetime | None = None
    last_seen_at: datetime | None = None
    version: int = 0

    @property
    def person_id(self) -> str:
        """The person's id, or else the rep's own id."""
        return self.person or self.id

    @property
    def from_name(self) -> str:
        """The name in the From header."""
        return self.sender.name or self.name

    @property
    def from_address(self) -> str:
        """The address in the From header and the envelope."""
        return self.sender.address or self.email

    @property
    def is_unnamed(self) -> bool:
        """Whether this is the first admin without a name and address."""
        return self.email.endswith("@localhost")
