"""The share link: a tracked link outside any mail, for one lead."""

from datetime import datetime

import msgspec


class ShareLink(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked link outside mail: LinkedIn, SMS, PDF."""

    id: str
    workspace: str
    lead: str
    url: str
    """Where it leads now. The address itself names the first destination."""
    label: str
    tracked_url: str
    """The address itself where the lead may not be tracked."""
    reason: str | None = None
    """Why it is not tracked."""
    created_at: datetime
    changed_at: datetime | None = None
    """When its destination was last changed."""
    is_trial: bool = False
    """Whether set-up made it to be opened by the rep who tries it: then clicks of the rep's own browser count, too."""
