"""The groups of a report in words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from tracker.actions.reports.period_reports import Answer
from tracker.domain.alerting.alert import AlertRule
from tracker.rules.reports.activity.mail_metrics import OUTCOMES
from tracker.rules.reports.facts import ERASED
from tracker.rules.reports.records import Group
from tracker.rules.visibility import may_change_outreach
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


def labels_of(store: WorkspaceStore, answer: Answer, *, most: int | None = None) -> dict[str | None, str]:
    """Names by key, where the key is an id; at least those of the first `most` items (None: of all). A removed stage has its former name."""
    keys = {key for key, _ in answer.report.items[:most] if key}
    find = _LABELS.get(answer.group)
    found: dict[str | None, str] = {}
    found.update(find(store, answer, keys) if find else {})
    return found | {ERASED: "Erased leads"}


def _stages(_: WorkspaceStore, answer: Answer, __: Iterable[str]) -> dict[str, str]:
    facts = answer.facts
    names = {stage.id: stage.name for stage in (*facts.former_stages, *facts.stages)}
    return names | {f"{one.id}>{other.id}": f"{one.name} → {other.name}" for one in facts.stages for other in facts.stages}


def _reps(store: WorkspaceStore, _: Answer, __: Iterable[str]) -> dict[str, str]:
    return {rep.id: rep.name for rep in store.reps.all()}


def _rules(store: WorkspaceStore, _: Answer, keys: Iterable[str]) -> dict[str, str]:
    """A rep's own rule keeps its name to itself; a rule that was removed long ago has none."""
    shipped = {rule.value: rule.value.replace("_", " ").capitalize() for rule in AlertRule}
    gone = dict.fromkeys(keys, "Former rule")
    return gone | shipped | {rule.id: "Own rule" if rule.rep else rule.name for rule in store.alert_rules.each()}


def _teams(_: WorkspaceStore, answer: Answer, __: Iterable[str]) -> Mapping[str, str]:
    return answer.facts.team_names


def _companies(store: WorkspaceStore, _: Answer, keys: Iterable[str]) -> dict[str, str]:
    return {company.id: company.name for company in store.companies.by_ids(keys).values()}


def _campaigns(store: WorkspaceStore, answer: Answer, keys: Iterable[str]) -> dict[str, str]:
    """Those that a program named have their name as key. Colleagues' campaigns keep their names to themselves."""
    found = store.campaigns.by_ids(keys).values()
    return {one.id: one.name if may_change_outreach(answer.viewer, one.rep) else "Campaign of a colleague" for one in found}


def _weeks(_: WorkspaceStore, __: Answer, keys: Iterable[str]) -> dict[str, str]:
    return {key: f"Week of {date.fromisoformat(key):%-d %b %Y}" for key in keys if key != ERASED}


_LABELS: Mapping[Group, Callable[[WorkspaceStore, Answer, Iterable[str]], Mapping[str, str]]] = {
    Group.STAGE: _stages,
    Group.STEP: _stages,
    Group.OWNER: _reps,
    Group.REP: _reps,
    Group.RULE: _rules,
    Group.TEAM: _teams,
    Group.COMPANY: _companies,
    Group.CAMPAIGN: _campaigns,
    Group.WEEK: _weeks,
    Group.TOUCH: lambda *_: _TOUCHES,
    Group.OUTCOME: lambda *_: {name: name.capitalize() for name in OUTCOMES},
}
