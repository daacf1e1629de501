"""A warning that a figure of a report left its usual range, and the warnings of one week as some readers see them."""

from datetime import date, datetime

import msgspec


class FigureWarning(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a period that is out of range. Texts name stages and sources, never leads."""

    figure: str
    """What was measured: `conversion:A>B`, `leads-added:Google Ads`, `win-rate`, …; the same in every week."""
    title: str
    """`Qualified → Proposal 22 %, was 41 %`."""
    text: str
    """What was counted, and the usual range."""
    is_below: bool
    path: str
    """The page of the console with the records behind the figure."""


class WeekWarnings(msgspec.Struct, frozen=True, kw_only=True):
    """What was out of range in the week before a Monday, of all leads or of those of some owners."""

    id: str
    """`id_of(workspace, owners, monday)`."""
    workspace: str
    monday: date
    """By the clock of the workspace."""
    warnings: tuple[FigureWarning, ...] = ()
    at: datetime
