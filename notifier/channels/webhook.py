"""Webhook: a POST to a program of the workspace, signed as Standard Webhooks 1.0.0 defines it (`url`, optional `secret`)."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from notifier.context import Context
from notifier.http_status import check
from notifier.notice import TITLE_LONGEST, Notice, clean
from tracker.base.clock import to_ms
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.domain.alerting.alert import Alert, WithdrawnReason
from tracker.domain.leads.lead import Lead

_KEY_BYTES = range(24, 65)
"""The length of a key in Standard Webhooks."""


def send(notice: Notice, config: dict[str, str], context: Context) -> dict[str, str]:
    """Posts the alert as JSON. The id is the same at each try; the time is this try's. Returns the state and priority that were sent."""
    _post(notice, config, context)
    return state_reference(notice)


def state_reference(notice: Notice) -> dict[str, str]:
    """What the receiver knows of the alert now, for the decision whether it gets it again."""
    alert = notice.alert
    taken = {"taken": "yes"} if notice.taken_by else {}
    return {"state": alert.state.value, "priority": alert.priority.value, **taken} if alert else {}


def edit(notice: Notice, reference: dict[str, str], config: dict[str, str], context: Context) -> dict[str, str]:
    """Posts the alert again, as withdrawn or as standing again: a message of its own."""
    return {**reference, **send(notice, config, context), "changed_at": context.now.astimezone(UTC).isoformat()}


def _post(notice: Notice, config: dict[str, str], context: Context) -> None:
    if not config.get("url"):
        raise DeliveryError("the webhook has no address", permanent=True)
    body = json.dumps(payload(notice), ensure_ascii=False, separators=(",", ":"))
    post_signed(context.outbound, config["url"], config.get("secret", ""), notice.id, body, context.now)


def post_signed(outbound: Outbound, url: str, secret: str, key: str, body: str, now: datetime) -> None:
    """Sends one message, with `key` as its id, signed if there is a secret. Raises DeliveryError."""
    headers = {"content-type": "application/json", "webhook-id": key, "webhook-timestamp": str(to_ms(now) // 1000)}
    if signatures := sign(secret, key, now, body):
        headers["webhook-signature"] = signatures
    check(outbound.post(url, body=body.encode(), headers=headers), "the webhook", now, is_patient=True)


def payload(notice: Notice) -> dict[str, Any]:
    """The body, under 20 kB, or 200 kB for missed alerts: texts of a notice are cut already."""
    if notice.missed:
        return _missed(notice)
    lead = notice.lead
    return {
        "type": "alert.withdrawn" if notice.withdrawn else "alert",
        "id": notice.id,
        "alert": _alert(notice, notice.alert),
        "lead": _lead(lead, notice.link),
    }


def _missed(notice: Notice) -> dict[str, Any]:
    """The list of missed alerts, without their texts."""
    alerts = [
        {
            "id": row.alert.id,
            "rule": row.alert.rule.value,
            "priority": row.alert.priority.value,
            "rep": row.alert.rep,
            "revision": row.alert.revision,
            "title": clean(row.alert.past or row.alert.title, TITLE_LONGEST),
            "at": row.alert.at.isoformat(),
            "lead": _lead(row.lead, row.link),
        }
        for row in notice.missed
    ]
    return {"type": "alerts.missed", "id": notice.id, "count": notice.missed_count, "alerts": alerts}


def _lead(lead: Lead | None, link: str) -> dict[str, Any] | None:
    if lead is None:
        return None
    return {"id": lead.id, "name": lead.name[:200], "company": lead.company[:200] if lead.company else None, "url": link}


def _alert(notice: Notice, alert: Alert | None) -> dict[str, Any]:
    said: dict[str, Any] = {"title": notice.title, "text": notice.text, "at": notice.at.isoformat()}
    if alert is None:
        return {**said, "lines": list(notice.lines)}
    if notice.withdrawn:
        said["reason"] = (alert.withdrawn or WithdrawnReason.REPLACED).value
    times = {name: moment.isoformat() for name in ("event", "verdict", "decided") if (moment := getattr(alert.times, name))}
    return {
        "id": alert.id,
        "rule": alert.rule.value,
        "priority": alert.priority.value,
        "rep": alert.rep,
        "revision": alert.revision,
        **said,
        "times": times,
    }


def sign(secrets: str, key: str, at: datetime, body: str) -> str:
    """One `v1,` signature for each secret, separated by spaces: one known secret is enough for a receiver. Empty without a secret."""
    return " ".join(Webhook(secret).sign(key, at, body) for text in secrets.split() for secret in _keys(text))


def _keys(secret: str) -> list[bytes]:
    """The bytes behind `whsec_…`. Any other secret stands for itself, and for its bytes too if it is base64 of a proper key."""
    prefixed = secret.startswith("whsec_")
    text = secret.removeprefix("whsec_")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        decoded = b""
    if prefixed and not decoded:
        raise DeliveryError("the webhook's secret starts with whsec_ but is not base64 after it", permanent=True)
    if prefixed:
        return [decoded]
    return [secret.encode(), decoded] if len(decoded) in _KEY_BYTES else [secret.encode()]
