"""One sample of `data` for each type of events: for `GET /hooks/samples/{name}`, tests of webhooks and the documentation."""

from typing import Any

_ID = "018f3c5f9a4e7d2c8b1a6e0d3f4c5b6a"
_MESSAGE = "018f3c60b1d27f4e9a5c3b2a1f0e9d8c"
_OTHER = "018f3c61c2e38a5f8b6d4c3b2a1f0e9d"
_AT, _LATER = "2027-03-01T09:30:00.000Z", "2027-03-01T09:41:00.000Z"
_URL, _TITLE = "https://www.example.com/pricing", "Pricing"

LEAD: dict[str, Any] = {
    "id": _ID,
    "email": "dana@acme.example",
    "name": "Dana Whitfield",
    "company": "Acme Foods",
    "owner": "018f3c62d3f49b6a9c7e5d4c3b2a1f0e",
    "stage": "Contacted",
    "score": 62,
    "url": f"https://leads.example.com/leads/{_ID}",
}
TEST: dict[str, Any] = {"text": "This webhook works."}
_SUBJECT = {"message": _MESSAGE, "subject": "Offer for Acme Foods"}
_MAIL = {**_SUBJECT, "verdict": "human", "reader": None}
_PAGE = {"url": _URL, "title": _TITLE, "visitor": _OTHER}
_SALE = {"sale": _OTHER, "product": "Licence", "amount": 120000, "currency": "EUR", "sold_on": "2027-03-01", "recurring": False}
_VISIT = {
    "visit": _OTHER,
    "visitor": _MESSAGE,
    "started_at": _AT,
    "ended_at": _LATER,
    "referrer": "https://search.example/",
    "reader": None,
}
_TASK = {"task": _OTHER, "text": "Call Dana", "due": _LATER, "rep": LEAD["owner"]}
_ALERT = {
    "alert": _OTHER,
    "rule": "pricing",
    "priority": "loud",
    "revision": 0,
    "title": "Dana Whitfield (Acme Foods) is on Pricing",
    "text": "Second visit today. Source: Fair.",
    "rep": LEAD["owner"],
}

DATA: dict[str, dict[str, Any]] = {
    "lead.created": {"source": "Fair"},
    "lead.changed": {"version": 3},
    "lead.stage_moved": {"move": _OTHER, "before": "New", "stage": "Contacted", "reason": None, "by": LEAD["owner"]},
    "lead.merged": {"kept": _ID, "merged": _OTHER},
    "lead.unmerged": {"kept": _ID, "merged": _OTHER},
    "lead.erased": {"lead": {"id": _ID}},
    "visit.started": _VISIT,
    "visit.ended": {**_VISIT, "pages": [{"url": _URL, "title": _TITLE, "active_ms": 420000}]},
    "page.viewed": {**_PAGE, "reader": None},
    "file.downloaded": {**_PAGE, "target": "https://www.example.com/datasheet.pdf", "reader": None},
    "form.submitted": {**_PAGE, "form": "inquiry", "fields": {"message": "Please call me."}},
    "inquiry.created": {"inquiry": _OTHER, "message": "Please call me.", "page": "https://www.example.com/contact", "due_at": _LATER},
    "email.sent": _SUBJECT,
    "email.opened": _MAIL,
    "email.clicked": {**_MAIL, "url": _URL},
    "email.replied": {**_SUBJECT, "text": "Yes, let us talk on Friday."},
    "email.bounced": {**_SUBJECT, "severity": "hard", "reason": "550 no such mailbox"},
    "email.unsubscribed": _SUBJECT,
    "activity.logged": {"kind": "call", "text": "Wants an offer for 40 seats.", "by": LEAD["owner"]},
    "sale.created": _SALE,
    "sale.refunded": {**_SALE, "amount": -120000, "refund_of": _MESSAGE},
    "task.created": _TASK,
    "task.due": _TASK,
    "task.done": {**_TASK, "done_at": _LATER},
    "alert.raised": _ALERT,
    "alert.withdrawn": {**_ALERT, "revision": 1, "reason": "automatic"},
    "event.withdrawn": {"event": _OTHER, "type": "email.opened"},
}
