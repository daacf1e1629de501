"""Whether a message can be sent, the email of it, and the alarm of a mail server. Called by `outbox` and `delivery`."""

import ipaddress
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from tracker.actions.deps import Deps
from tracker.actions.mail.compose import unsubscribe_url
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.settings import Settings
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import mime
from tracker.mail.replies import RecipientRefused
from tracker.mail.routes import Route, route_of

_UNTROUBLED = timedelta(hours=1)
"""A mail server that fails now and then causes one alarm, not many."""


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


def mail_of(deps: Deps, workspace: Workspace, message: Message, lead: Lead, sender: Rep) -> EmailMessage:
    """The email as it is sent. Raises Invalid for what a header does not allow."""
    headers: dict[str, str] = {}
    if message.campaign and deps.settings.edge_url.startswith("https://"):
        headers = mime.unsubscribe_headers(unsubscribe_url(deps, workspace.id, message.id))
    if sender.sender.reply_to:
        headers["Reply-To"] = sender.sender.reply_to
    return mime.build(
        sender=(sender.from_name, sender.from_address),
        recipient=(lead.name, lead.email),
        subject=message.subject,
        text=message.text or "",
        html=message.html,
        message_id=message.message_id or message_id_of(message, sender),
        at=deps.now(),
        headers=headers,
    )


def message_id_of(message: Message, sender: Rep) -> str:
    """The Message-ID of a message that has none yet, without angle brackets."""
    return f"{message.id}@{sender.from_address.rpartition('@')[2]}"
