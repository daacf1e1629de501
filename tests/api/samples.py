"""One valid body per call that takes one, with ids to be put in; used by tests that walk over all calls."""

from datetime import datetime, timedelta
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.archive import archive_lead
from tracker.actions.leads.leads import add_lead
from tracker.actions.mail_inbound.outcomes import record_reply
from tracker.actions.merging.merge import merge
from tracker.base.ids import id_of, new_id
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.form import Form, FormKind
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryResult, DeliveryState, DeliveryTry
from tracker.domain.mail.conversation import conversation_id
from tracker.domain.mail.inquiry_mailbox import InquiryMailbox
from tracker.domain.mail.message import Message
from tracker.domain.outreach.campaign import Campaign
from tracker.domain.outreach.sequence import Enrolment, Sequence, SequenceStep, StepKind
from tracker.domain.pipeline.automation import AutomationDeed, AutomationEntry, AutomationState
from tracker.domain.pipeline.automation_effect import AutomationEffect
from tracker.rules.verdicts.first import PERSON

BODIES: dict[str, dict[str, Any]] = {
    "POST /leads": {"email": "new@acme.example", "name": "New"},
    "POST /sequences": {"name": "After the fair", "steps": [{"kind": "task", "text": "Call", "after": 2}]},
    "PATCH /sequences/{sequence}": {"name": "After a fair"},
    "POST /sequences/{sequence}/enrolments": {"leads": ["{lead}"]},
    "PATCH /enrolments/{enrolment}": {"action": "stop"},
    "POST /campaigns": {"name": "Spring", "list": "hot", "template": "{template}"},
    "PATCH /campaigns/{campaign}": {"name": "Summer"},
    "POST /campaigns/{campaign}/state": {"state": "paused"},
    "POST /automations": {"name": "Welcome", "trigger": "created", "actions": [{"kind": "tag", "text": "new"}]},
    "POST /automations/preview": {"trigger": "created", "actions": [{"kind": "tag", "text": "new"}]},
    "PATCH /automations/{automation}": {"name": "Hello"},
    "POST /targets": {"report": "sales", "measure": "amount", "period": "month", "value": 100000},
    "POST /saved-reports": {"name": "Wins", "report": "won", "period": "last-month", "filters": {"source": "North"}, "shared": True},
    "POST /lists": {"name": "North", "condition": {"field": "tags", "is": "north"}, "shared": True},
    "PATCH /lists/{lead_list}": {"name": "Northern"},
    "PATCH /leads/{lead}": {"job_title": "CTO"},
    "POST /leads/{lead}/duplicates/dismiss": {"leads": ["{lead}"]},
    "POST /leads/{lead}/merge": {"with": "{other}"},
    "POST /leads/bulk": {"leads": ["{lead}"], "set": {"source": "Fair"}},
    "PUT /leads/{lead}/consent": {"state": "granted", "how": "phone"},
    "PUT /leads/{lead}/events/{event}/cause": {"cause": "machine"},
    "POST /messages": {"lead": "{lead}", "subject": "x", "html": "<p>x</p>"},
    "POST /messages/{message}/send": {},
    "POST /messages/{message}/sent": {},
    "POST /messages/{message}/events": {"kind": "reply", "text": "Yes."},
    "PUT /inquiry-mailbox/rules": {"rules": [{"sender": "@forms.example", "reads": "lines"}]},
    "PATCH /conversations/{conversation}": {"is_open": False},
    "POST /attachments": {"name": "a.txt", "content": "aGVsbG8="},
    "POST /templates": {"name": "Intro", "subject": "Hello", "html": "<p>Hi {{first_name|there}}</p>"},
    "PATCH /templates/{template}": {"name": "Intro 2"},
    "POST /snippets": {"name": "Sign-off", "text": "Kind regards"},
    "PATCH /snippets/{snippet}": {"text": "Best regards"},
    "PATCH /messages/{message}": {"proposal": True},
    "POST /hooks": {"target_url": "https://hooks.us.example/x", "event": "lead.created"},
    "PATCH /hooks/{hook}": {"name": "CRM"},
    "POST /hooks/{hook}/replay": {"since": "2026-01-01T00:00:00Z"},
    "PUT /alert-preferences": {"days": ["monday"], "start": "09:00", "end": "17:00"},
    "PUT /reps/{rep}/alert-preferences": {"days": []},
    "POST /alert-rules": {"name": "Prices", "trigger": "page", "text": "/pricing"},
    "POST /alert-rules/preview": {"trigger": "page", "text": "/pricing"},
    "PUT /alert-rules/shipped": {"rule": "pricing", "priority": "digest"},
    "PATCH /alert-rules/{alert_rule}": {"text": "/prices"},
    "POST /watched-pages": {"url": "https://www.us.example/new"},
    "PATCH /links/{link}": {"url": "https://acme.example/offer"},
    "POST /links": {"lead": "{lead}", "url": "https://acme.example/", "label": "x"},
    "POST /reps": {"email": "rep@us.example", "name": "Rep"},
    "PATCH /reps/{rep}": {"name": "Renamed"},
    "POST /reps/{rep}/deactivate": {"to": None},
    "POST /teams": {"name": "Field sales"},
    "PATCH /teams/{team}": {"name": "Office sales"},
    "PUT /assignment-rules": {"items": [{"name": "All", "to": "rep", "rep": "{rep}"}]},
    "PUT /reps/{rep}/out-of-office": {"first": "2027-07-05", "last": "2027-07-16"},
    "PUT /reps/{rep}/sender": {"name": "Rosa of Northbeam"},
    "PUT /reps/{rep}/channels/{name}": {"address": "rep@us.example"},
    "PUT /team/channels/{name}": {"address": "team@us.example"},
    "POST /leads/{lead}/moves": {"stage": "Contacted"},
    "POST /leads/{lead}/archive": {},
    "POST /tasks": {"lead": "{lead}", "text": "x"},
    "PATCH /tasks/{task}": {"text": "y"},
    "PATCH /alerts/{alert}": {"useful": False},
    "POST /notes": {"lead": "{lead}", "text": "x"},
    "PATCH /notes/{note}": {"text": "y"},
    "POST /leads/{lead}/touches": {"type": "Webinar"},
    "POST /leads/{lead}/inquiries": {"message": "Call me"},
    "POST /inquiries/held/release": {"inquiries": ["0" * 32]},
    "PUT /touch-types": {"items": [{"name": "Webinar"}]},
    "PATCH /sales/{sale}": {"product": "y"},
    "POST /sales": {"lead": "{lead}", "product": "x", "amount": 1, "currency": "EUR", "sold_on": "2026-01-01"},
    "POST /companies": {"name": "Newco"},
    "PATCH /companies/{company}": {"industry": "tools", "note": "Buys in spring"},
    "POST /sites": {"name": "Site", "origins": ["https://www.us.example"]},
    "PATCH /sites/{site_key}": {"name": "Renamed"},
    "PUT /forms/{form}": {"kind": "inquiry"},
    "PUT /sources": {"items": ["Fair"]},
    "PUT /stages": {"items": [{"name": "New"}, {"name": "Won", "kind": "won"}]},
    "PUT /fields": {"items": [{"name": "Region"}]},
    "PUT /reasons": {"lost": ["Price", "Fashion"]},
    "PUT /products": {"items": ["Licence"]},
    "PUT /categories": {"items": ["Customer", "Press"]},
    "PUT /tracking-policy": {"own_country": "DE"},
    "PATCH /workspace": {"currency": "EUR", "working_hours": {"days": ["monday"], "start": "08:30", "end": "24:00"}},
    "POST /rates": {"currency": "USD", "date": "2026-10-01", "rate": 0.92},
    "POST /costs": {"source": "Event", "purpose": "to_win", "from": "2026-10-01", "to": "2026-10-31", "amount": 90000, "currency": "EUR"},
    "PATCH /costs/{cost}": {"amount": 80000},
    "POST /rules/preview": {"items": [{"name": "clicked", "points": 4}]},
    "PUT /rules": {"items": [{"name": "clicked", "points": 4}]},
}


