"""Lead schemas of requests and responses."""

from datetime import date, tzinfo
from typing import Annotated

from pydantic import Field

from tracker.actions.inquiries.record import GivenInquiry
from tracker.domain.leads.lead import Lead, LeadValue, NextAction
from tracker.domain.leads.qualification import MOST_FACTS
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.schemas.base import EARLIER, Due, In, Line, Moment, Out, Text, When, due_at, to_schema
from tracker.web.api.schemas.leads.consents import ConsentOut, consent_out
from tracker.web.api.schemas.leads.duplicates import MaybeSameOut
from tracker.web.api.schemas.leads.qualification import BuyingRole, DatedFactIn, DatedFactOut, Need, ReferrerIn, ReferrerOut
from tracker.web.api.schemas.leads.score import ScoreNow
from tracker.web.api.schemas.leads.visit_touches import VisitTouchOut, visit_touch_out
from tracker.web.api.schemas.team.assignment_rules import AssignedOut, assigned_out


class NextActionIn(In):
    """The next action of a lead."""

    text: Line
    due: Due | None = None

    def value(self, zone: tzinfo) -> NextAction:
        """The next action; a day is one of the rep's time zone."""
        return NextAction(self.text, due_at(self.due, zone))


class LeadValueIn(In):
    """What a lead is expected to buy for."""

    amount: Annotated[int, Field(ge=0, le=10**14, description="In minor units of the currency, such as cents")]
    currency: Annotated[str, Field(min_length=3, max_length=3)]

    def value(self) -> LeadValue:
        """The value."""
        return LeadValue(self.amount, self.currency)


class InquiryIn(In):
    """What the lead asked for."""

    message: Annotated[str, Field(max_length=5000)] = ""
    at: When | None = Field(None, description=f"{EARLIER}. The same time, form and message again add nothing")
    form: Annotated[str, Field(max_length=120)] | None = None
    page: Annotated[str, Field(max_length=2048)] | None = Field(None, description="The address of the page with the form")

    def value(self) -> GivenInquiry:
        """The inquiry."""
        return GivenInquiry(self.message, self.at, self.form or "", self.page or "")


class LeadIn(In):
    """A new lead."""

    email: Annotated[str, Field(max_length=254)]
    name: Annotated[str, Field(max_length=200)]
    company: Line | None = None
    phone: Line | None = None
    job_title: Line | None = None
    country: Line | None = None
    timezone: Line | None = None
    tags: list[Line] = Field(default_factory=list, max_length=40)
    source: Line | None = None
    source_detail: Line | None = None
    owner: Line | None = Field(None, description="A rep's id or email address; without it, the assignment rules choose; null: no owner")
    stage: Line | None = None
    lost_reason: Line | None = Field(None, description="Required for a lost stage")
    next_action: NextActionIn | None = None
    value: LeadValueIn | None = None
    buying_role: BuyingRole | None = None
    need: Need | None = None
    timeline: Line | None = Field(None, description="When it means to buy, in words")
    categories: list[Line] = Field(default_factory=list, max_length=40, description="Of those in /categories")
    referred_by: ReferrerIn | None = None
    dated_facts: list[DatedFactIn] = Field(default_factory=list, max_length=MOST_FACTS)
    external_url: Annotated[str, Field(max_length=2048)] | None = None
    fields: dict[Line, Text | bool | int | float] = Field(
        default_factory=dict,
        max_length=60,
        description="Custom fields by name; those defined in /fields are checked. industry, size, budget and location count for fit",
    )
    created_at: When | None = Field(None, description="For admins: when it was added to another system; the lead is marked as imported")
    inquiry: InquiryIn | None = Field(
        None, description="Starts the clock of the first contact. A lead with this address is then found, not refused and not changed"
    )


class ArchiveIn(In):
    """When the lead was archived."""

    at: When | None = Field(None, description="Now by default. For admins: when it was archived in another system")


class LeadChange(In):
    """Changes of a lead; null clears a field or completes the next action."""

    email: Annotated[str, Field(max_length=254)] | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    company: Line | None = None
    phone: Line | None = None
    job_title: Line | None = None
    country: Line | None = None
    timezone: Line | None = None
    tags: list[Line] | None = Field(None, max_length=40)
    source: Line | None = None
    source_detail: Line | None = None
    owner: Line | None = None
    stage: Line | None = None
    lost_reason: Line | None = None
    next_action: NextActionIn | None = None
    value: LeadValueIn | None = None
    buying_role: BuyingRole | None = None
    need: Need | None = None
    timeline: Line | None = None
    categories: list[Line] | None = Field(None, max_length=40)
    referred_by: ReferrerIn | None = None
    dated_facts: list[DatedFactIn] | None = Field(None, max_length=MOST_FACTS, description="All of them")
    external_url: Annotated[str, Field(max_length=2048)] | None = None
    fields: dict[Line, Text | bool | int | float] | None = Field(None, max_length=60)
    opted_out: bool | None = Field(None, description="true: no more email; false: the lead asked for email again")
    bounced: bool | None = Field(None, description="true: the address is wrong; false: it works")
    version: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="409 if the lead has changed since this version")


