"""/leads/{lead}/replay and /visits/{visit}/replay: visits step by step."""

from tracker.rules.replay import steps_of, steps_of_all
from tracker.web.api.access import visible_lead, visible_visit
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.replay import ReplayOut, step_out

operations = Operations()
_MAX_VISITS = 500


@operations.add("GET", "/leads/{lead}/replay", response=ReplayOut)
def replay_lead(call: Call, lead: str) -> ReplayOut:
    """Returns all visits of the lead step by step, oldest first."""
    visible_lead(call, lead)
    visits = call.store.dwell.fill(call.store.visits.of_lead(lead, limit=_MAX_VISITS))
    return ReplayOut.model_construct(steps=[step_out(step) for step in steps_of_all(visits)])


@operations.add("GET", "/visits/{visit}/replay", response=ReplayOut)
def replay_visit(call: Call, visit: str) -> ReplayOut:
    """Returns one visit step by step."""
    return ReplayOut.model_construct(steps=[step_out(step) for step in steps_of(visible_visit(call, visit))])