def add_merged(deps: Deps, workspace: str, lead: str, mark: str = "x", owner: str | None = None) -> dict[str, str]:
    """A lead that is merged with this one, and one that is not; both of this owner."""
    merged, other = (
        add_lead(deps, workspace, email=f"{name}@{mark}.example", name=f"{name} {mark}", owner=owner).id for name in ("merged", "other")
    )
    merge(deps, workspace, lead, merged, rep=owner)
    archive_lead(deps, workspace, other)  # so that it stands in no list
    return {"merged": merged, "other": other}


def body_of(call: str, ids: dict[str, str]) -> dict[str, Any]:
    """The body, with `{lead}` and the like replaced."""
    return {name: _filled(value, ids) for name, value in BODIES[call].items()}


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, ids) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, ids) for name, one in value.items()}
    return value.format(**ids) if isinstance(value, str) else value


def add_view(deps: Deps, workspace: str, lead: str) -> str:
    """A page view of the lead, now; the event's id."""
    now = deps.now()
    event = Event(id=new_id(), workspace=workspace, kind=EventKind.VIEW, at=now, received=now, verdict=PERSON, lead=lead)
    deps.store.of(workspace).events.add(event)
    return event.id


def add_form(deps: Deps, workspace: str, site: str, name: str = "newsletter") -> str:
    """A form that was sent on the site, guessed to be a newsletter; its id."""
    now = deps.now()
    form = Form(
        id=new_id(),
        workspace=workspace,
        site=site,
        name=name,
        path="/",
        guess=FormKind.NEWSLETTER,
        first_seen_at=now,
        last_seen_at=now,
    )
    deps.store.of(workspace).forms.saw([form])
    return form.id


