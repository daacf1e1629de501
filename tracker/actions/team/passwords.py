"""Passwords of persons: checked within limits, set, never kept as they are (argon2id)."""

import time
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.actions.team.secrets import new_secret
from tracker.actions.team.sign_in_limits import Try
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import address_key
from tracker.domain.team.person import Person
from tracker.domain.team.rep import Rep

_SHORTEST, _LONGEST = 10, 200
_FEWEST_CHARACTERS = 4
_COMMON = frozenset({"password", "passwort", "leadlight", "welcome", "letmein", "iloveyou", "administrator", "qwertyuiop", "qwertyuio"})
"""Words that are no password, whatever digits and signs stand around them."""
_SEQUENCES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertzuiopasdfghjkl", "qwertyuiopasdfghjkl")

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_no_password = _hasher.hash(new_secret())
"""Checked when there is no such person, so that an unknown address takes as long as a wrong password."""

Sleep = Callable[[float], None]


def sign_in(deps: Deps, email: str, password: str, *, client: str = "", sleep: Sleep = time.sleep) -> Rep | None:
    """The first of `matching`; None where there is none."""
    return next(iter(matching(deps, email, password, client=client, sleep=sleep)), None)


def matching(deps: Deps, email: str, password: str, *, client: str = "", sleep: Sleep = time.sleep) -> list[Rep]:
    """The reps who may sign in with this, one for each person whose password it is. Raises TooManyTries.

    A confirmed address names one person. An unconfirmed one may be carried by several, and the password decides which of them it
    is; nearly always one, and none takes as long as a wrong password. `client` is the IP address the try came from.
    """
    attempt = Try(deps, client, sleep=sleep)
    candidates = _candidates(deps, email)
    known = [person.id for person, _ in candidates if attempt.is_known(person.id)]
    attempt.begin(address_key(email), is_known=bool(known))
    for person, _ in candidates:
        attempt.count(person.id)
    found = [rep for person, rep in candidates if person.id in known and _matches(deps, person, password)]
    if not found:
        attempt.wait()
    found += [rep for person, rep in candidates if person.id not in known and _matches(deps, person, password)]
    if not candidates:
        _verify(_no_password, password)
    if found:
        attempt.succeeded([rep.person_id for rep in found])
    return found


def is_persons(deps: Deps, person: str, password: str, *, client: str = "", sleep: Sleep = time.sleep) -> bool:
    """Whether this is the person's password, within the same limits. Raises TooManyTries."""
    attempt = Try(deps, client, sleep=sleep)
    is_known = attempt.is_known(person)
    attempt.begin(person, is_known=is_known)
    if not is_known:
        attempt.wait()
    found = deps.store.persons.get(person)
    if found.password_hash is None or not _matches(deps, found, password):
        return False
    attempt.succeeded([person])
    return True


def check(password: str, *, name: str, email: str) -> None:
    """Raises Invalid, naming the field `password`, for one that is too short, too long or easy to guess."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise Invalid("password", f"must have {_SHORTEST} to {_LONGEST} characters; a few unrelated words do well")
    if _plain(password) in (_plain(email), _plain(name)) or len(set(password)) < _FEWEST_CHARACTERS or _is_common(password):
        raise Invalid("password", "is too easy to guess")


def set_password(deps: Deps, rep: Rep, password: str, *, keep_session: str | None = None) -> None:
    """Sets the person's password, ends their other browsers and every sign-in link; `keep_session` is the token of the one that stays."""
    check(password, name=rep.name, email=rep.email)
    deps.store.persons.set_password_hash(rep.person_id, _hasher.hash(password))
    sessions.end_person(deps, rep.person_id, keep=keep_session)


def _candidates(deps: Deps, email: str) -> list[tuple[Person, Rep]]:
    """Each person with a password who may sign in with the address, and the rep they then are, confirmed addresses first."""
    found: dict[str, Rep] = {}
    carriers = deps.store.persons.reps_by_address(email)
    for owner in deps.store.confirmed_addresses.by_address(email):
        carrier = next((rep for rep in carriers if rep.person_id == owner.person), None)
        if rep := carrier or next(iter(sessions.usable_reps(deps, owner.person)), None):
            found.setdefault(owner.person, rep)
    for rep in carriers:
        found.setdefault(rep.person_id, rep)
    persons = ((deps.store.persons.get(person), rep) for person, rep in found.items())
    return [(person, rep) for person, rep in persons if person.password_hash]


def _matches(deps: Deps, person: Person, password: str) -> bool:
    if not _verify(person.password_hash or "", password):
        return False
    if _hasher.check_needs_rehash(person.password_hash or ""):
        deps.store.persons.renew_password_hash(person.id, person.password_hash or "", _hasher.hash(password))
    return True


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[: _LONGEST * 2])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _is_common(password: str) -> bool:
    word = password.casefold()
    return word.strip("0123456789!?.,-_*#$@ ") in _COMMON or any(word in run * 2 for run in _SEQUENCES)


def _plain(text: str) -> str:
    return " ".join(text[: _LONGEST * 2].split()).casefold()
