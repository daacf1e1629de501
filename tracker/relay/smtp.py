"""The SMTP protocol of the relay: aiosmtpd with longer lines and sign-ins off the event loop. Used by `server`."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tracker.actions.mail_relay.app_passwords import RelayUser
from tracker.base.network.client_addresses import client_key

LARGEST_MAIL = 50 * 2**20
IDLE_SECONDS = 300
_LONGEST_LINE = 2**20
_MOST_STRANGERS = 40
"""Connections of one network that have not signed in: one machine must not take all places."""
_MOST_FAILURES = 3
"""Refused sign-ins of a connection before it is closed."""

SignIn = Callable[[str, str, str], RelayUser]
"""Of client address, user and password: who it is. Raises SignInFailed."""


class SignInFailed(Exception):
    """The sign-in was refused; the text is the reply of the server."""


class RelaySmtp(SMTP):
    """One connection of an email client."""

    line_length_limit = _LONGEST_LINE

    def __init__(
        self, handler: Any, *, sign_in: SignIn, connections: "set[RelaySmtp]", is_encrypted: bool, has_tls: bool, **options: Any
    ) -> None:
        super().__init__(handler, auth_required=True, authenticator=_keep, auth_require_tls=True, **options)
        self._auth_require_tls = has_tls and not is_encrypted  # not as an option: aiosmtpd warns of it
        self._sign_in = sign_in
        self._failures = 0
        self._connections = connections
        self.network = ""
        """Whose connection it is; empty for this machine, where a proxy may stand for many."""
        self.user: RelayUser | None = None
        """Who signed in, as of the last mail."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Allows sign-ins without encryption from this machine; refuses one connection too many. Called by asyncio."""
        peer = transport.get_extra_info("peername")
        if peer and _is_loopback(peer[0]):
            self._auth_require_tls = False
        elif peer:
            self.network = client_key(peer[0])
        strangers = [one for one in self._connections if one.user is None and one is not self and one.network == self.network]
        if self.network and len(strangers) >= _MOST_STRANGERS and isinstance(transport, asyncio.Transport):
            transport.set_protocol(asyncio.Protocol())
            transport.write(b"421 4.7.0 Too many connections without a sign-in from this network\r\n")
            transport.close()
            return
        self._connections.add(self)
        super().connection_made(transport)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Mechanisms are compared without case (RFC 4954, 4)."""
        mechanism, space, rest = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{mechanism.upper()}{space}{rest}")

    async def auth_PLAIN(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        """SASL PLAIN."""
        return await self._checked(await super().auth_PLAIN(server, args))

    async def auth_LOGIN(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        """SASL LOGIN, which Outlook uses."""
        return await self._checked(await super().auth_LOGIN(server, args))

    async def _checked(self, given: AuthResult) -> AuthResult:
        """The result of the sign-in with what the client sent, in a thread of its own."""
        if not given.success or not isinstance(given.auth_data, LoginPassword) or self.session is None:
            return given
        user, password = (part.decode("utf-8", "replace") for part in given.auth_data)
        client = str(self.session.peer[0]) if self.session.peer else ""
        try:
            found = await asyncio.to_thread(self._sign_in, client, user, password)
            self.event_handler.begin(self, found)
        except SignInFailed as error:
            self._failures += 1
            if self._failures < _MOST_FAILURES:
                return AuthResult(success=False, handled=False, message=str(error))
            await self.push(f"421 4.7.0 Too many failed sign-ins ({error})")
            self.close()
            return AuthResult(success=False, handled=True)
        return AuthResult(success=True, auth_data=found)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._connections.discard(self)
        self.event_handler.end(self)
        super().connection_lost(error)

    def close(self) -> None:
        """Closes the connection."""
        if self.transport is not None:
            self.transport.close()


def _keep(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    """Passes on what the client sent; it is checked in a thread."""
    return AuthResult(success=True, auth_data=given)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
