"""The leads of the store: indexed queries, normalized copies, derived values, concurrent changes."""

import threading
from datetime import timedelta

import pytest

from tracker.actions.leads import leads
from tracker.actions.pipeline import stages
from tracker.actions.team import reps
from tracker.actions.workspace import workspaces
from tracker.base.clock import utc_now
from tracker.base.errors import Conflict
from tracker.domain.leads.lead import Derived
from tracker.store.leads.lead_fields import FieldFilter
from tracker.store.leads.lead_query import LeadQuery, matching
from tracker.store.leads.leads import SORTS, DerivedSave


@pytest.fixture
def here(deps):
    """The store of one workspace."""
    return deps.store.of(workspaces.first_workspace(deps).id)


def add(deps, here, email="dana@acme.example", **more):
    return leads.add_lead(deps, here.workspace, email=email, name=more.pop("name", "Dana Whitfield"), **more)


QUERIES = [
    LeadQuery(),
    LeadQuery(search="whit"),
    LeadQuery(search="dana acme"),
    LeadQuery(stage="New"),
    LeadQuery(score_min=10, score_max=90),
    LeadQuery(source="Import"),
    LeadQuery(owner="none"),
    LeadQuery(tag="north"),
    LeadQuery(company_id="x"),
    LeadQuery(no_next_action=True),
    LeadQuery(field=FieldFilter("Region", "North")),
    LeadQuery(field=FieldFilter("Seats", least=3.0)),
    LeadQuery(profile=("size:51–200", "location:portugal")),
    LeadQuery(quadrant="unrated", stages=("New", "Qualified")),
    LeadQuery(visible_to=frozenset({"x", None}), stage="New"),
    LeadQuery(seen_after=utc_now() - timedelta(days=1)),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: ",".join(n for n in query.__slots__ if getattr(query, n)) or "all")
def test_every_list_is_read_by_an_index(deps, here, query):
    """No filter and no sort order reads leads of other workspaces."""
    add(deps, here)
    for path in SORTS.values():
        found = {"$and": [{"ws": here.workspace}, matching(query)]}
        plan = str(here.leads.rows.find(found, sort=[(path, -1), ("_id", -1)]).explain()["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in plan, (query, path)
        assert "IXSCAN" in plan


def test_without_filter_the_order_comes_from_the_index(deps, here):
    """No list is sorted as a whole."""
    add(deps, here)
    for path in SORTS.values():
        for way in (1, -1):
            cursor = here.leads.rows.find({"$and": [{"ws": here.workspace}]}, sort=[(path, way), ("_id", way)])
            assert "'SORT'" not in str(cursor.explain()["queryPlanner"]["winningPlan"]), path


def test_searching_follows_a_change_of_name(deps, here):
    """Search terms belong to the current name."""
    lead = add(deps, here)
    leads.change_lead(deps, here.workspace, lead.id, name="Dana Bell", company="Bellworks")

    def found(text):
        return [one.id for one in here.leads.page(LeadQuery(search=text)).items]

    assert (found("whitfield"), found("bell dana"), found("ellwor")) == ([], [lead.id], [lead.id])


def test_changes_of_reps_and_workers_do_not_overwrite_each_other(deps, here):
    """A rep's change keeps the derived values; a worker that read an older version saves nothing."""
    lead = add(deps, here)
    derived = Derived(score=42)
    assert here.leads.save_derived([DerivedSave(lead=here.leads.get(lead.id), derived=derived, stage="New", stage_since=None)]) == 1

    changed = leads.change_lead(deps, here.workspace, lead.id, job_title="CTO")

    assert (changed.derived.score, changed.job_title) == (42, "CTO")
    stale = DerivedSave(lead=lead, derived=Derived(score=1), stage="Won", stage_since=None)
    assert here.leads.save_derived([stale]) == 0
    assert here.leads.get(lead.id).derived.score == 42


def test_of_two_computations_from_the_same_version_one_is_saved(deps, here):
    """The second worker must compute again, because its facts may be stale."""
    lead = add(deps, here)
    one, two = (
        DerivedSave(lead=lead, derived=Derived(score=n, scored_at=utc_now() + timedelta(milliseconds=n)), stage="New", stage_since=None)
        for n in (1, 2)
    )
    assert here.leads.save_derived([one]) == 1
    assert here.leads.save_derived([two]) == 0
    assert here.leads.get(lead.id).derived.score == 1


def test_concurrent_renames_leave_consistent_search_terms(deps, here):
    """Whatever the order, the normalized copies belong to the stored name and company."""
    lead = add(deps, here)
    names = [f"Name{n} Person" for n in range(8)]
    changes = [threading.Thread(target=here.leads.change, args=(lead.id,), kwargs={"name": name}) for name in names[:4]]
    changes += [threading.Thread(target=here.leads.change, args=(lead.id,), kwargs={"company": name}) for name in names[4:]]
    for one in changes:
        one.start()
    for one in changes:
        one.join()

    now = here.leads.get(lead.id)
    keys = here.leads.rows.find_one({"_id": f"{here.workspace}:{lead.id}"})["keys"]
    assert (keys["name"], keys["company"]) == (now.name.casefold(), (now.company or "").casefold())


def test_the_stage_is_the_last_valid_move(deps, here):
    """Concurrent moves leave a log and a consistent stage."""
    lead = add(deps, here)
    names = ["Contacted", "Qualified", "Negotiation", "Won"]
    movers = [threading.Thread(target=stages.move_lead, args=(deps, here.workspace, lead.id, name)) for name in names]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()

    log = here.moves.of_lead(lead.id)
    last = max(log, key=lambda move: (move.at, move.id))
    assert (here.leads.get(lead.id).stage, len(log)) == (last.stage, len(names))


def test_one_of_two_reps_becomes_the_owner(deps, here):
    """Two reps take a lead at once: one owns it, the other gets its owner."""
    lead = add(deps, here)
    rosa, ivo = (reps.add_rep(deps, here.workspace, email=f"{name}@us.example", name=name) for name in ("Rosa", "Ivo"))

    leads.take(deps, here.workspace, lead.id, rosa)
    with pytest.raises(Conflict, match="Rosa"):
        leads.take(deps, here.workspace, lead.id, ivo)
    assert leads.take(deps, here.workspace, lead.id, rosa).owner == rosa.id
