"""Leads that may be the same person: found where one is added, never merged by machine."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import id_of
from tracker.base.time_zones import country_of_zone
from tracker.domain.leads.duplicate_pair import DuplicatePair
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.duplicates.compare import Person, SameReason, is_same_phone, reasons
from tracker.rules.duplicates.keys import PHONE, duplicate_keys
from tracker.rules.visibility import Owners, Viewer, may_see

_MOST_CANDIDATES = 300
_MOST_OF_BATCH = 4_000
_MOST_OF_KEY = 40
"""Leads with the same key that are compared with one another: more are no persons, but test data or a switchboard."""
_SHARED_LINE = 3
"""A phone number that more leads have is no one's own."""
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class MaybeSame:
    """A lead that may be the same person, and why."""

    person: Person
    reasons: tuple[SameReason, ...]


def person_of(lead: Lead) -> Person:
    """What is compared of a lead."""
    return Person(**{name: getattr(lead, name) for name in Person.__struct_fields__})


def region_of(workspace: Workspace) -> str:
    """The country of phone numbers without a country code: the company's, else that of its time zone; empty if unknown."""
    own = workspace.tracking_policy.own_country if workspace.tracking_policy else ""
    return own or country_of_zone(workspace.timezone)


def find_same(deps: Deps, workspace: Workspace, person: Person, owners: Owners | None) -> list[MaybeSame]:
    """Leads that may be this person, the best reasons first; `owners`: whose leads may be told (None: all). Without dismissed ones."""
    here = deps.store.of(workspace.id)
    keys = duplicate_keys(person.email, person.name, person.company, person.phone)
    others = [other for other, _ in here.leads.sharing(keys, limit=_MOST_CANDIDATES) if other.id != person.id]
    region = region_of(workspace)
    is_shared = sum(is_same_phone(person, other, region) for other in others) >= _SHARED_LINE
    found = [MaybeSame(other, why) for other in others if (why := reasons(person, other, region, is_shared_line=is_shared))]
    seen = [one for one in found if owners is None or one.person.owner in owners]
    if person.id:
        dismissed = here.duplicate_pairs.dismissed(pair_id(person.id, one.person.id) for one in seen)
        seen = [one for one in seen if pair_id(person.id, one.person.id) not in dismissed]
    order = list(SameReason)
    return sorted(seen, key=lambda one: (order.index(one.reasons[0]), -len(one.reasons), one.person.name))[:MOST_SHOWN]


def find_of_import(deps: Deps, workspace: Workspace, lead_import: str, added: Sequence[str]) -> set[str]:
    """Stores the pairs that these new leads are part of; returns the ids of those that the import found. May be repeated."""
    here, region = deps.store.of(workspace.id), region_of(workspace)
    leads = here.leads.by_ids(added)
    persons = {key: person_of(lead) for key, lead in leads.items()}
    keys = {key: duplicate_keys(one.email, one.name, one.company, one.phone) for key, one in persons.items()}
    sharing = here.leads.sharing({one for some in keys.values() for one in some}, limit=_MOST_OF_BATCH)
    by_key: dict[str, list[Person]] = defaultdict(list)
    for person, own in sharing:
        for key in own:
            by_key[key].append(person)
    found: dict[str, DuplicatePair] = {}
    for lead, person in persons.items():
        for other, is_shared in _others(keys[lead], by_key, person):
            why = reasons(person, other, region, is_shared_line=is_shared)
            if why:
                pair = _pair(deps, workspace.id, (lead, other.id), why, lead_import)
                found[pair.id] = pair
    known = here.duplicate_pairs.by_ids(found)
    here.duplicate_pairs.add_new([pair for key, pair in found.items() if key not in known])
    return {key for key in found if key not in known or known[key].lead_import == lead_import}


def pairs_of_import(deps: Deps, viewer: Viewer, lead_import: str, *, most: int) -> list[tuple[DuplicatePair, Lead, Lead]]:
    """The open pairs of an import with their leads, the older lead first. Of leads that exist and that the viewer may see."""
    here = deps.store.of(viewer.workspace.id)
    pairs = here.duplicate_pairs.of_import(lead_import, most)
    leads = here.leads.by_ids({lead for pair in pairs for lead in pair.leads})
    seen = {key for key, lead in leads.items() if may_see(viewer, lead) and lead.id == key}  # merged ones are one lead by now
    whole = [pair for pair in pairs if seen.issuperset(pair.leads)]
    made = [(pair, leads[pair.leads[0]], leads[pair.leads[1]]) for pair in whole]
    return [(pair, one, other) if one.created_at <= other.created_at else (pair, other, one) for pair, one, other in made]


def _others(keys: Iterable[str], by_key: dict[str, list[Person]], person: Person) -> Iterable[tuple[Person, bool]]:
    """Each other lead that shares a key with this one, and whether many share its phone number."""
    lists = {key: by_key[key] for key in keys if 1 < len(by_key.get(key, ())) <= _MOST_OF_KEY}
    is_shared = any(key.startswith(f"{PHONE}:") and len(some) > _SHARED_LINE for key, some in lists.items())
    return {other.id: (other, is_shared) for some in lists.values() for other in some if other.id != person.id}.values()


def dismiss(deps: Deps, workspace: str, lead: str, others: Iterable[str], rep: str | None) -> None:
    """Notes that these are not the same person, so that they are not shown together again. Raises Invalid for the lead itself."""
    pairs = [_pair(deps, workspace, (lead, other), (), None) for other in dict.fromkeys(others)]
    deps.store.of(workspace).duplicate_pairs.dismiss(pairs, deps.now(), rep)


def _pair(deps: Deps, workspace: str, leads: tuple[str, str], why: Iterable[SameReason], lead_import: str | None) -> DuplicatePair:
    if leads[0] == leads[1]:
        raise Invalid("lead", "must be another lead")
    return DuplicatePair(
        id=pair_id(*leads),
        workspace=workspace,
        leads=(min(leads), max(leads)),
        reasons=tuple(reason.value for reason in why),
        lead_import=lead_import,
        found_at=deps.now(),
    )


def pair_id(one: str, other: str) -> str:
    """The id of a pair, in any order."""
    return id_of(*sorted((one, other)), "same person")
