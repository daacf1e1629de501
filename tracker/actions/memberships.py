"""Linking workspaces: one person with a sign-in of their own in each of two workspaces makes them one, by proving both."""

from tracker.actions import passwords, sessions
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Forbidden, Invalid
from tracker.domain.access import Session
from tracker.domain.reps import Rep


def link(deps: Deps, session: Session, token: str, *, own_password: str, email: str, password: str, client: str = "") -> list[Rep]:
    """The other sign-in's workspaces become the signed-in person's too; the reps that were added.

    Both passwords are asked for here: a link that somebody handed over proves neither. The signed-in person's password stays,
    the other one is removed, and every other browser of both is signed out. Raises Invalid, Forbidden, Conflict, TooManyTries.
    """
    if not passwords.is_persons(deps, session.person, own_password, client=client):
        raise Invalid("own_password", "is not right")
    other = passwords.sign_in(deps, email, password, client=client)
    if other is None:
        raise Invalid("email", "and password of the other workspace do not belong together")
    if other.person_id == session.person:
        raise Conflict("this sign-in is yours already")
    demo = deps.store.workspaces.demo()
    mine = {rep.workspace for rep in deps.store.persons.reps_of(session.person)}
    theirs = [rep for rep in deps.store.persons.reps_of(other.person_id) if demo is None or rep.workspace != demo.id]
    if any(rep.workspace in mine for rep in theirs):
        raise Conflict("both sign-ins have a rep in the same workspace, so they stay apart")
    if not theirs:
        raise Forbidden("the demo cannot be linked")
    _forget_demo_rep(deps, other.person_id)
    deps.store.persons.merge(session.person, other.person_id)
    for rep in (*theirs, *deps.store.persons.reps_of(session.person)):
        deps.store.sessions.end_links(rep.workspace, rep.id)
    sessions.end_person(deps, other.person_id)
    sessions.end_person(deps, session.person, keep=token)
    sessions.confirm_by_password(deps, session)
    return theirs


def _forget_demo_rep(deps: Deps, person: str) -> None:
    """The other sign-in's rep in the demo is nobody's any more: the demo gives the person one rep of its own."""
    demo = deps.store.workspaces.demo()
    rep = deps.store.of(demo.id).reps.of_person(person) if demo else None
    if demo and rep:
        deps.store.of(demo.id).reps.change(rep.id, person=rep.id, is_active=False)
