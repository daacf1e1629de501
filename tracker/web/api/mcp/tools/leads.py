"""The tools find_leads, get_lead and what_did_lead_do."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from tracker.actions.leads.lists import query_of_list, visible_list
from tracker.base.errors import Invalid
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Visit
from tracker.rules.page_names import page_name
from tracker.rules.visibility import scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.mcp.lookup import LeadName, OfLead, lead_meant
from tracker.web.api.mcp.results import LeadNamed, LeadTexts, MoneyShown, lead_named, lead_texts, rep_names
from tracker.web.api.mcp.tool import NotClear, Tools
from tracker.web.api.mcp.untrusted import PASSAGE, safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Moment, Out

tools = Tools()

_MOST_EVENTS, _MOST_VISITS, _MOST_PAGES = 200, 10, 20
_SHORT = 60
_ACTS = {
    EventKind.OPEN: "Opened an email",
    EventKind.CLICK: "Clicked a link",
    EventKind.SUBMIT: "Sent a form",
    EventKind.DOWNLOAD: "Downloaded a file",
    EventKind.UNSUBSCRIBE: "Unsubscribed",
    EventKind.REPLY: "Replied",
    EventKind.BOUNCE: "An email bounced",
    EventKind.AWAY: "Automatic reply",
    EventKind.CALL: "Call",
    EventKind.MEETING: "Meeting",
    EventKind.CHAT: "Chat",
    EventKind.TOUCH: "Touch",
}


class FindLeads(In):
    """Filters; all of them apply."""

    text: Annotated[str, Field(max_length=200, description="Part of a name, email address or company")] = ""
    stage: Annotated[str, Field(max_length=80, description="The name of a stage; `pipeline_summary` lists them")] | None = None
    list: Annotated[Literal["hot", "going_cold", "slipped", "mine", "no_owner", "bounced"] | None, Field(description="A list of leads")] = (
        None
    )
    sort: Literal["score", "last_seen", "created", "name"] = "last_seen"
    limit: Annotated[int, Field(ge=1, le=25)] = 10


class LeadsFound(Out):
    """The leads."""

    leads: list[LeadNamed]
    has_more: bool


class LeadDetailTexts(LeadTexts):
    """What was written about a lead."""

    phone: str | None
    job_title: str | None
    country: str | None
    source: str | None
    next_action: str | None
    lost_reason: str | None
    tags: list[str]
    fields: dict[str, str]
    last_notes: list[str] = Field(description="Of the reps, newest first")


class LeadDetail(Out):
    """One lead."""

    lead: LeadNamed
    value: MoneyShown | None = Field(description="What it is expected to buy for")
    next_action_due: Moment | None
    first_contact_at: Moment | None
    last_contact_at: Moment | None
    last_response_at: Moment | None
    opens: int
    clicks: int
    views: int
    opted_out: bool = Field(description="No email may be sent")
    archived: bool
    created_at: Moment
    untrusted: LeadDetailTexts


class WhatDidLeadDo(In):
    """The lead and the period."""

    lead: LeadName
    days: Annotated[int, Field(ge=1, le=365)] = 30
    limit: Annotated[int, Field(ge=1, le=50, description="Of events")] = 30


class EventTexts(Out):
    """What was written in the email, on the page or in the form."""

    title: str | None
    text: str | None


class EventShown(Out):
    """Something the lead did, or a contact with the lead."""

    at: Moment
    what: str
    is_other_reader: bool
    untrusted: EventTexts


class PageReadTexts(Out):
    """The page's name."""

    page: str | None


class PageRead(Out):
    """A page of a visit."""

    at: Moment
    active_seconds: int
    read_percent: int
    untrusted: PageReadTexts


class VisitShown(Out):
    """A visit to the company's web site."""

    started_at: Moment
    active_seconds: int
    is_other_reader: bool
    pages: list[PageRead]


class LeadHistory(Out):
    """What the lead did, newest first. Automatic requests are left out."""

    lead_id: str
    days: int
    events: list[EventShown]
    visits: list[VisitShown]
    untrusted: LeadTexts


