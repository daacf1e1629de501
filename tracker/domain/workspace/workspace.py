"""The workspace: one company using Leadlight, with its policies. Every record belongs to one."""

from datetime import datetime

import msgspec

from tracker.domain.alerting.preferences import AlertPreferences
from tracker.domain.leads.qualification import DEFAULT_CATEGORIES
from tracker.domain.mail.mail_sign_in import MailSignIn
from tracker.domain.team.assignment import AssignmentRule
from tracker.domain.team.team import Team
from tracker.domain.workspace.address_privacy import AddressPrivacy
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.scoring import OwnScoringRule, ScoringRuleChange
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.slack_app import SlackApp
from tracker.domain.workspace.stage import DEFAULT_STAGES, FormerStage, Stage, StageRuleSwitch
from tracker.domain.workspace.touch_type import DEFAULT_TOUCH_TYPES, TouchType
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.domain.workspace.working_hours import WorkingHours

DEFAULT_LOST_REASONS = ("Price", "No budget", "Timing", "No need", "Competitor", "No decision", "No response")
DEFAULT_WON_REASONS = ("Product", "Price", "Service", "Relationship", "Recommendation")

DAILY_LIMIT = 200
"""Messages that one mailbox sends in a day of its rep's zone."""

DEFAULT_PROPOSAL_WORDS = (
    *("proposal", "quote", "quotation", "offer", "tender"),
    *("Angebot", "Kostenvoranschlag", "Offerte"),
    *("devis", "proposition", "offre"),
    *("preventivo", "offerta", "proposta"),
    *("presupuesto", "propuesta", "oferta", "cotización"),
    *("voorstel", "prijsopgave"),
    *("orçamento", "cotação"),
)
"""Words for a proposal in English, German, French, Italian, Spanish, Dutch and Portuguese; each is listed once."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of alerts and scores; the names contain the units."""

    hot_score: int = 50
    quiet_days: int = 14
    pricing_paths: tuple[str, ...] = ("/pricing", "/prices", "/plans")
    consultation_paths: tuple[str, ...] = ("/contact", "/consultation", "/demo", "/book")
    proposal_words: tuple[str, ...] = DEFAULT_PROPOSAL_WORDS
    """A message without a kind is a proposal if its subject has one of these words."""
    fit: dict[str, tuple[str, ...]] = {}
    """The best customers: matching values of industry, size, budget and location."""
    reps_see: str = "all"
    """`all` leads of the workspace, or those without an owner and `own` ones, or also those of the reps of the same `team`."""
    managers_see: str = "team"
    """The same for managers, who see at least what reps see."""
    rep_figures: bool = False
    """Whether reports can be grouped by rep."""
    weekly_mail_hour: int | None = 8
    """The full hour of each rep's local Monday from which the weekly mail is sent; empty: never."""
    keep_events_days: int | None = None
    """Opens, clicks and page events older than this are deleted; empty: kept without limit."""
    answer_minutes: int = 5
    """How soon an inquiry is to be answered."""
    take_minutes: int = 0
    """After how many minutes an inquiry or reply that no one has taken is escalated; 0: never."""
    answer_in_working_hours: bool = False
    """Whether its clock stands still outside working hours."""
    form_leads_a_day: int = 100
    """New leads that one form makes in a day of the workspace's zone; further inquiries are held."""
    learn_domains: bool = True
    """Whether verdicts use what was learned of recipients' domains."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One company using Leadlight."""

    id: str
    name: str
    created_at: datetime
    timezone: str = "UTC"
    currency: str = "EUR"
    """Reports add up in it."""
    home_url: str | None = None
    is_demo: bool = False
    mail_server: MailServer | None = None
    """The outgoing mail server; empty: SMTP_URL. The demo always uses its own inbox."""
    mail_sign_in: MailSignIn | None = None
    """The sign-in of `mail_server` by OAuth 2.0 instead of its password."""
    mail_sign_in_wanted: MailSignIn | None = None
    """A sign-in whose code the admin has not entered yet."""
    slack_app: SlackApp | None = None
    smtp_checked_at: datetime | None = None
    dkim_selectors: tuple[str, ...] = ()
    """Names of the DKIM keys that the mail server signs with, for the sender check."""
    edge_checked_at: datetime | None = None
    edge_checked_url: str = ""
    """The tracking address that was checked then; the check of another one says nothing."""
    sites: tuple[Site, ...] = ()
    teams: tuple[Team, ...] = ()
    assignment_rules: tuple[AssignmentRule, ...] = ()
    """Who gets new leads without an owner; the first rule that holds decides."""
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    former_stages: tuple[FormerStage, ...] = ()
    """Removed ones, whose names the logs of leads still show."""
    stage_rule_switches: dict[str, tuple[StageRuleSwitch, ...]] = {}
    """By stage rule, oldest first; a rule without any was always on."""
    custom_fields: tuple[CustomField, ...] = ()
    won_reasons: tuple[str, ...] = DEFAULT_WON_REASONS
    lost_reasons: tuple[str, ...] = DEFAULT_LOST_REASONS
    """Offered where a lead is moved; any other text may be given."""
    products: tuple[str, ...] = ()
    """Offered for sales."""
    categories: tuple[str, ...] = DEFAULT_CATEGORIES
    """The only ones that leads may be given."""
    touch_types: tuple[TouchType, ...] = DEFAULT_TOUCH_TYPES
    """Offered where a rep records a touch."""
    policy: Policy = Policy()
    tracking_policy: TrackingPolicy | None = None
    """What is tracked of leads who have said nothing, by country; None until an admin has decided: everything."""
    lead_texts: dict[str, dict[str, str]] = {}
    """Own texts for leads by page (`choice`, `banner`, `unsubscribe`) and language; `` (empty) stands for all other languages."""
    address_privacy: AddressPrivacy = AddressPrivacy()
    """Which parts of web addresses are not stored."""
    working_hours: WorkingHours = WorkingHours()
    """In the zone of whom they apply to. Scheduled mail waits for them."""
    daily_limit: int = DAILY_LIMIT
    """Messages a day of each rep without a limit of their own."""
    automatic_limit: int = 50
    """Emails a day that sequences, campaigns and automations send in the name of each rep."""
    automatic_limit_all: int = 500
    """The same in the name of all reps together."""
    alert_sender: str = ""
    """The address that alerts are sent from; empty: the account of the mail server, else one at the console's host."""
    alert_preferences: AlertPreferences = AlertPreferences()
    """For its reps without preferences of their own, and for alerts of the team."""
    hours_decided: bool = False
    """Whether an admin has decided in which hours alerts arrive, or does not want to be asked."""
    rules: dict[str, int] = {}
    """Points of scoring rules that differ from the defaults, by rule name; 0 disables a rule."""
    rule_changes: dict[str, ScoringRuleChange] = {}
    """What else differs from the defaults, by rule name."""
    own_rules: tuple[OwnScoringRule, ...] = ()
    """Scoring rules that the company added."""
    sealed_before: datetime | None = None
    """Events before this time may be deleted, so nothing before it is recomputed."""
    sealed_day: str | None = None
    """The local day (ISO date) that starts at this time, in the time zone of then; day facts before it stay unchanged in another time zone."""
    version: int = 0
    lost_secrets: tuple[str, ...] = ()
    """Paths of fields of the mail server that cannot be decrypted and therefore read as empty. Never stored."""

    def __repr__(self) -> str:
        """Omits the mail server's password, so that logs do not contain it."""
        return f"Workspace(id={self.id!r}, name={self.name!r}, version={self.version})"

    @property
    def asks_for_hours(self) -> bool:
        """Whether alerts arrive at all times only because the workspace is older than quiet hours."""
        return self.alert_preferences == AlertPreferences() and not self.hours_decided and not self.is_demo

    def stage(self, stage: str) -> Stage | None:
        """The stage with this id, if it is still part of the pipeline."""
        return next((s for s in self.stages if s.id == stage), None)

    def stage_named(self, text: str) -> Stage | None:
        """The stage with this name, compared without case, or with this id."""
        return next((s for s in self.stages if s.name.casefold() == text.strip().casefold()), None) or self.stage(text)

    def stage_name(self, stage: str) -> str:
        """The name of the stage with this id, of a removed one too."""
        known = (*self.stages, *(former.stage for former in self.former_stages))
        return next((s.name for s in known if s.id == stage), stage)

    def custom_field(self, text: str) -> CustomField | None:
        """The custom field with this name, compared without case, else the one that had it, else the one with this id."""
        key = text.strip().casefold()
        present = {one.name.casefold(): one for one in self.custom_fields}
        former = {name.casefold(): one for one in self.custom_fields for name in one.former_names}
        return present.get(key) or former.get(key) or next((one for one in self.custom_fields if one.id == text), None)

    def touch_type(self, text: str) -> TouchType | None:
        """The touch type with this name, compared without case."""
        return next((one for one in self.touch_types if one.name.casefold() == text.strip().casefold()), None)

    def site(self, key: str) -> Site | None:
        """The site with this key."""
        return next((site for site in self.sites if site.key == key), None)

    def stage_index(self, stage: str) -> int:
        """The position of the stage with this id in the pipeline; unknown ones are before the first."""
        return next((i for i, s in enumerate(self.stages) if s.id == stage), -1)
