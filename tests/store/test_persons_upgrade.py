"""Upgrading to persons: every rep becomes a person of its own, keeps the password, and nothing is merged by address."""

from tests.web.console.conftest import PASSWORD, make_office
from tracker.actions import passwords, sessions
from tracker.actions.deps import Deps
from tracker.base.clock import utc_now
from tracker.domain.reps import Rep
from tracker.store.schema import STEPS, upgrade


def make_old(deps: Deps, rep: Rep, email: str) -> None:
    """The rep as the layout before persons kept it."""
    password_hash = deps.store.persons.get(rep.id).password_hash
    deps.store.database.persons.delete_many({"_id": rep.id})
    old = {
        "$set": {"password_hash": password_hash, "email": email, "keys": {"email": email}},
        "$unset": {"person": "", "pending_email": ""},
    }
    deps.store.database.reps.update_one({"_id": f"{rep.workspace}:{rep.id}"}, old)


def test_reps_with_one_address_become_two_persons(deps: Deps) -> None:
    """The same address in two workspaces: each password opens its own workspace, and every browser signs in anew."""
    office, rival = make_office(deps, "Northbeam"), make_office(deps, "Southgate")
    deps.store.database.reps.drop_indexes()
    for rep, password in ((office.admin, PASSWORD), (rival.admin, "another quiet phrase")):
        passwords.set_password(deps, rep, password)
        make_old(deps, rep, "mara@both.example")
    token = sessions.start(deps, office.rep)
    deps.store.database.sessions.update_many({}, {"$unset": {"person": "", "home": "", "limited_to": "", "confirmed_at": ""}})
    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": 3}}, upsert=True)

    upgrade(deps.store, utc_now())
    deps.store.ensure_indexes()

    assert passwords.sign_in(deps, "mara@both.example", PASSWORD).workspace == office.workspace.id
    assert passwords.sign_in(deps, "mara@both.example", "another quiet phrase").workspace == rival.workspace.id
    assert [len(deps.store.persons.reps_of(rep.id)) for rep in (office.admin, rival.admin)] == [1, 1]
    assert "password_hash" not in str(list(deps.store.database.reps.find()))
    assert sessions.find(deps, token) is None


def test_the_step_may_be_repeated(deps: Deps) -> None:
    """A process that died in the middle takes it again; who is a person already stays one."""
    office = make_office(deps, "Northbeam")
    passwords.set_password(deps, office.admin, PASSWORD)
    make_old(deps, office.admin, office.admin.email)
    step = next(step for step in STEPS if step.number == 4)
    for _ in range(2):
        step.run(deps.store)

    assert passwords.sign_in(deps, office.admin.email, PASSWORD).id == office.admin.id
