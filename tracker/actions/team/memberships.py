"""Linking workspaces: one person with a sign-in of their own in each of two workspaces makes them one, by proving both."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.actions.team import passwords, sessions
from tracker.base.errors import Conflict, Invalid
from tracker.domain.team.rep import Rep
from tracker.domain.team.session import Session

_LOCKED_FOR = timedelta(minutes=1)


def link(deps: Deps, session: Session, token: str, *, own_password: str, email: str, password: str, client: str = "") -> list[Rep]:
    """The other sign-in's workspaces become the signed-in person's too; the reps that were added.

    Both passwords are asked for here: a link that was handed over proves neither. The signed-in person's password stays,
    the other one is removed, and every other browser of both is signed out. Raises Invalid, Conflict, TooManyTries.
    """
    if not passwords.is_persons(deps, session.person, own_password, client=client):
        raise Invalid("own_password", "is wrong")
    matching = passwords.matching(deps, email, password, client=client)
    other = next((rep for rep in matching if rep.person_id != session.person and _own_reps(deps, rep.person_id)), None)
    if other is None:
        if any(rep.person_id == session.person for rep in matching):
            raise Conflict("this sign-in is already yours")
        raise Invalid("email", "and password of the other workspace do not belong together")
    with _both_locked(deps, session.person, other.person_id):
        return _merge(deps, session, token, other.person_id)


def _merge(deps: Deps, session: Session, token: str, other: str) -> list[Rep]:
    mine = {rep.workspace for rep in deps.store.persons.reps_of(session.person)}
    theirs = _own_reps(deps, other)
    if any(rep.workspace in mine for rep in theirs):
        raise Conflict("both sign-ins have a rep in the same workspace and cannot be linked")
    _forget_demo_rep(deps, other)
    sessions.end_person(deps, other)
    sessions.end_person(deps, session.person, keep=token)
    deps.store.persons.merge(session.person, other)
    sessions.confirm_by_password(deps, session)
    return theirs


@contextlib.contextmanager
def _both_locked(deps: Deps, person: str, other: str) -> Iterator[None]:
    """Locks both persons, so that no other request links them meanwhile. Raises Conflict where one is locked already."""
    now, taken = deps.now(), []
    try:
        for one in sorted((person, other)):
            if not deps.store.persons.begin_link(one, now, now + _LOCKED_FOR):
                raise Conflict("one of the two is being linked now; try again")
            taken.append(one)
        yield
    finally:
        for one in taken:
            deps.store.persons.end_link(one)


def _own_reps(deps: Deps, person: str) -> list[Rep]:
    """The person's reps outside the demo, deactivated ones too."""
    demo = deps.store.workspaces.demo()
    return [rep for rep in deps.store.persons.reps_of(person) if demo is None or rep.workspace != demo.id]


def _forget_demo_rep(deps: Deps, person: str) -> None:
    """Detaches the other sign-in's rep in the demo from the person, who has one rep there."""
    demo = deps.store.workspaces.demo()
    rep = deps.store.of(demo.id).reps.of_person(person) if demo else None
    if demo and rep:
        deps.store.of(demo.id).reps.change(rep.id, person=rep.id, is_active=False)
