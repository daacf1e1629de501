"""The tools unread_alerts and inquiries_waiting."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from tracker.domain.alerting.alert import Alert
from tracker.rules.visibility import may_see, may_see_alert
from tracker.store.alerting.alerts import AlertView
from tracker.web.api.mcp.results import LeadNamed, lead_named, rep_names
from tracker.web.api.mcp.tool import NoArguments, Tools
from tracker.web.api.mcp.untrusted import PASSAGE, safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Moment, Out

tools = Tools()

_MOST_INQUIRIES, _MOST_READ = 25, 100
_WAITS = timedelta(days=30)
"""Older inquiries are no longer called waiting."""


class UnreadAsked(In):
    """How many alerts."""

    limit: Annotated[int, Field(ge=1, le=25)] = 10


class AlertTexts(Out):
    """How the alert reads; it quotes names, pages and forms."""

    title: str | None
    text: str | None


class AlertShown(Out):
    """An alert."""

    alert_id: str
    lead_id: str | None
    at: Moment
    rule: str
    priority: str = Field(description="loud or quiet")
    untrusted: AlertTexts


class UnreadAlerts(Out):
    """Unread alerts for the rep of the key and for the team, newest first."""

    alerts: list[AlertShown]


class InquiryTexts(Out):
    """What the lead wrote, and where."""

    message: str | None
    form: str | None
    page: str | None


class InquiryWaiting(Out):
    """An inquiry that no one has answered."""

    lead: LeadNamed
    at: Moment
    answer_due_at: Moment
    is_overdue: bool
    untrusted: InquiryTexts


class InquiriesWaiting(Out):
    """Inquiries without a first contact, the earliest due first."""

    inquiries: list[InquiryWaiting]
    more: int


@tools.add("Unread alerts", UnreadAsked, UnreadAlerts)
def unread_alerts(call: Call, asked: UnreadAsked) -> UnreadAlerts:
    """Lists the unread alerts of the rep whose key it is, and of the team. Reading them here leaves them unread."""
    now = call.deps.now()
    page = call.store.alerts.box(AlertView.UNREAD, call.rep_id, now, limit=_MOST_READ)
    leads = call.store.leads.by_ids({lead for alert in page.items for lead in alert.leads})
    found = [alert for alert in page.items if may_see_alert(call.viewer, alert, leads)]
    return UnreadAlerts(alerts=[_alert(call, alert) for alert in found[: asked.limit]])


def _alert(call: Call, alert: Alert) -> AlertShown:
    return AlertShown(
        alert_id=alert.id,
        lead_id=alert.lead or None,
        at=alert.at,
        rule=alert.rule.value,
        priority=alert.priority.value,
        untrusted=AlertTexts(title=safe_text(alert.title_at(call.deps.now())), text=safe_text(alert.text, PASSAGE)),
    )


@tools.add("Inquiries that wait", NoArguments, InquiriesWaiting)
def inquiries_waiting(call: Call, asked: NoArguments) -> InquiriesWaiting:
    """Lists the inquiries of the last 30 days that no one has answered, with when the first contact is due."""
    del asked
    now = call.deps.now()
    waiting = call.store.inquiries.open(due_after=now - _WAITS)
    leads = call.store.leads.by_ids({inquiry.lead for inquiry in waiting})
    seen = [one for one in waiting if one.lead in leads and may_see(call.viewer, leads[one.lead])]
    names = rep_names(call)
    rows = [
        InquiryWaiting(
            lead=lead_named(call, leads[one.lead], names),
            at=one.at,
            answer_due_at=one.due_at,
            is_overdue=one.due_at < now,
            untrusted=InquiryTexts(message=safe_text(one.message, PASSAGE), form=safe_text(one.form), page=safe_text(one.page)),
        )
        for one in seen[:_MOST_INQUIRIES]
    ]
    return InquiriesWaiting(inquiries=rows, more=max(0, len(seen) - _MOST_INQUIRIES))
