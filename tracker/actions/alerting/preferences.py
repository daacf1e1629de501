"""Preferences of receivers of alerts: checked before they are stored, of a rep or of a workspace."""

from tracker.base.errors import Invalid
from tracker.domain.alerting.preferences import AlertPreferences


def checked_preferences(value: AlertPreferences) -> AlertPreferences:
    """The validated preferences. Raises Invalid."""
    if not set(value.days) <= set(range(7)):
        raise Invalid("days", "must be days of the week")
    if not 0 <= value.start < value.end <= 24 * 60:
        raise Invalid("end", "must be after the begin")
    return value
