"""Sending a message through the workspace's mail server."""

import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

from tracker.actions.activity.event_log import changed, record
from tracker.actions.deps import Deps
from tracker.actions.mail.outgoing import message_id_of, outgoing_mail, recipient_of
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import id_of
from tracker.base.settings import Settings
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import smtp
from tracker.mail.replies import RecipientRefused
from tracker.mail.routes import Route, mail_resolver, route_of

_STUCK = timedelta(minutes=10)
_UNTROUBLED = timedelta(hours=1)
"""A mail server that fails now and then causes one alarm, not many."""
_UNSENT = (MessageState.DRAFT, MessageState.QUEUED, MessageState.FAILED)
_INTERRUPTED = "Sending was interrupted, so the email may have arrived. Send it again only if it did not."


def send_message(deps: Deps, workspace: str, message: str) -> Message:
    """Sends the message once. Raises Invalid (with the missing setting), Conflict, DeliveryError."""
    here = deps.store.of(workspace)
    known = deps.store.workspaces.get(workspace)
    found = here.messages.get(message)
    lead = here.leads.get(found.lead)
    rep = here.reps.find(found.rep) if found.rep else None
    route, sender = check_sending(deps.settings, known, lead, rep)
    mail = outgoing_mail(deps, found, lead, sender)
    claimed = here.messages.claim(message, from_states=_UNSENT, to=MessageState.SENDING, error=None)
    if claimed is None:
        raise Conflict("this message was already sent, or is being sent")
    deps.store.mail_domains.want(found.domain, deps.now())
    try:
        smtp.send(route, mail, sender=sender.email, recipient=recipient_of(found, lead), resolver=mail_resolver(deps.settings))
    except DeliveryError as error:
        here.messages.claim(message, from_states=(MessageState.SENDING,), to=MessageState.FAILED, error=str(error))
        record_failure(deps, workspace, error)
        raise
    record_success(deps, workspace)
    at, message_id = deps.now(), message_id_of(found, sender.email)
    sent = here.messages.claim(
        message,
        from_states=(MessageState.SENDING, MessageState.FAILED),
        to=MessageState.SENT,
        sent_at=at,
        error=None,
        message_id=message_id,
    )
    if found.envelope.copy_to:  # says nothing about the lead
        return sent or here.messages.get(message)
    event = id_of(workspace, message, "sent")
    record(deps, workspace, event, EventKind.SENT, lead=lead.id, at=at, message=message, rep=sender.id)
    changed(deps, workspace, lead.id, found.created_at)  # a scanner may have come before the mail server's answer
    return sent or here.messages.get(message)


def record_failure(deps: Deps, workspace: str, error: DeliveryError) -> None:
    """Starts the alarm for admins, unless the mail server rejected only this recipient."""
    if not isinstance(error, RecipientRefused):
        alarm = Alarm(kind=AlarmKind.SMTP, workspace=workspace, title="The mail server refuses email", text=str(error))
        deps.store.alarms.begin(alarm, deps.now())


def record_success(deps: Deps, workspace: str) -> None:
    """Ends the alarm after a successful delivery if none failed for a while."""
    deps.store.alarms.end(AlarmKind.SMTP, workspace, unseen_since=deps.now() - _UNTROUBLED)


def check_sending(settings: Settings, workspace: Workspace, lead: Lead, rep: Rep | None) -> tuple[Route, Rep]:
    """The mail route and the sender for a message to this lead. Raises Invalid with the remedy."""
    if lead.opted_out_at is not None:
        raise Invalid("lead", f"{lead.name} asked for no more mail on {lead.opted_out_at:%d %B %Y}.")
    if not workspace.is_demo and not is_reachable(settings.edge_url):
        raise Invalid(
            "EDGE_URL",
            f"Leads cannot reach the tracking address {settings.edge_url}. Set EDGE_URL to its public https address, then send again.",
        )
    if rep is None:
        raise Invalid("rep", "The message has no sender. Give the message a rep, or the lead an owner.")
    route = route_of(workspace, settings)
    if route is None:
        raise Invalid("SMTP_URL", "No mail server is set. Set one under Settings, Email, or as SMTP_URL.")
    return route, rep


def is_reachable(edge_url: str) -> bool:
    """Whether leads can reach the URL: https, and neither localhost nor a private address."""
    parts = urlsplit(edge_url)
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost" or host.endswith((".localhost", ".local")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def fail_stuck(deps: Deps, workspace: str) -> int:
    """Marks messages whose process crashed while sending as failed, and returns their number. Called by the sweep."""
    here, before = deps.store.of(workspace), deps.now() - _STUCK
    stuck = here.messages.stuck(before)
    for message in stuck:
        here.messages.claim(message.id, from_states=(MessageState.SENDING,), to=MessageState.FAILED, error=_INTERRUPTED)
    return len(stuck)
