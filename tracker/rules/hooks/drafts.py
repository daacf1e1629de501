"""Which events for webhooks follow from the records of a lead. Pure: a cause gives the same event each time, so that repeats are harmless."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tracker.base.ids import id_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import GAP, Visit
from tracker.domain.alerting.alert import Alert, AlertState
from tracker.domain.duplicates.merge import Merged, MergedValues
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.workspace import Workspace

_TEXT_LONGEST = 2_000
_MAIL_KINDS = {
    EventKind.SENT: "email.sent",
    EventKind.OPEN: "email.opened",
    EventKind.CLICK: "email.clicked",
    EventKind.REPLY: "email.replied",
    EventKind.BOUNCE: "email.bounced",
    EventKind.UNSUBSCRIBE: "email.unsubscribed",
}
_PAGE_KINDS = {EventKind.VIEW: "page.viewed", EventKind.DOWNLOAD: "file.downloaded", EventKind.SUBMIT: "form.submitted"}
_LOGGED = frozenset({EventKind.CALL, EventKind.MEETING, EventKind.CHAT, EventKind.NOTE, EventKind.TOUCH})


@dataclass(frozen=True, slots=True)
class HookDraft:
    """One event before it is addressed to webhooks. `cause` names what it follows from."""

    type: str
    cause: str
    at: datetime
    lead: str
    """The lead it is about; empty: none."""
    data: dict[str, Any] = field(default_factory=dict)
    leads: tuple[str, ...] = ()
    """Other leads that `data` names."""

    def id_in(self, workspace: str) -> str:
        """The id of the event: the same for the same cause."""
        return id_of(workspace, self.type, self.cause)


def of_event(event: Event, message: MessageBrief | None) -> HookDraft | None:
    """The event of a lead's timeline, whether it stands or not; None for one that webhooks do not get."""
    kind = _type_of(event)
    if kind is None or event.lead is None or event.is_imported:
        return None
    return HookDraft(kind, event.id, event.at, event.lead, _data_of(kind, event, message))


def _type_of(event: Event) -> str | None:
    if event.kind is EventKind.CLICK and not event.is_from_mail:
        return None
    if event.kind in _LOGGED:
        return "activity.logged"
    return _MAIL_KINDS.get(event.kind) or _PAGE_KINDS.get(event.kind)


def _data_of(kind: str, event: Event, message: MessageBrief | None) -> dict[str, Any]:
    mail = {"message": event.message, "subject": message.subject if message else None}
    page = {"url": event.url, "title": event.title, "visitor": event.visitor}
    text = (event.text or "")[:_TEXT_LONGEST]
    reader = {"reader": event.reader}
    found: dict[str, dict[str, Any]] = {
        "email.opened": mail | {"verdict": event.verdict.label.value} | reader,
        "email.clicked": mail | {"verdict": event.verdict.label.value, "url": event.url} | reader,
        "email.replied": mail | {"text": text},
        "email.bounced": mail | {"severity": event.fields.get("severity"), "reason": text},
        "page.viewed": page | reader,
        "file.downloaded": page | {"target": event.target} | reader,
        "form.submitted": page | {"form": event.form_kind.value if event.form_kind else None, "fields": event.fields},
        "activity.logged": {"kind": event.kind.value, "text": text, "by": event.rep},
    }
    return found.get(kind, mail)


def of_lead(lead: Lead) -> list[HookDraft]:
    """That it was added, and its latest change by a person or program."""
    made = HookDraft("lead.created", lead.id, lead.created_at, lead.id, {"source": lead.source})
    changed = HookDraft("lead.changed", id_of(lead.id, str(lead.version)), lead.updated_at, lead.id, {"version": lead.version})
    return [*([] if lead.is_imported else [made]), *([changed] if lead.version else [])]


def of_merge(lead: Lead, merged: Merged) -> HookDraft:
    """That the lead was merged with another one."""
    cause = id_of(lead.id, merged.into, _ms(merged.at))
    return HookDraft("lead.merged", cause, merged.at, merged.into, {"kept": merged.into, "merged": lead.id}, (lead.id,))


def of_unmerge(kept: str, taken: MergedValues, at: datetime) -> HookDraft:
    """That the merge which `kept` took these values over by was taken back."""
    cause = id_of(taken.lead, kept, _ms(taken.at))
    return HookDraft("lead.unmerged", cause, at, kept, {"kept": kept, "merged": taken.lead}, (taken.lead,))


def of_move(move: Move, workspace: Workspace) -> HookDraft | None:
    """The move to a stage, taken back or not."""
    if move.is_imported:
        return None
    before = workspace.stage_name(move.before) if move.before else None
    data = {"move": move.id, "before": before, "stage": workspace.stage_name(move.stage), "reason": move.reason, "by": move.actor}
    return HookDraft("lead.stage_moved", move.id, move.at, move.lead, data)


