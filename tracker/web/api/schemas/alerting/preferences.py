"""Schemas of when alerts arrive."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tracker.domain.alerting.preferences import AlertPreferences, DigestEvery, EmailAlerts
from tracker.web.api.schemas.base import In, Out
from tracker.web.api.schemas.workspace.workspace import DAYS, Clock, Day, minutes_of, shown_minutes

_DAYS = "On which alerts arrive between start and end; those of other times wait, but inquiries and reminders. Empty: at all hours"
_EMAIL = "auto: a digest while another channel for people is on, else at once"


class AlertPreferencesIn(In):
    """When alerts arrive."""

    days: Annotated[list[Day], Field(max_length=7, description=_DAYS)]
    start: Clock = Field("08:00", description="By the receiver's clock")
    end: Clock = Field("19:00", description="After `start`", examples=["19:00"])
    digest: Literal["hourly", "daily"] = Field("hourly", description="At the full hour, or once a day when the hours begin")
    email: Literal["auto", "now", "digest"] = Field("auto", description=_EMAIL)

    def value(self) -> AlertPreferences:
        """The preferences."""
        return AlertPreferences(
            days=tuple(sorted({DAYS.index(day) for day in self.days})),
            start=minutes_of(self.start),
            end=minutes_of(self.end),
            digest=DigestEvery(self.digest),
            email=EmailAlerts(self.email),
        )


class AlertPreferencesOut(Out):
    """When alerts arrive."""

    days: list[str] = Field(description=_DAYS)
    start: str
    end: str
    digest: str
    email: str = Field(description=_EMAIL)


class RepAlertPreferencesOut(AlertPreferencesOut):
    """When the alerts of a rep arrive."""

    own: bool = Field(description="Whether they are the rep's own; else they are the workspace's")


def preferences_out(found: AlertPreferences) -> AlertPreferencesOut:
    """The preferences as a response."""
    return AlertPreferencesOut.model_construct(**_values(found))


def rep_preferences_out(found: AlertPreferences, *, own: bool) -> RepAlertPreferencesOut:
    """The preferences of a rep as a response."""
    return RepAlertPreferencesOut.model_construct(**_values(found), own=own)


def _values(found: AlertPreferences) -> dict[str, Any]:
    days = [DAYS[day] for day in sorted(found.days)]
    return {
        "days": days,
        "start": shown_minutes(found.start),
        "end": shown_minutes(found.end),
        "digest": found.digest.value,
        "email": found.email.value,
    }
