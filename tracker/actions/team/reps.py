"""Reps: adding and changing them. How they sign in is in passwords, sign_in_links and addresses."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tracker.actions import checks
from tracker.actions.alerting.preferences import checked_preferences
from tracker.actions.deps import Deps
from tracker.actions.team import rights_changes, sessions
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.base.mail_addresses import address_key
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.out_of_office import OutOfOffice
from tracker.domain.team.rep import Rep, Role

_HIGHEST_LIMIT = 10_000
_LONGEST_ABSENCE = timedelta(days=366)
_LEFT = "this rep may not sign in any more"
"""Why the channels of a deactivated rep are disabled. Stored and compared, so the text must not change."""


def add_rep(deps: Deps, workspace: str, *, email: str, name: str, role: Role = Role.REP, timezone: str | None = None) -> Rep:
    """Adds a rep as a new person, who signs in first with a link. Raises Conflict if the workspace has the address.

    The same address in another workspace says nothing: whose it is has not been proven.
    """
    found = deps.store.workspaces.get(workspace)
    rep = new_id()
    made = Rep(
        id=rep,
        workspace=workspace,
        person=rep,
        email=checks.email("email", email),
        name=checks.line("name", name, longest=120),
        role=role,
        timezone=checks.timezone("timezone", timezone or found.timezone),
        created_at=deps.now(),
    )
    try:
        return deps.store.of(workspace).reps.add(made)
    except Conflict:
        raise Conflict("a rep with this email address already works here") from None


def change_rep(deps: Deps, workspace: str, rep: str, *, version: int | None = None, **values: Any) -> Rep:
    """Changes name, email, timezone, tracking, role, is_active, daily_limit, shortcuts, weekly_mail, adds_leads, out_of_office or
    alert_preferences.

    The last active admin stays one. Raises Invalid, Conflict, NotFound.

    Where the rep's present address is confirmed, a new one is kept as `pending_email` until it is confirmed too.
    """
    reps = deps.store.of(workspace).reps
    old = reps.get(rep)
    if unknown := values.keys() - _CHECKS.keys():
        raise Invalid(min(unknown), "cannot be changed")
    kept = {name: _CHECKS[name](value) for name, value in values.items()}
    _refuse_last_admin(deps, old, kept)
    if kept.get("timezone", old.timezone) != old.timezone:
        kept |= {"former_timezone": old.timezone, "timezone_changed_at": deps.now()}
    if "email" in kept:
        kept |= _address(deps, old, kept.pop("email"))
    try:
        new = reps.change(rep, version=version, **kept)
    except Conflict as error:
        raise Conflict("a rep with this email address already works here" if "email" in kept else str(error)) from None
    _follow_access(deps, old, new)
    follow_in_demo(deps, new)
    return new


def _refuse_last_admin(deps: Deps, old: Rep, kept: dict[str, Any]) -> None:
    is_demoted = kept.get("role", old.role) is not Role.ADMIN or not kept.get("is_active", True)
    if old.role is Role.ADMIN and is_demoted:
        others = (r for r in deps.store.of(old.workspace).reps.active() if r.role is Role.ADMIN and r.id != old.id)
        if not any(others):
            raise Invalid("role", "must stay admin: the workspace needs an active admin")


def _address(deps: Deps, old: Rep, email: str) -> dict[str, Any]:
    """What a new address changes: a confirmed one gives way only to another confirmed one."""
    is_same = address_key(email) == address_key(old.email)
    if is_same or not any(owner.person == old.person_id for owner in deps.store.confirmed_addresses.by_address(old.email)):
        return {"email": email, "pending_email": None}
    known = deps.store.of(old.workspace).reps.by_email(email)
    if known and known.id != old.id:
        raise Conflict("a rep with this email address already works here")
    return {"pending_email": email}


def _follow_access(deps: Deps, old: Rep, new: Rep) -> None:
    channels = deps.store.of(new.workspace).channels
    if not new.is_active:
        sessions.end_rep(deps, new)
        deps.store.sign_in_links.remove_all(new.workspace, new.id)
        channels.end(new.id, _LEFT)
        deps.store.of(new.workspace).rep_mailboxes.remove(new.id)
        _leave_demo(deps, new)
    elif not old.is_active:
        channels.resume(new.id, _LEFT)
    if old.role is not new.role:
        rights_changes.changed(deps, new.workspace)


def _leave_demo(deps: Deps, left: Rep) -> None:
    """Deactivates the person's rep in the demo once they have no other active rep."""
    you = _in_demo(deps, left)
    if you and all(rep.workspace == you.workspace for rep in sessions.usable_reps(deps, left.person_id)):
        deps.store.of(you.workspace).reps.change(you.id, is_active=False)
        deps.store.sign_in_links.remove_all(you.workspace, you.id)
        rights_changes.changed(deps, you.workspace)


def _in_demo(deps: Deps, rep: Rep) -> Rep | None:
    demo = deps.store.workspaces.demo()
    return deps.store.of(demo.id).reps.of_person(rep.person_id) if demo and demo.id != rep.workspace else None


def follow_in_demo(deps: Deps, new: Rep) -> None:
    """The same person in the demo has the same name, address, tracking and shortcuts."""
    you = _in_demo(deps, new)
    if you is None:
        return
    here = deps.store.of(you.workspace).reps
    with contextlib.suppress(Conflict):  # another visitor has that address there; the name follows all the same
        here.change(you.id, email=demo_address(deps, you.workspace, you.id, new.email), pending_email=None)
    here.change(you.id, name=new.name, timezone=new.timezone, tracking=new.tracking, shortcuts=new.shortcuts)


def demo_address(deps: Deps, demo: str, you: str, email: str) -> str:
    """The address that a person has in the demo: their own, unless another rep there has it."""
    known = deps.store.of(demo).reps.by_email(email)
    return email if known is None or known.id == you else f"you-{you}@localhost"


def _daily_limit(value: int | None) -> int | None:
    if value is not None and not 0 <= value <= _HIGHEST_LIMIT:
        raise Invalid("daily_limit", f"must be from 0 to {_HIGHEST_LIMIT:,}, or empty for the workspace's limit")
    return value


def _out_of_office(value: OutOfOffice | None) -> OutOfOffice | None:
    if value is not None and not value.first <= value.last <= value.first + _LONGEST_ABSENCE:
        raise Invalid("out_of_office", "must end on its first day or later, and within a year")
    return value


def _role(value: Role | str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise Invalid("role", "must be admin, manager or rep") from None


def _tracking(value: Tracking | str) -> Tracking:
    try:
        return Tracking(value)
    except ValueError:
        raise Invalid("tracking", "must be off, links or full") from None


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: checks.line("name", value, longest=120),
    "email": lambda value: checks.email("email", value),
    "timezone": lambda value: checks.timezone("timezone", value),
    "role": _role,
    "tracking": _tracking,
    "is_active": bool,
    "shortcuts": bool,
    "weekly_mail": bool,
    "adds_leads": bool,
    "daily_limit": _daily_limit,
    "out_of_office": _out_of_office,
    "alert_preferences": lambda value: None if value is None else checked_preferences(value),
}
