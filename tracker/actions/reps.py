"""Reps: adding, inviting and changing them, sign-in links and passwords."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracker.actions import checks, sessions
from tracker.actions.deps import Deps
from tracker.actions.secret_text import hash_of, new_secret
from tracker.base.errors import Conflict, Forbidden, Invalid
from tracker.base.ids import new_id
from tracker.domain.access import SignInLink
from tracker.domain.reps import Rep, Role

SIGN_IN_PATH = "/sign-in/"
"""Before the token of a one-time link."""

_LINK_LIFE = timedelta(minutes=15)
_INVITATION_LIFE = timedelta(days=3)
_WINDOW = timedelta(minutes=15)
_PER_ACCOUNT = 10
_PER_ADDRESS = 50
_SHORTEST, _LONGEST = 10, 200
_LEFT = "this rep may not sign in any more"
"""Why the channels of somebody whose access was taken away are off."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_nobody = _hasher.hash(new_secret())
"""Checked when there is no such rep, so that an unknown address takes as long as a wrong password."""


class TooManyTries(Forbidden):
    """An account, or a network address, was tried too often; wait a quarter of an hour."""


def add_rep(deps: Deps, workspace: str, *, email: str, name: str, role: Role = Role.REP, timezone: str | None = None) -> Rep:
    """A new rep, who cannot sign in before they used a link or were given a password. Raises Conflict for a known address."""
    found = deps.store.workspaces.get(workspace)
    rep = Rep(
        id=new_id(),
        workspace=workspace,
        email=checks.email("email", email),
        name=checks.line("name", name, longest=120),
        role=role,
        timezone=checks.timezone("timezone", timezone or found.timezone),
        created_at=deps.now(),
    )
    try:
        return deps.store.of(workspace).reps.add(rep)
    except Conflict:
        raise Conflict("a rep with this e-mail address works here already") from None


def change_rep(deps: Deps, workspace: str, rep: str, *, version: int | None = None, **values: Any) -> Rep:
    """Changes name, email, timezone, role or is_active. The last active admin stays one."""
    reps = deps.store.of(workspace).reps
    old = reps.get(rep)
    kept = {name: _CHECKS[name](value) for name, value in values.items() if name in _CHECKS}
    if unknown := values.keys() - _CHECKS.keys():
        raise Invalid(min(unknown), "cannot be changed")
    demoted = kept.get("role", old.role) is not Role.ADMIN or not kept.get("is_active", True)
    if old.role is Role.ADMIN and demoted and not any(r.role is Role.ADMIN and r.id != rep for r in reps.active()):
        raise Invalid("role", "must stay admin: nobody else could change the settings")
    new = reps.change(rep, version=version, **kept)
    channels = deps.store.of(workspace).channels
    if not new.is_active:
        sessions.end_others(deps, new)
        channels.end(rep, _LEFT)
    elif not old.is_active:
        channels.resume(rep, _LEFT)
    return new


def sign_in_link(deps: Deps, rep: Rep, *, is_invitation: bool = False) -> str:
    """A link that signs the rep in once within 15 minutes (an invitation: three days). Older links of the rep stop working."""
    token, now = new_secret(), deps.now()
    life = _INVITATION_LIFE if is_invitation else _LINK_LIFE
    deps.store.sessions.add_link(SignInLink(id=hash_of(token), workspace=rep.workspace, rep=rep.id, created_at=now, expires_at=now + life))
    if is_invitation:
        deps.store.of(rep.workspace).reps.change(rep.id, invited_at=now)
    return f"{deps.settings.public_url}{SIGN_IN_PATH}{token}"


def peek_sign_in_link(deps: Deps, token: str) -> Rep | None:
    """Whom the link would sign in; looking does not use it up, so that mail scanners cannot."""
    link = deps.store.sessions.peek_link(hash_of(token), deps.now())
    rep = deps.store.of(link.workspace).reps.find(link.rep) if link else None
    return rep if rep and rep.is_active else None


def use_sign_in_link(deps: Deps, token: str) -> Rep | None:
    """Uses the link up; whom it signs in, or None if it is used, too old or not ours."""
    link = deps.store.sessions.use_link(hash_of(token), deps.now())
    rep = deps.store.of(link.workspace).reps.find(link.rep) if link else None
    return rep if rep and rep.is_active else None


def check_password(deps: Deps, email: str, password: str, *, address: str = "") -> Rep | None:
    """The rep who may sign in with this; None in every other case, after the same time. Raises TooManyTries.

    `address` is the network address the try came from. Who works in several workspaces enters the one they joined first.
    """
    now, tries = deps.now(), deps.store.sessions
    names = {f"password:{hash_of(email.strip().casefold())}": _PER_ACCOUNT}
    if address:
        names[f"password-from:{address}"] = _PER_ADDRESS
    if any(tries.tries_of(name, now, _WINDOW) >= most for name, most in names.items()):
        raise TooManyTries("too many tries; wait a quarter of an hour, or ask an admin for a sign-in link")
    reps = [rep for rep in deps.store.reps.by_email(email) if rep.is_active and rep.password_hash]
    found = next((rep for rep in reps if _verify(rep.password_hash or "", password)), None)
    if not reps:
        _verify(_nobody, password)
    if found is None:
        for name in names:
            tries.count_try(name, now, _WINDOW)
    elif _hasher.check_needs_rehash(found.password_hash or ""):
        deps.store.of(found.workspace).reps.change(found.id, password_hash=_hasher.hash(password))
    return found


def set_password(deps: Deps, rep: Rep, password: str, *, keep_session: str | None = None) -> Rep:
    """Sets it and signs out every other browser of the rep; `keep_session` is the token of the one that stays."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise Invalid("password", f"must have {_SHORTEST} to {_LONGEST} characters; a few unrelated words do well")
    if password.casefold() in (rep.email.casefold(), rep.name.casefold()) or len(set(password)) < 4:  # noqa: PLR2004 - "aaaaaaaaaa"
        raise Invalid("password", "is too easy to guess")
    changed = deps.store.of(rep.workspace).reps.change(rep.id, password_hash=_hasher.hash(password))
    sessions.end_others(deps, changed, keep=keep_session)
    return changed


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[: _LONGEST * 2])
    except (VerifyMismatchError, InvalidHashError):
        return False


def _role(value: Role | str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise Invalid("role", "must be admin or rep") from None


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: checks.line("name", value, longest=120),
    "email": lambda value: checks.email("email", value),
    "timezone": lambda value: checks.timezone("timezone", value),
    "role": _role,
    "is_active": bool,
}
