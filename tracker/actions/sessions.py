"""Sessions of signed-in browsers: rows in the store, the cookie holds a random token, the row its hash."""

from datetime import timedelta

from tracker.actions import rights
from tracker.actions.deps import Deps
from tracker.actions.secret_text import hash_of, new_secret
from tracker.domain.access import Session
from tracker.domain.reps import Rep

CONFIRMED_FOR = timedelta(minutes=10)
"""For how long after a password or a one-time link credentials may be changed."""

_IDLE = timedelta(days=14)
_LONGEST = timedelta(days=90)
_TOUCH = timedelta(minutes=5)


def start(deps: Deps, rep: Rep, *, agent: str = "", replaces: str | None = None, limited_to: str = "") -> str:
    """A new session of someone who just gave a password or used a one-time link; returns the token for the cookie.

    `replaces`: the token the browser had before, which ends. `limited_to`: the only workspace whose sign-in was proven.
    """
    if replaces:
        end(deps, replaces)
    token, now = new_secret(), deps.now()
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
    )
    deps.store.sessions.add(session)
    deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return token


def find(deps: Deps, token: str) -> tuple[Session, Rep] | None:
    """The session of a cookie's token and its rep; None if it is over, or the rep may no longer sign in.

    A browser whose demo was removed, or that was shut out of it, is back in its own workspace. Counts as a use of the session.
    """
    now = deps.now()
    session = _lasting(deps, token)
    if session is None:
        return None
    rep = _rep_of(deps, session, session.workspace)
    if rep is None and session.home:
        rep = _rep_of(deps, session, session.home)
        if rep:
            deps.store.sessions.enter(session.id, rep.workspace, rep.id)
            session = deps.store.sessions.find(session.id, now) or session
    if rep is None:
        return None
    if now - session.seen_at > _TOUCH:
        deps.store.sessions.seen(session.id, now, now + _IDLE)
        deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return session, rep


def look(deps: Deps, token: str) -> tuple[Session, Rep] | None:
    """The session and its rep in the workspace where the browser is, without using it: for streams, which open and stay by themselves."""
    session = _lasting(deps, token)
    rep = _rep_of(deps, session, session.workspace) if session else None
    return (session, rep) if session and rep else None


def places(deps: Deps, session: Session) -> list[Rep]:
    """The reps as whom this browser may go on, in other workspaces: those of the person, as far as the session has proven them."""
    others = [rep for rep in deps.store.persons.reps_of(session.person) if rep.is_active and rep.workspace != session.workspace]
    return [rep for rep in others if not session.limited_to or rep.workspace == session.limited_to or _is_demo(deps, rep.workspace)]


def enter(deps: Deps, token: str, session: Session, rep: Rep) -> str:
    """The same person goes on as the rep they are in another workspace: a new session in place of the old; its token.

    What was proven, and when, stays as it was. The caller has taken `rep` from `places`, or from the demo.
    """
    now, fresh = deps.now(), new_secret()
    home = _home_of(deps, rep, session.limited_to, session.workspace)
    deps.store.sessions.add(
        Session(
            id=hash_of(fresh),
            person=session.person,
            workspace=rep.workspace,
            rep=rep.id,
            home=home,
            limited_to=session.limited_to,
            created_at=session.created_at,
            seen_at=now,
            expires_at=now + _IDLE,
            confirmed_at=session.confirmed_at,
            csrf=session.csrf,
            agent=session.agent,
        )
    )
    end(deps, token)
    rights.changed(deps, session.workspace)
    deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return fresh


def is_confirmed(deps: Deps, session: Session) -> bool:
    """Whether a password or a one-time link was given in the last ten minutes."""
    return session.confirmed_at is not None and deps.now() - session.confirmed_at < CONFIRMED_FOR


def has_whole_person(deps: Deps, session: Session) -> bool:
    """Whether the browser has proven everything that the person is: then it may change the password and confirm addresses."""
    if not session.limited_to:
        return True
    reps = [rep for rep in deps.store.persons.reps_of(session.person) if rep.is_active]
    return all(rep.workspace == session.limited_to or _is_demo(deps, rep.workspace) for rep in reps)


def confirm_by_password(deps: Deps, session: Session) -> None:
    """The person's password was given in this browser: it is confirmed, and proves the person."""
    deps.store.sessions.confirm(session.id, deps.now(), is_whole_person=True)


def end(deps: Deps, token: str) -> None:
    """Signs this browser out."""
    found = deps.store.sessions.find(hash_of(token), deps.now())
    deps.store.sessions.end(hash_of(token))
    if found:
        rights.changed(deps, found.workspace)


def end_rep(deps: Deps, rep: Rep, *, keep: str | None = None) -> int:
    """Signs out every browser that is this rep, except maybe the one with this token; how many."""
    count = deps.store.sessions.end_all(rep.workspace, rep.id, but=hash_of(keep) if keep else None)
    rights.changed(deps, rep.workspace)
    return count


def end_person(deps: Deps, person: str, *, keep: str | None = None) -> int:
    """Signs out every browser of the person in all their workspaces, except maybe the one with this token; how many."""
    workspaces = deps.store.sessions.workspaces_of(person)
    count = deps.store.sessions.end_person(person, but=hash_of(keep) if keep else None)
    for workspace in workspaces:
        rights.changed(deps, workspace)
    return count


def _lasting(deps: Deps, token: str) -> Session | None:
    """The session, unless it is over."""
    now = deps.now()
    session = deps.store.sessions.find(hash_of(token), now)
    return session if session and now - session.created_at <= _LONGEST else None


def _rep_of(deps: Deps, session: Session, workspace: str) -> Rep | None:
    """The active rep whom the session's person is there."""
    here = deps.store.of(workspace).reps
    rep = here.find(session.rep) if workspace == session.workspace else here.of_person(session.person)
    return rep if rep and rep.is_active and rep.person_id == session.person else None


def _home_of(deps: Deps, rep: Rep, limited_to: str, before: str = "") -> str:
    """Where a browser that goes to the demo returns to: where it was, else the person's oldest workspace. Empty outside the demo."""
    if not _is_demo(deps, rep.workspace):
        return ""
    own = [r.workspace for r in deps.store.persons.reps_of(rep.person_id) if r.is_active and r.workspace != rep.workspace]
    own = [workspace for workspace in own if limited_to in ("", workspace)]
    return before if before in own else next(iter(own), "")


def _is_demo(deps: Deps, workspace: str) -> bool:
    demo = deps.store.workspaces.demo()
    return demo is not None and demo.id == workspace
