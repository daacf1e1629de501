"""Reminders of tasks and dated facts: when one is due, and the words of its alert. Pure; called by actions.alerting."""

from datetime import datetime, time, timedelta, tzinfo

from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import DatedFact
from tracker.domain.pipeline.task import Task
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.alerting.title import LONGEST_TITLE

LATEST = timedelta(days=1)
"""After this, a reminder that could not be sent is dropped: the task shows as overdue."""
MORNING = time(9)
"""When dated facts remind, in the time zone of the owner."""
_LEAST_TASK = 20


def is_time(task: Task, now: datetime) -> bool:
    """Whether the reminder is to be sent now."""
    if task.remind_minutes is None or task.due is None or task.done_at is not None:
        return False
    return task.due - timedelta(minutes=task.remind_minutes) <= now <= task.due + LATEST


def is_time_of_fact(fact: DatedFact, zone: tzinfo, now: datetime) -> bool:
    """Whether the reminder of a dated fact is to be sent now: from 9:00 of its day, for as long as that of a task."""
    if fact.remind_on is None:
        return False
    at = datetime.combine(fact.remind_on, MORNING, zone)
    return at <= now <= at + LATEST


def reminder_title(said: str, lead: Lead) -> str:
    """At most 45 characters: `Dana Whitfield (Acme): Call about the offer`."""
    name, text = clean(lead.name) or lead.email, clean(said)
    company = f" ({clean(lead.company)})" if lead.company and clean(lead.company) else ""
    for subject in (f"{name}{company}", name):
        if len(f"{subject}: {text}") <= LONGEST_TITLE:
            return f"{subject}: {text}"
    room = max(LONGEST_TITLE - len(text) - 2, LONGEST_TITLE - max(_LEAST_TASK, LONGEST_TITLE // 2) - 2)
    subject = shorten(name, room)
    return f"{subject}: {shorten(text, LONGEST_TITLE - len(subject) - 2)}"


def reminder_text(task: Task, lead: Lead, stage: str, zone: tzinfo, now: datetime) -> str:
    """`Due today 14:00: call about the offer. Stage: Qualified. Score 76.`"""
    due = (task.due or now).astimezone(zone)
    days = (due.date() - now.astimezone(zone).date()).days
    day = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days, f"{due.day} {due:%b}")
    time = "" if (due.hour, due.minute) == (0, 0) else f" {due:%H:%M}"
    phone = f" Phone: {clean(lead.phone)}." if lead.phone else ""
    return f"Due {day}{time}: {shorten(clean(task.text), 200)}. Stage: {stage}. Score {lead.derived.score}.{phone}"


def fact_text(fact: DatedFact, lead: Lead, stage: str, zone: tzinfo, now: datetime) -> str:
    """`In 7 days, 12 Mar 2027: contract ends. Stage: Qualified. Score 76.`"""
    days = (fact.day - now.astimezone(zone).date()).days
    when = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(days, f"In {days} days" if days > 0 else f"{-days} days ago")
    phone = f" Phone: {clean(lead.phone)}." if lead.phone else ""
    day = f"{fact.day.day} {fact.day:%b %Y}"
    return f"{when}, {day}: {shorten(clean(fact.text), 200)}. Stage: {stage}. Score {lead.derived.score}.{phone}"
