"""The Slack app of a company: what Leadlight needs to write to its reps, and to recognise what Slack sends."""

import msgspec

MEMBER = "member"
"""The field of a rep's Slack channel that holds the rep's id in Slack: messages go there, and buttons act for the rep."""
TEAM_CHANNEL = "app"
"""The field of the team's Slack channel that says that the app writes there."""


class SlackApp(msgspec.Struct, frozen=True, kw_only=True):
    """Both secrets are encrypted in the database; empty where they cannot be decrypted."""

    team: str
    """Slack's id of the company, such as `T0123`; requests of another one are refused."""
    team_name: str
    bot: str
    """Slack's id of the app's user."""
    bot_token: str = ""
    signing_secret: str = ""
    channel: str = ""
    """For alerts of the team; empty: they are not written to Slack."""
    rule_channels: dict[str, str] = {}
    """Channels by rule: for alerts of the team in place of `channel`, and for those of reps besides their own."""

    def __repr__(self) -> str:
        return f"SlackApp({self.team!r}, {self.team_name!r})"

    def channel_of(self, rule: str) -> str:
        """The channel for alerts of the team by this rule."""
        return self.rule_channels.get(rule) or self.channel
