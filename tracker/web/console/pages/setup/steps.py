"""The setup as steps, each *Works* with the moment it was checked, or the one thing to do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.mail_server import MAIL_MUST_RETYPE
from tracker.domain.workspace.workspace import Workspace

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `checked_at` is empty while it does not work; `todo` then says the one thing to do."""

    key: str
    title: str
    why: str
    checked_at: datetime | None = None
    done: str = ""
    """What is so, where there is no moment to name."""
    todo: str = ""
    warning: str = ""

    @property
    def works(self) -> bool:
        """Whether it is done."""
        return self.checked_at is not None or bool(self.done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the steps follow from."""

    workspace: Workspace
    rep: Rep
    has_password: bool
    """Whether the rep can sign in without a link."""
    reps: Sequence[Rep]
    channels: Sequence[Channel]
    leads: int
    edge_url: str
    has_smtp: bool
    """Whether the instance has an SMTP_URL of its own."""


def is_local(url: str) -> bool:
    """Whether leads outside this machine cannot reach the address."""
    return (urlsplit(url).hostname or "") in _LOCAL


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """In the order in which one does them."""
    return (_you(facts), _edge(facts), _mail(facts), _site(facts), _leads(facts), _alerts(facts), _team(facts))


def _you(facts: Facts) -> Step:
    is_named = not facts.rep.is_unnamed and facts.has_password
    return Step(
        key="you",
        title="You",
        why="So that you can come back, and leads see a name.",
        done=f"{facts.rep.name}, {facts.rep.email}" if is_named else "",
        todo="Give your name, e-mail address and a password.",
    )


def _edge(facts: Facts) -> Step:
    warning = ""
    if is_local(facts.edge_url):
        warning = f"Leads cannot reach {facts.edge_url}: it is this machine's own address. Set EDGE_URL to a public https address before you mail anybody."
    elif facts.edge_url.startswith("http://"):
        warning = "Links in your mail would be plain http. Set EDGE_URL to an https address before you mail anybody."
    return Step(
        key="edge",
        title="Tracking address",
        why=f"Links and pictures in your mail lead to {facts.edge_url}.",
        checked_at=facts.workspace.edge_checked_at,
        todo="Check whether it answers.",
        warning=warning,
    )


def _mail(facts: Facts) -> Step:
    has_server = facts.workspace.mail_server is not None or facts.has_smtp
    is_lost = bool(facts.workspace.lost_secrets)
    return Step(
        key="mail",
        title="Outgoing mail",
        why="Leadlight hands your mail to your own mail server.",
        checked_at=None if is_lost else facts.workspace.smtp_checked_at,
        todo=MAIL_MUST_RETYPE if is_lost else "Check whether it takes mail." if has_server else "Name your mail server.",
    )


def _site(facts: Facts) -> Step:
    seen = [site.first_seen_at for site in facts.workspace.sites if site.first_seen_at]
    return Step(
        key="site",
        title="Site snippet",
        why="One line on your site shows which pages a lead looks at.",
        checked_at=min(seen, default=None),
        todo="Paste the line into your site. Waiting for the first page…" if facts.workspace.sites else "Name your site.",
    )


def _leads(facts: Facts) -> Step:
    return Step(
        key="leads",
        title="Leads",
        why="The people you sell to.",
        done=(f"{facts.leads} leads" if facts.leads != 1 else "1 lead") if facts.leads else "",
        todo="Add one, or import a CSV file.",
    )


def _alerts(facts: Facts) -> Step:
    worked = [
        channel
        for channel in facts.channels
        if channel.checked_at and not channel.disabled_reason and channel.name is not ChannelName.CONSOLE
    ]
    first = max(worked, key=lambda channel: channel.checked_at or facts.rep.created_at, default=None)
    known = any(channel.name is not ChannelName.CONSOLE for channel in facts.channels)
    return Step(
        key="alerts",
        title="Where you hear of it",
        why="The console rings while it is open. Slack or e-mail reach you elsewhere.",
        checked_at=first.checked_at if first else None,
        todo="Send a test to see that it arrives." if known else "Set up Slack, e-mail or a webhook.",
    )


def _team(facts: Facts) -> Step:
    others = [rep for rep in facts.reps if rep.is_active and rep.id != facts.rep.id]
    return Step(
        key="team",
        title="Your team",
        why="Every lead can have an owner, who hears of it first.",
        done=(f"{len(others) + 1} reps" if others else ""),
        todo="Invite a colleague, or leave it for later.",
    )
