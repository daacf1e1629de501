"""Alerts of a batch of leads: decided, compared with what stands, written to the outbox, told to consoles. Called by workers.recompute.leads."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import redis

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import id_of
from tracker.domain.activity.visit import GAP
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Times
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.rules.alerting.decide import Draft, Memory, decide
from tracker.rules.alerting.episodes import Episode, episodes_of
from tracker.rules.alerting.hot import crossings
from tracker.rules.alerting.routes import EDITABLE, deliveries_for
from tracker.rules.alerting.text import AlertContext, alert_text, alert_title, zone_of
from tracker.rules.message_engagement import opened_before
from tracker.rules.scoring.daily_facts import PRICING, day_of, last_standing
from tracker.rules.scoring.score import total_of
from tracker.store.core.run_parallel import together
from tracker.store.store import WorkspaceStore
from workers.recompute.instrumentation import decided

if TYPE_CHECKING:
    from tracker.store.leads.leads import DerivedSave
    from workers.recompute.context import LeadContext

LATE = timedelta(minutes=15)
"""An alert about something older than this when it is first decided does not ring."""
_EDIT_PAUSE = timedelta(seconds=2)
"""Changes of words are gathered for so long before a channel's message is edited."""


class AlertBatch:
    """Collects what should stand for each lead, then writes the differences at once."""

    def __init__(self, deps: Deps, workspace: Workspace, store: WorkspaceStore) -> None:
        self._deps, self._workspace, self._store = deps, workspace, store
        self._wanted: list[tuple[LeadContext, Alert]] = []
        self._since: dict[str, datetime] = {}

    def decide(self, file: LeadContext, save: DerivedSave) -> None:
        """Decides the alerts of one lead over the episodes that its dirty events may have changed, or that these were taken from."""
        episodes = episodes_of(file.lead.id, file.events, file.dwells, last_standing(file.before))
        memory = Memory(
            opened={e.message for e in file.older if e.stands and e.message} | opened_before(file.messages, self._workspace.sealed_before),
            pricing_episode="earlier" if any(PRICING in day.counts for day in file.before) else None,
            hot=crossings(file.course, file.events, file.lead, file.company, file.messages, self._workspace),
        )
        concerned = [e for e in episodes if e.ended_at >= file.start - GAP]
        since = min([file.start, *(e.started_at for e in concerned)])
        self._since[file.lead.id] = since
        teller = _Teller(self._workspace, file, save, episodes)
        for draft in decide(episodes, memory, self._workspace.policy):
            if draft.cause.at >= since:
                self._wanted.append((file, self._alert(file, draft, teller.context_of(draft))))

    def _alert(self, file: LeadContext, draft: Draft, context: AlertContext) -> Alert:
        cause, now = draft.cause, self._deps.now()
        is_late = now - cause.at > LATE
        return Alert(
            id=id_of(cause.workspace, file.lead.id, draft.rule.value, cause.id),
            workspace=cause.workspace,
            lead=file.lead.id,
            rep=file.lead.owner,
            rule=draft.rule,
            cause=cause.id,
            episode=draft.episode.id,
            at=cause.at,
            priority=draft.priority,
            state=AlertState.LATE if is_late else AlertState.STANDING,
            title=alert_title(draft, context),
            text=alert_text(draft, context),
            times=Times(event=cause.at, verdict=cause.received, decided=now),
            seen_at=now if is_late else None,
        )

    def commit(self, now: datetime) -> None:
        """Outbox rows first; consoles and the notifier hear of them after they are written."""
        found, channels, active = together(
            lambda: self._store.alerts.of_leads_since(self._since), self._store.channels.all, self._store.reps.active_ids
        )
        known = {alert.id: alert for alert in found if alert.rule is not AlertRule.TEST}
        wanted = {alert.id: _merged(_heard(alert, active), known.get(alert.id)) for _, alert in self._wanted}
        changed = [alert for alert in wanted.values() if alert != known.get(alert.id)]
        gone = [a for a in known.values() if a.id not in wanted and a.state is not AlertState.WITHDRAWN]
        withdrawn = [msgspec.structs.replace(alert, state=AlertState.WITHDRAWN) for alert in gone]
        if not changed and not withdrawn:
            return
        # Deliveries before alerts: killed between the two, the next recount finds the alert missing or as it was, and writes both again.
        new = [alert for alert in changed if alert.state is AlertState.STANDING and alert.id not in known]
        deliveries = [delivery for alert in new for delivery in deliveries_for(alert, channels, now)]
        # Rows of a new alert that were there already were written by somebody who was killed then; if they waited for it too long, they ended.
        was_there = self._store.deliveries.open_once(deliveries)
        is_due = bool(deliveries)
        edited = [alert.id for alert in changed if alert.id in known]
        if back := [*was_there, *(key for key in edited if known[key].state is AlertState.WITHDRAWN)]:
            is_due |= self._store.deliveries.reopen(back, now + _EDIT_PAUSE)
        if edited:
            is_due |= self._store.deliveries.edit_due(edited, now + _EDIT_PAUSE, [channel.value for channel in EDITABLE])
        self._store.alerts.save([*changed, *withdrawn])
        if is_due:
            self._deps.wake.notify()
        if withdrawn:
            self._store.deliveries.cancel([alert.id for alert in withdrawn])
        decided([*(alert for alert in changed if alert.id not in known), *withdrawn])
        self._tell(changed, withdrawn)

    def _tell(self, changed: list[Alert], withdrawn: list[Alert]) -> None:
        names = {file.lead.id: file.lead.name for file, _ in self._wanted}
        news = [("alert", self._data(alert, names.get(alert.lead, ""))) for alert in changed if alert.state is AlertState.STANDING]
        news += [("withdrawn", {"id": alert.id, "lead": alert.lead, "rep": alert.rep}) for alert in withdrawn]
        try:
            if news:
                self._deps.bus.publish_many(self._workspace.id, news)
        except (redis.RedisError, OSError):
            return

    def _data(self, alert: Alert, name: str) -> dict[str, Any]:
        return {
            "id": alert.id,
            "lead": alert.lead,
            "lead_name": name,
            "rule": alert.rule.value,
            "priority": alert.priority.value,
            "title": alert.title,
            "text": alert.text,
            "rep": alert.rep,
            "url": lead_url(self._deps.settings.public_url, alert.lead),
            "at": to_ms(alert.at),
            "revision": alert.revision,
            "test": False,
        }


