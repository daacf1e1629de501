"""The alerts of a batch of leads: decided, compared with the stored ones, saved and announced. Called by workers.recompute.leads."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import redis

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.actions.alerting.company_alerts import CompanyAlerts, decide_companies
from tracker.actions.alerting.decide import decide_alerts
from tracker.actions.alerting.inactivity import inactivity_alerts
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.ids import id_of
from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import GAP
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, Times, WithdrawnReason, is_late
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.alerting.payload import AlertPayload, AlertUnsure, AlertWithdrawn
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.live_message import LiveMessage
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.live_bus import alert_payload
from tracker.rules.alerting.archived import is_unwanted
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.policy.decide import AlertReceivers
from tracker.rules.alerting.routes import EDITABLE, RESENDABLE, deliveries_for
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.alerting.text import alert_text
from tracker.rules.alerting.text_context import AlertContext
from tracker.rules.alerting.title import alert_title, past_title
from tracker.rules.alerting.unsure import unsure_rule, unsure_text, unsure_title
from tracker.rules.alerting.withdrawal import withdrawn_reason
from tracker.rules.scoring.daily_facts import last_standing
from tracker.store.core.run_parallel import run_parallel
from tracker.store.leads.leads import DerivedSave
from tracker.store.store import WorkspaceStore
from workers.recompute.alert_changes import AlertChanges, alert_changes
from workers.recompute.alert_text import AlertTextBuilder
from workers.recompute.instrumentation import alerts_decided

_EDIT_DELAY = timedelta(seconds=2)
"""Changes of the text within this time become one edit of a channel's message."""


