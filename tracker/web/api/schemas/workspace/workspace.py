"""Schemas of the settings that concern the whole workspace."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.reports.weekly_mail import HOURS
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.schemas.base import In, Line, Out, Version

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", examples=["08:00"])]


class WorkingHoursIn(In):
    """The same span on each of the days, in the time zone of whom it applies to."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    start: Clock
    end: Clock = Field(description="After `start`; 24:00 is the end of the day", examples=["18:00"])


class WorkspaceChange(In):
    """Changes of the workspace."""

    name: Line | None = None
    timezone: Line | None = Field(None, examples=["Europe/Lisbon"])
    currency: Annotated[str, Field(min_length=3, max_length=3, description="Reports add up in it", examples=["EUR"])] | None = None
    working_hours: WorkingHoursIn | None = None
    rep_figures: bool | None = Field(None, description="Whether reports can be grouped by rep")
    weekly_mail_hour: int | None = Field(
        None, ge=HOURS[0], le=HOURS[-1], description="The hour of reps' local Mondays at which the weekly email is sent; null: never"
    )
    version: Version | None = None


class WorkingHoursOut(Out):
    """Working hours."""

    days: list[str]
    start: str
    end: str


class WorkspaceOut(Out):
    """The workspace of the caller."""

    id: str = Field(json_schema_extra={"pattern": "^[0-9a-f]{16}$"}, examples=["5e1f0a2b3c4d6e7f"])
    name: str
    timezone: str
    currency: str
    working_hours: WorkingHoursOut
    rep_figures: bool
    weekly_mail_hour: int | None
    version: int


def workspace_out(workspace: Workspace) -> WorkspaceOut:
    """The workspace as a response."""
    hours = workspace.working_hours
    return WorkspaceOut.model_construct(
        id=workspace.id,
        name=workspace.name,
        timezone=workspace.timezone,
        currency=workspace.currency,
        working_hours=WorkingHoursOut(
            days=[DAYS[day] for day in sorted(hours.days)], start=shown_minutes(hours.start), end=shown_minutes(hours.end)
        ),
        rep_figures=workspace.policy.rep_figures,
        weekly_mail_hour=workspace.policy.weekly_mail_hour,
        version=workspace.version,
    )


def working_hours_of(given: WorkingHoursIn) -> WorkingHours:
    """The value of a request."""
    return WorkingHours(
        days=tuple(sorted({DAYS.index(day) for day in given.days})), start=minutes_of(given.start), end=minutes_of(given.end)
    )


def minutes_of(text: str) -> int:
    """Minutes after midnight."""
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def shown_minutes(minutes: int) -> str:
    """The time of day, such as `08:00`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
