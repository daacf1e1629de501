"""The workspace: one company using Leadlight, with its policies. Every record belongs to one."""

from datetime import datetime

import msgspec

from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.stage import DEFAULT_STAGES, Stage

DEFAULT_SOURCES = ("Web form", "Referral", "LinkedIn", "Cold e-mail", "Event", "Advertisement", "Phone", "Import", "Other")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the workspace decided about alerts and scores; each value is in the unit its name says."""

    hot_score: int = 50
    quiet_days: int = 14
    pricing_paths: tuple[str, ...] = ("/pricing", "/prices", "/plans")
    consultation_paths: tuple[str, ...] = ("/contact", "/consultation", "/demo", "/book")
    fit: dict[str, tuple[str, ...]] = {}
    """Whom the company sells to best: values of industry, size, budget and location that fit."""
    reps_see: str = "all"
    """`all` leads of the workspace, or `own` ones and those that nobody owns."""
    keep_events_days: int | None = None
    """Opens, clicks and page events older than this are forgotten in detail; empty: kept for ever."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One company using Leadlight."""

    id: str
    name: str
    created_at: datetime
    timezone: str = "UTC"
    home_url: str | None = None
    is_demo: bool = False
    mail_server: MailServer | None = None
    """Outgoing mail of this workspace; empty: the instance's SMTP_URL. The demo has its own inbox and never one of these."""
    smtp_checked_at: datetime | None = None
    edge_checked_at: datetime | None = None
    sites: tuple[Site, ...] = ()
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    sources: tuple[str, ...] = DEFAULT_SOURCES
    policy: Policy = Policy()
    rules: dict[str, int] = {}
    """Points of scoring rules that differ from the defaults, by rule name; 0 switches a rule off."""
    sealed_before: datetime | None = None
    """Events before this moment may be forgotten already: nothing is recounted there."""
    sealed_day: str | None = None
    """The local day (ISO date) that began with it, in the zone of then: day facts before it stay, whatever zone the workspace is in later."""
    version: int = 0
    lost_secrets: tuple[str, ...] = ()
    """Paths of fields that are set and cannot be decrypted, so that they read as empty here. Never stored."""

    def __repr__(self) -> str:
        """Without the mail server's password: a value ends up in a log more easily than one thinks."""
        return f"Workspace(id={self.id!r}, name={self.name!r}, version={self.version})"

    def stage(self, name: str) -> Stage | None:
        """The stage of that name, however it is capitalised."""
        return next((s for s in self.stages if s.name.casefold() == name.strip().casefold()), None)

    def site(self, key: str) -> Site | None:
        """The site with that key."""
        return next((site for site in self.sites if site.key == key), None)

    def stage_index(self, name: str) -> int:
        """Where the stage stands in the pipeline; unknown names stand before the first."""
        return next((i for i, s in enumerate(self.stages) if s.name == name), -1)
