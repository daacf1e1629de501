"""/leads/{lead}/…: what the lead did, and what follows from it."""

from datetime import datetime

from tracker.actions.pipeline import scores
from tracker.base.errors import Invalid
from tracker.rules.replay import steps_of_all
from tracker.web.api.access import lead_of
from tracker.web.api.cursors import read_moment, write_moment
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.story import (
    EventOut,
    MoveOut,
    ReplayOut,
    ScoreOut,
    ScoreQuery,
    StoryQuery,
    VisitOut,
    event_out,
    move_out,
    score_out,
    step_out,
    visit_out,
)
from tracker.web.api.schemas.base import List

operations = Operations()
_MOST_VISITS = 500


@operations.add("GET", "/leads/{lead}/events", query=StoryQuery, answer=List[EventOut])
def list_events(call: Call, lead: str, query: StoryQuery) -> List[EventOut]:
    """Everything that happened with this lead, oldest first."""
    lead_of(call, lead)
    after = read_moment(query.cursor)
    found = call.here.events.of_lead(lead, after=after, limit=query.limit + 1)
    items, rest = found[: query.limit], found[query.limit :]
    following = write_moment(items[-1].at, items[-1].id) if rest else None
    return List[EventOut].model_construct(items=[event_out(event) for event in items], next=following)


@operations.add("GET", "/leads/{lead}/visits", query=StoryQuery, answer=List[VisitOut])
def list_visits(call: Call, lead: str, query: StoryQuery) -> List[VisitOut]:
    """The lead's visits to the company's sites, newest first."""
    lead_of(call, lead)
    before = read_moment(query.cursor)
    found = call.here.visits.of_lead(lead, before=before[0] if before else None, limit=query.limit + 1)
    items, rest = found[: query.limit], found[query.limit :]
    following = write_moment(items[-1].started_at, items[-1].id) if rest else None
    return List[VisitOut].model_construct(items=[visit_out(visit) for visit in call.here.dwell.fill(items)], next=following)


@operations.add("GET", "/leads/{lead}/replay", answer=ReplayOut)
def replay_lead(call: Call, lead: str) -> ReplayOut:
    """All visits of the lead, step by step, oldest first."""
    lead_of(call, lead)
    visits = call.here.dwell.fill(call.here.visits.of_lead(lead, limit=_MOST_VISITS))
    return ReplayOut.model_construct(steps=[step_out(step) for step in steps_of_all(visits)])


@operations.add("GET", "/leads/{lead}/score", query=ScoreQuery, answer=ScoreOut)
def get_score(call: Call, lead: str, query: ScoreQuery) -> ScoreOut:
    """The score as of a moment (now, if none is given), with the ledger that sums to it."""
    found = lead_of(call, lead)
    as_of: datetime = query.as_of or call.deps.now()
    try:
        return score_out(scores.score(call.deps, call.workspace.id, found.id, as_of))
    except OverflowError:
        raise Invalid("as_of", "is no time we can count to") from None


@operations.add("GET", "/leads/{lead}/moves", answer=List[MoveOut])
def list_moves(call: Call, lead: str) -> List[MoveOut]:
    """The log of the lead's moves in the pipeline, oldest first, withdrawn ones marked."""
    lead_of(call, lead)
    return List[MoveOut].model_construct(items=[move_out(move) for move in call.here.moves.of_lead(lead)], next=None)
