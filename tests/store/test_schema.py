"""The schema: missing steps run in order and once, and an older version does not change a newer database."""

import threading

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tracker.actions.leads.leads import add_lead
from tracker.actions.workspace import workspaces
from tracker.base.clock import utc_now
from tracker.base.encryption.keyring import Keyring
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.source import DEFAULT_SOURCES
from tracker.domain.workspace.workspace import Workspace
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.minor_units_upgrade import store_minor_units
from tracker.store.schema import NEWEST, STEPS, SchemaStep, TooNew, upgrade, version
from tracker.store.store import Store


def test_the_steps_are_numbered_without_gaps():
    """A step never changes its number."""
    assert [step.number for step in STEPS] == list(range(1, NEWEST + 1))


def test_missing_steps_run_once_and_in_order(deps):
    """An old database is upgraded; a second run does nothing."""
    workspaces.add_workspace(deps, "Northbeam")
    deps.store.database.meta.delete_many({})
    ran = []
    steps = tuple(SchemaStep(n, f"step {n}", lambda _, n=n: ran.append(n)) for n in (1, 2, 3))

    assert upgrade(deps.store, utc_now(), steps[:1]) == ["step 1"]
    assert upgrade(deps.store, utc_now(), steps) == ["step 2", "step 3"]
    assert upgrade(deps.store, utc_now(), steps) == []
    assert (ran, version(deps.store)) == ([1, 2, 3], 3)


def test_a_new_database_is_only_given_its_indexes(deps):
    """There is nothing to migrate."""
    deps.store.database.meta.delete_many({})

    assert upgrade(deps.store, utc_now()) == ["create the indexes"]
    assert (upgrade(deps.store, utc_now()), version(deps.store)) == ([], NEWEST)


def test_a_failed_step_is_repeated(deps):
    """The new version is recorded after the step."""
    workspaces.add_workspace(deps, "Northbeam")
    deps.store.database.meta.delete_many({})
    tries = []

    def fails_once(_):
        tries.append(1)
        if len(tries) == 1:
            raise OSError("killed")

    steps = (SchemaStep(1, "one", lambda _: None), SchemaStep(2, "two", fails_once))
    with pytest.raises(OSError, match="killed"):
        upgrade(deps.store, utc_now(), steps)

    assert upgrade(deps.store, utc_now(), steps) == ["two"]


def test_a_step_may_take_longer_than_other_requests(deps):
    """Building an index may take hours: a client that gives up ends it."""
    workspaces.add_workspace(deps, "Northbeam")
    deps.store.database.meta.insert_one({"_id": "any"})
    with (
        MongoClient(deps.settings.mongo_url, timeoutMS=2_000, tz_aware=True) as client,
        deps.store.database.client.start_session() as session,
    ):
        impatient = Store(client.get_default_database(), Keyring(deps.settings.secret_keys_file))
        session.start_transaction()
        deps.store.database.meta.update_one({"_id": "any"}, {"$set": {"n": 1}}, session=session)  # no index can be built meanwhile
        with pytest.raises(PyMongoError):
            impatient.database.meta.create_index("n")
        threading.Timer(2.5, session.abort_transaction).start()
        step = SchemaStep(NEWEST + 1, "long", lambda store: store.database.meta.create_index("n"))
        assert upgrade(impatient, utc_now(), (step,)) == ["long"]
    deps.store.database.meta.drop_index("n_1")


def test_an_older_version_refuses_a_newer_database(deps):
    """A downgrade raises TooNew before anything is written."""
    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": NEWEST + 1}}, upsert=True)

    with pytest.raises(TooNew, match="newer"):
        upgrade(deps.store, utc_now())


def test_replaced_indexes_are_dropped(deps):
    """The upgrade of an early instance removes them."""
    workspaces.add_workspace(deps, "Northbeam")
    deps.store.database.meta.delete_many({})
    deps.store.database.deliveries.create_index([("state", 1), ("due_at", 1)], name="due")

    upgrade(deps.store, utc_now())

    assert "due" not in deps.store.database.deliveries.index_information()


def test_leads_are_rated_again(deps):
    """The upgrade marks every lead of every workspace for the workers, because unknown fit counted as a bad one before."""
    deps.store.workspaces.add(Workspace(id="ab", name="a", created_at=utc_now()))
    lead = Lead(id=new_id(), workspace="ab", email="d@a.example", name="D", created_at=utc_now(), updated_at=utc_now())
    deps.store.of("ab").leads.add(lead)
    step = next(step for step in STEPS if step.name.startswith("rate leads again"))
    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": step.number - 1}}, upsert=True)

    upgrade(deps.store, utc_now())

    assert [row["_id"] for row in deps.store.database.dirty.find({"lane": "bulk"})] == [f"ab:lead:{lead.id}"]


