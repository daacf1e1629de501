"""Channel schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.alerting.channel import HIDDEN_CONFIG, Channel, ChannelName, masked
from tracker.domain.alerting.push_device import DEVICES, devices_of
from tracker.web.api.schemas.base import In, Line, Moment, Out


class ChannelIn(In):
    """slack: webhook_url, or bot_token and channel; email: address; webhook: url and optional secret; console: no fields."""

    webhook_url: Annotated[str, Field(max_length=2048)] | None = None
    bot_token: Line | None = None
    channel: Line | None = None
    address: Annotated[str, Field(max_length=254)] | None = None
    url: Annotated[str, Field(max_length=2048)] | None = None
    secret: Line | None = None

    def config(self) -> dict[str, str]:
        """The fields of the body that are set."""
        return {name: value for name, value in self.given().items() if value is not None}


class ChannelOut(Out):
    """A channel for alerts; secrets are masked except for their end."""

    name: str
    rep: str | None
    config: dict[str, str]
    disabled_reason: str | None
    checked_at: Moment | None
    failing_since: Moment | None = Field(description="When deliveries began to fail; null while they work")
    failing_reason: str | None


class TestOut(Out):
    """A queued test alert."""

    __test__ = False
    alert: str = Field(description="The alert's id in /alerts")


class SlackAppOut(Out):
    """The Slack app of the company; connected in the console."""

    is_connected: bool
    team: str | None = Field(description="Slack's id of the company")
    team_name: str | None
    channel: str | None = Field(description="For alerts of the team")
    rule_channels: dict[str, str] = Field(description="Channels by rule, in place of `channel` and besides those of reps")


def channel_out(channel: Channel) -> ChannelOut:
    """The channel as a response."""
    config = {name: masked(value) if name in HIDDEN_CONFIG else value for name, value in channel.config.items()}
    if channel.name is ChannelName.PUSH:
        config = {DEVICES: str(len(devices_of(channel.config)))}
    return ChannelOut.model_construct(
        name=channel.name.value,
        rep=channel.rep,
        config=config,
        disabled_reason=channel.disabled_reason,
        checked_at=channel.checked_at,
        failing_since=channel.failing_since,
        failing_reason=channel.failing_reason,
    )
