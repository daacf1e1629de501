"""The set-up steps: for each, when it was checked or what to do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.base.network.public_names import unreachable_reason
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.mail_server import MAIL_MUST_RETYPE
from tracker.domain.workspace.workspace import Workspace


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
class BackupView:
    """The nightly backups of this machine, for admins of the oldest workspace."""

    at: str
    """The time of night, or `off`."""
    made_at: datetime | None = None
    error: str = ""
    folder: str
    is_beside_data: bool = False
    has_key: bool = False
    is_key_unseen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """The first lead's personal link."""

    lead: Lead | None = None
    page: str = ""
    """Where it leads; empty while there is no website."""
    url: str = ""
    """The link; empty until it is made."""
    reason: str = ""
    """Why it is not tracked."""
    opened_at: datetime | None = None


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
    backup: BackupView | None
    trial: TrialView


def steps_of(state: SetupState) -> tuple[SetupStep, ...]:
    """All steps in order."""
    backup = (_backup(state.backup),) if state.backup else ()
    return (
        *(_you(state), _site(state), _leads(state), _edge(state), _mail(state), _consent(state), _alerts(state), _team(state)),
        *backup,
        _link(state),
    )


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
    """It works only for the address that was checked, and never for one that leads cannot reach."""
    reason = unreachable_reason(state.edge_url)
    is_checked = not reason and state.workspace.edge_checked_url == state.edge_url
    return SetupStep(
        key="edge",
        title="Tracking address",
        why=f"Links and images in your email use {state.edge_url}.",
        checked_at=state.workspace.edge_checked_at if is_checked else None,
        todo="Leads cannot reach it. Give Leadlight a public name." if reason else "Check whether leads can reach it.",
        warning=f"{reason} You can finish the other steps meanwhile." if reason else "",
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


def _backup(found: BackupView) -> SetupStep:
    made = f", last on {found.made_at.day} {found.made_at:%B}" if found.made_at else ""
    is_stored = found.has_key and not found.is_key_unseen and not found.error and found.at != "off"
    return SetupStep(
        key="backup",
        title="Backup",
        why="Every night, all data of this server is written to one encrypted file; 14 are kept.",
        done=f"Every night at {found.at}{made}" if is_stored else "",
        todo=_backup_todo(found),
        warning=f"The last backup failed: {found.error}." if found.error else "",
    )


def _backup_todo(found: BackupView) -> str:
    if found.at == "off":
        return "Nightly backups are switched off (BACKUP_AT)."
    return "Store the recovery key." if found.is_key_unseen else "No backup can be made."


def _link(state: SetupState) -> SetupStep:
    trial = state.trial
    todo = "Enter your website and add a lead first."
    if trial.lead and trial.page:
        todo = f"Open the personal link of {trial.lead.name}. Waiting for the first visit…" if trial.url else "Get the link."
    return SetupStep(
        key="link",
        title="First visit",
        why="A personal link of your first lead: open it in any browser, and you are alerted of the visit.",
        checked_at=trial.opened_at,
        todo=todo,
    )
