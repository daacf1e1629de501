"""Sessions of signed-in browsers: rows in the store, the cookie holds a random token, the row its hash."""

from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.secret_text import hash_of, new_secret
from tracker.domain.access import Session
from tracker.domain.reps import Rep

_IDLE = timedelta(days=14)
_LONGEST = timedelta(days=90)
_TOUCH = timedelta(minutes=5)


def start(deps: Deps, rep: Rep, *, agent: str = "", replaces: str | None = None) -> str:
    """A new session; returns the token for the cookie. `replaces`: the token the browser had before, which ends."""
    if replaces:
        end(deps, replaces)
    token, now = new_secret(), deps.now()
    deps.store.sessions.add(
        Session(
            id=hash_of(token),
            workspace=rep.workspace,
            rep=rep.id,
            created_at=now,
            seen_at=now,
            expires_at=now + _IDLE,
            csrf=new_secret(),
            agent=agent[:200],
        )
    )
    deps.store.of(rep.workspace).reps.seen(rep.id, now)
    return token


def find(deps: Deps, token: str) -> tuple[Session, Rep] | None:
    """The session of a cookie's token and its rep; None if it is over, or the rep may no longer sign in."""
    now = deps.now()
    session = deps.store.sessions.find(hash_of(token), now)
    rep = deps.store.of(session.workspace).reps.find(session.rep) if session else None
    if session is None or rep is None or not rep.is_active or now - session.created_at > _LONGEST:
        return None
    if now - session.seen_at > _TOUCH:
        deps.store.sessions.seen(session.id, now, now + _IDLE)
        deps.store.of(session.workspace).reps.seen(rep.id, now)
    return session, rep


def enter(deps: Deps, token: str, rep: Rep) -> str:
    """The same person goes on as a rep of another workspace: a new session in place of the old; its token."""
    return start(deps, rep, replaces=token)


def end(deps: Deps, token: str) -> None:
    """Signs this browser out."""
    deps.store.sessions.end(hash_of(token))


def end_others(deps: Deps, rep: Rep, *, keep: str | None = None) -> int:
    """Signs out every browser of the rep, except maybe the one with this token."""
    return deps.store.sessions.end_all(rep.workspace, rep.id, but=hash_of(keep) if keep else None)
