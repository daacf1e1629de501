"""Looks at the encryption of a mail server, without signing in. Used by the sender check; uses no store."""

import contextlib
import smtplib
import ssl

from tracker.base.errors import DeliveryError
from tracker.base.network.allowed_addresses import unmapped
from tracker.base.network.connection import CheckedConnection, Deadline, connect, tls_context
from tracker.base.network.resolver import Resolver
from tracker.domain.mail.sender_check import ServerTls
from tracker.mail.replies import failure
from tracker.mail.routes import Route
from tracker.mail.session import Session

_SECONDS, _CONNECT_SECONDS = 10.0, 4.0


def examine(route: Route, resolver: Resolver, seconds: float = _SECONDS) -> ServerTls:
    """Connects, starts TLS with a verified certificate (except on this machine) and quits. Raises nothing that a server can cause."""
    server, deadline = route.server, Deadline()
    wire: CheckedConnection | None = None
    problem = ""
    deadline.start(seconds)
    try:
        resolve = resolver.resolve_trusted if route.is_trusted else resolver.resolve_checked
        wire = connect(resolve(server.host, server.port, deadline.left(_CONNECT_SECONDS)), server.port, deadline, _CONNECT_SECONDS)
        _encrypt(wire, route)
    except DeliveryError as error:
        problem = str(error)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        problem = str(failure(error, f"{server.host}:{server.port}", deadline))
    finally:
        if wire is not None:
            wire.close()
    return _seen(route, wire, problem)


def _encrypt(wire: CheckedConnection, route: Route) -> None:
    context: ssl.SSLContext = tls_context(verify=not _is_local(wire))
    name = route.server.host.removesuffix(".")
    session = Session(wire)
    if route.server.security == "tls":
        wire.start_tls(context, name)
    session.greet()
    if route.server.security == "starttls" and session.has_extn("starttls"):
        session.secure(context, name)
    with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
        session.quit()


def _is_local(wire: CheckedConnection) -> bool:
    return unmapped(wire.address).is_loopback


def _seen(route: Route, wire: CheckedConnection | None, problem: str) -> ServerTls:
    return ServerTls(
        host=route.server.host,
        port=route.server.port,
        address=str(unmapped(wire.address)) if wire else "",
        is_local=wire is not None and _is_local(wire),
        version=wire.tls_version if wire else "",
        problem=problem,
    )
