"""Sessions of signed-in browsers: rows in the store, the cookie holds a random token, the row its hash."""

from datetime import datetime, timedelta

from tracker.actions.alerting import push_devices
from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.team import rights_changes
from tracker.actions.team.secrets import hash_of, new_secret
from tracker.base.errors import Forbidden
from tracker.domain.team.rep import Rep
from tracker.domain.team.session import Session

CONFIRMED_FOR = timedelta(minutes=10)
"""For how long after a password or a one-time link credentials may be changed."""

_IDLE = timedelta(days=14)
_LONGEST = timedelta(days=90)
_TOUCH = timedelta(minutes=5)


class NotProven(Forbidden):
    """The person signed out everywhere, or changed their password, after this browser gave its proof."""


def start(
    deps: Deps,
    rep: Rep,
    *,
    agent: str = "",
    address: str = "",
    replaces: str | None = None,
    limited_to: str = "",
    proved_at: datetime | None = None,
) -> str:
    """A new session of someone who gave a password or used a one-time link at `proved_at` (now); returns the token for the cookie.

    `replaces`: the token the browser had before, which ends. `limited_to`: the only workspace whose sign-in was proven.
    Raises NotProven where the proof was withdrawn since.
    """
    token, now = new_secret(), deps.now()
    if replaces:
        _replace(deps, rep, replaces, token)
    session = Session(
        id=hash_of(token),
        person=rep.person_id,
        workspace=rep.workspace,
        rep=rep.id,
        home=_home_of(deps, rep, limited_to),
        limited_to=limited_to,
        created_at=now,
        seen_at=now,
        expires_at=now + _IDLE,
        confirmed_at=now,
        csrf=new_secret(),
        agent=agent[:200],
        address=address,
    )
    deps.store.sessions.add(session)
    signed_out_at = deps.store.persons.get(rep.person_id).signed_out_at
    if proved_at and signed_out_at and signed_out_at >= proved_at:
        deps.store.sessions.end(session.id)
        raise NotProven("sign in again")
    deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return token


def _replace(deps: Deps, rep: Rep, former: str, token: str) -> None:
    """Ends the browser's former session; the person's push messages go on there."""
    for one in deps.store.persons.reps_of(rep.person_id):
        push_devices.follow_session(deps, one.workspace, one.id, hash_of(former), hash_of(token))
    end(deps, former)


def find(deps: Deps, token: str, *, address: str = "") -> tuple[Session, Rep] | None:
    """The session of a cookie's token and its rep; None if it is over, or the rep may no longer sign in.

    A browser whose workspace or demo is gone, or that was shut out of it, goes on in another workspace of the person, at home first.
    Counts as a use of the session, from this address if it is known.
    """
    now = deps.now()
    session = _lasting(deps, token)
    if session is None:
        return None
    rep = _rep_of(deps, session)
    if rep is None:
        others = places(deps, session, with_demo=False)
        rep = next((other for other in others if other.workspace == session.home), next(iter(others), None))
        if rep is None:
            return None
        deps.store.sessions.enter(session.id, rep.workspace, rep.id)
        session = deps.store.sessions.find(session.id, now) or session
    if now - session.seen_at > _TOUCH or address not in ("", session.address):
        deps.store.sessions.seen(session.id, now, now + _IDLE, address or session.address)
        deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return session, rep


def look(deps: Deps, token: str) -> tuple[Session, Rep] | None:
    """The session and its rep in the workspace where the browser is, without using it: for streams, which open and stay by themselves."""
    session = _lasting(deps, token)
    rep = _rep_of(deps, session) if session else None
    return (session, rep) if session and rep else None


def end_push_of_ended(deps: Deps, now: datetime) -> None:
    """Removes push devices of sessions that expired: who is signed out there reads no alerts. A periodic task."""
    in_due(deps, deps.store.due_workspaces.with_push(), lambda one: _end_push_in(deps, one.id, now))


def _end_push_in(deps: Deps, workspace: str, now: datetime) -> None:
    found = push_devices.devices_by_rep(deps, workspace)
    named = {one.session for devices in found.values() for one in devices if one.session}
    ended = named - deps.store.sessions.lasting(named, now, now - _LONGEST) if named else named
    for rep, devices in found.items():
        push_devices.forget(deps, workspace, rep, [one.id for one in devices if one.session in ended])


def usable_reps(deps: Deps, person: str) -> list[Rep]:
    """The active reps of the person in workspaces that are there, the demo's last."""
    reps = [rep for rep in deps.store.persons.reps_of(person) if rep.is_active and deps.store.workspaces.find(rep.workspace)]
    return sorted(reps, key=lambda rep: _is_demo(deps, rep.workspace))


