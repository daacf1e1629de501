"""/deliveries: alerts that never arrived, and how long the others took. For admins."""

from tracker.actions.alerting import latency
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_is_admin
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.alerts import DeliveryLogOut, delivery_log_out
from tracker.web.api.schemas.alerting.deliveries import DeadLetterOut, LatencyOut, LatencyQuery, dead_letter_out, latency_out
from tracker.web.api.schemas.base import List, Paged

operations = Operations()


@operations.add("GET", "/deliveries", query=Paged, response=List[DeadLetterOut], admin=True)
def list_dead_letters(call: Call, query: Paged) -> List[DeadLetterOut]:
    """Lists the deliveries that were given up, the latest first, with their tries."""
    page = call.store.deliveries.dead(cursor=query.cursor, limit=query.limit)
    return List[DeadLetterOut].model_construct(items=[dead_letter_out(one) for one in page.items], next=page.next)


@operations.add("GET", "/deliveries/latency", query=LatencyQuery, response=LatencyOut, admin=True)
def get_latency(call: Call, query: LatencyQuery) -> LatencyOut:
    """Returns how long alerts took from the event to their receivers: percentiles by channel and step."""
    steps, is_complete = latency.latencies(call.deps, call.workspace.id, days=query.days)
    return latency_out(steps, query.days, is_complete=is_complete)


def _authorize_replay(call: Call, delivery: str) -> None:
    del delivery
    check_is_admin(call)


@operations.add(
    "POST",
    "/deliveries/{delivery}/replay",
    response=DeliveryLogOut,
    admin=True,
    audit=(AuditAction.DELIVERY_REPLAYED,),
    authorize=_authorize_replay,
)
def replay_delivery(call: Call, delivery: str) -> DeliveryLogOut:
    """Sends a delivery that was given up again. 409 if it is not given up, the alert no longer stands, or its channel is removed or off."""
    sent = latency.replay(call.deps, call.workspace.id, delivery)
    call.record(AuditAction.DELIVERY_REPLAYED, sent.channel.value, lead_id=sent.lead)
    return delivery_log_out(sent)
