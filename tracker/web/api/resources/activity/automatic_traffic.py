"""/automatic-traffic: what does not count as a person's, in numbers and as a list."""

from tracker.actions.activity.automatic_traffic import automatic_traffic
from tracker.rules.automatic_traffic import TrafficCause, TrafficFilter, TrafficKind
from tracker.web.api.cursors import parse_cursor
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.automatic_traffic import AutomaticTrafficOut, TrafficQuery, traffic_out

operations = Operations()


@operations.add("GET", "/automatic-traffic", query=TrafficQuery, response=AutomaticTrafficOut)
def get_automatic_traffic(call: Call, query: TrafficQuery) -> AutomaticTrafficOut:
    """Counts requests of the last days by cause, and lists those that do not count as a person's, newest first."""
    found = automatic_traffic(
        call.deps,
        call.viewer,
        days=query.days,
        wanted=TrafficFilter(
            kind=TrafficKind(query.kind) if query.kind else None,
            cause=TrafficCause(query.cause) if query.cause else None,
            is_wanted=query.reason.__eq__ if query.reason else None,
        ),
        before=parse_cursor(query.cursor),
        limit=query.limit,
    )
    return traffic_out(found, query.days)
