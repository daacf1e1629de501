"""The push device: a browser of a rep that receives alerts also while no tab is open (Web Push, RFC 8030)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

DEVICES = "devices"
"""The field of the channel's config that holds them, as JSON text: it is encrypted as a whole."""


class PushDevice(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription. `endpoint` is an address of the browser's push service; the keys encrypt for this browser alone."""

    id: str
    """`id_of("push", endpoint)`."""
    name: str
    endpoint: str
    p256dh: str
    """The browser's public key, base64url."""
    auth: str
    """The shared secret, base64url."""
    added_at: datetime
    session: str = ""
    """The session of the browser: the device goes with its sign-out. Empty: none is known."""


def devices_of(config: Mapping[str, str]) -> list[PushDevice]:
    """The devices of a channel, oldest first."""
    return msgspec.json.decode(config.get(DEVICES) or "[]", type=list[PushDevice])


def config_of(devices: Iterable[PushDevice]) -> dict[str, str]:
    """The config of a channel with these devices."""
    return {DEVICES: msgspec.json.encode(list(devices)).decode()}
