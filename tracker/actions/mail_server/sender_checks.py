"""The sender check of a workspace: requested by the console, run by a sweep, and by `leadlight doctor` at once."""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.mail.compose import unsubscribe_url
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import Forbidden, Invalid
from tracker.base.ids import new_id
from tracker.base.mail_addresses import domain_of
from tracker.base.network.dns_records import DnsRecords
from tracker.domain.mail.sender_check import SenderFinding, ServerTls
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import mime
from tracker.mail.routes import mail_resolver, route_of
from tracker.mail.server_tls import examine
from tracker.rules.sender.check import SenderFacts, check_sender, questions_of

_MOST_CHECKS = 30
"""Checks of a workspace per 15 minutes."""
_MOST_DOMAINS = 10


def request_check(deps: Deps, workspace: str) -> None:
    """Asks the sweep for a check. Raises Forbidden for the demo, TooManyTries."""
    if deps.store.workspaces.get(workspace).is_demo:
        raise Forbidden("The demo sends email to the demo inbox, so there is no sender to check.")
    if deps.store.rate_limits.count(f"sender-check:{workspace}", deps.now(), WINDOW) > _MOST_CHECKS:
        raise TooManyTries("The sender was checked too often. Wait 15 minutes.")
    deps.store.sender_checks.request(workspace, deps.now())


def run_due_check(deps: Deps, now: datetime) -> bool:
    """Runs one requested check and stores its findings; False: none is requested."""
    check = deps.store.sender_checks.claim(now)
    if check is None:
        return False
    findings = sender_findings(deps, deps.store.workspaces.get(check.id))
    deps.store.sender_checks.save(msgspec.structs.replace(check, checked_at=max(now, deps.now()), findings=findings))
    return True


def sender_findings(deps: Deps, workspace: Workspace) -> tuple[SenderFinding, ...]:
    """Checks now: at most 10 s for the mail server, and 15 s for DNS."""
    facts = SenderFacts(
        domains=sender_domains(deps, workspace.id),
        server=_server(deps, workspace),
        selectors=workspace.dkim_selectors,
        edge_host=(urlsplit(deps.settings.edge_url).hostname or "").lower(),
        sample=sample_message(deps, workspace.id),
    )
    if deps.settings.dns_servers.is_off:
        return check_sender(facts, None)
    records = DnsRecords(deps.settings.dns_servers.servers)
    records.ask_ahead(questions_of(facts))
    return check_sender(facts, records.ask)


def sender_domains(deps: Deps, workspace: str) -> tuple[str, ...]:
    """The domains that active reps send from, the most used first; at most ten."""
    found: dict[str, int] = {}
    for rep in deps.store.of(workspace).reps.active():
        domain = domain_of(rep.from_address)
        found[domain] = found.get(domain, 0) + 1
    return tuple(sorted((name for name in found if name), key=lambda name: (-found[name], name))[:_MOST_DOMAINS])


def sample_message(deps: Deps, workspace: str) -> bytes:
    """The bytes of a campaign message as it would be sent, to a recipient that does not exist."""
    message = mime.build(
        sender=("Sender check", "sender-check@example.com"),
        recipient=("", "recipient@example.com"),
        subject="Sender check",
        text="Sender check",
        html=None,
        message_id=f"{new_id()}@example.com",
        at=deps.now(),
        headers=mime.unsubscribe_headers(unsubscribe_url(deps, workspace, new_id())),
    )
    return message.as_bytes()


def _server(deps: Deps, workspace: Workspace) -> ServerTls | None:
    """What the mail server shows; None where none is set."""
    try:
        route = route_of(workspace, deps.settings)
    except Invalid as error:
        server = workspace.mail_server
        return ServerTls(host=server.host, port=server.port, problem=str(error)) if server else None
    return examine(route, mail_resolver(deps.settings)) if route else None
