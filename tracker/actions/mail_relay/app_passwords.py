"""App passwords: what an email client signs in to the relay with. Shown once at creation, stored as a hash."""

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail_relay.client_tests import note_sign_in, note_wrong_password, note_wrong_user
from tracker.actions.team.secrets import hash_of
from tracker.actions.team.senders import own_addresses
from tracker.base.errors import Conflict, NotFound
from tracker.base.ids import new_id
from tracker.base.mail_addresses import address_key
from tracker.domain.team.app_password import AppPassword
from tracker.domain.team.rep import Rep

_BYTES = 20
"""160 random bits: no slow hash is needed."""
_LONGEST = 200
_MOST = 50
"""App passwords of one rep."""
_TOUCH = timedelta(minutes=5)


def new_app_password(deps: Deps, rep: Rep, *, name: str) -> tuple[AppPassword, str]:
    """Creates a password for one client of the rep; returns it and its text. Raises Invalid, and Conflict for too many."""
    if len(deps.store.app_passwords.of_rep(rep.workspace, rep.id)) >= _MOST:
        raise Conflict(f"you have {_MOST} app passwords; delete those that no client uses")
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    password = AppPassword(
        id=new_id(),
        workspace=rep.workspace,
        rep=rep.id,
        name=checks.line("name", name, longest=80),
        hash=hash_of(text),
        hint=text[-4:],
        created_at=deps.now(),
    )
    return deps.store.app_passwords.add(password), text


def remove_app_password(deps: Deps, workspace: str, rep: str, password: str) -> AppPassword:
    """Deletes a password of the rep; returns it. Raises NotFound."""
    found = next((one for one in deps.store.app_passwords.of_rep(workspace, rep) if one.id == password), None)
    if found is None or not deps.store.app_passwords.remove(workspace, rep, password):
        raise NotFound("no such app password")
    return found


@dataclass(frozen=True, slots=True)
class RelayUser:
    """Who signed in to the relay, with which password, and the addresses that may be used."""

    password: AppPassword
    rep: Rep
    addresses: frozenset[str]
    """Keys of the rep's own addresses (`address_key`)."""

    def owns(self, address: str) -> bool:
        """Whether the rep may send from this address."""
        return address_key(address) in self.addresses


def sign_in(deps: Deps, user: str, text: str) -> RelayUser | None:
    """Who has this password, if the user name is one of the rep's addresses; records the use every few minutes."""
    plain = "".join(text.split()).lower()
    found = relay_user(deps, hash_of(plain)) if 0 < len(plain) <= _LONGEST else None
    if found is None:
        note_wrong_password(deps, user)
        return None
    if not found.owns(user):
        note_wrong_user(deps, found.rep, found.password.name)
        return None
    note_sign_in(deps, found.rep, found.password.name)
    now, used_at = deps.now(), found.password.used_at
    if used_at is None or now - used_at > _TOUCH:
        deps.store.app_passwords.used(found.password.id, now)
    return found


def relay_user(deps: Deps, password_hash: str) -> RelayUser | None:
    """Who has the password now: it was not removed, and the rep is active in a workspace that exists."""
    password = deps.store.app_passwords.find(password_hash)
    if password is None or deps.store.workspaces.find(password.workspace) is None:
        return None
    rep = deps.store.of(password.workspace).reps.find(password.rep)
    if rep is None or not rep.is_active:
        return None
    return RelayUser(password, rep, frozenset(filter(None, map(address_key, own_addresses(deps, rep)))))
