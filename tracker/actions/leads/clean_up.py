"""What to clean up: how many leads of each kind there are, and pairs that may be the same person. Used by the console."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from tracker.actions.deps import Deps
from tracker.actions.leads.duplicates import pair_id, person_of, region_of
from tracker.actions.leads.lists import MOST_COUNTED, test_of
from tracker.domain.leads.lead import Lead
from tracker.rules.conditions.clean_up import KINDS
from tracker.rules.duplicates.compare import SameReason, reasons
from tracker.rules.visibility import Viewer, may_see, scope
from tracker.store.leads.lead_query import LeadQuery

Pair = tuple[tuple[SameReason, ...], Lead, Lead]
"""Why two leads may be the same person, the older one first."""
MOST_PAIRS = 50
_MOST_KEYS = 200


def counts(deps: Deps, viewer: Viewer) -> dict[str, int]:
    """By kind, how many leads the viewer sees, `MOST_COUNTED` + 1 at most."""
    here = deps.store.of(viewer.workspace.id).leads
    return {
        kind.key: here.count_of(LeadQuery(test=test_of(deps, viewer, kind.condition), visible_to=scope(viewer)), most=MOST_COUNTED + 1)
        for kind in KINDS
    }


def changed_addresses(deps: Deps, viewer: Viewer) -> list[Lead]:
    """At most `MOST_PAIRS` leads with another address to decide on, which the viewer sees."""
    here = deps.store.of(viewer.workspace.id).leads
    condition = next(kind.condition for kind in KINDS if kind.key == "new_email")
    found = here.by_ids(here.ids_of(LeadQuery(test=test_of(deps, viewer, condition), visible_to=scope(viewer)), most=MOST_PAIRS))
    return sorted(found.values(), key=lambda lead: (lead.name.casefold(), lead.id))


def archived_count(deps: Deps, viewer: Viewer) -> int:
    """How many archived leads the viewer sees, `MOST_COUNTED` + 1 at most."""
    query = LeadQuery(is_archived=True, visible_to=scope(viewer))
    return deps.store.of(viewer.workspace.id).leads.count_of(query, most=MOST_COUNTED + 1)


def possible_pairs(deps: Deps, viewer: Viewer) -> list[Pair]:
    """At most `MOST_PAIRS` pairs of leads that may be the same person, without those that a rep told apart."""
    here = deps.store.of(viewer.workspace.id)
    shared = here.leads.shared_keys(limit=_MOST_KEYS)
    leads = {key: lead for key, lead in here.leads.by_ids({one for some in shared for one in some}).items() if may_see(viewer, lead)}
    found = dict(_compared(deps, viewer, shared, leads))
    dismissed = here.duplicate_pairs.dismissed(found)
    kept = [pair for key, pair in found.items() if key not in dismissed]
    order = list(SameReason)
    return sorted(kept, key=lambda pair: (order.index(pair[0][0]), pair[1].name.casefold(), pair[1].id, pair[2].id))[:MOST_PAIRS]


def _compared(deps: Deps, viewer: Viewer, shared: Iterable[Iterable[str]], leads: dict[str, Lead]) -> Iterator[tuple[str, Pair]]:
    region, others = region_of(deps.store.workspaces.get(viewer.workspace.id)), defaultdict[str, set[str]](set)
    for some in shared:
        for one, other in combinations(sorted(set(some) & leads.keys()), 2):
            others[one].add(other)
    for one, its in others.items():
        for other in its:
            first, second = sorted((leads[one], leads[other]), key=lambda lead: (lead.created_at, lead.id))
            why = reasons(person_of(first), person_of(second), region, is_shared_line=False)
            if why and first.archived_at is None and second.archived_at is None:
                yield pair_id(one, other), (tuple(why), first, second)
