"""Sweeps: the table of periodic tasks, which find work without Redis. Run by workers.periodic.schedule; each is safe to repeat."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis

from tracker.actions.alerting.escalation import escalate_untaken
from tracker.actions.alerting.fact_reminders import remind_of_facts
from tracker.actions.alerting.inactivity import InactivitySweep
from tracker.actions.alerting.reminders import remind
from tracker.actions.automations.engine import run_automations
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each, paced
from tracker.actions.hooks.due_tasks import tell_due_tasks
from tracker.actions.imports.import_jobs import is_due
from tracker.actions.inquiries.escalation import escalate
from tracker.actions.mail_relay.finished import remove_orphans
from tracker.actions.mail_server.mail_sign_ins import renew_tokens
from tracker.actions.mail_server.sender_checks import run_due_check
from tracker.actions.merging.merge import finish_merges
from tracker.actions.ops.certificates import check_certificates
from tracker.actions.ops.hosts import forget_old_hosts
from tracker.actions.ops.nightly_backup import back_up_if_due
from tracker.actions.ops.operator_mail import OperatorMail
from tracker.actions.pipeline.board_totals import recount
from tracker.actions.pipeline.renewals import remind_of_renewals
from tracker.actions.pipeline.scores import inactive_leads
from tracker.actions.privacy.erase import finish_erasures
from tracker.actions.reports.event_counts import count_events
from tracker.actions.reports.roll_ups import RollUps
from tracker.actions.reports.warnings.week_warnings import find_warnings
from tracker.actions.reports.weekly.weekly_mail import WeeklyMailSweep
from tracker.actions.team.sessions import end_push_of_ended
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from workers.periodic.alarms import AlarmMonitor
from workers.periodic.background import Background
from workers.periodic.domain_learning import DomainLearning
from workers.periodic.gauges import measure
from workers.periodic.mail_services import look_up_mail_services
from workers.periodic.outreach import run_outreach
from workers.periodic.past_titles import tell_past
from workers.periodic.retention import Retention
from workers.periodic.tombstones import keep_tombstones
from workers.recompute.run import claim, recompute_marks

log = logging.getLogger(__name__)

_AT_ONCE = 50
_GONE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One periodic task: its name, its period, and what it does, given the present time."""

    name: str
    every: timedelta
    run: Callable[[Deps, datetime], None]
    is_everywhere: bool = False
    """Whether every instance runs it, also while MongoDB, and so the lease, is unreachable."""


def recompute_leftover(deps: Deps, now: datetime) -> None:
    """Recomputes marks that no wake-up reached: Redis was emptied, a worker died, a lease expired."""
    parked = deps.store.dirty.park_hopeless(now)
    if parked:
        log.error("marks parked after three tries", extra={"marks": parked})
    for queue in ("live", "bulk"):
        left = claim(deps, queue, ("visitor", "lead"), _AT_ONCE, marked_before=now - timedelta(seconds=3))
        if left:
            recompute_marks(deps, left)
            (deps.wake.live if queue == "live" else deps.wake.bulk)()


def wake_notifier(deps: Deps, now: datetime) -> None:
    """Wakes the notifier for deliveries and messages that are due: retries, and rows whose wake-up was lost."""
    if (
        deps.store.delivery_queue.is_due(now)
        or deps.store.mail_queue.is_due(now)
        or deps.store.hook_queue.is_due(now)
        or _is_relay_due(deps, now)
    ):
        deps.wake.notify()


def _is_relay_due(deps: Deps, now: datetime) -> bool:
    """Whether an accepted mail or a copy is due."""
    return any(due is not None and due <= now for due in (deps.store.accepted_mails.next_due(), deps.store.relayed_copies.next_due()))


def wake_for_looks(deps: Deps, now: datetime) -> None:
    """Wakes the workers for marks whose due time has come: the hold of a click ends."""
    if deps.store.dirty.has_due_look(now):
        deps.wake.live()


def wake_for_imports(deps: Deps, now: datetime) -> None:
    """Wakes the workers for imports that wait: their wake-up was lost, or the process that carried them out."""
    del now
    if is_due(deps):
        deps.wake.bulk()


