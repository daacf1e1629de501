"""Actions on push devices: the browsers of a rep that receive alerts by web push. They are in the config of the rep's channel `push`."""

import base64
import binascii
from collections.abc import Callable, Collection

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.encryption.vapid_key import vapid_key
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import id_of
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.push_device import PushDevice, config_of, devices_of

MOST_DEVICES = 10
_POINT_BYTES, _AUTH_BYTES = 65, 16


def public_key(deps: Deps) -> str:
    """The key that browsers subscribe for. Raises BadSetting."""
    return vapid_key(deps.settings.vapid_key_file).public


def devices(deps: Deps, workspace: str, rep: str) -> list[PushDevice]:
    """The devices of a rep, oldest first."""
    channel = deps.store.of(workspace).channels.named(rep, ChannelName.PUSH)
    return devices_of(channel.config) if channel else []


def devices_by_rep(deps: Deps, workspace: str) -> dict[str, list[PushDevice]]:
    """The devices of all reps of the workspace."""
    found = deps.store.of(workspace).channels.all()
    return {one.rep: devices_of(one.config) for one in found if one.name is ChannelName.PUSH and one.rep}


def subscribe(deps: Deps, workspace: str, rep: str, *, endpoint: str, p256dh: str, auth: str, name: str, session: str = "") -> PushDevice:
    """Adds a browser, or renews its keys. It then belongs to this rep alone: another rep who used it gets no more alerts there.

    `session`: the id of the browser's session. Raises Invalid, and Conflict beyond `MOST_DEVICES`.
    """
    address = checks.web_address("endpoint", endpoint)
    device = PushDevice(
        id=id_of("push", address),
        name=checks.optional_line("name", name, longest=80) or "Browser",
        endpoint=address,
        p256dh=_point("p256dh", p256dh),
        auth=_secret("auth", auth),
        added_at=deps.now(),
        session=session,
    )
    known = devices(deps, workspace, rep)
    if len(known) >= MOST_DEVICES and device.id not in {one.id for one in known}:
        raise Conflict(f"push works on at most {MOST_DEVICES} devices; remove one first")
    for channel in deps.store.of(workspace).channels.all():
        if channel.name is ChannelName.PUSH and channel.rep not in (None, rep):
            forget(deps, workspace, channel.rep or "", [device.id])
    _change(deps, workspace, rep, lambda found: [*(one for one in found if one.id != device.id), device], is_new=True)
    return device


def remove_device(deps: Deps, workspace: str, rep: str, device: str) -> PushDevice:
    """Removes a device of the rep; returns what it was. Raises NotFound."""
    found = next((one for one in devices(deps, workspace, rep) if one.id == device), None)
    if found is None:
        raise NotFound("no such device")
    forget(deps, workspace, rep, [device])
    return found


def forget(deps: Deps, workspace: str, rep: str, gone: Collection[str]) -> None:
    """Removes devices that are no longer subscribed; with the last one, the channel."""
    if {one.id for one in devices(deps, workspace, rep)} & set(gone):
        _change(deps, workspace, rep, lambda found: [one for one in found if one.id not in gone])


def forget_session(deps: Deps, workspace: str, rep: str, session: str) -> None:
    """The browser with this session signed out: it gets no more alerts of the rep."""
    forget(deps, workspace, rep, [one.id for one in devices(deps, workspace, rep) if one.session == session])


def forget_others(deps: Deps, workspace: str, rep: str, *, keep: str | None) -> None:
    """The rep is signed out everywhere, except maybe in the browser with the session `keep`."""
    forget(deps, workspace, rep, [one.id for one in devices(deps, workspace, rep) if not keep or one.session != keep])


def follow_session(deps: Deps, workspace: str, rep: str, former: str, new: str) -> None:
    """The rep signed in again in the browser that had the session `former`: it goes on receiving, and other reps' alerts end there."""
    for channel in deps.store.of(workspace).channels.all():
        if channel.name is ChannelName.PUSH and any(one.session == former for one in devices_of(channel.config)):
            if channel.rep == rep:
                _change(deps, workspace, rep, lambda found: [_moved(one, former, new) for one in found])
            else:
                forget_session(deps, workspace, channel.rep or "", former)


def _moved(device: PushDevice, former: str, new: str) -> PushDevice:
    return msgspec.structs.replace(device, session=new) if device.session == former else device


def _change(deps: Deps, workspace: str, rep: str, change: Callable[[list[PushDevice]], list[PushDevice]], *, is_new: bool = False) -> None:
    """`is_new`: a device was switched on, so that the channel works again where it was stopped."""
    channels = deps.store.of(workspace).channels
    former = channels.named(rep, ChannelName.PUSH)
    made = change(devices_of(former.config) if former else [])
    key = id_of(workspace, rep, ChannelName.PUSH.value)
    if not made:
        channels.remove(key)
        return
    if former is not None and not is_new:
        channels.put(msgspec.structs.replace(former, config=config_of(made)))
        return
    checked = former.checked_at if former else None
    channels.put(Channel(id=key, workspace=workspace, rep=rep, name=ChannelName.PUSH, config=config_of(made), checked_at=checked))


def _point(field: str, text: str) -> str:
    content = _decoded(field, text, _POINT_BYTES)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), content)
    except ValueError:
        raise Invalid(field, "is no public key of a browser") from None
    return text


def _secret(field: str, text: str) -> str:
    _decoded(field, text, _AUTH_BYTES)
    return text


def _decoded(field: str, text: str, length: int) -> bytes:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != length:
        raise Invalid(field, "is not what a browser sends")
    return content
