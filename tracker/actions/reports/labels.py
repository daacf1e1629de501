"""The groups of a report in words."""

from datetime import date

from tracker.actions.reports.period_reports import Answer
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.reports.facts import ERASED
from tracker.rules.reports.records import Group
from tracker.store.store import WorkspaceStore

_TOUCHES = {
    "sent": "Email sent",
    "open": "Email opened",
    "click": "Link clicked",
    "view": "Page viewed",
    "submit": "Form sent",
    "download": "File downloaded",
    "unsubscribe": "Unsubscribed",
    "reply": "Reply",
    "call": "Call",
    "meeting": "Meeting",
    "chat": "Chat",
    "note": "Note",
    "touch": "Other touch",
}
"""The kinds of events."""


def labels_of(store: WorkspaceStore, answer: Answer) -> dict[str | None, str]:
    """Names by key, where the key is an id. A removed stage has its former name."""
    facts, group = answer.facts, answer.group
    found: dict[str, str] = {}
    if group in {Group.STAGE, Group.STEP}:
        names = {stage.id: stage.name for stage in (*facts.former_stages, *facts.stages)}
        found |= names
        if group is Group.STEP:
            found |= {f"{one.id}>{other.id}": f"{one.name} → {other.name}" for one in facts.stages for other in facts.stages}
    elif group in {Group.OWNER, Group.REP}:
        found |= {rep.id: rep.name for rep in store.reps.all()}
    elif group is Group.RULE:
        found |= {rule.value: rule.value.replace("_", " ").capitalize() for rule in AlertRule}
        found |= {rule.id: "Own rule" if rule.rep else rule.name for rule in store.alert_rules.each()}
    elif group is Group.TOUCH:
        found |= _TOUCHES
    elif group is Group.WEEK:
        found |= {key: f"Week of {date.fromisoformat(key):%-d %b %Y}" for key, _ in answer.report.items if key}
    elif group is Group.TEAM:
        found |= dict(facts.team_names)
    elif group is Group.COMPANY:
        keys = {key for key, _ in answer.report.items if key}
        found |= {company.id: company.name for company in store.companies.by_ids(keys).values()}
    found[ERASED] = "Erased leads"
    return dict(found.items())