class NextActionOut(Out):
    """The next action of a lead."""

    text: str
    due: Moment | None


class LeadValueOut(Out):
    """What a lead is expected to buy for; the amount in minor units of the currency."""

    amount: int
    currency: str


class LeadOut(Out):
    """A lead."""

    id: str
    email: str
    name: str
    company: str | None
    company_id: str | None
    phone: str | None
    job_title: str | None
    country: str | None
    timezone: str | None
    tags: list[str]
    source: str | None
    source_detail: str | None
    owner: str | None
    assigned: AssignedOut | None = Field(description="By which assignment rule it got its first owner")
    stage: str
    stage_since: Moment | None
    lost_reason: str | None
    next_action: NextActionOut | None
    value: LeadValueOut | None
    buying_role: BuyingRole | None
    need: str | None
    timeline: str | None
    categories: list[str]
    referred_by: ReferrerOut | None
    dated_facts: list[DatedFactOut] = Field(description="In the order of their days")
    external_url: str | None
    fields: dict[str, str]
    score: ScoreNow
    last_seen_at: Moment | None
    opens: int
    clicks: int
    views: int
    first_contact_at: Moment | None = Field(description="The first contact by the company: a call, meeting, chat or email")
    last_contact_at: Moment | None = Field(description="The last contact either way")
    first_touch: VisitTouchOut | None = Field(description="Where the first visit came from")
    last_touch: VisitTouchOut | None = Field(description="Where the last visit came from")
    last_response_at: Moment | None = Field(description="The last reply, inquiry, call or meeting with the lead")
    opted_out_at: Moment | None
    bounced_at: Moment | None = Field(description="When email to this address was returned for good")
    bounce_doubt_at: Moment | None = Field(description="When email probably was returned for good, which nothing confirms yet")
    bounce_reason: str | None = Field(description="The words of the mail server: untrusted text")
    new_email: str | None = Field(
        description="Another address that may be the lead's, as an answer or a mail server named it: untrusted text"
    )
    new_email_at: Moment | None = Field(description="Since when it is proposed; null: none is, or a person refused it")
    away_until: date | None = Field(description="The last day of an absence, or the day of return, as an automatic answer named it")
    archived_at: Moment | None
    archived_reason: str | None = Field(
        description="withdrawn_inquiry: the inquiry that made it was no person's; null: someone archived it"
    )
    tracking_consent: ConsentOut = Field(description="What the lead said of tracking, with the proof")
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system: from a file, or with its date of creation there")
    updated_at: Moment
    version: int
    change: str | None = Field(None, description="After a change: the id with which it can be undone (`POST /changes/{change}/undo`)")
    may_be_duplicates: list[MaybeSameOut] | None = Field(
        None, description="After it was added: leads that may be the same person, and that the caller may see; null: none"
    )


_UNCHANGED = (
    *("id", "email", "name", "company", "company_id", "phone", "job_title", "country", "timezone"),
    *("source", "source_detail", "owner", "stage_since", "lost_reason", "buying_role", "need", "timeline", "external_url"),
    *("opted_out_at", "bounced_at", "bounce_doubt_at", "bounce_reason", "new_email", "new_email_at", "away_until", "archived_at"),
    *("created_at", "is_imported", "updated_at", "version"),
)


def lead_out(lead: Lead, workspace: Workspace, change: str | None = None) -> LeadOut:
    """The lead as a response, with the name of its stage."""
    derived, action = lead.derived, lead.next_action
    return LeadOut.model_construct(
        **{name: getattr(lead, name) for name in _UNCHANGED},
        stage=workspace.stage_name(lead.stage),
        assigned=assigned_out(lead.assigned),
        archived_reason="withdrawn_inquiry" if lead.archived_at and lead.made_by and lead.made_by.is_withdrawn else None,
        tags=list(lead.tags),
        categories=list(lead.categories),
        referred_by=to_schema(ReferrerOut, lead.referred_by) if lead.referred_by else None,
        dated_facts=[to_schema(DatedFactOut, fact) for fact in lead.dated_facts],
        tracking_consent=consent_out(lead.tracking_consent),
        fields=lead.field_texts,
        next_action=NextActionOut(text=action.text, due=action.due) if action else None,
        value=LeadValueOut(amount=lead.value.amount, currency=lead.value.currency) if lead.value else None,
        score=ScoreNow.model_construct(
            total=derived.score,
            fit=derived.fit,
            engagement=derived.engagement,
            change=derived.change,
            quadrant=derived.quadrant,
            as_of=derived.scored_at,
        ),
        last_seen_at=derived.last_seen_at,
        first_contact_at=derived.first_contact_at,
        last_contact_at=derived.last_contact_at,
        first_touch=visit_touch_out(derived.first_touch),
        last_touch=visit_touch_out(derived.last_touch),
        last_response_at=derived.last_response_at,
        opens=derived.opens,
        clicks=derived.clicks,
        views=derived.views,
        change=change,
        may_be_duplicates=None,
    )