class AlertBatch:
    """Collects what should stand for each lead, then writes the differences at once."""

    def __init__(self, deps: Deps, workspace: Workspace, store: WorkspaceStore, inquiries: Mapping[str, Inquiry]) -> None:
        self._deps, self._workspace, self._store, self._inquiries = deps, workspace, store, inquiries
        self._wanted: list[Alert] = []
        self._names: dict[str, str] = {}
        """The names of the leads that have wanted alerts."""
        self._since: dict[str, datetime] = {}
        self._reasons: dict[str, WithdrawnReason] = {}
        """Why an alert of an event would be withdrawn, by the event's id."""
        self._companies = CompanyAlerts()

    def decide(self, context: LeadContext, save: DerivedSave, moves: Sequence[Move]) -> None:
        """Decides the alerts of one lead over the episodes that its dirty events belong to, or belonged to before. `moves`: all of its stage."""
        lead = context.lead
        episodes = episodes_of(lead.id, context.events, context.dwells, last_standing(context.before))
        concerned = [e for e in episodes if e.ended_at >= context.start - GAP]
        since = min([context.start, *(e.started_at for e in concerned)])
        self._since[lead.id] = since
        self._reasons |= {event.id: withdrawn_reason(event) for event in context.events if event.at >= since}
        texts = AlertTextBuilder(self._workspace, context, save, episodes, self._inquiries)
        for draft in decide_alerts(self._workspace, context, episodes, moves):
            if draft.cause.at >= since and not is_unwanted(lead, draft.cause):
                self._wanted.append(self._alert(context, draft, texts.context_of(draft)))
                self._names[draft.cause.lead or lead.id] = lead.name

        silent = inactivity_alerts(self._workspace, context, moves, self._deps.now(), since)
        self._wanted += silent
        self._names |= dict.fromkeys((alert.lead for alert in silent), lead.name)
        unsure = [event for event in context.events if event.at >= since and not is_unwanted(lead, event)]
        self._wanted += [self._unsure_alert(context, event, rule) for event in unsure if (rule := unsure_rule(event))]

    def decide_companies(self, contexts: Sequence[LeadContext], now: datetime) -> None:
        """Decides the alerts about companies whose people are among these leads."""
        self._companies = decide_companies(self._workspace, self._store, contexts, now)
        self._wanted += self._companies.wanted
        self._names |= self._companies.names
        self._reasons |= self._companies.reasons

    def commit(self, now: datetime) -> None:
        """Saves the differences, deliveries first; then announces them to consoles and the notifier."""
        found, channels, reps = run_parallel(self._stored, self._store.channels.all, self._store.reps.active)
        changes = alert_changes(self._wanted, found, {rep.id for rep in reps}, self._reasons)
        if changes.is_empty:
            return
        # Deliveries before alerts: if the process is killed between the two, the next run writes both again.
        receivers = AlertReceivers(self._workspace, reps, channels)
        is_due = self._save_deliveries(changes, receivers, now)
        put_alerts(self._deps, self._workspace, [*changes.new, *changes.resent])
        self._store.alerts.unsee(alert.id for alert in changes.raised)
        self._store.alerts.save([*changes.changed, *changes.withdrawn])
        if is_due:
            self._deps.wake.notify()
        if changes.withdrawn:
            self._store.deliveries.cancel([alert.id for alert in changes.withdrawn])
        alerts_decided([*changes.new, *changes.withdrawn])
        self._publish(changes, {alert.id for alert in changes.announced if receivers.is_silent(alert, now)})

    def _stored(self) -> list[Alert]:
        """The stored alerts that are compared with the wanted ones."""
        companies = set(self._companies.ids)
        own = [
            alert
            for alert in self._store.alerts.of_leads_since(self._since)
            if alert.rule is not AlertRule.COMPANY and alert.id not in companies
        ]
        return [*own, *self._store.alerts.by_ids(self._companies.ids).values()]

    def _alert(self, context: LeadContext, draft: AlertDraft, text: AlertContext) -> Alert:
        cause, now = draft.cause, self._deps.now()
        late = is_late(cause.at, now)
        return Alert(
            id=_alert_id(draft, cause.lead or context.lead.id),
            workspace=cause.workspace,
            lead=cause.lead or context.lead.id,
            rep=context.lead.owner,
            rule=draft.rule,
            custom=draft.custom.id if draft.custom else None,
            cause=cause.id,
            episode=draft.episode.id,
            at=cause.at,
            priority=draft.priority,
            state=AlertState.LATE if late else AlertState.STANDING,
            title=alert_title(draft, text),
            past=past_title(draft, text),
            active_until=draft.episode.ended_at,
            text=alert_text(draft, text),
            times=Times(event=cause.at, verdict=cause.received, decided=now),
            seen_at=now if late else None,
        )

    def _unsure_alert(self, context: LeadContext, cause: Event, rule: AlertRule) -> Alert:
        lead = cause.lead or context.lead.id
        return Alert(
            id=id_of(cause.workspace, lead, rule.value, cause.id),
            workspace=cause.workspace,
            lead=lead,
            rep=context.lead.owner,
            rule=rule,
            cause=cause.id,
            episode=id_of(lead, cause.id),
            at=cause.at,
            priority=Priority.QUIET,
            state=AlertState.UNSURE,
            title=unsure_title(cause, context.lead.name or context.lead.email),
            text=unsure_text(cause),
            times=Times(event=cause.at, verdict=cause.received, decided=self._deps.now()),
        )

    def _save_deliveries(self, changes: AlertChanges, receivers: AlertReceivers, now: datetime) -> bool:
        """Writes the outbox rows of new, raised, restored and edited alerts; whether any delivery is due."""
        new = [alert for alert in (*changes.new, *changes.raised) if alert.state is AlertState.STANDING]
        deliveries = [delivery for alert in new for delivery in deliveries_for(alert, receivers, now)]
        # A row of a new alert may exist already if a process was killed; if it waited too long for its alert, it was cancelled.
        existing = self._store.deliveries.open_once(deliveries)
        is_due = any(row.state is DeliveryState.DUE and row.due_at <= now for row in deliveries)
        raised = {alert.id for alert in changes.raised}
        is_due |= self._store.deliveries.hasten(row for row in deliveries if row.alert in raised)
        later = now + _EDIT_DELAY
        if reopened := {*existing, *(alert.id for alert in changes.restored)}:
            is_due |= self._store.deliveries.reopen(reopened, later)
        is_due |= self._store.deliveries.edit_due(_revisions(changes.edited), later, EDITABLE)
        is_due |= self._store.deliveries.edit_due(_revisions(changes.resent), later, RESENDABLE)
        return is_due

    def _publish(self, changes: AlertChanges, silent: Container[str]) -> None:
        raised = {alert.id for alert in changes.raised}
        messages: list[LiveMessage] = [
            self._payload(alert, is_raised=alert.id in raised, is_silent=alert.id in silent) for alert in changes.announced
        ]
        messages += [AlertWithdrawn(id=alert.id, lead=alert.lead, rep=alert.rep) for alert in changes.withdrawn]
        messages += [AlertUnsure(id=alert.id, lead=alert.lead, rep=alert.rep) for alert in changes.unsure]
        try:
            if messages:
                self._deps.bus.publish_many(self._workspace.id, messages)
        except (redis.RedisError, OSError):
            return

    def _payload(self, alert: Alert, *, is_raised: bool, is_silent: bool) -> AlertPayload:
        url = lead_url(self._deps.settings.public_url, alert.lead)
        return alert_payload(alert, lead_name=self._names.get(alert.lead, ""), url=url, is_raised=is_raised, is_silent=is_silent)


def _revisions(alerts: Iterable[Alert]) -> dict[str, int]:
    return {alert.id: alert.revision for alert in alerts}


def _alert_id(draft: AlertDraft, lead: str) -> str:
    """Of cause and rule; an inquiry has one alert, whichever rule names it."""
    custom = (draft.custom.id,) if draft.custom and draft.rule is AlertRule.CUSTOM else ()
    return id_of(draft.cause.workspace, lead, draft.rule.value, *custom, draft.cause.id)
