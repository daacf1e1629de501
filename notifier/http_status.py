"""What the HTTP status of a receiver means for a notice. Shared by the channels that use HTTP."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from notifier.context import NoticeRefused, ReceiverGone, ReceiverRefuses
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import OutboundResponse

_GONE = {
    401: "does not accept our signature or key",
    403: "does not allow us to post there",
    404: "does not exist (404)",
    410: "was switched off by its owner (410)",
}
_LATER = frozenset({408, 425, 429})


def check(reply: OutboundResponse, who: str, now: datetime, *, is_patient: bool = False) -> None:
    """Returns for a 2xx. Raises DeliveryError, which says whether a retry can help. Redirects are not followed and count as failures.

    `is_patient`: a program of the workspace answers, which its owner may repair. Of its refusals only a 410 is final.
    """
    status = reply.status
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP status codes
        return
    if is_patient and 400 <= status < 500 and status not in (410, *_LATER):  # noqa: PLR2004
        raise ReceiverRefuses(f"{who} {_GONE[status]}" if status in _GONE else f"{who} answered {status}")
    if status == 410:  # noqa: PLR2004
        raise ReceiverGone(f"{who} {_GONE[status]}")
    if status in _GONE:
        raise DeliveryError(f"{who} {_GONE[status]}", permanent=True)
    if status in _LATER or not 400 <= status < 500:  # noqa: PLR2004
        moved = "; give its final address, redirects are not followed" if 300 <= status < 400 else ""  # noqa: PLR2004
        raise DeliveryError(f"{who} answered {status}{moved}", permanent=False, retry_after=retry_after(reply, now))
    raise NoticeRefused(f"{who} answered {status}")


def retry_after(reply: OutboundResponse, now: datetime) -> float | None:
    """The seconds of the response's Retry-After, if it has one; 30 for a 429 without."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 30.0 if reply.status == 429 else None  # noqa: PLR2004
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)