def forget_gone_visitors(deps: Deps, now: datetime) -> None:
    """Removes visitors from the live view half an hour after their last activity."""
    edge = round((now - _GONE_AFTER).timestamp() * 1000)
    try:
        for workspace in deps.bus.workspaces_with_presence():
            gone = [state.visitor for state in deps.bus.presence(workspace) if state.last < edge]
            deps.bus.forget_presence(workspace, gone)
        deps.bus.forget_quiet(edge)
    except (redis.RedisError, OSError):
        return


def rescore(deps: Deps, now: datetime) -> None:
    """Marks leads with points that were last scored a day ago, since scores fade with time, and those who became inactive. In the bulk queue."""
    in_each(paced(deps), lambda one: _rescore_in(deps, one, now))
    deps.wake.bulk()


def _rescore_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    leads: list[Lead] = deps.store.of(workspace.id).leads.scored_before(now - timedelta(days=1), limit=2000)
    keys = dict.fromkeys([lead.id for lead in leads] + inactive_leads(deps, workspace, now))
    deps.store.dirty.mark_many([(workspace.id, "lead", key, now) for key in keys], queue="bulk")


def _apart(name: str, every: timedelta, work: Callable[[Deps, datetime], object]) -> Sweep:
    """A sweep that waits for others, or works in as many workspaces as have something due: no other sweep waits for it."""
    return Sweep(name, every, Background(name, work).run)


SWEEPS = (
    Sweep("measure", timedelta(seconds=5), measure, is_everywhere=True),
    _apart("alarms", timedelta(seconds=15), AlarmMonitor().run),
    _apart("back_up", timedelta(minutes=1), back_up_if_due),
    _apart("check_certificates", timedelta(hours=1), check_certificates),
    _apart("tell_operator", timedelta(seconds=15), OperatorMail().run),
    _apart("end_push_of_ended", timedelta(minutes=5), end_push_of_ended),
    Sweep("forget_old_hosts", timedelta(minutes=1), forget_old_hosts),
    _apart("count_events", timedelta(seconds=2), count_events),
    Sweep("recompute_leftover", timedelta(seconds=3), recompute_leftover),
    Sweep("wake_for_looks", timedelta(milliseconds=250), wake_for_looks),
    Sweep("wake_for_imports", timedelta(seconds=5), wake_for_imports),
    Sweep("wake_notifier", timedelta(seconds=1), wake_notifier),
    Sweep("remove_orphaned_mail", timedelta(hours=1), remove_orphans),
    _apart("forget_gone_visitors", timedelta(minutes=1), forget_gone_visitors),
    Sweep("tell_past", timedelta(seconds=15), tell_past),
    _apart("remind", timedelta(seconds=15), remind),
    _apart("remind_of_renewals", timedelta(minutes=15), remind_of_renewals),
    _apart("remind_of_facts", timedelta(minutes=1), remind_of_facts),
    _apart("tell_due_tasks", timedelta(seconds=15), tell_due_tasks),
    _apart("escalate_untaken", timedelta(seconds=15), escalate_untaken),
    _apart("mark_inactive", timedelta(minutes=1), InactivitySweep().run),
    _apart("escalate", timedelta(seconds=5), escalate),
    _apart("finish_merges", timedelta(seconds=30), finish_merges),
    _apart("finish_erasures", timedelta(seconds=5), finish_erasures),
    Sweep("keep_tombstones", timedelta(minutes=1), keep_tombstones, is_everywhere=True),
    _apart("look_up_mail_services", timedelta(seconds=1), look_up_mail_services),
    _apart("renew_mail_tokens", timedelta(minutes=1), renew_tokens),
    _apart("check_senders", timedelta(seconds=1), run_due_check),
    _apart("learn_domains", timedelta(minutes=10), DomainLearning().run),
    _apart("find_warnings", timedelta(minutes=10), find_warnings),
    _apart("send_weekly_mails", timedelta(minutes=1), WeeklyMailSweep().run),
    _apart("run_automations", timedelta(minutes=1), run_automations),
    _apart("run_outreach", timedelta(minutes=1), run_outreach),
    _apart("recount_board", timedelta(seconds=30), recount),
    _apart("roll_up_reports", timedelta(minutes=1), RollUps().run),
    _apart("rescore", timedelta(minutes=10), rescore),
    _apart("forget_old_events", timedelta(minutes=10), Retention().run),
)
