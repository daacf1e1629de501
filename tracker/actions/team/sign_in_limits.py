"""Limits on guessing passwords. Every try counts before a password is looked at, so that parallel tries do not escape the limit.

Three limits, each over a quarter of an hour:

- the pair of account and client address: after 10 tries it is locked. A stranger locks only themselves out.
- the client address: after 50 failed tries on any accounts it is locked, but for accounts that it signed in to before.
- the account: from 20 tries on, tries from clients that never signed in to it wait for a turn, one to five seconds apart in each
  network, and from 100 tries on also a tenth of a second apart over all networks. Where the turns are taken for longer than a try may
  wait, it is asked to come back in seconds. The account itself is never locked, so that strangers cannot keep its owner out.

An account is an address, and each person who may sign in with it: several addresses of one person are no way around.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address, ip_network

from tracker.actions.deps import Deps
from tracker.actions.team.secrets import hash_of
from tracker.base.errors import Forbidden

WINDOW = timedelta(minutes=15)
PER_PAIR = 10
PER_CLIENT = 50
SLOW_FROM = 20
_SPACINGS = ((500, timedelta(seconds=5)), (100, timedelta(seconds=2)), (SLOW_FROM, timedelta(seconds=1)))
"""Tries on the account in the window, and how far apart the turns are from then on."""
_PACE_FROM, _PACE = 100, timedelta(milliseconds=100)
"""Tries on the account from which its turns are also spaced over all networks, and how far apart."""
_LONGEST_WAIT = timedelta(seconds=10)
_ROUNDS = 3
"""How often a try that found no turn waits and asks for one again."""
_SHORTEST_PAUSE = 3.0
_KNOWN_FOR = timedelta(days=90)
_WAITING = threading.BoundedSemaphore(100)
"""Tries that may wait at once in one process, so that waiting leaves it room for everything else."""


class TooManyTries(Forbidden):
    """Too many tries; `seconds` later another one is looked at."""

    def __init__(self, text: str, seconds: float = WINDOW.total_seconds()) -> None:
        super().__init__(text)
        self.seconds = seconds


class Try:
    """One try from a client address (empty: not known) to sign in to an account.

    Call `count` for the address and each person, check known persons, `wait`, check the others, and say who `succeeded`.
    """

    def __init__(self, deps: Deps, client: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._deps = deps
        self._limits = deps.store.rate_limits
        self._sleep = sleep
        self._client = client
        self._counted: list[str] = []
        self._most = 0
        self._slowest = ""

    def begin(self, account: str, *, is_known: bool = False) -> None:
        """Counts the try for the address or person, and for the client. Raises TooManyTries."""
        self.count(account)
        name = f"client:{self._client}"
        if self._client and self._add(name) > PER_CLIENT and not is_known:
            raise TooManyTries("Too many tries from this network. Wait 15 minutes, or use a sign-in link.")

    def count(self, account: str) -> None:
        """Counts the try for one more account that it may open. Raises TooManyTries."""
        if self._add(f"pair:{_pair(account, self._client)}") > PER_PAIR:
            raise TooManyTries("Too many tries from here. Wait 15 minutes, or use a sign-in link.")
        count = self._add(f"account:{hash_of(account)}")
        if count > self._most:
            self._most, self._slowest = count, account

    def is_known(self, person: str) -> bool:
        """Whether this client has signed in as the person in the last 90 days."""
        return bool(self._client) and self._limits.is_remembered(f"known:{_pair(person, self._client)}", self._deps.now())

    def wait(self) -> None:
        """Waits for its turn where the account was tried often. Raises TooManyTries where the turns are taken for longer."""
        spacing = next((spacing for least, spacing in _SPACINGS if self._most > least), None)
        if spacing is None:
            return
        busy = TooManyTries("Many people are trying to sign in to this account. Try again in a few seconds, or use a sign-in link.", 10)
        if not _WAITING.acquire(blocking=False):
            raise busy
        try:
            for _ in range(_ROUNDS):
                seconds = self._turn(spacing)
                self._sleep(random.uniform(_SHORTEST_PAUSE, _LONGEST_WAIT.total_seconds()) if seconds is None else seconds)
                if seconds is not None:
                    return
        finally:
            _WAITING.release()
        raise busy

    def _turn(self, spacing: timedelta) -> float | None:
        """Seconds until this try's turn; None where there is none within the longest wait."""
        now, account = self._deps.now(), hash_of(self._slowest)
        turns = [self._limits.reserve(f"turn:{account}:{_network(self._client)}", now, spacing, _LONGEST_WAIT)]
        if self._most > _PACE_FROM and turns[0] is not None:
            turns.append(self._limits.reserve(f"pace:{account}", now, _PACE, _LONGEST_WAIT))
        taken = [turn for turn in turns if turn is not None]
        return max(0.0, *((turn - now).total_seconds() for turn in taken)) if len(taken) == len(turns) else None

    def succeeded(self, persons: list[str]) -> None:
        """The password was right for these persons: the try is not counted, and the client is known to them from now on."""
        now = self._deps.now()
        for name in self._counted:
            self._limits.refund(name, now, WINDOW)
        for person in persons if self._client else ():
            self._limits.remember(f"known:{_pair(person, self._client)}", now + _KNOWN_FOR)

    def _add(self, name: str) -> int:
        self._counted.append(name)
        return self._limits.count(name, self._deps.now(), WINDOW)


def _pair(account: str, client: str) -> str:
    return hash_of(f"{account} {client}")


def _network(client: str) -> str:
    """The /16 of an IPv4 address, the /32 of an IPv6 one."""
    try:
        address = ip_address(client)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{16 if address.version == 4 else 32}", strict=False))  # noqa: PLR2004 - IPv4