def add_alert(deps: Deps, workspace: str, lead: str, rep: str | None = None, **values: Any) -> dict[str, str]:
    """Stores an alert about the lead with a delivery by email that failed; the ids, by the names that they have in paths."""
    now, here = deps.now(), deps.store.of(workspace)
    fields = {"rule": AlertRule.CLICK, "cause": new_id(), "episode": new_id(), "at": now, "priority": Priority.LOUD}
    fields |= {"title": "Dana Whitfield is on Pricing", "text": "Second visit.", "times": Times(event=now)}
    alert = Alert(id=new_id(), workspace=workspace, lead=lead, rep=rep, **(fields | values))
    here.alerts.add(alert)
    return {"alert": alert.id, "delivery": here.deliveries.add(failed_delivery(alert, now)).id}


def failed_delivery(alert: Alert, now: datetime) -> Delivery:
    """The delivery of an alert by email, given up after one try."""
    tried = DeliveryTry(at=now, result=DeliveryResult.GIVEN_UP, reason="550 no such mailbox")
    return Delivery(
        id=id_of(alert.id, "email", alert.rep or "team"),
        workspace=alert.workspace,
        alert=alert.id,
        lead=alert.lead,
        rep=alert.rep,
        channel=ChannelName.EMAIL,
        state=DeliveryState.FAILED,
        due_at=now,
        created_at=now,
        attempts=1,
        error=tried.reason,
        tries=(tried,),
    )


def add_outreach(deps: Deps, workspace: str, lead: str, rep: str | None, mark: str = "", shared: str = "") -> dict[str, str]:
    """A sequence with the lead in it, and a campaign of the rep that is a draft; their ids."""
    here, now = deps.store.of(workspace), deps.now()
    step = SequenceStep(id=new_id(), kind=StepKind.TASK, text="Call", after=2)
    sequence = here.sequences.add(
        Sequence(id=new_id(), workspace=workspace, name=f"Sequence {shared}", steps=(step,), rep=rep, created_at=now, updated_at=now)
    )
    values = {"sequence": sequence.id, "lead": lead, "enrolled_at": now, "counted_from": now, "due_at": now + timedelta(days=2)}
    enrolment = here.enrolments.add(Enrolment(id=id_of(sequence.id, lead), workspace=workspace, **values))
    template = here.templates.briefs()[0].id
    campaign = here.campaigns.add(
        Campaign(id=new_id(), workspace=workspace, name=f"Campaign {mark}", template=template, rep=rep, created_at=now)
    )
    values = {"automation": "stale", "entry": new_id(), "lead": lead, "kind": AutomationDeed.TEMPLATE, "target": template, "cause": "x"}
    effect = here.automation_effects.add(
        AutomationEffect(id=new_id(), workspace=workspace, started_at=now, due_at=now + timedelta(days=2), at=now, **values)
    )
    return {"sequence": sequence.id, "enrolment": enrolment.id, "campaign": campaign.id, "effect": effect.id}


def add_automation_entry(deps: Deps, workspace: str, lead: str, change: str) -> str:
    """What an automation did with the lead: this change; its id."""
    now = deps.now()
    values = {"automation": "stale", "lead": lead, "cause": "x", "started_at": now, "at": now, "state": AutomationState.DONE}
    return deps.store.of(workspace).automation_log.add(AutomationEntry(id=change, workspace=workspace, **values)).id


def add_inquiry_mailbox(deps: Deps, workspace: str) -> None:
    """A mailbox that was not read yet."""
    account = {"host": "imap.us.example", "port": 993, "security": "tls", "user": "info@us.example", "password": "p"}
    deps.store.of(workspace).inquiry_mailboxes.put(InquiryMailbox(workspace=workspace, **account))


def add_conversation(deps: Deps, message: Message, text: str = "Yes.") -> str:
    """A reply to the message; the id of the conversation."""
    record_reply(deps, message, key=f"<{text}@lead.example>", at=deps.now(), text=text)
    return conversation_id(message.workspace, message.lead, message.id)
