"""One event for one webhook, with its state: the outbox of webhooks. Kept for 30 days, so that it can be sent again."""

from datetime import datetime

import msgspec

from tracker.domain.alerting.delivery import DeliveryState, DeliveryTry


class HookEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The body as it is sent, made once. A row exists before anything is sent."""

    id: str
    """`id_of(hook, event)`: each event once for each webhook."""
    workspace: str
    hook: str
    event: str
    """The id in the body and in `webhook-id`, the same for every try: from workspace, type and cause."""
    type: str
    leads: tuple[str, ...] = ()
    """The leads that the body names; with their erasure it is removed."""
    at: datetime
    """When it happened."""
    created_at: datetime
    body: str
    """JSON."""
    state: DeliveryState = DeliveryState.DUE
    due_at: datetime
    attempts: int = 0
    first_try_at: datetime | None = None
    delivered_at: datetime | None = None
    error: str | None = None
    is_once: bool = False
    """Whether it is tried once; a person may have it sent again."""
    tries: tuple[DeliveryTry, ...] = ()
    """The last tries, oldest first."""
