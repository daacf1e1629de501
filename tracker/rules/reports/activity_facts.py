"""Visits and messages as reports read them. Pure; made of stored ones by store.reports, kept of erased leads by `remains`."""

from datetime import UTC, date, datetime, timedelta

import msgspec

_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class VisitFact(msgspec.Struct, frozen=True, kw_only=True):
    """One visit that stands."""

    id: str
    at: datetime
    """When it began."""
    origin: str | None
    """Where it came from, as leads are told apart by their source: `Google Ads`, `linkedin.com`, `Website`."""
    landing: str | None
    """Its first page, without query and fragment."""
    is_named: bool = True
    """Whether its browser is bound to a lead by now."""


class MailFact(msgspec.Struct, frozen=True, kw_only=True):
    """One message that was sent to a lead, with what happened by now."""

    id: str
    sent_at: datetime
    rep: str | None = None
    campaign: str | None = None
    has_pixel: bool = False
    """Whether an open would be seen."""
    has_link: bool = False
    """Whether a click would be seen."""
    opened_at: datetime | None = None
    """By a person; a click is no open."""
    clicked_at: datetime | None = None
    visited_at: datetime | None = None
    replied_at: datetime | None = None
    any_opened_at: datetime | None = None
    """Also by a program, or unsure; the same of clicks."""
    any_clicked_at: datetime | None = None


def day_name(moment: datetime) -> str:
    """The UTC day of a visit without lead, which stands for a lead in the tables: `2026-11-30`."""
    return moment.astimezone(UTC).date().isoformat()


def is_day_name(lead: str) -> bool:
    """Whether this stands for a day and not for a lead, whose ids are hexadecimal digits only."""
    return "-" in lead


def day_span(name: str) -> tuple[datetime, datetime]:
    """When that day begins and ends."""
    first = date.fromisoformat(name)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


def never() -> datetime:
    """When a day that stands for a lead was created: no report counts it as a lead."""
    return _LATEST
