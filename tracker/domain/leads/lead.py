"""The lead: a person to whom the company may sell, and the values derived from their events."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from tracker.domain.duplicates.merge import Merged, MergedValues
from tracker.domain.leads.assigned import Assigned
from tracker.domain.leads.consent import Consent
from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.domain.leads.inquiry import MadeByInquiry
from tracker.domain.leads.qualification import DatedFact, Referrer
from tracker.domain.leads.visit_touch import VisitTouch


class NewAddressHow(StrEnum):
    """How another address of a lead became known. Values are stored and part of the API."""

    REPLY = "reply"
    """An answer came from it."""
    NAMED = "named"
    """An answer names it as the new one."""
    BOUNCE = "bounce"
    """A mail server named it when it returned an email."""


class NextAction(msgspec.Struct, frozen=True):
    """The next action of a lead."""

    text: str
    due: datetime | None = None


class LeadValue(msgspec.Struct, frozen=True):
    """What a lead is expected to buy for: `amount` in minor units of `currency` (cents)."""

    amount: int
    currency: str


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """Values computed by workers; never edited, always rebuilt."""

    score: int = 0
    fit: int = 0
    engagement: int = 0
    change: int = 0
    """Points gained since 24 hours before `scored_at`."""
    scored_at: datetime | None = None
    quadrant: str = "unrated"
    """call_now, nurture, distraction, leave or unrated (domain.pipeline.score)."""
    profile: tuple[str, ...] = ()
    """`field:value` of industry, size, budget and location, of the lead or its company, as the lists to pick from have it."""
    last_seen_at: datetime | None = None
    """The last standing event of the lead."""
    last_kind: str | None = None
    last_title: str | None = None
    last_url: str | None = None
    first_contact_at: datetime | None = None
    """The company's first contact (rules.pipeline.contacts)."""
    last_contact_at: datetime | None = None
    """The last contact either way."""
    last_response_at: datetime | None = None
    waits_since: datetime | None = None
    """The company's first contact since the lead's last response."""
    inquired_at: datetime | None = None
    """The last inquiry, while the company has not contacted the lead since."""
    opens: int = 0
    clicks: int = 0
    views: int = 0
    first_touch: VisitTouch | None = None
    """Where the lead's first visit came from."""
    last_touch: VisitTouch | None = None
    touch_entries: tuple[str, ...] = ()
    """What conditions compare of both (rules.sources.touches)."""


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One lead of one workspace; its email address is unique in it, compared without case."""

    id: str
    workspace: str
    email: str
    name: str
    company: str | None = None
    """The company's name as typed; `company_id` is the company record of that name."""
    company_id: str | None = None
    phone: str | None = None
    job_title: str | None = None
    country: str | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None
    source_detail: str | None = None
    owner: str | None = None
    """The owner's rep id; empty without an owner."""
    owner_since: datetime | None = None
    """When the owner last changed; None: never since the lead was created."""
    assigned: Assigned | None = None
    """By which rule the first owner was chosen; None: by no rule."""
    stage: str = "New"
    stage_since: datetime | None = None
    lost_reason: str | None = None
    next_action: NextAction | None = None
    value: LeadValue | None = None
    buying_role: str | None = None
    """One of `qualification.BUYING_ROLES`."""
    need: str | None = None
    timeline: str | None = None
    """When it means to buy, in words."""
    categories: tuple[str, ...] = ()
    """Of the workspace's list; those of a list that changed since stay."""
    referred_by: Referrer | None = None
    dated_facts: tuple[DatedFact, ...] = ()
    """In the order of their days."""
    external_url: str | None = None
    fields: dict[str, FieldValue] = {}
    """Custom fields by name; `industry`, `size`, `budget` and `location` count for fit."""
    opted_out_at: datetime | None = None
    bounced_at: datetime | None = None
    """When mail to this address was returned for good; empty once the address changes."""
    bounce_doubt_at: datetime | None = None
    """When mail to this address probably was returned for good, which a second return or a rep confirms."""
    bounce_reason: str | None = None
    """The words of the mail server: untrusted text."""
    new_email: str | None = None
    """Another address that may be the lead's by now, as an answer or a returned email named it: untrusted text until a person uses it."""
    new_email_at: datetime | None = None
    """Since when it is proposed; empty where a person said that it is not the lead's."""
    new_email_how: NewAddressHow | None = None
    refused_emails: tuple[str, ...] = ()
    """The keys (`mailbox_key`) of the last proposed addresses that a person refused, the newest last: they are not proposed again."""
    away_until: date | None = None
    """The last day of an absence, or the day of return, as an automatic answer named it."""
    made_by: MadeByInquiry | None = None
    archived_at: datetime | None = None
    """When it was archived: it is left out of lists, counts and alerts until it is restored."""
    last_automation: str | None = None
    """The entry of the automation log (domain.pipeline.automation) that changed it last, so that an interrupted one is not repeated."""
    merged: Merged | None = None
    """With which lead it was merged: then that one answers for it, and it stands in no list or figure by itself."""
    merged_values: tuple[MergedValues, ...] = ()
    """What it took over from each lead that was merged with it, in that order."""
    merging_at: datetime | None = None
    """When a merge or its undo began; None: none is at work."""
    tracking_consent: Consent = Consent()
    created_at: datetime
    is_imported: bool = False
    """Whether it came from another system: from a file, or with an earlier date of creation."""
    updated_at: datetime
    derived: Derived = Derived()
    version: int = 0
    """Increased by every change of a person or program, not by derived values."""

    @property
    def field_texts(self) -> dict[str, str]:
        """The custom fields with their values as text."""
        return {name: text_of(value) for name, value in self.fields.items()}

    @property
    def first_name(self) -> str:
        """The given name, for merge fields and short notices."""
        return self.name.split()[0] if self.name.split() else self.email


class LeadContact(msgspec.Struct, frozen=True):
    """Owner and email address of a lead, without the rest of it."""

    owner: str | None
    email: str
