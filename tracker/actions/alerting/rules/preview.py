"""The preview of an alert rule: which alerts it would have made of what is stored. Decides with the function that decides live."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from tracker.actions.activity.lead_contexts import LeadContext, load_contexts
from tracker.actions.activity.rule_books import load_book
from tracker.actions.alerting.company_alerts import decide_companies
from tracker.actions.alerting.decide import decide_alerts
from tracker.actions.alerting.inactivity import inactivity_alerts
from tracker.actions.deps import Deps
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.custom_rule import CustomRule, RuleRevision, RuleTrigger
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.archived import is_unwanted
from tracker.rules.alerting.custom.lead_as_of import todays_fields
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.alerting.text_context import AlertContext
from tracker.rules.alerting.title import past_title
from tracker.rules.mail.proposals import proposals_of
from tracker.rules.scoring.daily_facts import last_standing
from tracker.rules.visibility import Viewer, may_see
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.store import WorkspaceStore

MOST_EVENTS = 20_000
MOST_LEADS = 500
MOST_DAYS = 31
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""A rule that is previewed counts from before all events."""


@dataclass(frozen=True, slots=True)
class PreviewedAlert:
    """One alert that would have been made."""

    lead: Lead
    at: datetime
    title: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Preview:
    """The alerts of the last `days`, newest first."""

    days: int
    alerts: tuple[PreviewedAlert, ...]
    is_partial: bool
    """Whether there was more to look at than `MOST_EVENTS` and `MOST_LEADS`."""
    todays_fields: tuple[str, ...]
    """The labels of fields in the condition that were compared with their values of today."""


def preview(deps: Deps, viewer: Viewer, rule: CustomRule, *, days: int = 7) -> Preview:
    """What the rule, in place of the stored one with its id, would have alerted about among the leads that the viewer sees."""
    workspace, here, since = viewer.workspace, deps.store.of(viewer.workspace.id), deps.now() - timedelta(days=days)
    tried = msgspec.structs.replace(rule, revisions=(RuleRevision(since=ALWAYS, content=rule.content),))
    book = load_book(workspace, here, instead=tried)
    condition = book.condition_of(rule.content)
    events = here.events.outlines(since, limit=MOST_EVENTS)
    active = list(dict.fromkeys(event.lead for event in events if event.lead))
    known = here.leads.by_ids(active)
    active += _inactive(here, tried, since, deps.now(), known)
    wanted = [key for key in active if key in known and may_see(viewer, known[key]) and rule.rep in (None, known[key].owner)]
    start = max(since, workspace.sealed_before) if workspace.sealed_before else since
    found: list[PreviewedAlert] = []
    contexts: list[LeadContext] = []
    for context in load_contexts(workspace, here, dict.fromkeys(wanted[:MOST_LEADS], start), book):
        found += _of_lead(workspace, context, tried, start, deps.now())
        contexts.append(context)
    found += _of_companies(workspace, here, contexts, tried, start, deps.now())
    return Preview(
        days=days,
        alerts=tuple(sorted(found, key=lambda one: one.at, reverse=True)),
        is_partial=len(events) >= MOST_EVENTS or len(wanted) > MOST_LEADS,
        todays_fields=tuple(todays_fields(condition)) if condition else (),
    )


def _of_lead(workspace: Workspace, context: LeadContext, rule: CustomRule, since: datetime, now: datetime) -> list[PreviewedAlert]:
    made = {event: rules - {rule.id} for event, rules in context.custom.made.items()}
    fresh = replace(context, custom=replace(context.custom, made=made))
    episodes = episodes_of(context.lead.id, context.events, context.dwells, last_standing(context.before))
    drafts = [
        draft
        for draft in decide_alerts(workspace, fresh, episodes, context.moves)
        if _is_of(draft, rule) and draft.cause.at >= since and not is_unwanted(context.lead, draft.cause)
    ]
    text = _texts(workspace, context)
    found = [PreviewedAlert(context.lead, draft.cause.at, _without_time(past_title(draft, text)), draft.priority) for draft in drafts]
    silent = inactivity_alerts(workspace, fresh, context.moves, now, since)
    return found + [PreviewedAlert(context.lead, one.at, one.title, one.priority) for one in silent if one.custom == rule.id]


def _inactive(here: WorkspaceStore, rule: CustomRule, since: datetime, now: datetime, known: dict[str, Lead]) -> list[str]:
    """Leads whose silence of so many days was complete since then, also without an event since; they are added to `known`."""
    if rule.content.trigger is not RuleTrigger.INACTIVE:
        return []
    days = timedelta(days=rule.content.number)
    query = LeadQuery(seen_after=since - days, seen_before=now - days)
    found = [lead for lead in here.leads.page(query, limit=MOST_LEADS).items if lead.id not in known]
    known.update({lead.id: lead for lead in found})
    return [lead.id for lead in found]


def _of_companies(
    workspace: Workspace, here: WorkspaceStore, contexts: list[LeadContext], rule: CustomRule, since: datetime, now: datetime
) -> list[PreviewedAlert]:
    """The alerts about several people of one company."""
    if rule.content.trigger is not RuleTrigger.COMPANY and rule.base != AlertRule.COMPANY.value:
        return []
    leads = {context.lead.id: context.lead for context in contexts}
    fresh = [replace(context, custom=replace(context.custom, made={})) for context in contexts]
    wanted = decide_companies(workspace, here, fresh, now, now - since).wanted
    own = [one for one in wanted if one.lead in leads and one.at >= since and (one.custom or one.rule.value) in (rule.id, rule.base)]
    return [PreviewedAlert(leads[one.lead], one.at, _without_time(one.past), one.priority) for one in own]


def _is_of(draft: AlertDraft, rule: CustomRule) -> bool:
    if rule.base:
        return draft.custom is None and draft.rule.value == rule.base
    return draft.custom is not None and draft.custom.id == rule.id


def _without_time(title: str) -> str:
    """The title without the time at its end, which is by the lead's clock."""
    return title.rpartition(", ")[0] or title


def _texts(workspace: Workspace, context: LeadContext) -> AlertContext:
    """What titles need."""
    return AlertContext(
        lead=context.lead,
        subjects={message.id: message.subject for message in context.messages},
        dwells=context.dwells,
        visits_today=1,
        stage="",
        stage_since=None,
        score=0,
        change=0,
        zone=context.lead.timezone or workspace.timezone,
        messages={message.id: message for message in context.messages},
        proposals=proposals_of(context.messages, workspace.policy.proposal_words),
        home_zone=workspace.timezone,
    )
