"""The process `relay`: SMTP submission for email clients, `python -m tracker.relay.server`. With a certificate also implicit TLS.

Without a certificate it listens on loopback only, because passwords and mail would cross the network unencrypted.
"""

import asyncio
import contextlib
import logging
import signal
import ssl
import sys
from collections.abc import Iterator
from functools import partial

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_relay.kept_bytes import move_files
from tracker.actions.ops.hosts import start_process
from tracker.base import metrics
from tracker.base.errors import BadSetting
from tracker.base.log import set_up
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.mail.routes import hello_of
from tracker.relay.certificate import server_context
from tracker.relay.handler import RelayHandler
from tracker.relay.sign_in import relay_sign_in
from tracker.relay.smtp import IDLE_SECONDS, LARGEST_MAIL, RelaySmtp

log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"
_MOST_CONNECTIONS = 500
_RENEW_SECONDS = 60.0
_LAST_SECONDS = 5.0
"""How long mails that are being kept may take after SIGTERM."""


class Relay:
    """The listeners of one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._handler = RelayHandler(deps)
        self._servers: list[asyncio.Server] = []
        self._connections: set[RelaySmtp] = set()
        self._tls = server_context(deps.settings)

    async def start(self) -> None:
        """Listens. Raises OSError for a port that cannot be used."""
        loop, settings = asyncio.get_running_loop(), self._deps.settings
        host = (settings.host or None) if self._tls else _LOOPBACK
        self._servers.append(await loop.create_server(partial(self._connection, is_encrypted=False), host, settings.relay_port))
        if self._tls is not None:
            made = partial(self._connection, is_encrypted=True)
            self._servers.append(await loop.create_server(made, host, settings.relay_tls_port, ssl=self._tls, ssl_handshake_timeout=20))

    async def stop(self) -> None:
        """Accepts nothing more; mails that are being kept get their answer."""
        for server in self._servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._handler.idle.wait(), _LAST_SECONDS)
        for one in list(self._connections):
            one.close()

    def renew_certificate(self) -> None:
        """Reads the certificate again, so that a renewed one is used without a restart."""
        settings = self._deps.settings
        if self._tls is not None and settings.relay_cert_file and settings.relay_key_file:
            with contextlib.suppress(OSError, ssl.SSLError):  # it is being written; the next round reads it
                self._tls.load_cert_chain(settings.relay_cert_file, settings.relay_key_file)

    def _connection(self, *, is_encrypted: bool) -> asyncio.Protocol:
        if len(self._connections) >= _MOST_CONNECTIONS:
            metrics.RELAY_MAILS.labels("connections").inc()
            return _Full()
        return RelaySmtp(
            self._handler,
            sign_in=partial(relay_sign_in, self._deps),
            connections=self._connections,
            is_encrypted=is_encrypted,
            has_tls=self._tls is not None,
            tls_context=None if is_encrypted else self._tls,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname=hello_of(self._deps.settings) or "localhost",
            ident="Leadlight",
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )


class _Full(asyncio.Protocol):
    """Answers a connection above the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections, please try again later\r\n")
            transport.close()


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    yield


async def _serve(deps: Deps) -> None:
    relay, stop = Relay(deps), asyncio.Event()
    with _signals(stop):
        await relay.start()
        log.info("ready")
        is_moved = False
        while not stop.is_set():
            is_moved = is_moved or await _move_files(deps)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RENEW_SECONDS)
            relay.renew_certificate()
        await relay.stop()


async def _move_files(deps: Deps) -> bool:
    """Whether the bytes that a former version kept on this host are in MongoDB, where every notifier finds them."""
    try:
        await asyncio.to_thread(move_files, deps)
    except (PyMongoError, OSError) as error:
        log.warning("files of accepted mails could not be moved to MongoDB", extra={"error": type(error).__name__})
        return False
    return True


def main() -> int:
    """Runs until SIGTERM or SIGINT. MongoDB may be unavailable: clients then try again later."""
    try:
        settings = load()
        set_private_umask()
        set_up(settings.log_level)
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs commands, and passwords among them
        asyncio.run(_serve(start_process(settings, "relay")))
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        log.error("the relay cannot listen (%s)", error.strerror)  # noqa: TRY400 - the line says it all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
