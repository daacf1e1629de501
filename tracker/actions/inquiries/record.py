"""Inquiries by programs, and the record that an event makes. Workers make the same record from the same event."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from tracker.actions import checks
from tracker.actions.activity.event_log import changed, publish_event
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import id_of, new_id
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import IMPORTED, Event, EventKind
from tracker.domain.activity.form import Form, FormKind
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.forms.mapping import mapped_values
from tracker.rules.forms.texts import label_of
from tracker.rules.inquiries.clock import due_at
from tracker.rules.page_names import split_url
from tracker.rules.page_paths import path_of
from tracker.rules.verdicts.first import RECORDED

LATE = timedelta(minutes=15)
"""An inquiry that becomes known later than this starts no clock, as it makes no alert."""
_LONGEST_MESSAGE = 5_000


@dataclass(frozen=True, slots=True)
class GivenInquiry:
    """An inquiry as a program reports it."""

    message: str
    at: datetime | None = None
    """None: now."""
    form: str = ""
    page: str = ""
    key: str = ""
    """What tells it apart, such as a Message-ID; empty: its time, form and message."""


def checked_inquiry(given: GivenInquiry, now: datetime) -> GivenInquiry:
    """The inquiry as it will be stored. Raises Invalid."""
    return GivenInquiry(
        message=checks.words("inquiry.message", given.message, longest=_LONGEST_MESSAGE, required=False),
        at=checks.moment("inquiry.at", given.at, now) if given.at else None,
        form=checks.optional_line("inquiry.form", given.form, longest=120) or "",
        page=checks.web_address("inquiry.page", given.page) if given.page else "",
        key=given.key,
    )


def add_inquiry(deps: Deps, workspace: Workspace, lead: Lead, given: GivenInquiry, *, is_imported: bool = False) -> Inquiry:
    """Adds a checked inquiry with its event. One with the same time, form and message is the same and is added once.

    An imported one triggers nothing: no alert, no clock.
    """
    here, now = deps.store.of(workspace.id), deps.now()
    event = event_of_inquiry(workspace, lead, given, now, is_imported=is_imported)
    owner = here.reps.find(lead.owner) if lead.owner else None
    made = inquiry_of(workspace, lead, event, None, zone_of(owner.timezone if owner else None, workspace.timezone), now)
    is_new = here.events.add(event)
    here.inquiries.keep([made], [])
    changed(deps, workspace.id, lead.id, event.at)
    if is_new and not is_imported:
        publish_event(deps, event)
    return made


def event_of_inquiry(workspace: Workspace, lead: Lead, given: GivenInquiry, now: datetime, *, is_imported: bool = False) -> Event:
    """The event of a checked inquiry."""
    at, form, message = given.at or now, given.form, given.message
    parts = ("key", given.key) if given.key else (str(to_ms(at)), form, message) if given.at else ()
    return Event(
        id=id_of(workspace.id, lead.id, "inquiry", *parts) if parts else new_id(),
        workspace=workspace.id,
        kind=EventKind.SUBMIT,
        at=at,
        received=now,
        verdict=RECORDED,
        lead=lead.id,
        title=form or None,
        url=given.page or None,
        fields={"message": message} if message else {},
        form_kind=FormKind.INQUIRY,
        signs=(IMPORTED,) if is_imported else (),
    )


def inquiry_of(workspace: Workspace, lead: Lead, event: Event, form: Form | None, zone: tzinfo, now: datetime) -> Inquiry:
    """The record of an event that sent an inquiry. `zone` is the owner's, else the workspace's."""
    return Inquiry(
        id=event.id,
        workspace=workspace.id,
        lead=lead.id,
        at=event.at,
        message=message_of(event, form)[:_LONGEST_MESSAGE],
        source=lead.source,
        source_detail=lead.source_detail,
        form=event.title or "" if event.site is None else label_of(form) if form else "",
        page=f"{split_url(event.url)[0]}{path_of(event.url)}" if event.url else "",
        owner=lead.owner,
        due_at=due_at(event.at, workspace, zone),
        is_silent=event.is_imported or now - event.at > LATE,
        is_imported=event.is_imported,
        created_at=now,
    )


def message_of(event: Event, form: Form | None) -> str:
    """What the sender wrote: the mapped field, else one that is named `message`."""
    mapped = mapped_values(form.mapping, event.fields).get("message", "") if form and form.mapping else ""
    return mapped or event.fields.get("message", "").strip()
