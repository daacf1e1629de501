"""Alert schemas of responses."""

from datetime import datetime

from pydantic import Field

from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.delivery import Delivery
from tracker.web.api.schemas.base import Moment, Out


class DeliveryOut(Out):
    """The delivery of an alert through one channel."""

    channel: str
    state: str = Field(description="due sending delivered failed cancelled")
    attempts: int
    at: Moment | None
    rep: str | None
    error: str | None


class TimesOut(Out):
    """The timestamps of an alert's steps."""

    event: Moment
    verdict: Moment | None
    decided: Moment | None
    first_try: Moment | None
    delivered: Moment | None


class AlertOut(Out):
    """An alert."""

    id: str
    lead: str | None
    rep: str | None
    rule: str
    at: Moment
    priority: str
    title: str
    text: str = Field(description="Full text, beginning with the title")
    state: str = Field(description="standing withdrawn late unsure; an unsure alert is sent nowhere until it is confirmed")
    withdrawn: str | None = Field(description="Why it is withdrawn: automatic own unconfirmed other_lead replaced")
    revision: int
    deliveries: list[DeliveryOut]
    times: TimesOut


def alert_out(alert: Alert, deliveries: list[Delivery], now: datetime) -> AlertOut:
    """The alert as a response: its title in the past tense once the visit is over."""
    title = alert.title_at(now)
    sent = [
        DeliveryOut.model_construct(channel=d.channel.value, state=d.state.value, attempts=d.attempts, at=d.at, rep=d.rep, error=d.error)
        for d in deliveries
    ]
    return AlertOut.model_construct(
        id=alert.id,
        lead=alert.lead or None,
        rep=alert.rep,
        rule=alert.rule.value,
        at=alert.at,
        priority=alert.priority.value,
        title=title,
        text=f"{title} {alert.text}".strip(),
        state=alert.state.value,
        withdrawn=alert.withdrawn.value if alert.withdrawn else None,
        revision=alert.revision,
        deliveries=sent,
        times=TimesOut.model_construct(**{name: getattr(alert.times, name) for name in TimesOut.model_fields}),
    )
