"""The alarm that an automation was stopped. Called by `engine` and `settings`."""

from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.pipeline.automation import Automation


def alarm_of(automation: Automation, text: str = "") -> Alarm:
    """One for each automation, so that admins are told of each."""
    kind = AlarmKind.AUTOMATION
    return Alarm(kind=kind, workspace=automation.workspace, subject=automation.id, title="An automation was stopped", text=text)
