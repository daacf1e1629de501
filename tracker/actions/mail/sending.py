"""Whether a message can be sent, and the alarm of a mail server. Called by actions.mail_queue and the notifier."""

import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.settings import Settings
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
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


def check_sending(settings: Settings, workspace: Workspace, lead: Lead, rep: Rep | None, *, is_relayed: bool = False) -> tuple[Route, Rep]:
    """The mail route and the sender for a message to this lead; a relayed one may be untracked. Raises Invalid with the remedy."""
    if lead.opted_out_at is not None:
        raise Invalid("lead", f"{lead.name} asked for no more mail on {lead.opted_out_at:%d %B %Y}.")
    if not is_relayed and not workspace.is_demo and not is_reachable(settings.edge_url):
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


def check_copy(deps: Deps, message: Message) -> None:
    """Whether the address of a copy asked for no more mail after the message was created. Raises Invalid."""
    address = message.envelope.copy_to
    for lead in deps.store.of(message.workspace).leads.addressees([address]).values() if address else ():
        if lead.opted_out_at is not None:
            raise Invalid("lead", f"{address} asked for no more mail.")


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
