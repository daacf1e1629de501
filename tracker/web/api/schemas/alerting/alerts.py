"""Alert schemas of responses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.delivery import Delivery
from tracker.web.api.schemas.base import In, LeadRecordsQuery, Moment, Out, When


class DeliveryOut(Out):
    """The delivery of an alert through one channel."""

    channel: str
    state: str = Field(description="due sending delivered failed cancelled")
    attempts: int
    at: Moment | None
    rep: str | None
    error: str | None
    timing: str = Field(description="now; digest: with others of an hour or a day; hold: when the hours of the receiver begin")


class TryOut(Out):
    """One try of a delivery."""

    at: Moment = Field(examples=["2026-03-02T14:02:11.000Z"])
    result: str = Field(description="delivered edited failed given_up sent_again", examples=["failed"])
    reason: str | None = Field(description="Why it failed", examples=["the server answered 503"])
    next_at: Moment | None = Field(description="When the next try was planned then", examples=["2026-03-02T14:02:41.000Z"])


class DeliveryLogOut(DeliveryOut):
    """A delivery with its tries."""

    id: str
    next_try: Moment | None = Field(description="When it is tried next; null if it is not")
    tries: list[TryOut] = Field(description="The last 20, oldest first")


class AlertsQuery(LeadRecordsQuery):
    """A page of alerts."""

    view: Literal["mine", "unread", "done", "all"] | None = Field(
        None,
        description="`mine`: the open ones of the caller and of the team, without snoozed and withdrawn ones; `unread` of these, without "
        "unsure ones; `done`; `all`: everything that the caller may see, as without `view`",
    )


class AlertChange(In):
    """What a rep or a program does with an alert."""

    state: Annotated[str, Field(pattern="^(taken|done|read|unread)$", examples=["taken"])] | None = None
    snooze_until: When | None = Field(None, description="Hidden until then, at most a year; then unread again. null ends a snooze")
    useful: bool | None = Field(None, description="false: *Not useful*; null takes it back", examples=[False])


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
    custom: str | None = Field(description="The id of the custom rule that made it")
    at: Moment
    priority: str
    title: str
    text: str = Field(description="Full text, beginning with the title")
    state: str = Field(description="standing withdrawn late unsure; an unsure alert is sent nowhere until it is confirmed")
    withdrawn: str | None = Field(description="Why it is withdrawn: automatic own unconfirmed other_lead replaced")
    revision: int
    deliveries: list[DeliveryOut]
    times: TimesOut
    seen_at: Moment | None = Field(description="When its recipient, or a rep of the team, saw it; null: unread")
    done_at: Moment | None
    done_by: str | None = Field(description="The rep who marked it as done; null also where a program did")
    taken_at: Moment | None = Field(description="When someone said that they deal with it")
    taken_by: str | None = Field(description="The rep who does; null also where a program said so")
    snoozed_until: Moment | None = Field(description="Hidden until then, and unread afterwards")
    useful: bool | None = Field(description="What its recipient says; null: nothing")
    path: str | None = Field(description="The page of the console that it is about, where that is not a lead's")


def alert_out(alert: Alert, deliveries: list[Delivery], now: datetime) -> AlertOut:
    """The alert as a response: its title in the past tense once the visit is over."""
    title = alert.title_at(now)
    sent = [
        DeliveryOut.model_construct(
            channel=d.channel.value, state=d.state.value, attempts=d.attempts, at=d.at, rep=d.rep, error=d.error, timing=d.timing.value
        )
        for d in deliveries
    ]
    return AlertOut.model_construct(
        id=alert.id,
        lead=alert.lead or None,
        rep=alert.rep,
        rule=alert.rule.value,
        custom=alert.custom,
        at=alert.at,
        priority=alert.priority.value,
        title=title,
        text=f"{title} {alert.text}".strip(),
        state=alert.state.value,
        withdrawn=alert.withdrawn.value if alert.withdrawn else None,
        revision=alert.revision,
        deliveries=sent,
        times=TimesOut.model_construct(**{name: getattr(alert.times, name) for name in TimesOut.model_fields}),
        seen_at=alert.seen_at,
        done_at=alert.done_at,
        done_by=alert.done_by,
        taken_at=alert.taken_at,
        taken_by=alert.taken_by,
        snoozed_until=alert.snoozed_until,
        useful=alert.feedback.useful if alert.feedback else None,
        path=alert.path or None,
    )


def delivery_log_out(delivery: Delivery) -> DeliveryLogOut:
    """The delivery as a response, with its tries."""
    return DeliveryLogOut.model_construct(
        id=delivery.id,
        channel=delivery.channel.value,
        state=delivery.state.value,
        attempts=delivery.attempts,
        at=delivery.at,
        rep=delivery.rep,
        error=delivery.error,
        timing=delivery.timing.value,
        next_try=delivery.next_try_at,
        tries=[TryOut.model_construct(at=t.at, result=t.result.value, reason=t.reason, next_at=t.next_at) for t in delivery.tries],
    )
