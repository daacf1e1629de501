"""Calls of Slack's API by actions: small, with the app's token, to the address in the settings."""

import json
from typing import Any
from urllib.parse import urlencode

from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.settings import Settings

_SECONDS = 8.0


def call_slack(settings: Settings, token: str, method: str, **fields: str) -> dict[str, Any]:
    """The answer, `ok` or not. Raises DeliveryError where Slack cannot be reached or its answer cannot be read."""
    outbound = Outbound(settings.outbound_allow, total=_SECONDS)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/x-www-form-urlencoded"}
    try:
        body = urlencode(fields).encode()
        reply = outbound.post(f"{settings.slack_api_url}/{method}", body=body, headers=headers, trusted=True)
    finally:
        outbound.close()
    try:
        found = json.loads(reply.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DeliveryError(f"Slack answered {reply.status}", permanent=False)
    return found


def respond(settings: Settings, url: str, text: str) -> None:
    """Writes an answer that only the person sees who used a button or command. Raises DeliveryError."""
    outbound = Outbound(settings.outbound_allow, total=_SECONDS)
    try:
        outbound.post(url, json={"response_type": "ephemeral", "replace_original": False, "text": text})
    finally:
        outbound.close()


def escaped(text: str) -> str:
    """Text of leads without Slack's control characters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
