"""Conditions: a list from the database and a decision in memory have the same leads, and lists start from an index."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.actions.deps import Deps
from tracker.actions.workspace import workspaces
from tracker.base.ids import new_id
from tracker.domain.leads.consent import Consent, ConsentState
from tracker.domain.leads.lead import Derived, Lead, NextAction
from tracker.domain.leads.qualification import BUYING_ROLES, Referrer
from tracker.domain.pipeline.score import QUADRANTS
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import parsed
from tracker.rules.conditions.entries import text_entry
from tracker.rules.conditions.fields import FIELDS, Comparison, ConditionField, ConditionKind, field_named
from tracker.rules.conditions.lead_tests import passes
from tracker.rules.conditions.lower import ConditionContext, lowered
from tracker.store.leads.lead_matches import MOST_IDS, narrowed
from tracker.store.leads.lead_query import LeadQuery, matching
from tracker.store.store import WorkspaceStore

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REP = "ab" * 16
TEXTS = [
    "Acme",
    "acme foods",
    "ACME",
    "Straße",
    "STRASSE",
    "İstanbul",
    "İ",
    "a.b*c",
    "x\u2028y",
    "\ud83d\ude00",
    "50",
    "1e3",
    "2026-11-30",
    "-7.5",
    "#1",
    "é",
    "e\u0301",
]
TEXTS = [text.encode("utf-16", "surrogatepass").decode("utf-16") for text in TEXTS]
NUMBERS = [-3, 0, 1, 7, 50, 50.5, 100]
DAYS = [0, 1, 7, 14, 30]
MOMENTS = [NOW - timedelta(days=days, milliseconds=ms) for days in (-3, *DAYS) for ms in (-1, 0, 1)]
CUSTOM = ["custom.Region", "custom.a$b*", "custom.Größe"]
PROFILES = ["industry:healthcare", "size:51–200", "location:germany", "budget:x"]
_some_text, _moment = st.sampled_from(TEXTS), st.sampled_from(MOMENTS)
_maybe_text, _maybe_moment = st.none() | _some_text, st.none() | _moment
_stages = ["New", "Contacted", "Qualified", "Won", "Lost", "gone"]

LEADS = st.lists(
    st.fixed_dictionaries({
        "name": _some_text, "company": _maybe_text, "job_title": _maybe_text, "phone": _maybe_text, "source_detail": _maybe_text,
        "external_url": _maybe_text, "tags": st.lists(_some_text, max_size=3, unique=True).map(tuple), "source": _maybe_text,
        "owner": st.sampled_from([None, REP, "other"]), "stage": st.sampled_from(_stages), "stage_since": _maybe_moment,
        "fields": st.dictionaries(st.sampled_from([name.removeprefix("custom.") for name in CUSTOM]), _some_text | st.sampled_from(NUMBERS).map(float)),
        "buying_role": st.none() | st.sampled_from(list(BUYING_ROLES)), "need": _maybe_text, "timeline": _maybe_text,
        "categories": st.lists(_some_text, max_size=2, unique=True).map(tuple),
        "referred_by": st.none() | st.builds(lambda text: Referrer(text=text), _some_text) | st.just(Referrer(lead=REP)),
        "next_action": st.none() | st.builds(NextAction, _some_text, _maybe_moment), "opted_out_at": _maybe_moment,
        "bounced_at": _maybe_moment, "away_until": st.none() | st.sampled_from([moment.date() for moment in MOMENTS]),
        "tracking_consent": st.builds(lambda state: Consent(state=state), st.sampled_from(ConsentState)),
        "created_at": _moment, "updated_at": _moment,
        "derived": st.fixed_dictionaries({
            "quadrant": st.sampled_from(QUADRANTS), "profile": st.lists(st.sampled_from(PROFILES), unique=True).map(tuple),
            "touch_entries": st.lists(st.tuples(st.sampled_from(["first_touch", "last_touch"]), _some_text), max_size=3).map(
                lambda pairs: tuple(text_entry(*pair) for pair in pairs)
            ),
            **dict.fromkeys(("last_seen_at", "first_contact_at", "last_contact_at"), _maybe_moment),
            **{name: st.integers(-3, 60) for name in ("score", "fit", "engagement", "opens", "clicks", "views")},
        }).map(lambda values: Derived(**values)),
    }),
    min_size=5, max_size=12,
)  # fmt: skip


def _values(field: ConditionField) -> st.SearchStrategy[str]:
    texts = {
        "stage": [*_stages, "won"],
        "owner": ["me", "none", REP],
        "industry": ["Healthcare"],
        "referred_by": [f"lead:{REP}", "company:x", *TEXTS],
        "size": ["120 staff", "51–200"],
        "country": ["Deutschland", "DE"],
    }
    return st.sampled_from(list(field.choices) or texts.get(field.name, TEXTS))


def _value(field: ConditionField, comparison: Comparison) -> st.SearchStrategy[Any]:
    by_comparison: dict[Comparison, st.SearchStrategy[Any]] = {
        Comparison.IN: st.lists(_values(field), min_size=1, max_size=3),
        Comparison.CONTAINS: st.sampled_from([*TEXTS, "a", "s", "tags", ".", "5"]),
        Comparison.STARTS_WITH: st.sampled_from([*TEXTS, "a", "s", "tags", ".", "5"]),
        **dict.fromkeys((Comparison.IS_EMPTY, Comparison.IS_SET), st.just(value=True)),
        **dict.fromkeys((Comparison.WITHIN_DAYS, Comparison.OLDER_THAN_DAYS), st.sampled_from(DAYS)),
        **dict.fromkeys(
            (Comparison.BEFORE, Comparison.AFTER), st.sampled_from([*(m.isoformat() for m in MOMENTS), "2026-11-30", "2026-11-16"])
        ),
        **dict.fromkeys((Comparison.AT_LEAST, Comparison.AT_MOST), st.sampled_from(NUMBERS)),
    }
    by_kind = {ConditionKind.YES_NO: st.booleans(), ConditionKind.NUMBER: st.sampled_from(NUMBERS)}
    return by_comparison.get(comparison, by_kind.get(field.kind, _values(field)))


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    """One comparison of any field."""
    field = field_named(draw(st.sampled_from([*FIELDS, *CUSTOM])))
    assert field is not None
    comparison = draw(st.sampled_from(field.comparisons))
    return {"field": field.name, comparison.value: draw(_value(field, comparison))}


def _groups(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda word, parts: {word: parts}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3))


CONDITIONS = terms() | _groups(terms() | _groups(terms() | _groups(terms())))


@pytest.fixture
def workspace(deps: Deps) -> Workspace:
    """A workspace with the standard stages."""
    return workspaces.first_workspace(deps)


@pytest.fixture
def here(deps: Deps, workspace: Workspace) -> WorkspaceStore:
    """Its store."""
    return deps.store.of(workspace.id)


def _context(workspace: Workspace) -> ConditionContext:
    return ConditionContext(workspace, NOW, UTC, REP)


def _add(here: WorkspaceStore, rows: list[dict[str, Any]]) -> list[Lead]:
    leads = []
    for number, values in enumerate(rows):
        key = new_id()
        leads.append(Lead(**{"id": key, "workspace": here.workspace, "email": f"{number}.{key}@x.example", **values}))
    here.leads.add_many(leads)
    return leads


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=LEADS, conditions=st.lists(CONDITIONS, min_size=8, max_size=16))
def test_database_and_memory_agree(
    here: WorkspaceStore, workspace: Workspace, rows: list[dict[str, Any]], conditions: list[dict[str, Any]]
) -> None:
    """For any leads and conditions, the list holds exactly the leads that pass in memory."""
    here.leads.rows.delete_many({})
    leads = _add(here, rows)
    for data in conditions:
        test = lowered(parsed(data), _context(workspace))
        listed = {lead.id for lead in here.leads.page(LeadQuery(test=test), limit=100).items}
        assert listed == {lead.id for lead in leads if passes(test, lead)}, data
        assert here.leads.count_of(LeadQuery(test=test)) == len(listed)


def test_every_list_starts_from_an_index(here: WorkspaceStore, workspace: Workspace) -> None:
    """A single comparison, a chip, and a nested condition with any."""
    _add(here, [{"name": "Dana", "created_at": NOW, "updated_at": NOW}])
    conditions = [
        parsed({"field": "score", "at_least": 5}),
        parsed({"any": [{"field": "tags", "is": "x"}, {"field": "phone", "contains": "1"}]}),
    ]
    for condition in [*conditions, *(chip.condition_in(workspace) for chip in CHIPS.values())]:
        query = LeadQuery(test=lowered(condition, _context(workspace)))
        found = {"ws": here.workspace, **matching(query)}
        plan = str(here.leads.rows.find(found, sort=[("derived.last_seen_at", -1), ("_id", -1)]).explain()["queryPlanner"]["winningPlan"])
        assert ("COLLSCAN" in plan, "IXSCAN" in plan) == (False, True), condition


def test_a_rare_part_of_a_condition_is_looked_up(here: WorkspaceStore, workspace: Workspace) -> None:
    """Only the leads with it are read; of `any` every branch must be rare. Otherwise one index is named, and the list is the same."""
    rare = {"name": "Zoë Rare", "phone": "+351 77", "tags": ("x",), "derived": Derived(clicks=9)}
    rows = [rare if n == 7 else {"name": f"Dana {n}", "stage": "New"} for n in range(MOST_IDS + 2)]
    leads = _add(here, [{"created_at": NOW, "updated_at": NOW, **row} for row in rows])
    usual = {"field": "name", "contains": "ana"}
    found = [
        {"field": "name", "contains": "ë ra"},
        {"all": [usual, {"any": [{"field": "phone", "contains": "77"}, {"field": "tags", "contains": "x"}]}]},
        {"all": [{"field": "stage", "is": "New"}, {"field": "clicks", "is": 9}]},
        {"any": [{"field": "tags", "is": "x"}, {"field": "opted_out", "is": True}]},
    ]
    for condition in found:
        query = LeadQuery(test=lowered(parsed(condition), _context(workspace)))
        read = narrowed(here.leads.rows, here.workspace, query)
        assert (read.is_few, read.filter["_id"]) == (True, {"$in": [f"{here.workspace}:{leads[7].id}"]}), condition
    for condition in (usual, {"any": [found[0], usual]}, {"field": "tags", "is_not": "x"}):
        query = LeadQuery(test=lowered(parsed(condition), _context(workspace)))
        assert narrowed(here.leads.rows, here.workspace, query).is_long, condition
        page, expected = here.leads.page(query, sort="name", limit=5), sum(passes(query.test, lead) for lead in leads if query.test)
        assert (len(page.items), here.leads.count_of(query), len(here.leads.ids_of(query, most=5))) == (5, expected, 5)
