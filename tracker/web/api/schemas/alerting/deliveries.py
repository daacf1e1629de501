"""Schemas of deliveries across alerts: those that were given up, and latency."""

from pydantic import Field

from tracker.domain.alerting.delivery import Delivery
from tracker.rules.alerting.latency import StepLatency
from tracker.web.api.schemas.alerting.alerts import DeliveryLogOut, delivery_log_out
from tracker.web.api.schemas.base import Out, Query, RecordId


class DeadLetterOut(DeliveryLogOut):
    """A delivery that was given up."""

    alert: RecordId
    lead: RecordId | None = Field(description="null: a test or an alarm")


class LatencyQuery(Query):
    """The period."""

    days: int = Field(7, ge=1, le=90)


class StepLatencyOut(Out):
    """Milliseconds of one step through one channel."""

    channel: str
    step: str = Field(description="verdict decision first_try delivery total; total: from the event to the receiver")
    count: int
    p50_ms: int
    p95_ms: int
    p99_ms: int


class LatencyOut(Out):
    """How long alerts took from the event to their receivers."""

    days: int
    is_complete: bool = Field(description="false: only the latest 5,000 deliveries of the period were measured")
    steps: list[StepLatencyOut]


def dead_letter_out(delivery: Delivery) -> DeadLetterOut:
    """The delivery as a response."""
    return DeadLetterOut.model_construct(**dict(delivery_log_out(delivery)), alert=delivery.alert, lead=delivery.lead or None)


def latency_out(steps: list[StepLatency], days: int, *, is_complete: bool) -> LatencyOut:
    """The percentiles as a response."""
    found = [StepLatencyOut(**{name: getattr(one, name) for name in StepLatencyOut.model_fields}) for one in steps]
    return LatencyOut(days=days, is_complete=is_complete, steps=found)
