"""The alerts about companies of a batch of leads: several of their people are on the site. Called by workers.recompute.alerts, and for previews.

Decided anew from the stored events of all leads of the company, so that the order in which leads are recomputed does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import msgspec

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.activity.rule_books import CustomRecords
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import GAP
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, Times, WithdrawnReason, is_late
from tracker.domain.alerting.custom_rule import CustomRule, RulePriority, RuleTrigger
from tracker.domain.leads.company import Company, CompanyMember
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.company import ON_SITE, Gathering, company_text, company_title, gatherings_of
from tracker.rules.alerting.custom.book import RuleBook
from tracker.rules.alerting.custom.matcher import holds_today
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.alerting.withdrawal import withdrawn_reason
from tracker.rules.visibility import is_open
from tracker.store.merged_ids import as_asked
from tracker.store.store import WorkspaceStore

_DAY = timedelta(days=1)
_RECENT = 2 * _DAY
"""Older events change no alert about a company."""
_MOST_PEOPLE = 300
"""Leads of a company that are looked at: those seen last."""


@dataclass(frozen=True, slots=True)
class CompanyAlerts:
    """What should stand, the ids of all that may be stored, the names of their leads, and by cause why one would be withdrawn."""

    wanted: list[Alert] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, WithdrawnReason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The people of a company whom one receiver is told of. `owner` is empty where all reps see all leads."""

    company: Company
    owner: str
    members: Mapping[str, CompanyMember]
    zone: tzinfo

    def id_of(self, day: str, rule: str = "") -> str:
        """The id of the alert of that day, by the shipped rule or a custom one."""
        return id_of(self.company.workspace, self.company.id, AlertRule.COMPANY.value, day, self.owner, *([rule] if rule else []))


def decide_companies(
    workspace: Workspace, store: WorkspaceStore, contexts: Sequence[LeadContext], now: datetime, recent_for: timedelta = _RECENT
) -> CompanyAlerts:
    """The alerts of the days since the first dirty event of each company's leads; of companies with recent events only."""
    recent = [context for context in contexts if context.company and context.start >= now - recent_for]
    companies = {context.company.id: context.company for context in recent if context.company}
    if not companies:
        return CompanyAlerts()
    zone = zone_of(workspace.timezone)
    start = min(context.start for context in recent).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    members = _members(store, companies)
    ids = store.leads.ids_with_merged(m.lead for m in members)
    events = as_asked(store.events.of_leads_since(dict.fromkeys(ids, start - _DAY), [*ON_SITE, EventKind.CLICK]), ids)
    days = [(start + number * _DAY).date().isoformat() for number in range((now.astimezone(zone) - start).days + 2)]
    found = CompanyAlerts(reasons={event.id: withdrawn_reason(event) for event in events})
    custom = recent[0].custom
    rules = [rule for rule in custom.book.rules if any(one.content.trigger is RuleTrigger.COMPANY for one in rule.revisions)]
    for pool in _pools(workspace, companies.values(), members, zone):
        own = [event for event in events if event.lead in pool.members]
        found.ids.extend(pool.id_of(day, rule) for day in days for rule in ("", *(rule.id for rule in rules)))
        for gathering in gatherings_of(own, zone):
            if gathering.day in days and (anchor := _anchor(pool, gathering)):
                alert = _alert(store, pool, gathering, anchor, own, now, found.names)
                found.wanted.extend(_shipped(custom.book, alert))
        found.wanted.extend(_custom(workspace, store, pool, rules, own, days, custom, now, found.names))
    return found


def _shipped(book: RuleBook, alert: Alert) -> list[Alert]:
    """The alert with the priority that the shipped rule has for its recipient."""
    given = book.priority_of(AlertRule.COMPANY, alert.rep, alert.at)
    if given is RulePriority.OFF:
        return []
    return [msgspec.structs.replace(alert, priority=Priority(given.value)) if given else alert]


def _custom(
    workspace: Workspace,
    store: WorkspaceStore,
    pool: _Pool,
    rules: Sequence[CustomRule],
    events: Sequence[Event],
    days: Sequence[str],
    custom: CustomRecords,
    now: datetime,
    names: dict[str, str],
) -> list[Alert]:
    """The alerts by custom rules. Their conditions are about the lead of the alert, as it is today."""
    found = []
    for rule in rules:
        for number in {one.content.number for one in rule.revisions if one.content.trigger is RuleTrigger.COMPANY}:
            for gathering in gatherings_of(events, pool.zone, number):
                content, anchor = rule.at(gathering.cause.at), _anchor(pool, gathering)
                is_on = content is not None and content.number == number and content.priority is not RulePriority.OFF
                if not is_on or content is None or gathering.day not in days or anchor is None or rule.rep not in (None, anchor.owner):
                    continue
                lead = store.leads.find(anchor.lead)
                is_made = rule.id in custom.made.get(gathering.cause.id, ())
                if lead is None or not (is_made or holds_today(custom.book, rule, content, workspace, lead, gathering.cause.at)):
                    continue
                alert = _alert(store, pool, gathering, anchor, events, now, names)
                values = {"rule": AlertRule.CUSTOM, "custom": rule.id, "priority": Priority(content.priority.value)}
                text = f"{alert.text} Rule: {shorten(clean(rule.name), 60)}."
                found.append(msgspec.structs.replace(alert, id=pool.id_of(gathering.day, rule.id), text=text, **values))
    return found


