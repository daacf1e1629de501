"""Loads the custom alert rules of a workspace, and the records about leads that they need. Called by workers and for previews."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.custom_rule import CustomRule
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.book import NO_RULES, RuleBook
from tracker.rules.alerting.custom.matcher import LOOK_BACK
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import plain
from tracker.rules.sources.names import present_names
from tracker.store.store import WorkspaceStore


@dataclass(frozen=True, slots=True)
class CustomRecords:
    """What custom rules need beside a lead's context; of all leads that were loaded together."""

    book: RuleBook = NO_RULES
    earlier: Mapping[str, list[Event]] = field(default_factory=dict)
    """By lead, the events of a year before the loaded ones, oldest first, of the kinds that tell a first time."""
    labels: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """As in TriggerFacts."""
    made: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By event, the custom rules that have made an alert of it."""


def load_book(workspace: Workspace, store: WorkspaceStore, *, instead: CustomRule | None = None) -> RuleBook:
    """The rules of the workspace; `instead` is added, or takes the place of the one with its id."""
    rules = [rule for rule in store.alert_rules.every() if instead is None or rule.id != instead.id]
    rules += [instead] if instead else []
    contents = [revision.content for rule in rules for revision in rule.revisions]
    wanted = {content.lead_list for content in contents if content.lead_list}
    saved = {one.id: one.condition for one in store.lists.by_ids(wanted - CHIPS.keys()).values()} if wanted - CHIPS.keys() else {}
    built_in = {key: plain(CHIPS[key].condition_in(workspace)) for key in wanted & CHIPS.keys()}
    names_source = any("source" in str(condition) for condition in (*saved.values(), *(content.condition for content in contents)))
    return RuleBook(tuple(rules), saved | built_in, present_names(store.sources.all()) if names_source else {})


def load_custom_records(
    store: WorkspaceStore, book: RuleBook, sinces: dict[str, datetime], events: Iterable[Event], ids: Mapping[str, str]
) -> CustomRecords:
    """What the rules of the book need about these leads, whose `events` since `sinces` are loaded. `ids`: all of theirs, with the lead of each."""
    if book.is_empty:
        return CustomRecords()
    earlier: dict[str, list[Event]] = {}
    if kinds := book.kinds_of_earlier():
        for event in store.events.of_leads_since({one: sinces[lead] - LOOK_BACK for one, lead in ids.items()}, kinds):
            lead = ids[event.lead or ""]
            if event.at < sinces[lead] and event.stands and not event.is_imported:
                earlier.setdefault(lead, []).append(event)
    clicks = [e for e in (*events, *(e for own in earlier.values() for e in own)) if e.kind is EventKind.CLICK] if book.names_links else []
    labels = store.messages.link_labels({e.message for e in clicks if e.message}) if clicks else {}
    shares = store.shares.by_ids({e.share for e in clicks if e.share}) if clicks else {}
    labels |= {(key, 0): share.label for key, share in shares.items() if share.label}
    return CustomRecords(book, earlier, labels, store.alerts.made_by_custom(sinces))