def of_visit(visit: Visit, now: datetime) -> list[HookDraft]:
    """The start of a visit, and its end if it is over."""
    if visit.lead is None:
        return []
    data: dict[str, Any] = {
        "visit": visit.id,
        "visitor": visit.visitor,
        "started_at": written(visit.started_at),
        "ended_at": written(visit.ended_at),
        "referrer": visit.referrer,
        "reader": visit.reader,
    }
    found = [HookDraft("visit.started", visit.id, visit.started_at, visit.lead, data)]
    if visit.ended_at + GAP <= now:
        pages = [{"url": page.url, "title": page.title, "active_ms": page.active_ms} for page in visit.pages]
        found.append(HookDraft("visit.ended", visit.id, visit.ended_at, visit.lead, data | {"pages": pages}))
    return found


def of_sale(sale: Sale) -> HookDraft | None:
    """The sale or refund."""
    if sale.is_imported or sale.void_amount is not None:
        return None
    data: dict[str, Any] = {
        "sale": sale.id,
        "product": sale.product,
        "amount": sale.amount,
        "currency": sale.currency,
        "sold_on": sale.sold_on.isoformat(),
        "recurring": sale.is_recurring,
    }
    if sale.refund_of is None:
        return HookDraft("sale.created", sale.id, sale.created_at, sale.lead, data)
    return HookDraft("sale.refunded", sale.id, sale.created_at, sale.lead, data | {"refund_of": sale.refund_of})


def of_task(task: Task) -> list[HookDraft]:
    """That it was added, and that it is done."""
    if task.is_imported:
        return []
    found = [HookDraft("task.created", task.id, task.created_at, task.lead, task_data(task))]
    if task.done_at is not None:
        cause = id_of(task.id, _ms(task.done_at))
        found.append(HookDraft("task.done", cause, task.done_at, task.lead, task_data(task) | {"done_at": written(task.done_at)}))
    return found


def of_due_task(task: Task, due: datetime) -> HookDraft:
    """That an open task is due, once for each due time."""
    return HookDraft("task.due", id_of(task.id, _ms(due)), due, task.lead, task_data(task))


def task_data(task: Task) -> dict[str, Any]:
    """`data` of a task."""
    return {"task": task.id, "text": task.text, "due": written(task.due), "rep": task.rep}


def of_inquiry(inquiry: Inquiry) -> HookDraft | None:
    """The inquiry, withdrawn or not."""
    if inquiry.is_imported:
        return None
    data = {"inquiry": inquiry.id, "message": inquiry.message[:_TEXT_LONGEST], "page": inquiry.page, "due_at": written(inquiry.due_at)}
    return HookDraft("inquiry.created", inquiry.id, inquiry.at, inquiry.lead, data)


def of_alert(alert: Alert) -> HookDraft | None:
    """That the alert stands, or is withdrawn; None for one that no channel gets. One for each revision of the alert."""
    data: dict[str, Any] = {
        "alert": alert.id,
        "rule": alert.rule.value,
        "priority": alert.priority.value,
        "revision": alert.revision,
        "title": alert.title,
        "text": alert.text,
        "rep": alert.rep,
    }
    cause = id_of(alert.id, str(alert.revision))
    if alert.state is AlertState.STANDING:
        return HookDraft("alert.raised", cause, alert.at, alert.lead, data, alert.others)
    if alert.state is AlertState.WITHDRAWN:
        reason = {"reason": alert.withdrawn.value if alert.withdrawn else None}
        return HookDraft("alert.withdrawn", cause, alert.at, alert.lead, data | reason, alert.others)
    return None


def taken_back(draft: HookDraft, workspace: str) -> HookDraft:
    """That an event sent earlier no longer counts."""
    event = draft.id_in(workspace)
    return HookDraft("event.withdrawn", event, draft.at, draft.lead, {"event": event, "type": draft.type})


def lead_data(lead: Lead, workspace: Workspace, url: str) -> dict[str, Any]:
    """How every event names its lead; `url` is the address of its page."""
    return {
        "id": lead.id,
        "email": lead.email,
        "name": lead.name,
        "company": lead.company,
        "owner": lead.owner,
        "stage": workspace.stage_name(lead.stage),
        "score": lead.derived.score,
        "url": url,
    }


def wanted(drafts: Iterable[HookDraft | None], types: frozenset[str]) -> list[HookDraft]:
    """Those of these types."""
    return [draft for draft in drafts if draft is not None and draft.type in types]


def body_of(draft: HookDraft, workspace: str, leads: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The whole body: Standard Webhooks' `type`, `timestamp` and `data`, with `id` and `workspace`."""
    lead = {"lead": leads.get(draft.lead)} if draft.lead else {}
    timestamp = written(draft.at)
    return {"type": draft.type, "id": draft.id_in(workspace), "timestamp": timestamp, "workspace": workspace, "data": lead | draft.data}


def written(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))
