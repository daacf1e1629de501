"""Preferences of receivers of alerts, of a rep or of a workspace: checked before they are stored, and left as they are."""

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.domain.alerting.preferences import AlertPreferences
from tracker.domain.workspace.workspace import Workspace


def checked_preferences(value: AlertPreferences) -> AlertPreferences:
    """The validated preferences. Raises Invalid."""
    if not set(value.days) <= set(range(7)):
        raise Invalid("days", "must be days of the week")
    if not 0 <= value.start < value.end <= 24 * 60:
        raise Invalid("end", "must be after the begin")
    return value


def keep_all_hours(deps: Deps, workspace: str) -> Workspace:
    """An admin leaves alerts at all hours, and is not asked again."""
    return deps.store.workspaces.change(workspace, hours_decided=True)
