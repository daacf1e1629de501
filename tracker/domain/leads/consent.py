"""Tracking consent: what a lead allows, and the proof of it. Different from the opt-out, which stops mail."""

from datetime import datetime
from enum import StrEnum

import msgspec

LEAD = "lead"
"""Who decided, where the lead did so in person."""
PROGRAM = "api"
"""Who recorded it, where a program with a key of the workspace did."""


class ConsentState(StrEnum):
    """What a lead said of tracking. Values are stored and part of the API."""

    UNKNOWN = "unknown"
    """Nothing yet: the policy of the lead's country decides."""
    GRANTED = "granted"
    REFUSED = "refused"
    EXEMPT = "exempt"
    """The company relies on an exemption of the law for this lead."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """The state, and its proof: when, how, with which wording, by whom."""

    state: ConsentState = ConsentState.UNKNOWN
    at: datetime | None = None
    """Empty while nothing was recorded."""
    how: str | None = None
    """`api`, `console`, `email link`, `form`, `banner`, `import`, or what a program said, such as `phone`."""
    wording: str | None = None
    """The text that the lead was shown or read out."""
    by: str | None = None
    """A rep's id, `lead` or `api`."""


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a lead's consent history. Only `void_since` changes."""

    id: str
    workspace: str
    lead: str
    consent: Consent
    recorded_at: datetime
    event: str | None = None
    """The submission of a form that it rests on."""
    void_since: datetime | None = None
    """Set while that submission does not count as the lead's: a program or another person sent the form."""
    version: int = 0
