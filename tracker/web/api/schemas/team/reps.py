"""Reps and channels in requests and answers."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.alerting.channel import HIDDEN_CONFIG, Channel, masked
from tracker.domain.team.rep import Rep
from tracker.web.api.schemas.base import In, Line, Moment, Out


class RepIn(In):
    """A new rep."""

    email: Annotated[str, Field(max_length=254)]
    name: Line
    role: Literal["admin", "rep"] = "rep"
    timezone: Line | None = None


class RepChange(In):
    """What is to be changed."""

    email: Annotated[str, Field(max_length=254)] | None = None
    name: Line | None = None
    role: Literal["admin", "rep"] | None = None
    timezone: Line | None = None
    is_active: bool | None = None


class RepOut(Out):
    """A person who owns leads and hears of them."""

    id: str
    email: str
    pending_email: str | None = Field(description="Takes the place of `email` once its mailed link was opened")
    name: str
    role: str
    timezone: str
    is_active: bool
    created_at: Moment
    last_seen_at: Moment | None


class ChannelIn(In):
    """slack: webhook_url, or bot_token and channel; email: address; webhook: url and maybe secret; console: nothing."""

    webhook_url: Annotated[str, Field(max_length=2048)] | None = None
    bot_token: Line | None = None
    channel: Line | None = None
    address: Annotated[str, Field(max_length=254)] | None = None
    url: Annotated[str, Field(max_length=2048)] | None = None
    secret: Line | None = None

    def config(self) -> dict[str, str]:
        """What stood in the body."""
        return {name: value for name, value in self.given().items() if value is not None}


class ChannelOut(Out):
    """Where a rep hears of leads; of secrets only the end is shown."""

    name: str
    rep: str | None
    config: dict[str, str]
    disabled_reason: str | None
    checked_at: Moment | None


class TestOut(Out):
    """A test is on its way."""

    __test__ = False
    alert: str = Field(description="Its id in /alerts")


def rep_out(rep: Rep) -> RepOut:
    """The rep as the API shows them."""
    same = {name: getattr(rep, name) for name in RepOut.model_fields if name != "role"}
    return RepOut.model_construct(**same, role=rep.role.value)


def channel_out(channel: Channel) -> ChannelOut:
    """The channel as the API shows it."""
    config = {name: masked(value) if name in HIDDEN_CONFIG else value for name, value in channel.config.items()}
    return ChannelOut.model_construct(
        name=channel.name.value,
        rep=channel.rep,
        config=config,
        disabled_reason=channel.disabled_reason,
        checked_at=channel.checked_at,
    )
