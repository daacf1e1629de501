"""The company that leads work for."""

from datetime import datetime

import msgspec

from tracker.domain.leads.stamp import Stamp


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company. Its name is unique in the workspace, compared without case."""

    id: str
    workspace: str
    name: str
    domain: str | None = None
    industry: str | None = None
    size: str | None = None
    location: str | None = None
    note: str | None = None
    """What colleagues should know of it; several lines."""
    created_at: datetime
    version: int = 0
    changed: dict[str, Stamp] = {}
    """Who changed each field last, by its name."""


class CompanyMember(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of a company need of one of its leads; `amount` in minor units of `currency`."""

    lead: str
    company: str
    owner: str | None = None
    stage: str = ""
    currency: str | None = None
    amount: int = 0
    last_seen_at: datetime | None = None
