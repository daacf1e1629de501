"""What a user agent says of the program that sent a request. Built by tracker.rules.verdicts.user_agents.classify."""

from enum import StrEnum

import msgspec


class AgentKind(StrEnum):
    """What kind of program an agent names. Its meaning for a verdict depends on the kind of event, which is judged elsewhere."""

    BROWSER = "browser"
    """A browser, also one inside another app, and everything that no other kind describes."""
    MAIL_PROGRAM = "mail_program"
    OFFICE = "office"
    """Microsoft Office and Outlook components that look up a link before a person follows it."""
    IMAGE_PROXY = "image_proxy"
    """A mail provider's proxy: a person opened the mail, and device and place stay hidden."""
    PREFETCH = "prefetch"
    """A mail provider loads images before a person opens the mail."""
    PREVIEWER = "previewer"
    """A link preview of a chat, or an assistant that a person asked."""
    ROBOT = "robot"
    STRIPPED_WEBKIT = "stripped_webkit"
    """Apple Mail: a WebKit agent without any version part."""
    NONE = "none"
    """No agent was sent."""


class Agent(msgspec.Struct, frozen=True, gc=False):
    """One classified agent."""

    kind: AgentKind
    name: str
    """The signature or sign that matched; from a bounded set, fit for a metric tag."""
    pattern: str = ""
    """Of a robot found by a list: the pattern that matched."""
    family: str = ""
    """Of a browser: chrome, edge, electron, firefox, msie, opera, safari, samsung or webkit; empty if none is named."""
    major: int | None = None
    """The browser's major version."""
    is_desktop: bool = False
    is_legacy: bool = False
    """Whether the agent names Internet Explorer (MSIE or Trident)."""
