"""Limits on guessing passwords. Every try counts before the password is looked at, so that parallel tries do not escape the limit.

Three limits, each over a quarter of an hour:

- the pair of account and client address: after 10 tries it is locked. A stranger locks only themselves out.
- the client address: after 50 failed tries on any accounts it is locked.
- the account: from 20 tries on, tries from clients that never signed in to it wait for a turn, one to five seconds apart.
  It is never locked, so that strangers cannot keep its owner out.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.secret_text import hash_of
from tracker.base.errors import Forbidden

WINDOW = timedelta(minutes=15)
PER_PAIR = 10
PER_CLIENT = 50
SLOW_FROM = 20
_SPACINGS = ((500, timedelta(seconds=5)), (100, timedelta(seconds=2)), (SLOW_FROM, timedelta(seconds=1)))
"""Tries on the account in the window, and how far apart the turns are from then on."""
_LONGEST_WAIT = timedelta(seconds=10)
_KNOWN_FOR = timedelta(days=90)


class TooManyTries(Forbidden):
    """Too many tries; `seconds` later another one is looked at."""

    def __init__(self, text: str, seconds: float = WINDOW.total_seconds()) -> None:
        super().__init__(text)
        self.seconds = seconds


class Try:
    """One try to sign in to an account from a client address (empty: not known). Make it, `begin` it, say whether it `succeeded`."""

    def __init__(self, deps: Deps, account: str, client: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._deps = deps
        self._tries = deps.store.sessions
        self._sleep = sleep
        self._account = f"account:{hash_of(account)}"
        pair = hash_of(f"{account} {client}")
        self._pair = f"pair:{pair}"
        self._known = f"known:{pair}"
        self._client = f"client:{client}" if client else ""

    def begin(self) -> None:
        """Counts the try and waits for its turn where there were many. Raises TooManyTries."""
        now = self._deps.now()
        if self._tries.count_try(self._pair, now, WINDOW) > PER_PAIR:
            raise TooManyTries("Too many tries from here. Wait a quarter of an hour, or use a sign-in link.")
        if self._client and self._tries.count_try(self._client, now, WINDOW) > PER_CLIENT:
            raise TooManyTries("Too many tries from this network. Wait a quarter of an hour, or use a sign-in link.")
        count = self._tries.count_try(self._account, now, WINDOW)
        spacing = next((spacing for least, spacing in _SPACINGS if count > least), None)
        if spacing is None or self._tries.is_remembered(self._known, now):
            return
        turn = self._tries.take_turn(f"turn:{self._account}", now, spacing, _LONGEST_WAIT)
        if turn is None:
            raise TooManyTries("Many people are trying to sign in to this account. Try again in a few seconds.", 5)
        self._sleep(max(0.0, (turn - now).total_seconds()))

    def succeeded(self) -> None:
        """The password was right: the try is not held against anybody, and this client is known from now on."""
        now = self._deps.now()
        for name in filter(None, (self._pair, self._client, self._account)):
            self._tries.give_back_try(name, now, WINDOW)
        if self._client:
            self._tries.remember(self._known, now + _KNOWN_FOR)
