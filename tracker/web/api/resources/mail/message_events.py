"""/messages/{message}/events: what came back for a message that another program delivered."""

from tracker.actions.mail_inbound.report import report
from tracker.web.api.access import check_may_act_as, visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.mail.message_events import MessageEventIn
from tracker.web.api.schemas.mail.messages import MessageOut, message_out

operations = Operations()


def _authorize_report(call: Call, message: str, body: MessageEventIn) -> None:
    del body
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    check_may_act_as(call, found.rep)


@operations.add("POST", "/messages/{message}/events", body=MessageEventIn, response=MessageOut, authorize=_authorize_report)
def report_event(call: Call, message: str, body: MessageEventIn) -> MessageOut:
    """Records a reply, a bounce, a delivery or a complaint that another program received; the same one acts once."""
    return message_out(report(call.deps, call.workspace.id, message, **body.given()), call.workspace.policy)