def test_smtp_urls_become_fields(deps):
    """Each workspace keeps its mail server; the demo and invalid URLs have none; a second run changes nothing."""
    former = {
        "a": "smtp://rosa%40us.example:p%3Aw@mail.example:2525", "b": "smtps://mail.example", "c": None, "d": "nonsense", "e": "smtp://127.0.0.1:8085",
    }  # fmt: skip
    for name, url in former.items():
        deps.store.workspaces.add(Workspace(id=name, name=name, created_at=utc_now(), is_demo=name == "e"))
        deps.store.database.workspaces.update_one({"_id": name}, {"$set": {"smtp_url": url}, "$unset": {"mail_server": ""}})
    step = next(step for step in STEPS if step.name == "split mail server URLs into fields")
    step.run(deps.store)
    deps.store.workspaces.change("b", mail_server=MailServer(host="other.example", port=25))
    step.run(deps.store)

    found = {one.id: one.mail_server for one in deps.store.workspaces.all()}
    assert found == {
        "a": MailServer(host="mail.example", port=2525, user="rosa@us.example", password="p:w"),
        "b": MailServer(host="other.example", port=25),
        "c": None,
        "d": None,
        "e": None,
    }
    assert deps.store.database.workspaces.count_documents({"smtp_url": {"$exists": True}}) == 0


def test_custom_fields_become_an_array(deps):
    """Values stay, and the search finds them; the step may be repeated."""
    here = deps.store.of(workspaces.first_workspace(deps).id)
    lead = add_lead(deps, here.workspace, email="dana@acme.example", name="Dana", fields={"budget": "50k", "Region": "Iberia"})
    plain = add_lead(deps, here.workspace, email="tom@acme.example", name="Tom")
    step = next(step for step in STEPS if step.name == "store custom fields with one index")
    rows = deps.store.database.leads
    rows.update_one({"email": lead.email}, {"$set": {"fields": {"budget": "50k", "Region": "Iberia"}, "keys.words": ["dana"]}})
    rows.update_one({"email": plain.email}, {"$set": {"fields": {}}})
    for _ in range(2):
        step.run(deps.store)
    assert here.leads.get(lead.id).fields == lead.fields
    assert here.leads.get(plain.id).fields == {}
    assert [found.id for found in here.leads.page(LeadQuery(search="iberia")).items] == [lead.id]


def test_sources_become_records(deps):
    """In their order; a workspace without any gets the usual ones, and the step may be repeated."""
    ws = workspaces.first_workspace(deps).id
    other = workspaces.add_workspace(deps, "Other").id
    deps.store.database.sources.delete_many({})
    deps.store.database.workspaces.update_one({"_id": ws}, {"$set": {"sources": ["Fair", "Cold e-mail", "Phone"]}})
    step = next(step for step in STEPS if step.name == "list sources in a collection")
    for _ in range(2):
        step.run(deps.store)
    assert [source.name for source in deps.store.of(ws).sources.all()] == ["Fair", "Cold e-mail", "Phone"]
    assert [source.name for source in deps.store.of(other).sources.all()] == list(DEFAULT_SOURCES)


def test_amounts_in_hundredths_become_minor_units(deps):
    """Of yen, dinars and what was kept of erased leads; euros stay, and the step may be repeated."""
    ws, database = workspaces.first_workspace(deps).id, deps.store.database
    database.workspaces.update_one({"_id": ws}, {"$set": {"currency": "JPY"}})
    amounts = {"EUR": 150_000, "JPY": 150_050, "KWD": 150_001}
    for name, amount in amounts.items():
        database.leads.insert_one({"_id": f"{ws}:{name}", "ws": ws, "keys": {"email": name}, "value": {"amount": amount, "currency": name}})
        for other in ("sales", "costs"):
            database[other].insert_one({"_id": f"{ws}:{name}", "ws": ws, "amount": amount, "currency": name})
        void = {"amount": 0, "void_amount": amount, "refund_of": "gone"}
        database.sales.insert_one({"_id": f"{ws}:{name}:void", "ws": ws, "currency": name, **void})
    database.report_remains.insert_one({"_id": f"{ws}:r", "ws": ws, "sales": [{"currency": k, "amount": v} for k, v in amounts.items()]})
    database.targets.insert_one({"_id": f"{ws}:t", "ws": ws, "measure": "amount", "value": 1_000_000})
    database.targets.insert_one({"_id": f"{ws}:n", "ws": ws, "measure": "count", "value": 10})
    for _ in range(2):
        store_minor_units(deps.store)

    expected = {"EUR": 150_000, "JPY": 1_500, "KWD": 1_500_010}  # half a yen goes to the even one
    assert {row["value"]["currency"]: row["value"]["amount"] for row in database.leads.find()} == expected
    for other in ("sales", "costs"):
        rows = database[other].find({"refund_of": None})
        assert {row["currency"]: (row["amount"], row.get("void_amount")) for row in rows} == {k: (v, None) for k, v in expected.items()}
    void = database.sales.find({"refund_of": "gone"})
    assert {row["currency"]: (row["void_amount"], row["amount"]) for row in void} == {k: (v, 0) for k, v in expected.items()}
    assert {one["currency"]: one["amount"] for one in database.report_remains.find_one()["sales"]} == expected
    assert sorted(row["value"] for row in database.targets.find()) == [10, 10_000]
    assert all(isinstance(row["amount"], int) for row in database.sales.find())
    assert database.sales.count_documents({"stamp": {"$type": "timestamp"}}) == 4
