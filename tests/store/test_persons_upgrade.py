"""The upgrade to persons: every rep becomes a person of its own and keeps its password; nothing is merged by address."""

from tests.console.conftest import PASSWORD, make_office
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.team import passwords, sessions
from tracker.base.clock import utc_now
from tracker.base.ids import id_of
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.store.schema import STEPS, upgrade


def make_old(deps: Deps, rep: Rep, email: str) -> None:
    """Stores the rep in the schema before persons."""
    password_hash = deps.store.persons.get(rep.id).password_hash
    deps.store.database.persons.delete_many({"_id": rep.id})
    old = {
        "$set": {"password_hash": password_hash, "email": email, "keys": {"email": email}},
        "$unset": {"person": "", "pending_email": ""},
    }
    deps.store.database.reps.update_one({"_id": f"{rep.workspace}:{rep.id}"}, old)


def test_reps_with_one_address_become_two_persons(deps: Deps) -> None:
    """The same address in two workspaces: each password is valid in its own workspace, and every session ends."""
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
    """After a crash it runs again; existing persons stay unchanged."""
    office = make_office(deps, "Northbeam")
    passwords.set_password(deps, office.admin, PASSWORD)
    make_old(deps, office.admin, office.admin.email)
    step = next(step for step in STEPS if step.number == 4)
    for _ in range(2):
        step.run(deps.store)

    assert passwords.sign_in(deps, office.admin.email, PASSWORD).id == office.admin.id


def test_the_first_schema_is_upgraded(deps: Deps) -> None:
    """Indexes are created while reps have no persons yet, also where a workspace has several reps."""
    office = make_office(deps, "Northbeam")
    deps.store.database.reps.drop_indexes()
    for rep in (office.admin, office.rep):
        make_old(deps, rep, rep.email)
    deps.store.database.meta.delete_many({})

    assert len(upgrade(deps.store, utc_now())) == len(STEPS)
    assert [rep.person for rep in deps.store.of(office.workspace.id).reps.all()] == [office.admin.id, office.rep.id]


def test_a_demo_visitor_stays_the_same_person(deps: Deps) -> None:
    """The id of the demo's rep is derived from the original rep; a password set in the demo is not kept."""
    office = make_office(deps, "Northbeam")
    created = deps.now()
    ws = deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=created, is_demo=True)).id
    key = id_of(ws, "you", office.admin.id)
    you = Rep(id=key, workspace=ws, email="kim@acme.example", name="Kim", created_at=created)
    deps.store.of(ws).reps.add(you)
    passwords.set_password(deps, you, PASSWORD)
    for rep in (office.admin, you):
        make_old(deps, rep, rep.email)
    next(step for step in STEPS if step.number == 4).run(deps.store)

    assert deps.store.of(ws).reps.get(key).person == office.admin.id
    assert passwords.sign_in(deps, "kim@acme.example", PASSWORD) is None


def test_a_session_of_an_older_process_is_invalid(deps: Deps) -> None:
    """A session written during the upgrade has no person, and gives no access."""
    office = make_office(deps, "Northbeam")
    token = sessions.start(deps, office.rep)
    deps.store.database.sessions.update_many({}, {"$unset": {"person": ""}})

    assert sessions.find(deps, token) is None
