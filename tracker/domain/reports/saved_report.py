"""The saved report: which figures a reader wants to see again, with a name."""

from datetime import datetime

import msgspec


class SavedReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report with its period, group and filters. A private one is its owner's; a shared one is for every rep, each with what they may see."""

    id: str
    workspace: str
    name: str
    report: str
    """The name of the report, such as `leads-added`."""
    period: str
    """A named period such as `last-month` (rules.reports.named_periods)."""
    group: str = ""
    """Empty: the report's usual one."""
    filters: dict[str, str] = {}
    """Keys by group; an empty key stands for no value."""
    rep: str | None = None
    """The owner; None: made by a program."""
    is_shared: bool = False
    created_at: datetime
    version: int = 0
