"""What the title and text of one lead's alerts are made of. Called by workers.recompute.alerts."""

from collections.abc import Mapping
from datetime import datetime

from tracker.actions.activity.lead_contexts import LeadContext
from tracker.base.time_zones import zone_of
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.episodes import Episode
from tracker.rules.alerting.rules import AlertDraft
from tracker.rules.alerting.text_context import AlertContext
from tracker.rules.mail.proposals import proposals_of
from tracker.rules.scoring.daily_facts import day_of
from tracker.rules.scoring.score import total_of
from tracker.store.leads.leads import DerivedSave


class AlertTextBuilder:
    """Makes the context of each alert of one lead. `episodes` are all loaded episodes of the lead, oldest first."""

    def __init__(
        self, workspace: Workspace, context: LeadContext, save: DerivedSave, episodes: list[Episode], inquiries: Mapping[str, Inquiry]
    ) -> None:
        self._workspace, self._context, self._save, self._inquiries = workspace, context, save, inquiries
        self._messages = {message.id: message for message in context.messages}
        self._proposals = proposals_of(context.messages, workspace.policy.proposal_words)
        self._subjects = {message.id: message.subject for message in context.messages}
        self._visit_numbers = _numbers_of_day(episodes, context.lead.timezone, workspace.timezone)
        self._scores_at_start: dict[str, int] = {}

    def context_of(self, draft: AlertDraft) -> AlertContext:
        """The context at the last event of the draft: the text of an alert does not change with what comes after it."""
        context, last = self._context, draft.events[-1]
        score = self._score(context.progress.until(last), last.at)
        return AlertContext(
            lead=context.lead,
            subjects=self._subjects,
            dwells=context.dwells,
            visits_today=self._visit_numbers[draft.episode.id],
            stage=self._workspace.stage_name(self._save.stage),
            stage_since=self._save.stage_since,
            score=score,
            change=score - self._score_at_start(draft.episode),
            zone=context.lead.timezone or self._workspace.timezone,
            messages=self._messages,
            proposals=self._proposals,
            inquiry=self._inquiries.get(draft.cause.id),
            home_zone=self._workspace.timezone,
        )

    def _score_at_start(self, episode: Episode) -> int:
        if episode.id not in self._scores_at_start:
            first = episode.events[0]
            self._scores_at_start[episode.id] = self._score(self._context.progress.before(first), first.at)
        return self._scores_at_start[episode.id]

    def _score(self, days: list[DayFacts], as_of: datetime) -> int:
        context = self._context
        return total_of(context.lead, context.company, days, context.messages, self._workspace, as_of)


def _numbers_of_day(episodes: list[Episode], timezone: str | None, default: str) -> dict[str, int]:
    """The number of each episode within its local day, by the episode's id, counted from 1."""
    zone = zone_of(timezone, default)
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    for episode in episodes:
        day = day_of(episode.started_at, zone)
        counts[day] = numbers[episode.id] = counts.get(day, 0) + 1
    return numbers
