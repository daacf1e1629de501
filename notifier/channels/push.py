"""Web push: a message to each device of the rep, encrypted for it (RFC 8291) and signed by this installation (RFC 8292).

A message replaces the earlier one of the same alert: on the push service by its topic, on the device by its tag.
"""

import base64
import json
import threading
from collections import OrderedDict
from urllib.parse import urlsplit

from notifier.channels.webhook import state_reference
from notifier.context import Context, NoticeRefused
from notifier.http_status import check
from notifier.notice import Notice, clean
from tracker.base.clock import to_ms
from tracker.base.encryption.push_messages import encrypt
from tracker.base.encryption.vapid_key import vapid_key
from tracker.base.errors import DeliveryError
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.push_device import PushDevice, devices_of

_TTL_SECONDS = 4 * 3600
"""For how long a push service keeps a message for a device that is off."""
_BODY_LONGEST = 600
_GONE = frozenset({404, 410})
_MOST_KNOWN = 2_000


class _Reached:
    """Which devices took which notice: where one device fails, a retry does not disturb the others. Of this process alone."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, notice: str, device: str) -> bool:
        return (notice, device) in self._known

    def add(self, notice: str, device: str) -> None:
        with self._lock:
            self._known[notice, device] = None
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)


_reached = _Reached()


def send(notice: Notice, config: dict[str, str], context: Context) -> dict[str, str]:
    """Sends the notice to every device that did not take it yet, and forgets devices that unsubscribed. Raises the first DeliveryError."""
    devices, content = devices_of(config), payload(notice)
    gone: list[str] = []
    failure: DeliveryError | None = None
    for device in devices:
        if _reached.has(notice.id, device.id):
            continue
        try:
            is_there = _post(device, content, notice, context)
        except DeliveryError as error:
            failure = failure or error
            continue
        if is_there:
            _reached.add(notice.id, device.id)
        else:
            gone.append(device.id)
    if gone:
        context.forget_devices(gone)
    if failure is not None:
        raise failure
    if len(gone) == len(devices):
        raise NoticeRefused("no browser is subscribed any more; switch push on again on your device")
    return state_reference(notice)


def edit(notice: Notice, reference: dict[str, str], config: dict[str, str], context: Context) -> dict[str, str]:
    """Sends the notice as it is now: it replaces the former one without a sound."""
    return {**reference, **send(notice, config, context), "changed_at": context.now.isoformat()}


def payload(notice: Notice) -> bytes:
    """What the service worker shows (static/js/sw.js), under 3 kB."""
    alert, lead = notice.alert, notice.lead
    state = "withdrawn" if notice.withdrawn else "taken" if notice.taken_by else "new"
    base = f"{urlsplit(notice.link).scheme}://{urlsplit(notice.link).netloc}"
    body = " ".join(part for part in (notice.text, *notice.lines) if part)
    found = {
        "tag": tag_of(notice),
        "title": f"On it: {notice.taken_by}. {notice.title}" if state == "taken" else notice.title,
        "body": clean(body, _BODY_LONGEST),
        "url": notice.link,
        "call": f"{base}/today/{lead.id}/call" if lead and not notice.withdrawn else None,
        "alerts": f"{base}/alerts" if alert else None,
        "take": f"{base}/alerts/{alert.id}" if alert and alert.rule not in (AlertRule.TEST, AlertRule.ALARM) else None,
        "state": state,
        "quiet": notice.quiet or notice.edited or state != "new",
        "at": to_ms(notice.at),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def tag_of(notice: Notice) -> str:
    """The alert; of a digest, the digest."""
    return notice.alert.id if notice.alert else notice.id


def encrypted(content: bytes, device: PushDevice) -> bytes:
    """The body of a request, for this device alone. Raises DeliveryError, permanent."""
    try:
        return encrypt(content, _bytes(device.p256dh), _bytes(device.auth))
    except ValueError as error:
        raise NoticeRefused("the keys of the browser cannot be used; switch push on again on your device") from error


def _post(device: PushDevice, content: bytes, notice: Notice, context: Context) -> bool:
    """Whether the device is still subscribed."""
    headers = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(_TTL_SECONDS),
        "urgency": "normal" if notice.quiet or notice.edited else "high",
        "topic": tag_of(notice)[:32],
        "authorization": vapid_key(context.settings.vapid_key_file).authorization(
            device.endpoint, _subject(context.settings.public_url), context.now
        ),
    }
    reply = context.outbound.post(device.endpoint, body=encrypted(content, device), headers=headers)
    if reply.status in _GONE:
        return False
    check(reply, "the push service of the browser", context.now, is_patient=True)
    return True


def _subject(public_url: str) -> str:
    """How the operator of a push service reaches ours."""
    return public_url if public_url.startswith("https://") else f"mailto:leadlight@{urlsplit(public_url).hostname or 'localhost'}"


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