@tools.add("Find leads", FindLeads, LeadsFound)
def find_leads(call: Call, asked: FindLeads) -> LeadsFound:
    """Finds leads by text, stage or list, and returns their ids."""
    stage = call.workspace.stage_named(asked.stage) if asked.stage else None
    if asked.stage and stage is None:
        raise NotClear(f"There is no such stage. Stages: {', '.join(stage.name for stage in call.workspace.stages)}.")
    if asked.list == "mine" and call.rep is None:
        raise Invalid("list", "cannot be `mine`: this key belongs to no rep")
    chosen = query_of_list(call.deps, call.viewer, visible_list(call.deps, call.viewer, asked.list)) if asked.list else None
    query = LeadQuery(
        search=asked.text, stage=stage.id if stage else None, test=chosen.test if chosen else None, visible_to=scope(call.viewer)
    )
    sort = asked.sort if asked.sort == "name" else f"-{asked.sort}"
    page, names = call.store.leads.page(query, sort=sort, limit=asked.limit), rep_names(call)
    return LeadsFound(leads=[lead_named(call, lead, names) for lead in page.items], has_more=page.next is not None)


@tools.add("Get a lead", OfLead, LeadDetail)
def get_lead(call: Call, asked: OfLead) -> LeadDetail:
    """Returns one lead: stage, score, next action, contact dates, fields and the last notes."""
    lead = lead_meant(call, asked.lead)
    derived, action = lead.derived, lead.next_action
    notes = [note.text for note in call.store.notes.of_lead(lead.id, 3)]
    texts = LeadDetailTexts(
        **lead_texts(lead).model_dump(),
        phone=safe_text(lead.phone),
        job_title=safe_text(lead.job_title),
        country=safe_text(lead.country),
        source=safe_text(", ".join(part for part in (lead.source, lead.source_detail) if part)),
        next_action=safe_text(action.text) if action else None,
        lost_reason=safe_text(lead.lost_reason),
        tags=[tag for one in lead.tags if (tag := safe_text(one, _SHORT))],
        fields={safe_text(name, _SHORT) or "": safe_text(value) or "" for name, value in lead.field_texts.items()},
        last_notes=[text for note in notes if (text := safe_text(note, PASSAGE))],
    )
    return LeadDetail(
        lead=lead_named(call, lead, rep_names(call)),
        value=MoneyShown(amount=lead.value.amount, currency=lead.value.currency) if lead.value else None,
        next_action_due=action.due if action else None,
        first_contact_at=derived.first_contact_at,
        last_contact_at=derived.last_contact_at,
        last_response_at=derived.last_response_at,
        opens=derived.opens,
        clicks=derived.clicks,
        views=derived.views,
        opted_out=lead.opted_out_at is not None,
        archived=lead.archived_at is not None,
        created_at=lead.created_at,
        untrusted=texts,
    )


@tools.add("What did this lead do", WhatDidLeadDo, LeadHistory)
def what_did_lead_do(call: Call, asked: WhatDidLeadDo) -> LeadHistory:
    """Tells what one lead did in the last days: emails opened, links clicked, forms sent, calls and meetings, and visits page by page."""
    lead = lead_meant(call, asked.lead)
    since = call.deps.now() - timedelta(days=asked.days)
    latest = call.store.events.latest_of_lead(lead.id, limit=_MOST_EVENTS)
    events = [event for event in latest if event.at >= since and event.stands and event.kind in _ACTS][: asked.limit]
    visits = [visit for visit in call.store.visits.of_lead(lead.id, limit=_MOST_VISITS) if visit.started_at >= since]
    return LeadHistory(
        lead_id=lead.id,
        days=asked.days,
        events=[_event(event) for event in events],
        visits=[_visit(visit) for visit in call.store.dwell.fill(visits)],
        untrusted=lead_texts(lead),
    )


def _event(event: Event) -> EventShown:
    title = event.title or (page_name(event.target or event.url) if event.url or event.target else None)
    text = event.fields.get("message") if event.kind is EventKind.SUBMIT else event.text
    return EventShown(
        at=event.at,
        what=_ACTS[event.kind],
        is_other_reader=bool(event.reader),
        untrusted=EventTexts(title=safe_text(title), text=safe_text(text, PASSAGE)),
    )


def _visit(visit: Visit) -> VisitShown:
    return VisitShown(
        started_at=visit.started_at,
        active_seconds=round(visit.active_ms / 1000),
        is_other_reader=bool(visit.reader),
        pages=[
            PageRead(
                at=page.at,
                active_seconds=round(page.active_ms / 1000),
                read_percent=page.scroll,
                untrusted=PageReadTexts(page=safe_text(page_name(page.url, page.title))),
            )
            for page in visit.pages[:_MOST_PAGES]
        ],
    )
