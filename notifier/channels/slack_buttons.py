"""The buttons under an alert in Slack (Block Kit). tracker.actions.slack.buttons does what they say."""

from typing import Any
from urllib.parse import urlsplit

from notifier.notice import Notice
from tracker.domain.alerting.alert import AlertRule, AlertState

_NOT_FROM_EVENTS = frozenset(
    (
        *(AlertRule.TEST, AlertRule.ALARM, AlertRule.TASK, AlertRule.PARKED),
        *(AlertRule.NOT_ANSWERED, AlertRule.NOT_DELIVERED, AlertRule.COMPANY),
    )
)
"""Alerts without one event whose cause could be corrected."""


def buttons_of(notice: Notice) -> list[dict[str, Any]]:
    """None for a digest, a test, and what is withdrawn."""
    alert, lead = notice.alert, notice.lead
    if alert is None or alert.state is not AlertState.STANDING or alert.rule in (AlertRule.TEST, AlertRule.ALARM):
        return []
    found: list[dict[str, Any]] = []
    if lead is not None:
        base = urlsplit(notice.link)
        found.append(_button("Call", "call", alert.id) | {"url": f"{base.scheme}://{base.netloc}/today/{lead.id}/call"})
    if not notice.taken_by:
        found.append(_button("On it", "taken", alert.id) | {"style": "primary"})
    found += [_button("Snooze", "snooze", alert.id), _button("Not useful", "not_useful", alert.id)]
    if lead is not None and alert.rule not in _NOT_FROM_EVENTS:
        found += [_button("That was me", "me", alert.id), _button("Automatic", "automatic", alert.id)]
    return found


def _button(text: str, action: str, alert: str) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action, "value": alert}
