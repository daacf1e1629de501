"""Learning of recipients' domains: once a day, from the messages of the days before. One of the sweeps, in the background.

The profiles of a day are made in the first hours of the next one, and messages that were sent meanwhile are marked. So their verdicts are
the same whenever this runs. Profiles that exist stay as they are; corrections count for later days where they come within a week.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each, paced
from tracker.domain.activity.event import Event, Label
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.verdicts.classify import classify
from tracker.rules.verdicts.evidence import Recipient
from tracker.rules.verdicts.learning import LEARNED_REASONS, REMEMBERED_DAYS, SettledMessage, day_of, profiles, start_of, summaries
from workers.periodic.message_marks import mark_messages
from workers.recompute.verdicts.message_evidence import evidence_of, load_message_rows

log = logging.getLogger(__name__)

_SETTLING = timedelta(hours=1)
"""After the end of a day, late scans of its messages arrive, and their verdicts settle."""
_REBUILT_DAYS = 7
_AT_ONCE = 200
_DAY = timedelta(days=1)


class DomainLearning:
    """Remembers what is learned, so that each workspace is asked once a day."""

    def __init__(self) -> None:
        self._known: dict[str, date] = {}

    def run(self, deps: Deps, now: datetime) -> None:
        """Learns from the day before, and from earlier days that were missed, in each workspace. Safe to repeat."""
        in_each((one for one in paced(deps) if not one.is_demo), lambda one: self._learn_in(deps, one, now))

    def _learn_in(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        last = _last_day(now)
        if self._known.get(workspace.id) != last:
            learn_in_workspace(deps, workspace, now)
            self._known[workspace.id] = last


def _last_day(now: datetime) -> date:
    return day_of(now - _SETTLING) - _DAY


def learn_in_workspace(deps: Deps, workspace: Workspace, now: datetime) -> list[date]:
    """Returns the days whose profiles were made."""
    store, last = deps.store.of(workspace.id), _last_day(now)
    days = [last - _DAY * back for back in reversed(range(_REBUILT_DAYS))]
    missing = sorted(set(days) - store.scan_profiles.complete_days(days))
    if last not in missing:
        return []
    for day in days:
        store.domain_days.replace(day, summaries(day, _settled_messages(deps, workspace, day, now)))
    known = store.domain_days.between(days[0] - _DAY * REMEMBERED_DAYS, last)
    for day in missing:
        found = profiles(day, known)
        store.scan_profiles.add_day(day, found)
        if found and workspace.policy.learn_domains:
            mark_messages(deps, workspace.id, found.keys(), start_of(day + _DAY), start_of(day + 2 * _DAY))
    store.domain_days.remove_before(days[0] - _DAY * REMEMBERED_DAYS)
    if workspace.sealed_before:
        store.scan_profiles.remove_before(day_of(workspace.sealed_before) - 2 * _DAY)
    log.info("domains learned", extra={"workspace": workspace.id, "days": len(missing)})
    return missing


def _settled_messages(deps: Deps, workspace: Workspace, day: date, now: datetime) -> Iterator[SettledMessage]:
    store = deps.store.of(workspace.id)
    briefs = store.messages.briefs_sent(start_of(day), start_of(day + _DAY))
    for start in range(0, len(briefs), _AT_ONCE):
        yield from _settled(deps, workspace, briefs[start : start + _AT_ONCE], now)


def _settled(deps: Deps, workspace: Workspace, briefs: Sequence[MessageBrief], now: datetime) -> Iterator[SettledMessage]:
    by_message: dict[str, list[Event]] = {}
    for event in deps.store.of(workspace.id).events.of_messages(brief.id for brief in briefs):
        by_message.setdefault(event.message or "", []).append(event)
    taught = {key: own for key, own in by_message.items() if any(not LEARNED_REASONS.isdisjoint(e.verdict.reasons) for e in own)}
    untaught = _labels_without_learning(deps, workspace, [event for own in taught.values() for event in own], now)
    for brief in briefs:
        events = by_message.get(brief.id, [])
        labels = {event.id: untaught.get(event.id, event.verdict.label) for event in events}
        if brief.sent_at:
            yield SettledMessage(brief.domain, brief.sent_at, events, labels)


def _labels_without_learning(deps: Deps, workspace: Workspace, events: Sequence[Event], now: datetime) -> dict[str, Label]:
    """The labels that the events of these messages would have, had nothing been learned: a click's label also decides on opens."""
    if not events:
        return {}
    rows = load_message_rows(deps, workspace, deps.store.of(workspace.id), events, {})
    is_https = deps.settings.edge_url.startswith("https:")
    found: dict[str, Label] = {}
    for key in rows.events:
        evidence = evidence_of(key, rows, workspace, now, is_https=is_https)
        recipient: Recipient = msgspec.structs.replace(evidence.recipient, scan_profile=None)
        classified = classify(msgspec.structs.replace(evidence, recipient=recipient), deps.networks)
        found |= {event: verdict.label for event, verdict in classified.verdicts.items()}
    return found
