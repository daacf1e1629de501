"""The tools list_tasks and list_emails: what is due, and what was sent to a lead."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.pipeline.task import Task
from tracker.rules.visibility import may_see
from tracker.web.api.mcp.lookup import OfLead, lead_meant
from tracker.web.api.mcp.results import LeadTexts, lead_texts, rep_names
from tracker.web.api.mcp.tool import Tools
from tracker.web.api.mcp.untrusted import safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import In, Moment, Out

tools = Tools()

_MOST_READ, _MOST_EMAILS = 500, 20


class TasksAsked(In):
    """Which tasks."""

    due: Annotated[Literal["overdue", "today", "week", "any"], Field(description="`today` has the overdue ones, too")] = "today"
    whose: Annotated[Literal["mine", "all"], Field(description="`mine`: of the rep of this key")] = "all"
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class TaskTexts(LeadTexts):
    """What is to be done, and for whom."""

    task: str | None


class TaskShown(Out):
    """An open task."""

    task_id: str
    lead_id: str
    due: Moment | None
    is_overdue: bool
    rep: str | None
    untrusted: TaskTexts


class TasksShown(Out):
    """Open tasks, earliest first."""

    tasks: list[TaskShown]
    more: int


class EmailTexts(Out):
    """The subject."""

    subject: str | None


class EmailShown(Out):
    """An email to the lead."""

    message_id: str
    state: str = Field(description="draft scheduled queued sending sent failed bounced")
    sent_at: Moment | None
    opened_at: Moment | None
    clicked_at: Moment | None
    is_opens_known: bool = Field(description="false: opens of this email are not tracked")
    untrusted: EmailTexts


class EmailsShown(Out):
    """Emails to one lead, newest first."""

    lead_id: str
    emails: list[EmailShown]
    has_more: bool
    untrusted: LeadTexts


@tools.add("Tasks that are due", TasksAsked, TasksShown)
def list_tasks(call: Call, asked: TasksAsked) -> TasksShown:
    """Lists open tasks (next actions): overdue, due today, this week, or any."""
    now = call.deps.now()
    rep = call.rep_id if asked.whose == "mine" else None
    found = call.store.tasks.open(rep=rep, until=_until(call, asked.due, now), limit=_MOST_READ)
    leads = call.store.leads.by_ids({task.lead for task in found})
    kept = [task for task in found if task.lead in leads and may_see(call.viewer, leads[task.lead])]
    kept = [task for task in kept if leads[task.lead].archived_at is None]
    names = rep_names(call)
    shown = [_task(task, leads[task.lead], now, names) for task in kept[: asked.limit]]
    return TasksShown(tasks=shown, more=max(0, len(kept) - asked.limit))


def _until(call: Call, due: str, now: datetime) -> datetime | None:
    """The last moment of the period, by the days of the rep's time zone."""
    today = now.astimezone(call.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 1, "week": 7}
    return now if due == "overdue" else today + timedelta(days=days[due], milliseconds=-1) if due in days else None


def _task(task: Task, lead: Lead, now: datetime, names: dict[str, str]) -> TaskShown:
    return TaskShown(
        task_id=task.id,
        lead_id=task.lead,
        due=task.due,
        is_overdue=task.due is not None and task.due < now,
        rep=names.get(task.rep or ""),
        untrusted=TaskTexts(**lead_texts(lead).model_dump(), task=safe_text(task.text, 500)),
    )


@tools.add("Emails to a lead", OfLead, EmailsShown)
def list_emails(call: Call, asked: OfLead) -> EmailsShown:
    """Lists the emails to one lead, drafts included, with when they were sent, opened and clicked."""
    lead = lead_meant(call, asked.lead)
    page = call.store.messages.page(lead=lead.id, limit=_MOST_EMAILS)
    return EmailsShown(
        lead_id=lead.id, emails=[_email(message) for message in page.items], has_more=page.next is not None, untrusted=lead_texts(lead)
    )


def _email(message: Message) -> EmailShown:
    return EmailShown(
        message_id=message.id,
        state=message.state.value,
        sent_at=message.sent_at,
        opened_at=message.reaction.opened_at,
        clicked_at=message.reaction.clicked_at,
        is_opens_known=message.pixel_url is not None,
        untrusted=EmailTexts(subject=safe_text(message.subject)),
    )
