"""App passwords: what an email client signs in to the relay with. Shown once at creation, stored as a hash."""

import base64
import secrets
from datetime import timedelta

from tracker.actions import checks
from tracker.actions.deps import Deps
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


def sign_in(deps: Deps, user: str, text: str) -> Rep | None:
    """The rep with this password, if the user name is one of the rep's addresses; records the use every few minutes."""
    plain = "".join(text.split()).lower()
    found = deps.store.app_passwords.find(hash_of(plain)) if 0 < len(plain) <= _LONGEST else None
    rep = usable_rep(deps, found.workspace, found.rep) if found else None
    if found is None or rep is None or not is_own_address(deps, rep, user):
        return None
    now = deps.now()
    if found.used_at is None or now - found.used_at > _TOUCH:
        deps.store.app_passwords.used(found.id, now)
    return rep


def usable_rep(deps: Deps, workspace: str, rep: str) -> Rep | None:
    """The rep, if still active in a workspace that still exists."""
    if deps.store.workspaces.find(workspace) is None:
        return None
    found = deps.store.of(workspace).reps.find(rep)
    return found if found is not None and found.is_active else None


def is_own_address(deps: Deps, rep: Rep, address: str) -> bool:
    """Whether the rep may send from this address."""
    key = address_key(address)
    return bool(key) and key in {address_key(own) for own in own_addresses(deps, rep)}
