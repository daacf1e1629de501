"""/visits: one visit and its replay."""

from tracker.domain.activity.visit import Visit
from tracker.rules.replay import steps_of
from tracker.web.api.access import lead_of
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.story import ReplayOut, VisitOut, step_out, visit_out

operations = Operations()


@operations.add("GET", "/visits/{visit}", answer=VisitOut)
def get_visit(call: Call, visit: str) -> VisitOut:
    """One visit."""
    return visit_out(_visit(call, visit))


@operations.add("GET", "/visits/{visit}/replay", answer=ReplayOut)
def replay_visit(call: Call, visit: str) -> ReplayOut:
    """One visit, step by step."""
    return ReplayOut.model_construct(steps=[step_out(step) for step in steps_of(_visit(call, visit))])


def _visit(call: Call, visit: str) -> Visit:
    found = call.here.visits.get(visit)
    if found.lead:
        lead_of(call, found.lead)
    return call.here.dwell.fill([found])[0]
