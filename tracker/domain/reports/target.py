"""The target of a team: what a figure should be at the end of the present month, quarter or year."""

from datetime import datetime

import msgspec


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a report should count for a team, or for the whole workspace, in each period of its kind."""

    id: str
    workspace: str
    report: str
    """The name of a report that counts something in a period, such as `won`."""
    measure: str
    """`count` or `amount`."""
    period: str
    """`month`, `quarter` or `year`: the present one."""
    value: int
    """In minor units of the workspace's currency for an amount."""
    team: str | None = None
    """The id of a team; None: the whole workspace."""
    created_at: datetime
    version: int = 0