def places(deps: Deps, session: Session, *, with_demo: bool = True) -> list[Rep]:
    """The reps as whom this browser may go on, in other workspaces: those of the person, as far as the session has proven them."""
    others = [rep for rep in usable_reps(deps, session.person) if rep.workspace != session.workspace]
    if not with_demo:
        others = [rep for rep in others if not _is_demo(deps, rep.workspace)]
    return [rep for rep in others if session.limited_to in ("", rep.workspace) or _is_demo(deps, rep.workspace)]


def enter(deps: Deps, session: Session, rep: Rep) -> None:
    """The same person goes on as the rep they are in another workspace, in the same session.

    The token stays, so that a second click, sent with it before the first was answered, does not sign out. What was proven, and
    when, stays as it was too. The caller has taken `rep` from `places`, or from the demo.
    """
    target = deps.store.workspaces.find(rep.workspace)
    # Only the demo has a way home; also one that is being removed at this moment, from where the browser then goes there.
    home = "" if target and not target.is_demo else session.home or session.workspace
    deps.store.sessions.enter(session.id, rep.workspace, rep.id, home=home)
    rights_changes.changed(deps, session.workspace)
    deps.store.of(rep.workspace).reps.seen(rep.id, deps.now())


def is_confirmed(deps: Deps, session: Session) -> bool:
    """Whether a password or a one-time link was given in the last ten minutes."""
    return session.confirmed_at is not None and timedelta() <= deps.now() - session.confirmed_at < CONFIRMED_FOR


def has_whole_person(deps: Deps, session: Session) -> bool:
    """Whether the browser has proven everything that the person is: then it may change the password and confirm addresses."""
    limit = session.limited_to
    if not limit:
        return True
    # Deactivated reps count too: they may be given access again.
    elsewhere = [rep.workspace for rep in deps.store.persons.reps_of(session.person) if rep.workspace != limit]
    return not elsewhere or (not _is_demo(deps, limit) and all(_is_demo(deps, workspace) for workspace in elsewhere))


def confirm_by_password(deps: Deps, session: Session) -> None:
    """The person's password was given in this browser: it is confirmed, and proves the person."""
    deps.store.sessions.confirm(session.id, deps.now(), is_whole_person=True)


def end(deps: Deps, token: str) -> None:
    """Signs this browser out, and ends its push messages."""
    found = deps.store.sessions.find(hash_of(token), deps.now())
    deps.store.sessions.end(hash_of(token))
    if found:
        for rep in deps.store.persons.reps_of(found.person):
            push_devices.forget_session(deps, rep.workspace, rep.id, found.id)
        rights_changes.changed(deps, found.workspace)


def end_rep(deps: Deps, rep: Rep, *, keep: str | None = None) -> int:
    """Signs out every browser that is this rep, except maybe the one with this token, and ends their push messages; how many."""
    kept = hash_of(keep) if keep else None
    count = deps.store.sessions.end_all(rep.workspace, rep.id, but=kept)
    push_devices.forget_others(deps, rep.workspace, rep.id, keep=kept)
    rights_changes.changed(deps, rep.workspace)
    return count


def end_person(deps: Deps, person: str, *, keep: str | None = None) -> int:
    """Signs out every browser of the person in all their workspaces, except maybe the one with this token; how many.

    No sign-in link of before works afterwards, and no proof given before starts a session.
    """
    deps.store.persons.note_signed_out(person, deps.now())
    workspaces = deps.store.sessions.workspaces_of(person)
    kept = hash_of(keep) if keep else None
    count = deps.store.sessions.end_person(person, but=kept)
    for rep in deps.store.persons.reps_of(person):
        deps.store.sign_in_links.remove_all(rep.workspace, rep.id)
        push_devices.forget_others(deps, rep.workspace, rep.id, keep=kept)
    for workspace in workspaces:
        rights_changes.changed(deps, workspace)
    return count


def _lasting(deps: Deps, token: str) -> Session | None:
    """The session, unless it is over."""
    now = deps.now()
    session = deps.store.sessions.find(hash_of(token), now)
    return session if session and now - session.created_at <= _LONGEST else None


def _rep_of(deps: Deps, session: Session) -> Rep | None:
    """The active rep whom the session's person is where the session is."""
    rep = deps.store.of(session.workspace).reps.find(session.rep)
    if rep is None or not rep.is_active or rep.person_id != session.person:
        return None
    return rep if deps.store.workspaces.find(session.workspace) else None


def _home_of(deps: Deps, rep: Rep, limited_to: str) -> str:
    """Where a browser that signs in to the demo returns to: the person's oldest workspace. Empty outside the demo."""
    if not _is_demo(deps, rep.workspace):
        return ""
    own = [r.workspace for r in usable_reps(deps, rep.person_id) if r.workspace != rep.workspace]
    return next((workspace for workspace in own if limited_to in ("", workspace)), "")


def _is_demo(deps: Deps, workspace: str) -> bool:
    found = deps.store.workspaces.find(workspace)
    return found is not None and found.is_demo
