"""/leads/{lead}/score: a lead's score and its ledger."""

from datetime import datetime

from tracker.actions.pipeline import scores
from tracker.base.errors import Invalid
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.leads.score import ScoreOut, ScoreQuery, score_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/score", query=ScoreQuery, response=ScoreOut)
def get_score(call: Call, lead: str, query: ScoreQuery) -> ScoreOut:
    """Returns the score at a given time (now by default), with the ledger that sums to it."""
    found = visible_lead(call, lead)
    as_of: datetime = query.as_of or call.deps.now()
    try:
        return score_out(scores.score(call.deps, call.workspace.id, found.id, as_of))
    except OverflowError:
        raise Invalid("as_of", "is out of range") from None
