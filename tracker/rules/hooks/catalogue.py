"""The catalogue of events that webhooks may choose: name, when it is sent, and what `data` holds. docs/webhooks.md lists it."""

from dataclasses import dataclass
from typing import Any

from tracker.domain.hooks.hook import TEST_EVENT
from tracker.rules.hooks import samples

LEAD = {"lead": "id, email, name, company, owner (rep id), stage, score and url of the lead"}
"""Every event about a lead names it so, as it is when the event becomes known."""
_MAIL = {"message": "id of the email", "subject": "its subject", "verdict": "`human`, or `proxy` for the image proxy of a mail provider"}
_PAGE = {"url": "address of the page", "title": "its title", "visitor": "the browser"}
_READER = {"reader": "`other` where someone else has the lead's email, else null"}
_SALE = {
    "sale": "id",
    "product": "name",
    "amount": "minor units (cents)",
    "currency": "ISO 4217",
    "sold_on": "day",
    "recurring": "true or false",
}
_VISIT = {
    "visit": "id",
    "visitor": "the browser",
    "started_at": "first page view",
    "ended_at": "last activity so far",
    "referrer": "where it came from",
    **_READER,
}
_MERGE = {"kept": "id of the lead that is kept, which `lead` describes", "merged": "id of the other one"}
_TASK = {"task": "id", "text": "what to do", "due": "time or null", "rep": "id of its rep"}
_ALERT = {
    "alert": "id",
    "rule": "as in docs/alerts.md",
    "priority": "`loud` or `quiet`",
    "revision": "grows with each change",
    "title": "who and what",
    "text": "details",
    "rep": "recipient; null: the team",
}


@dataclass(frozen=True, slots=True)
class HookEventType:
    """One type of events. `fields` describes `data`; `sample` is a whole `data`."""

    name: str
    when: str
    fields: dict[str, str]
    sample: dict[str, Any]


def _type(name: str, when: str, fields: dict[str, str], *, about_lead: bool = True) -> HookEventType:
    lead = {"lead": samples.LEAD} if about_lead else {}
    return HookEventType(name, when, (LEAD if about_lead else {}) | fields, lead | samples.DATA[name])


CATALOGUE = (
    _type("lead.created", "a lead is added by a person, a program or a form; not for imported leads", {"source": "name"}),
    _type("lead.changed", "fields, owner, stage or next action change; quick changes may arrive as one", {"version": "of the lead"}),
    _type(
        "lead.stage_moved",
        "a lead moves to another stage",
        {"move": "id", "before": "stage", "stage": "stage", "reason": "text or null", "by": "rep id, `api`, or null for a rule"},
    ),
    _type("lead.merged", "a lead is merged with another one, which answers for both from then on", _MERGE),
    _type("lead.unmerged", "a merge is taken back: the two are apart again", _MERGE),
    _type("lead.erased", "a lead is erased: delete what you stored of it", {"lead": "id only"}, about_lead=False),
    _type("visit.started", "a known lead begins a visit", _VISIT),
    _type("visit.ended", "a visit is over: 30 minutes without activity", _VISIT | {"pages": "url, title and active_ms of each"}),
    _type("page.viewed", "a known lead views a page", _PAGE | _READER),
    _type("file.downloaded", "a known lead downloads a file", _PAGE | {"target": "address of the file"} | _READER),
    _type("form.submitted", "a lead sends a form of any kind", _PAGE | {"form": "kind of the form", "fields": "the values"}),
    _type(
        "inquiry.created", "a lead asks to be contacted", {"inquiry": "id", "message": "text", "page": "address", "due_at": "answer due"}
    ),
    _type("email.sent", "an email to a lead is sent", {"message": "id of the email", "subject": "its subject"}),
    _type("email.opened", "a person opens an email", _MAIL | _READER),
    _type("email.clicked", "a person clicks a link of an email or a personal link", _MAIL | {"url": "destination"} | _READER),
    _type("email.replied", "a lead answers an email", {"message": "id of the email", "subject": "its subject", "text": "the answer, cut"}),
    _type(
        "email.bounced",
        "an email comes back",
        {"message": "id of the email", "subject": "its subject", "severity": "`hard` or `soft`", "reason": "words of the mail server"},
    ),
    _type("email.unsubscribed", "a lead opts out by an email's link", {"message": "id of the email", "subject": "its subject"}),
    _type(
        "activity.logged",
        "a rep or program logs a call, meeting, chat, note or touch",
        {"kind": "call, meeting, chat, note or touch", "text": "text", "by": "rep id or null"},
    ),
    _type("sale.created", "a sale is added", _SALE),
    _type("sale.refunded", "a sale is paid back, in whole or in part", _SALE | {"refund_of": "id of the sale"}),
    _type("task.created", "a task is added", _TASK),
    _type("task.due", "an open task is due", _TASK),
    _type("task.done", "a task is completed", _TASK | {"done_at": "time"}),
    _type("alert.raised", "an alert is sent to a rep or the team", _ALERT),
    _type("alert.withdrawn", "an alert no longer follows from the events", _ALERT | {"reason": "as in docs/api.md"}),
    _type(
        "event.withdrawn",
        "an event sent earlier no longer counts, because a program or a rep caused it, or a stage move was taken back",
        {"event": "id of the earlier message", "type": "its type"},
    ),
)
"""All types, in the order of docs/webhooks.md. A new one needs a sample and a row there."""

TYPES = {one.name: one for one in CATALOGUE}
TEST = HookEventType(TEST_EVENT, "a test is sent", {"text": "words for a person"}, samples.TEST)
