"""Passwords of persons: checked within limits, set, never kept as they are (argon2id)."""

import time
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracker.actions import sessions
from tracker.actions.deps import Deps
from tracker.actions.secret_text import new_secret
from tracker.actions.sign_in_limits import Try
from tracker.base.errors import Invalid
from tracker.domain.persons import Person
from tracker.domain.reps import Rep
from tracker.store.folding import folded

_SHORTEST, _LONGEST = 10, 200
_FEWEST_CHARACTERS = 4

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_no_password = _hasher.hash(new_secret())
"""Checked when there is no such person, so that an unknown address takes as long as a wrong password."""


def sign_in(deps: Deps, email: str, password: str, *, client: str = "", sleep: Callable[[float], None] = time.sleep) -> Rep | None:
    """The rep who may sign in with this; None in every other case, after the same time. Raises TooManyTries.

    A confirmed address names one person. An unconfirmed one may be carried by several, and the password decides which of them it is.
    `client` is the IP address the try came from.
    """
    attempt = Try(deps, folded(email), client, sleep=sleep)
    attempt.begin()
    candidates = _candidates(deps, email)
    found = next((rep for person, rep in candidates if _matches(deps, person, password)), None)
    if not candidates:
        _verify(_no_password, password)
    if found:
        attempt.succeeded()
    return found


def is_persons(deps: Deps, person: str, password: str, *, client: str = "", sleep: Callable[[float], None] = time.sleep) -> bool:
    """Whether this is the person's password, within the same limits. Raises TooManyTries."""
    attempt = Try(deps, f"person {person}", client, sleep=sleep)
    attempt.begin()
    found = deps.store.persons.get(person)
    if found.password_hash is None or not _matches(deps, found, password):
        return False
    attempt.succeeded()
    return True


def check(password: str, rep: Rep) -> None:
    """Raises Invalid, naming the field `password`, for one that is too short, too long or easy to guess."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise Invalid("password", f"must have {_SHORTEST} to {_LONGEST} characters; a few unrelated words do well")
    if password.casefold() in (rep.email.casefold(), rep.name.casefold()) or len(set(password)) < _FEWEST_CHARACTERS:
        raise Invalid("password", "is too easy to guess")


def set_password(deps: Deps, rep: Rep, password: str, *, keep_session: str | None = None) -> None:
    """Sets the person's password and signs out their other browsers; `keep_session` is the token of the one that stays."""
    check(password, rep)
    deps.store.persons.set_password_hash(rep.person_id, _hasher.hash(password))
    sessions.end_person(deps, rep.person_id, keep=keep_session)


def _candidates(deps: Deps, email: str) -> list[tuple[Person, Rep]]:
    """Each person with a password who may sign in with the address, and the rep they then are: whoever confirmed it comes first."""
    found: dict[str, Rep] = {}
    owner = deps.store.persons.confirmed(email)
    carriers = deps.store.persons.reps_by_address(email)
    if owner and (rep := next((r for r in carriers if r.person_id == owner.person), None) or _first_rep(deps, owner.person)):
        found[owner.person] = rep
    for rep in carriers:
        found.setdefault(rep.person_id, rep)
    persons = ((deps.store.persons.get(person), rep) for person, rep in found.items())
    return [(person, rep) for person, rep in persons if person.password_hash]


def _first_rep(deps: Deps, person: str) -> Rep | None:
    return next((rep for rep in deps.store.persons.reps_of(person) if rep.is_active), None)


def _matches(deps: Deps, person: Person, password: str) -> bool:
    if not _verify(person.password_hash or "", password):
        return False
    if _hasher.check_needs_rehash(person.password_hash or ""):
        deps.store.persons.set_password_hash(person.id, _hasher.hash(password))
    return True


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[: _LONGEST * 2])
    except (VerifyMismatchError, InvalidHashError):
        return False