def _members(store: WorkspaceStore, companies: Mapping[str, Company]) -> list[CompanyMember]:
    found: dict[str, list[CompanyMember]] = {}
    for member in store.leads.members_of(companies):
        found.setdefault(member.company, []).append(member)
    latest = [sorted(own, key=lambda m: m.last_seen_at.timestamp() if m.last_seen_at else 0.0)[-_MOST_PEOPLE:] for own in found.values()]
    return [member for own in latest for member in own]


def _pools(workspace: Workspace, companies: Iterable[Company], members: Sequence[CompanyMember], zone: tzinfo) -> list[_Pool]:
    """One for each company; where reps see some leads only, one for each owner, of own leads and those without an owner."""
    pools = []
    for company in companies:
        own = {member.lead: member for member in members if member.company == company.id}
        if is_open(workspace):
            pools.append(_Pool(company, "", own, zone))
            continue
        for owner in sorted({member.owner or "" for member in own.values()}):
            seen = {lead: member for lead, member in own.items() if member.owner in (owner or None, None)}
            pools.append(_Pool(company, owner, seen, zone))
    return pools


def _anchor(pool: _Pool, gathering: Gathering) -> CompanyMember | None:
    """The lead that the alert belongs to: that of its cause, or else the first with an owner. None: of no interest to this owner."""
    cause = gathering.cause.lead or ""
    present = [pool.members[lead] for lead in dict.fromkeys((cause, *(lead for lead, _ in gathering.people)))]
    owned = next((member for member in present if member.owner), None)
    return None if pool.owner and owned is None else owned or present[0]


def _alert(
    store: WorkspaceStore,
    pool: _Pool,
    gathering: Gathering,
    anchor: CompanyMember,
    events: Sequence[Event],
    now: datetime,
    names: dict[str, str],
) -> Alert:
    leads = store.leads.by_ids(lead for lead, _ in gathering.people)
    names |= {key: lead.name or lead.email for key, lead in leads.items()}
    company, cause = clean(pool.company.name), gathering.cause
    late = is_late(cause.at, now)
    return Alert(
        id=pool.id_of(gathering.day),
        workspace=cause.workspace,
        lead=anchor.lead,
        rep=anchor.owner,
        rule=AlertRule.COMPANY,
        cause=cause.id,
        episode=_episode(anchor.lead, events, cause),
        at=cause.at,
        priority=Priority.LOUD,
        state=AlertState.LATE if late else AlertState.STANDING,
        title=company_title(company, gathering.people),
        past=company_title(company, gathering.people, past=f"{cause.at.astimezone(pool.zone):%H:%M}"),
        text=company_text(gathering.people, _names(leads), _forwarded(store, gathering, events)),
        others=tuple(sorted(leads.keys() - {anchor.lead})),
        active_until=gathering.events[-1].at,
        times=Times(event=cause.at, verdict=cause.received, decided=now),
        seen_at=now if late else None,
    )


def _names(leads: Mapping[str, Lead]) -> dict[str, str]:
    return {key: clean(lead.name) or lead.email for key, lead in leads.items()}


def _forwarded(store: WorkspaceStore, gathering: Gathering, events: Sequence[Event]) -> list[str]:
    """The subjects of the messages with which others came."""
    first, last = gathering.events[0].at - GAP, gathering.events[-1].at
    readers = {lead for lead, reader in gathering.people if reader}
    came = [event for event in events if event.reader and event.lead in readers and event.stands and first <= event.at <= last]
    messages = store.messages.briefs({event.message for event in came if event.message})
    return sorted({clean(message.subject) for message in messages.values()} - {""})


def _episode(lead: str, events: Sequence[Event], cause: Event) -> str:
    """The lead's own run of activity then, so that its alerts and this one are one row."""
    own = episodes_of(lead, [event for event in events if event.lead == lead], {}, None)
    return next((one.id for one in reversed(own) if one.started_at <= cause.at), id_of(lead, cause.id))
