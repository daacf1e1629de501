"""Preferences of a receiver of alerts: in which hours alerts arrive, how often a digest, and how email is used."""

from enum import StrEnum

import msgspec


class DigestEvery(StrEnum):
    """How often a digest is sent. Values are stored and part of the API."""

    HOURLY = "hourly"
    """At the next full hour of the receiver's clock."""
    DAILY = "daily"
    """At the begin of the hours, or at 8:00."""


class EmailAlerts(StrEnum):
    """How email is used. Values are stored and part of the API."""

    AUTO = "auto"
    """As a digest while another channel for people is on, else at once."""
    NOW = "now"
    DIGEST = "digest"


class AlertPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a rep, or a workspace for its reps and its team, wants. A form is delivered at once, whatever they say."""

    days: tuple[int, ...] = ()
    """Days of the week on which alerts arrive, 0 is Monday; those of other times wait for the next begin. None: alerts arrive at all times."""
    start: int = 8 * 60
    """Minutes after midnight by the receiver's clock."""
    end: int = 19 * 60
    """Minutes after midnight, after `start`."""
    digest: DigestEvery = DigestEvery.HOURLY
    email: EmailAlerts = EmailAlerts.NOW

    def __str__(self) -> str:
        """For the audit log."""
        names = " ".join(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day] for day in sorted(self.days))
        hours = f"{names} {self.start // 60}:{self.start % 60:02d}-{self.end // 60}:{self.end % 60:02d}" if self.days else "all hours"
        return f"{hours}, {self.digest.value} digest, email {self.email.value}"


SHIPPED = AlertPreferences(days=(0, 1, 2, 3, 4), email=EmailAlerts.AUTO)
"""What a new workspace has: nothing between 19:00 and 8:00 and at weekends but forms; email is an hourly digest beside other channels."""
