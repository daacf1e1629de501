"""The workspace: one company using Leadlight; its sites, stages, policies. Every record belongs to one."""

from datetime import datetime
from typing import Literal

import msgspec

Security = Literal["tls", "starttls"]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One of the company's web sites: where the snippet runs and tracked clicks land."""

    key: str
    """16 hex digits, public, in the snippet's address."""
    name: str
    origins: tuple[str, ...]
    """`https://www.example.com`, as a browser sends it in Origin."""
    fields: tuple[str, ...] = ("email", "name", "phone", "company", "message")
    """Form fields whose values may be kept once `fields_approved`."""
    fields_approved: bool = False
    first_seen_at: datetime | None = None
    """When the first page event arrived; empty: the snippet still waits for its first page."""


class Stage(msgspec.Struct, frozen=True):
    """One step of the pipeline. `kind` is open, won or lost; a move to a lost stage needs a reason."""

    name: str
    kind: str = "open"


DEFAULT_STAGES = (
    Stage("New"),
    Stage("Contacted"),
    Stage("Qualified"),
    Stage("Proposal Sent"),
    Stage("Negotiation"),
    Stage("Won", "won"),
    Stage("Lost", "lost"),
)

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


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that takes outgoing mail over SMTP, and how to sign in to it."""

    host: str
    """A name or an address, without brackets."""
    port: int
    security: Security = "starttls"
    """`tls` from the first byte; `starttls`: encrypted before the password and the mail are sent."""
    user: str = ""
    """Empty: no sign-in."""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security}, user={self.user!r}, password={'***' if self.password else ''!r})"


MAIL_MUST_RETYPE = "The password of the outgoing mail server must be typed again under Settings, Outgoing mail: its key is lost."
"""Said wherever mail would be sent for a workspace with `lost_secrets`."""


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
