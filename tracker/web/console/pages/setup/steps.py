"""The set-up steps: for each, when it was checked or what to do. Pure."""

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
class SetupStep:
    """One step. While `checked_at` and `done` are empty, `todo` says what to do."""

    key: str
    title: str
    why: str
    checked_at: datetime | None = None
    done: str = ""
    """The result of a completed step without a time."""
    todo: str = ""
    warning: str = ""

    @property
    def works(self) -> bool:
        """Whether it is done."""
        return self.checked_at is not None or bool(self.done)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupState:
    """The state from which the steps are derived."""

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
    """Whether the URL is reachable on this server only."""
    return (urlsplit(url).hostname or "") in _LOCAL


def steps_of(state: SetupState) -> tuple[SetupStep, ...]:
    """All steps in order."""
    return (_you(state), _edge(state), _mail(state), _consent(state), _site(state), _leads(state), _alerts(state), _team(state))


def _you(state: SetupState) -> SetupStep:
    is_named = not state.rep.is_unnamed and state.has_password
    return SetupStep(
        key="you",
        title="Your profile",
        why="You sign in with your email address and password. Leads see your name.",
        done=f"{state.rep.name}, {state.rep.email}" if is_named else "",
        todo="Enter your name, email address and a password.",
    )


def _edge(state: SetupState) -> SetupStep:
    warning = ""
    if is_local(state.edge_url):
        warning = f"Leads cannot reach {state.edge_url}: it is local to this server. Set EDGE_URL to a public https address before you email leads."
    elif state.edge_url.startswith("http://"):
        warning = "Links in your email would use plain http. Set EDGE_URL to an https address before you email leads."
    return SetupStep(
        key="edge",
        title="Tracking address",
        why=f"Links and images in your email use {state.edge_url}.",
        checked_at=state.workspace.edge_checked_at,
        todo="Check whether it responds.",
        warning=warning,
    )


def _mail(state: SetupState) -> SetupStep:
    has_server = state.workspace.mail_server is not None or state.has_smtp
    is_lost = bool(state.workspace.lost_secrets)
    return SetupStep(
        key="mail",
        title="Outgoing email",
        why="Leadlight sends email through your mail server.",
        checked_at=None if is_lost else state.workspace.smtp_checked_at,
        todo=MAIL_MUST_RETYPE if is_lost else "Check the connection." if has_server else "Enter your mail server.",
    )


def _consent(state: SetupState) -> SetupStep:
    policy = state.workspace.tracking_policy
    return SetupStep(
        key="consent",
        title="Where are your leads?",
        why="In some countries you may track email only after the lead allows it. Email itself is not affected.",
        done=f"Decided by {policy.decided_by} on {policy.decided_at.day} {policy.decided_at:%B %Y}" if policy else "",
        todo="Choose your company’s country.",
        warning="" if policy else "Until this is decided, email to every country is tracked.",
    )


def _site(state: SetupState) -> SetupStep:
    seen = [site.first_seen_at for site in state.workspace.sites if site.first_seen_at]
    return SetupStep(
        key="site",
        title="Website snippet",
        why="One line on your website shows which pages a lead views.",
        checked_at=min(seen, default=None),
        todo="Paste the line into your website. Waiting for the first page…" if state.workspace.sites else "Enter your website.",
    )


def _leads(state: SetupState) -> SetupStep:
    return SetupStep(
        key="leads",
        title="Leads",
        why="The people you sell to.",
        done=(f"{state.leads} leads" if state.leads != 1 else "1 lead") if state.leads else "",
        todo="Add a lead, or import a CSV file.",
    )


def _alerts(state: SetupState) -> SetupStep:
    worked = [
        channel
        for channel in state.channels
        if channel.checked_at and not channel.disabled_reason and channel.name is not ChannelName.CONSOLE
    ]
    first = max(worked, key=lambda channel: channel.checked_at or state.rep.created_at, default=None)
    known = any(channel.name is not ChannelName.CONSOLE for channel in state.channels)
    return SetupStep(
        key="alerts",
        title="Alerts",
        why="The console alerts you while it is open. Slack and email reach you elsewhere.",
        checked_at=first.checked_at if first else None,
        todo="Send a test." if known else "Set up Slack, email or a webhook.",
    )


def _team(state: SetupState) -> SetupStep:
    others = [rep for rep in state.reps if rep.is_active and rep.id != state.rep.id]
    return SetupStep(
        key="team",
        title="Your team",
        why="Each lead has an owner, who gets its alerts.",
        done=(f"{len(others) + 1} reps" if others else ""),
        todo="Invite a colleague, or do it later.",
    )