class _Teller:
    """What the words of one lead's alerts are made of."""

    def __init__(self, workspace: Workspace, file: LeadContext, save: DerivedSave, episodes: list[Episode]) -> None:
        self._workspace, self._file, self._save = workspace, file, save
        self._messages = {message.id: message for message in file.messages}
        self._subjects = {message.id: message.subject for message in file.messages}
        zone = zone_of(file.lead.timezone, workspace.timezone)
        self._of_day: dict[str, int] = {}
        self._at_first: dict[str, int] = {}
        today: dict[str, int] = {}
        for episode in episodes:
            day = day_of(episode.started_at, zone)
            today[day] = self._of_day[episode.id] = today.get(day, 0) + 1

    def context_of(self, draft: Draft) -> AlertContext:
        """The score as it was then: an alert's words do not change with what comes after it."""
        file, last = self._file, draft.events[-1]
        now = self._points(file.course.until(last), last.at)
        return AlertContext(
            lead=file.lead,
            subjects=self._subjects,
            dwells=file.dwells,
            visits_today=self._of_day[draft.episode.id],
            stage=self._save.stage,
            stage_since=self._save.stage_since,
            score=now,
            change=now - self._before(draft.episode),
            zone=file.lead.timezone or self._workspace.timezone,
            messages=self._messages,
        )

    def _before(self, episode: Episode) -> int:
        """The score when the episode began."""
        if episode.id not in self._at_first:
            first = episode.events[0]
            self._at_first[episode.id] = self._points(self._file.course.before(first), first.at)
        return self._at_first[episode.id]

    def _points(self, days: list[DayFacts], as_of: datetime) -> int:
        file = self._file
        return total_of(file.lead, file.company, days, file.messages, self._workspace, as_of)


def _heard(alert: Alert, active: Container[str]) -> Alert:
    """The alert as somebody hears of it: the team, where the owner works here no longer."""
    return alert if alert.rep is None or alert.rep in active else msgspec.structs.replace(alert, rep=None)


def _merged(alert: Alert, known: Alert | None) -> Alert:
    """The alert as it should stand, with what is already known of it; new words raise the revision."""
    if known is None:
        return alert
    state = AlertState.STANDING if known.state is AlertState.WITHDRAWN and alert.state is AlertState.STANDING else known.state
    state = alert.state if known.state is AlertState.WITHDRAWN else state
    is_new = (alert.title, alert.text) != (known.title, known.text)
    return msgspec.structs.replace(
        known,
        title=alert.title,
        text=alert.text,
        state=state,
        episode=alert.episode,
        revision=known.revision + 1 if is_new else known.revision,
    )
