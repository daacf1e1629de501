"""How long alerts take from the event to their receiver, step by step. Pure; used by the notifier's metrics and the page of deliveries."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.alerting.alert import Alert, AlertRule
from tracker.domain.alerting.delivery import Delivery, DeliveryTiming

STEPS = ("verdict", "decision", "first_try", "delivery", "total")
"""From the event to its verdict, to the alert, to the first try, to the receiver; and all of it."""
_UNTIMED = frozenset({AlertRule.TEST, AlertRule.ALARM, AlertRule.TASK, AlertRule.PARKED})
"""Alerts that no event of a lead has caused."""


@dataclass(frozen=True, slots=True)
class StepLatency:
    """Milliseconds of one step through one channel: half, 95 and 99 of a hundred took at most so long. `channel` is its name."""

    channel: str
    step: str
    count: int
    p50_ms: int
    p95_ms: int
    p99_ms: int


def seconds_of(alert: Alert, first_try_at: datetime | None, delivered_at: datetime | None) -> dict[str, float]:
    """By step, the seconds of one delivery, as far as both ends of the step are known."""
    if alert.rule in _UNTIMED:
        return {}
    times = alert.times
    ends = (
        (times.event, times.verdict),
        (times.verdict, times.decided),
        (times.decided, first_try_at),
        (first_try_at, delivered_at),
        (times.event, delivered_at),
    )
    return {
        step: max((end - begin).total_seconds(), 0.0)
        for step, (begin, end) in zip(STEPS, ends, strict=True)
        if begin is not None and end is not None
    }


def latencies_of(deliveries: Iterable[tuple[Alert, Delivery]]) -> list[StepLatency]:
    """The percentiles of each channel and step, by channel."""
    found: dict[tuple[str, str], list[float]] = {}
    for alert, delivery in deliveries:
        if delivery.timing is not DeliveryTiming.NOW:
            continue  # it waited because its receiver wants it so
        for step, seconds in seconds_of(alert, delivery.first_try_at, delivery.at).items():
            found.setdefault((delivery.channel.value, step), []).append(seconds)
    order = sorted(found, key=lambda key: (key[0], STEPS.index(key[1])))
    return [StepLatency(*key, len(found[key]), *(_percentile(sorted(found[key]), share) for share in (0.5, 0.95, 0.99))) for key in order]


def _percentile(ordered: Sequence[float], share: float) -> int:
    """The least value, in milliseconds, that so many of the values do not exceed."""
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1000)
