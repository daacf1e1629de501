"""Actions on alert channels of reps and the team: set, remove and test."""

from collections.abc import Callable, Mapping
from datetime import datetime

import redis

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid, NotFound
from tracker.base.ids import id_of, new_id
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.channel import HIDDEN_CONFIG, Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.live_bus import alert_payload

TEAM = "team"


def set_channel(deps: Deps, workspace: str, rep: str | None, name: str, config: Mapping[str, str]) -> Channel:
    """Sets and enables a channel of a rep, or of the team if `rep` is None. Raises Invalid, NotFound."""
    here = deps.store.of(workspace)
    if rep is not None:
        here.reps.get(rep)
    kind = _kind(name)
    if masks := sorted(field for field, value in config.items() if field in HIDDEN_CONFIG and "…" in value):
        raise Invalid(masks[0], "must be given in full, not masked")
    kept = _CONFIGS[kind](dict(config))
    key = id_of(workspace, rep or TEAM, kind.value)
    former = here.channels.find(key)
    # What the channel missed is sent once it works with the new values.
    failing_since = former.failing_since or (deps.now() if former.disabled_reason else None) if former else None
    channel = Channel(id=key, workspace=workspace, rep=rep, name=kind, config=kept, failing_since=failing_since)
    return here.channels.put(channel)


def remove_channel(deps: Deps, workspace: str, rep: str | None, name: str) -> None:
    """Removes a channel. Raises NotFound."""
    here = deps.store.of(workspace)
    if not here.channels.remove(id_of(workspace, rep or TEAM, _kind(name).value)):
        raise NotFound("no such channel")


def test_channel(deps: Deps, workspace: str, rep: str | None, name: str) -> Alert:
    """Sends a test alert, without a lead, to the channel. Raises NotFound if it is not set up."""
    here, now = deps.store.of(workspace), deps.now()
    kind = _kind(name)
    channel = here.channels.named(rep, kind)
    if channel is None and kind is not ChannelName.CONSOLE:
        raise NotFound("this channel is not set up yet")
    alert = _test_alert(workspace, rep, kind, now)
    here.alerts.add(alert)
    if channel is not None and kind is not ChannelName.CONSOLE:
        here.deliveries.add(
            Delivery(
                id=id_of(alert.id, kind.value, rep or TEAM),
                workspace=workspace,
                alert=alert.id,
                lead=alert.lead,
                rep=rep,
                channel=kind,
                state=DeliveryState.DUE,
                due_at=now,
                created_at=now,
            )
        )
        deps.wake.notify()
    else:
        _toast(deps, alert)
    return alert


def _test_alert(workspace: str, rep: str | None, kind: ChannelName, now: datetime) -> Alert:
    return Alert(
        id=new_id(),
        workspace=workspace,
        lead="",
        rep=rep,
        rule=AlertRule.TEST,
        cause=f"test of {kind.value}",
        episode="test",
        at=now,
        priority=Priority.LOUD,
        title="Test: your alerts arrive here",
        text="Leadlight alerts you here when a lead opens your email or visits your website.",
        times=Times(event=now, verdict=now, decided=now),
    )


def _toast(deps: Deps, alert: Alert) -> None:
    payload = alert_payload(alert, lead_name="", url=f"{deps.settings.public_url}/", is_test=True)
    try:
        deps.bus.publish(alert.workspace, payload)
    except redis.RedisError as error:
        raise Invalid("channel", "cannot be tested now: the live connection is down") from error


def _kind(name: str) -> ChannelName:
    try:
        return ChannelName(name)
    except ValueError:
        raise NotFound("no such channel") from None


def _slack(config: dict[str, str]) -> dict[str, str]:
    if set(config) == {"webhook_url"}:
        return {"webhook_url": checks.web_address("webhook_url", config["webhook_url"])}
    if set(config) == {"bot_token", "channel"}:
        token = checks.line("bot_token", config["bot_token"], longest=300)
        return {"bot_token": token, "channel": checks.line("channel", config["channel"], longest=100)}
    raise Invalid("slack", "needs either webhook_url, or bot_token and channel")


def _email(config: dict[str, str]) -> dict[str, str]:
    if set(config) != {"address"}:
        raise Invalid("address", "is the only value of this channel")
    return {"address": checks.email("address", config["address"])}


def _webhook(config: dict[str, str]) -> dict[str, str]:
    if not {"url"} <= set(config) <= {"url", "secret"}:
        raise Invalid("url", "and optionally secret are the only values of this channel")
    kept = {"url": checks.web_address("url", config["url"])}
    if config.get("secret"):
        kept["secret"] = checks.line("secret", config["secret"], longest=500)
    return kept


def _push(config: dict[str, str]) -> dict[str, str]:
    del config
    raise Invalid("push", "is switched on in the browser of the device, under Settings, Alerts")


def _console(config: dict[str, str]) -> dict[str, str]:
    if config:
        raise Invalid("console", "needs no settings")
    return {}


_CONFIGS: dict[ChannelName, Callable[[dict[str, str]], dict[str, str]]] = {
    ChannelName.SLACK: _slack,
    ChannelName.EMAIL: _email,
    ChannelName.WEBHOOK: _webhook,
    ChannelName.PUSH: _push,
    ChannelName.CONSOLE: _console,
}
