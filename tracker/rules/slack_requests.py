"""What proves that a request is Slack's: its signature over time and body, not older than five minutes. Pure."""

import hmac
from datetime import datetime

MOST_SECONDS = 300
"""How far the time of a request may be from ours; Slack's own limit."""


def is_from_slack(secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the signature `v0=…` is that of the secret, and the request is fresh. An empty secret proves nothing."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):  # noqa: PLR2004 - digits of a time
        return False
    if abs(now.timestamp() - int(timestamp)) > MOST_SECONDS:
        return False
    expected = "v0=" + hmac.digest(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, "sha256").hex()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
