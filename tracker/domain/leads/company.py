"""The company that leads work for."""

from datetime import datetime

import msgspec


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company. Its name is unique in the workspace, compared without case."""

    id: str
    workspace: str
    name: str
    domain: str | None = None
    industry: str | None = None
    size: str | None = None
    location: str | None = None
    created_at: datetime
    version: int = 0
