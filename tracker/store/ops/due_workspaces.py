"""In which workspaces something is due: one query for each kind of work, over all workspaces.

A schedule that asked every workspace would be busy with ten thousand that have nothing to do. Each query here uses an index that begins with
what is due, and not with the workspace: it reads as much as is due. On a sharded cluster it asks every shard, which
`tests/store/test_shard_keys.py` lists with the reason. What is done then is done in the repositories of the workspaces named here.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pymongo.database import Database

from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.custom_rule import RuleTrigger
from tracker.domain.leads.lead_import import AT_WORK
from tracker.domain.outreach.campaign import CampaignState
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, EnrolmentState
from tracker.domain.pipeline.automation import AutomationState, AutomationTrigger
from tracker.domain.pipeline.automation_effect import EffectState
from tracker.domain.reports.weekly_mail import WeeklyMailState
from tracker.store.core.client import Document

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_GIVEN: Document = {"$gt": _FIRST}


class DueWorkspaces:
    """Ids of workspaces in alphabetical order, so that runs that follow each other treat all alike. Called by sweeps, through their actions."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def with_imports(self, now: datetime) -> list[str]:
        """Where an import waits for a worker."""
        return self._found("imports", {"state": {"$in": list(AT_WORK)}, "due_at": {"$lte": now}})

    def with_reminders(self, after: datetime, until: datetime) -> list[str]:
        """Where an open task with a reminder is due in this time."""
        return self._found("tasks", {"remind_minutes": {"$gte": 0}, "done_at": None, "due": {"$gte": after, "$lte": until}})

    def with_fact_reminders(self, days: Iterable[date]) -> list[str]:
        """Where a dated fact of a lead reminds on one of these days."""
        return self._found("leads", {"keys.reminders": {"$in": [day.isoformat() for day in days]}, "archived_at": None})

    def with_renewals(self, latest: date) -> list[str]:
        """Where a rep is to be reminded of a recurring sale by that day, the last one that has begun anywhere."""
        return self._found("sales", {"remind_on": {"$gt": "", "$lte": latest.isoformat()}})

    def with_webhooks(self, event: str) -> list[str]:
        """Where a webhook wants this type of events."""
        return self._found("hooks", {"events.type": event, "is_ended": {"$ne": True}})

    def with_untaken_alerts(self, since: datetime, until: datetime) -> list[str]:
        """Where no one took an alert of an inquiry or a reply of that time."""
        query: Document = {"rule": {"$in": [AlertRule.FORM.value, AlertRule.REPLY.value]}, "at": {"$gte": since, "$lte": until}}
        return self._found("alerts", {**query, "state": AlertState.STANDING.value, "taken_at": None, "done_at": None})

    def with_overdue_inquiries(self, *, due_after: datetime, due_before: datetime) -> list[str]:
        """Where the clock of an inquiry ran out within these moments, and no leader was told."""
        return self._found("inquiries", {"is_open": True, "due_at": {"$gt": due_after, "$lte": due_before}, "escalated_at": None})

    def with_inactivity_rules(self) -> list[str]:
        """Where a custom rule is about inactive leads, or once was."""
        return self._found("alert_rules", {"revisions.content.trigger": RuleTrigger.INACTIVE.value, "is_removed": {"$ne": True}})

    def with_merges(self, before: datetime) -> list[str]:
        """Where a merge of leads or its undo began before that moment and is not over."""
        rows = self._database.leads.find({"merging_at": {"$gt": _FIRST, "$lt": before}}, {"_id": 1}, hint="merging")
        return sorted({row["_id"].partition(":")[0] for row in rows})  # the field `ws` of a merged lead is another

    def with_erasures(self, now: datetime) -> list[str]:
        """Where a pass of an erasure is due."""
        return self._found("erasures", {"due_at": {"$lte": now}})

    def with_automations(self, interrupted_before: datetime) -> list[str]:
        """Where an automation that the schedule runs is switched on or was stopped, or one was interrupted before that moment."""
        is_on = self._found("automations", {"since": _GIVEN, "content.trigger": {"$ne": AutomationTrigger.SENT.value}})
        parked = self._found("automations", {"parked_at": _GIVEN})
        began = {"state": AutomationState.PLANNED.value, "at": {"$lt": interrupted_before}}
        return sorted({*is_on, *parked, *self._found("automation_log", began)})

    def with_effects(self, now: datetime) -> list[str]:
        """Where an automation has something to do outside of Leadlight."""
        return self._found("automation_effects", {"state": EffectState.WAITING.value, "due_at": {"$lte": now}})

    def with_enrolments(self, now: datetime) -> list[str]:
        """Where a lead in a sequence is to be looked at."""
        return self._found("enrolments", {"state": EnrolmentState.ACTIVE.value, "due_at": {"$lte": now}})

    def with_open_enrolments(self) -> list[str]:
        """Where any lead is in a sequence."""
        return self._found("enrolments", {"state": {"$in": [state.value for state in OPEN_ENROLMENTS]}})

    def with_untold(self) -> list[str]:
        """Where something waits for a person, and no one was told."""
        query: Document = {"untold_since": _GIVEN}
        return sorted({*self._found("enrolments", query), *self._found("automation_effects", query)})

    def with_held_enrolments(self, now: datetime) -> list[str]:
        """Where a lead in a sequence waits for a merge to be taken back, and is to be looked at."""
        ended = [state.value for state in EnrolmentState if state not in OPEN_ENROLMENTS]
        return self._found("enrolments", {"state": {"$in": ended}, "due_at": {"$gt": _FIRST, "$lte": now}})

    def with_campaigns(self) -> list[str]:
        """Where a campaign is being sent."""
        return self._found("campaigns", {"state": CampaignState.RUNNING.value})

    def with_board_totals(self) -> list[str]:
        """Where the figures of the board are stored."""
        return [
            row["_id"].partition(":")[0] for row in self._database.board_totals.find({"_id": {"$gt": ""}}, {"_id": 1}, sort=[("_id", 1)])
        ]

    def with_report_blocks(self) -> list[str]:
        """Where what reports count is stored in blocks."""
        return self._found("report_blocks", {"until": {"$exists": True}})

    def with_refusals(self, day: date) -> list[str]:
        """Where pages of the site were refused since this day (UTC)."""
        return self._found("refusals", {"day": {"$gte": day.isoformat()}})

    def with_weekly_mails(self, now: datetime) -> list[str]:
        """Where a weekly mail waits to be sent."""
        states = [WeeklyMailState.DUE.value, WeeklyMailState.SENDING.value]
        return self._found("weekly_mails", {"state": {"$in": states}, "due_at": {"$lte": now}})

    def with_mail_to(self, domains: Iterable[str], since: datetime) -> list[str]:
        """Which have sent email to these domains since then."""
        return self._found("messages", {"domain": {"$in": sorted(set(domains) - {""})}, "sent_at": {"$gte": since}})

    def with_push(self) -> list[str]:
        """Where a rep has a channel of web push."""
        return self._found("channels", {"name": ChannelName.PUSH.value})

    def _found(self, collection: str, due: Document) -> list[str]:
        stages: list[Document] = [{"$match": due}, {"$group": {"_id": "$ws"}}, {"$sort": {"_id": 1}}]
        return [row["_id"] for row in self._database[collection].aggregate(stages)]
