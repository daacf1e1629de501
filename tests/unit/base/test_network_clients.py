"""Which modules open connections: a new one has to be named here, with the addresses it connects to.

Addresses that a person supplied are reached through tracker.base.http.outbound (HTTP), tracker.mail.smtp (SMTP), or, for a protocol that is
added later, through tracker.base.network.resolver and tracker.base.network.connection. A library may build or parse; it does not connect.
"""

import ast
import functools

from tests.project import ROOT

HOME = ROOT

CLIENTS = frozenset(
    {
        "aiohttp", "asyncssh", "botocore", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "nntplib", "paramiko", "poplib",
        "pycurl", "requests", "slack_sdk", "smtplib", "socket", "socks", "ssl", "telnetlib", "urllib.request", "urllib3", "urllib3.util",
        "websocket", "websockets", "xmlrpc.client", "pywebpush", "authlib", "ldap3", "dns", "_socket", "gevent.socket", "gevent.ssl",
        "redis.connection", "webbrowser", "msal",
    }
)  # fmt: skip
"""Modules that connect to something, or can."""

ALLOWED = {
    "tracker.base.network.resolver": {"socket"},  # resolves and checks
    "tracker.base.network.connection": {"socket", "ssl"},  # connects to checked addresses
    "tracker.base.http.probe_port": {"socket"},  # listens
    "tracker.base.network.own_addresses": {"socket"},  # asks the routing table; sends nothing
    "tracker.base.network.certificates": {"ssl"},  # reads a certificate over it
    "tracker.base.http.pinned": {"httpcore", "ssl"},  # HTTP over it
    "tracker.base.http.outbound": {"httpcore", "ssl"},
    "tracker.base.network.mail_exchangers": {"dns.exception", "dns.resolver"},  # asks for MX records
    "tracker.base.network.dns_records": {"dns.exception", "dns.nameserver", "dns.rdata", "dns.resolver"},  # asks for senders' records
    "tracker.mail.server_tls": {"smtplib", "ssl"},  # SMTP over a checked connection
    "tracker.mail.session": {"smtplib", "ssl"},  # SMTP over it
    "tracker.mail.smtp": {"smtplib", "ssl"},
    "tracker.mail.connections": {"smtplib"},  # keeps sessions of tracker.mail.smtp open
    "tracker.mail.inbound.imap": {"imaplib", "ssl"},  # errors and certificates of IMAP
    "tracker.mail.inbound.imap_client": {"imaplib", "socket", "ssl"},  # IMAP to checked addresses
    "tracker.mail.token_requests": {"msal", "msal.exceptions"},  # builds and parses; its HTTP client is ours
    "tracker.mail.replies": {"smtplib"},  # error types
    "notifier.channels.slack": {"slack_sdk", "slack_sdk.errors", "slack_sdk.web"},  # builds and parses; api_call is ours
    "tracker.actions.demo.demo": {"socket"},  # the demo's own ports on loopback
    "tracker.demo.servers": {"socket"},  # listens
    "tracker.cli.data_dir": {"http.client"},  # our own health checks
    "tracker.cli.startup_checks": {"socket"},  # binds, to see whether a port is free
    "tracker.supervise.control": {"socket"},  # a Unix socket
    "tracker.spool.notify": {"socket"},  # a Unix socket
    "tracker.redis_client": {"socket"},  # names of TCP options
    "tracker.web.api.resources.activity.live": {"socket"},  # looks whether a client has gone
    "tracker.web.console.server.strict_worker": {"socket"},  # ends connections
    "tracker.web.console.server.worker": {"socket"},  # ends connections
    "tracker.web.edge.server.listener": {"socket"},  # listens
    "tracker.relay.server": {"ssl"},  # listens
    "tracker.relay.certificate": {"ssl"},  # reads the relay's certificate
}
"""What connects, and may."""

CALLS = frozenset({"open_connection", "create_connection", "urlopen", "urlretrieve", "start_tls", "open_unix_connection", "sock_connect"})
"""Functions that connect, wherever they come from."""
CALLERS = {
    "tracker.base.network.connection",
    "tracker.base.network.certificates",
    "tracker.base.http.pinned",
    "tracker.mail.smtp",
    "tracker.mail.server_tls",
    "tracker.mail.session",
    "tracker.mail.inbound.imap_client",
    "tracker.actions.demo.demo",
}


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours by name."""
    found = {}
    for package in ("tracker", "workers", "notifier"):
        for path in (HOME / package).rglob("*.py"):
            name = ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imports(tree: ast.Module) -> set[str]:
    """What a module imports, anywhere in it, also by name in a string."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__"):
            found |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def test_only_the_named_modules_connect():
    """Any other client would reach unchecked addresses."""
    found = {}
    for name, tree in modules().items():
        used = {one for one in imports(tree) if one in CLIENTS or (one.partition(".")[0] in CLIENTS and "." in one and one.islower())}
        if used:
            found[name] = used

    assert found == ALLOWED


def test_only_the_named_modules_call_what_connects():
    """Asyncio and others can connect as well."""
    callers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CALLS
    }

    assert callers == CALLERS
