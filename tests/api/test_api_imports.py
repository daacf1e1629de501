"""Imports as jobs: progress, resuming, cancelling, undo; whole persons from files of other products."""

import contextlib
import dataclasses

import msgspec
import pytest

from tracker.actions.imports import import_jobs
from tracker.actions.imports.batch_import import SIZE
from tracker.actions.imports.import_jobs import ImportWorker
from tracker.domain.leads.import_choices import ImportChoices
from workers.recompute.run import recompute


def file_of(count, *, start=0, extra=""):
    """A file with that many leads of ten companies."""
    rows = (f"p{n}@x.example,Person {n},Company {n % 10},Qualified" for n in range(start, start + count))
    return ("email,name,company,stage\n" + "\n".join(rows) + extra).encode()


class Batches:
    """Allows that many batches, as a worker that is stopped in between."""

    def __init__(self, count):
        self.left = count

    def __call__(self):
        self.left -= 1
        return self.left >= 0


def everything(deps, workspace):
    """Numbers of what an import leaves behind."""
    names = ("leads", "moves", "tasks", "consents", "companies", "import_files")
    return {name: deps.store.database[name].count_documents({"ws": workspace.id}) for name in names}


def test_an_import_survives_its_worker_and_can_be_undone(api, deps, workspace):
    """Continued by another process after a batch was done, and after one was interrupted; nothing is added twice; undone without trace."""
    before = everything(deps, workspace)
    data = file_of(SIZE + 100, extra="\nbad,Bad,,\np1@x.example,Twice,,\n")
    made = api.call("POST", "/imports?file_name=fair.csv", data)
    assert (made.status_code, made.json["state"], made.json["rows"]) == (202, "waiting", SIZE + 102)
    path = f"/imports/{made.json['id']}"

    def work(batches):
        ImportWorker().work(deps, Batches(batches))  # a new process each time
        deps.store.database.imports.update_many({}, {"$set": {"due_at": deps.now()}})  # its lease has ended

    work(2)
    assert api.get(path).json["done"] == SIZE
    here = deps.store.of(workspace.id)
    first = next(here.import_batches.of_import(made.json["id"]))
    here.import_batches.put(msgspec.structs.replace(first, is_done=False, counts=type(first.counts)()))
    here.imports.change(made.json["id"], done=0, counts=type(first.counts)())
    here.leads.remove(first.leads[0])
    work(9)

    found = api.get(path).json
    assert (found["state"], found["added"], found["refused"], found["duplicates"]) == ("done", SIZE + 100, 1, 1)
    assert everything(deps, workspace)["leads"] == before["leads"] + SIZE + 100
    assert everything(deps, workspace)["moves"] == before["moves"] + SIZE + 100
    assert everything(deps, workspace)["import_files"] == 0
    result = api.get(f"{path}/result").json
    assert [(row["line"], row["field"]) for row in result["errors"]] == [(SIZE + 102, "email")]
    assert "bad,Bad" in result["error_csv"]
    again = api.post("/leads/import", data).json
    assert (again["added"], again["updated"], again["duplicates"]) == (0, 0, SIZE + 101)

    kept = {name: api.get(f"/leads?search={name}@x.example").json["items"][0]["id"] for name in ("p7", "p8")}
    api.patch(f"/leads/{kept['p7']}", {"phone": "+351 21"})
    api.post("/notes", {"lead": kept["p8"], "kind": "note", "text": "Met at the fair"})
    assert api.post(f"{path}/undo").status_code == 202
    work(9)
    found = api.get(path).json
    assert (found["state"], found["removed"], found["kept"]) == ("undone", SIZE + 98, 2)
    assert {one["lead"] for one in api.get(f"{path}/result").json["kept"]} == set(kept.values())
    assert everything(deps, workspace) == before | {
        "leads": before["leads"] + 2,
        "moves": before["moves"] + 2,
        "companies": before["companies"] + 2,
    }
    assert api.post(f"{path}/undo").status_code == 409


def test_undo_takes_back_what_was_filled_in(api, deps, workspace):
    """Value by value, also after an interrupted batch; what was changed since stays and is listed, as do opt-outs and consents."""
    plain, changed, refusing = (api.post("/leads", {"email": f"k{n}@x.example", "name": f"K {n}", "tags": ["old"]}).json for n in range(3))
    before = {name: one.version for name, one in deps.store.of(workspace.id).leads.by_ids([plain["id"]]).items()}
    numbers = everything(deps, workspace)
    table = (
        b"email,company,phone,job title,tags,source,value,Floor,next action,owner,unsubscribed,consent\n"
        b"k0@x.example,New Ltd,+351 1,CEO,fair,Fair,100,3,Call,,,\n"
        b"k1@x.example,New Ltd,+351 2,CTO,fair,Fair,200,4,Mail,,,\nk2@x.example,,,,,,,,,,yes,refused\n"
    )
    one = import_jobs.start(deps, workspace.id, table, choices=ImportChoices())
    ImportWorker().work(deps, Batches(2))
    here = deps.store.of(workspace.id)
    here.imports.change(one.id, done=0, counts=type(one.counts)(), due_at=deps.now())
    here.import_batches.put(msgspec.structs.replace(next(here.import_batches.of_import(one.id)), is_done=False))
    ImportWorker().work(deps, Batches(9))
    assert api.get(f"/imports/{one.id}").json["updated"] == 3
    assert api.get(f"/leads/{plain['id']}").json["next_action"]["text"] == "Call"
    assert everything(deps, workspace)["tasks"] == numbers["tasks"] + 2

    lead = api.get(f"/leads/{changed['id']}").json
    api.patch(f"/leads/{changed['id']}", {"phone": "+351 9", "tags": [*lead["tags"], "mine"], "next_action": {"text": "Visit"}})
    assert api.post(f"/imports/{one.id}/undo").status_code == 202
    ImportWorker().work(deps, Batches(9))
    done = api.get(f"/imports/{one.id}").json
    assert (done["state"], done["removed"], done["restored"], done["kept"]) == ("undone", 0, 1, 2)
    after = api.get(f"/leads/{plain['id']}").json
    given = ("updated_at", "version", "score", "derived")
    assert {k: v for k, v in after.items() if k not in given} == {k: v for k, v in plain.items() if k not in given}
    assert before[plain["id"]] < after["version"]
    left = api.get(f"/leads/{changed['id']}").json
    assert (left["company"], left["job_title"], left["value"], left["fields"], left["source"]) == (None, None, None, {}, None)
    assert (left["phone"], left["tags"], left["next_action"]["text"]) == ("+351 9", ["old", "mine"], "Visit")
    texts = {row["lead"]: row["text"] for row in api.get(f"/imports/{one.id}/result").json["kept"]}
    assert "Phone was changed to “+351 9”" in texts[changed["id"]]
    assert "Next action was changed" in texts[changed["id"]]
    assert "opt-out stays" in texts[refusing["id"]]
    assert "consent stays" in texts[refusing["id"]]
    assert api.get(f"/leads/{refusing['id']}").json["opted_out_at"]
    assert everything(deps, workspace) == numbers | {"tasks": numbers["tasks"] + 1, "consents": numbers["consents"] + 1}


def test_an_import_is_cancelled_between_batches(api, deps, workspace):
    """What was imported stays and can be undone; the file is removed."""
    one = import_jobs.start(deps, workspace.id, file_of(SIZE + 10), choices=ImportChoices())
    ImportWorker().work(deps, Batches(2))
    assert api.post(f"/imports/{one.id}/cancel").json["state"] == "cancelled"
    ImportWorker().work(deps, Batches(9))
    found = api.get(f"/imports/{one.id}").json
    assert (found["state"], found["added"]) == ("cancelled", SIZE)
    assert everything(deps, workspace)["import_files"] == 0
    assert api.post(f"/imports/{one.id}/cancel").status_code == 409


def test_an_import_that_cannot_go_on_ends_with_a_reason(api, deps, workspace):
    """It is not tried for ever; here a known lead cannot be decoded."""
    lead = api.lead("p1@x.example")["id"]
    deps.store.database.leads.update_one({"_id": f"{workspace.id}:{lead}"}, {"$set": {"tags": "not a list"}})
    one = import_jobs.start(deps, workspace.id, file_of(SIZE + 10), choices=ImportChoices())
    ImportWorker().work(deps, Batches(9))
    found = api.get(f"/imports/{one.id}").json
    assert (found["state"], found["added"]) == ("failed", 0)
    assert "unexpected error" in found["problem"]
    assert not import_jobs.is_due(deps)


def test_nothing_of_a_person_is_lost(api, deps, workspace):
    """Cells that do not fit become custom fields, with a warning; opt-outs, bounces and the date of creation come along."""
    table = (
        "Exported 30 November\n\n"
        "Vorname;Nachname;E-Mail;Mobil;Phase;Besitzer;Wert;Abgemeldet;Marketing status;Erstellt am;Fax\n"
        "Jörg;Müller;Jörg <joerg@x.example>;4,91701E+11;Angebot;stranger;1.500,50 €;ja;Subscribed;05.03.2026;123\n"
        'Ana;García;ana@x.example, ana2@x.example;="0170123";Won;;much;nein;Cleaned;;\n'
    ).encode("cp1252")
    report = api.post("/leads/import", table).json
    assert (report["added"], report["errors"]) == (2, [])
    assert {(row["line"], row["field"]) for row in report["warnings"]} == {(4, "phone"), (4, "stage"), (4, "owner"), (5, "value")}
    leads = {lead["name"]: lead for lead in api.get("/leads").json["items"]}
    joerg, ana = leads["Jörg Müller"], leads["Ana García"]
    assert (joerg["email"], joerg["stage"], joerg["phone"], joerg["created_at"]) == (
        "joerg@x.example",
        "New",
        None,
        "2026-03-05T00:00:00.000Z",
    )
    assert (joerg["value"]["amount"], joerg["value"]["currency"]) == (150050, "EUR")
    assert joerg["opted_out_at"]
    assert joerg["fields"] | {"Fax": "123", "Mobil": "4,91701E+11", "Phase": "Angebot", "Besitzer": "stranger"} == joerg["fields"]
    assert (ana["phone"], ana["stage"], ana["tags"], ana["opted_out_at"]) == ("0170123", "Won", ["bounced"], None)
    assert ana["fields"] == {"Other email addresses": "ana2@x.example", "Wert": "much", "Marketing status": "Cleaned"}
    api.post("/leads/import", b"email,unsubscribed\njoerg@x.example,no\nana@x.example,yes\n")
    assert api.get(f"/leads/{joerg['id']}").json["opted_out_at"] == joerg["opted_out_at"]
    assert api.get(f"/leads/{ana['id']}").json["opted_out_at"]


HISTORY = (
    "E-Mail;Name;Phase;Phase seit;Erstellt am;Notiz;Notizdatum;Call 1;Call 1 date;Call 2;Call 2 date;Touch;Touch date;"
    "Anfrage;Anfragedatum;Verkauf;Verkaufswährung;Verkaufsdatum;Produkt\n"
    "ada@x.example;Ada;Won;05.03.2021;01.02.2020;Likes tea;02.02.2020;No answer;03.02.2020;Asked for a demo;04.02.2020;webinar;05.02.2020;"
    "Could you call?;01.02.2020;1.500,50;CHF;05.03.2021;Pilot\n"
    "bob@x.example;Bob;Nowhere;05.03.2021;;Only a remark;;;06.02.2020;Undated;;Circus;05.02.2020;;;12;;32.13.2021;\n"
    "known@x.example;;;;;Known one;02.02.2020;;;;;;;;;;;;\n"
    "ada@x.example;Ada;;;;Second row;07.02.2020;;;;;;;;;;;;\n"
).encode()


def test_history_comes_along(api, deps, workspace):
    """Notes, calls, touches, inquiries, sales and moves with their dates; again nothing is added; the undo leaves no trace."""
    known = api.lead("known@x.example")["id"]
    names = ("leads", "moves", "notes", "sales", "inquiries", "events")

    def numbers():
        return {name: deps.store.database[name].count_documents({}) for name in names}

    before = numbers()
    report = api.post("/leads/import", HISTORY).json
    recompute(deps, "bulk")
    assert (report["added"], report["errors"], api.get(f"/imports/{report['id']}").json["history"]) == (2, [], 9)
    leads = {lead["name"]: lead for lead in api.get("/leads").json["items"]}
    ada, bob = leads["Ada"], leads["Bob"]
    assert (ada["stage"], ada["stage_since"], ada["created_at"]) == ("Won", "2021-03-05T00:00:00.000Z", "2020-02-01T00:00:00.000Z")
    notes = {
        (note["kind"], note["text"], note["at"][:10]): note["is_imported"] for note in api.get(f"/notes?lead={ada['id']}").json["items"]
    }
    assert notes == {
        ("note", "Likes tea", "2020-02-02"): True,
        ("call", "No answer", "2020-02-03"): True,
        ("call", "Asked for a demo", "2020-02-04"): True,
        ("touch", "", "2020-02-05"): True,
        ("note", "Second row", "2020-02-07"): True,
    }
    (sale,) = api.get(f"/sales?lead={ada['id']}").json["items"]
    assert (sale["product"], sale["amount"], sale["currency"], sale["sold_on"], sale["is_imported"]) == (
        "Pilot",
        150050,
        "CHF",
        "2021-03-05",
        True,
    )
    (inquiry,) = api.get(f"/inquiries?lead={ada['id']}").json["items"]
    assert (inquiry["message"], inquiry["at"][:10], inquiry["is_silent"]) == ("Could you call?", "2020-02-01", True)
    (move,) = api.get(f"/leads/{ada['id']}/moves").json["items"]
    assert (move["at"], move["is_imported"]) == ("2021-03-05T00:00:00.000Z", True)
    assert (ada["score"]["engagement"], ada["first_contact_at"][:10]) == (0, "2020-02-03")
    assert {
        "Notiz": "Only a remark",
        "Call 2": "Undated",
        "Phase": "Nowhere",
        "Phase seit": "05.03.2021",
        "Touch": "Circus",
        "Verkauf": "12",
    }.items() <= bob["fields"].items()
    assert {(row["line"], row["field"]) for row in report["warnings"]} == {(3, "call"), (3, "stage"), (3, "touch"), (3, "sale_date")}
    assert [note["text"] for note in api.get(f"/notes?lead={bob['id']}").json["items"]] == ["Called."]
    assert api.get("/alerts").json["items"] == []

    done = numbers()
    again = api.post("/leads/import", HISTORY).json
    assert (again["added"], numbers()) == (0, done)
    (kept,) = api.get(f"/notes?lead={known}").json["items"]
    api.post(f"/imports/{report['id']}/undo")
    ImportWorker().work(deps, Batches(9))
    assert api.get(f"/imports/{report['id']}").json["kept"] == 0
    assert numbers() == before
    assert kept["text"] == "Known one"


def test_dates_that_can_be_read_in_two_ways_are_named_and_chosen(api):
    """Read day first without a choice; the report says so."""
    for number, (query, created) in enumerate({"": "2026-04-03", "?dates=month": "2026-03-04"}.items()):
        report = api.post(f"/leads/import{query}", f"email,created at\nd{number}@x.example,03/04/2026\n".encode()).json
        assert len(report["remarks"]) == 1
        assert report["remarks"] == api.get(f"/imports/{report['id']}/result").json["remarks"]
        (lead,) = api.get(f"/leads?search=d{number}@x.example").json["items"]
        assert lead["created_at"].startswith(created)


@pytest.mark.parametrize(
    ("columns", "name"), [({"0": "email", "1": "last", "2": "first"}, "Dana Whitfield"), ({"0": "email", "1": "company"}, "d@x.example")]
)
def test_columns_are_what_a_person_chose(api, deps, workspace, columns, name):
    """Whatever the headings say; values are assigned once; tags go to every lead."""
    choices = ImportChoices(columns=columns, tags=("Fair",))
    import_jobs.start(deps, workspace.id, b"email,A,B\nd@x.example,Whitfield,Dana\n", choices=choices)
    ImportWorker().work(deps, Batches(5))
    (lead,) = api.get("/leads").json["items"]
    assert (lead["name"], lead["tags"]) == (name, ["Fair"])
    assert import_jobs.remembered(deps, workspace.id, b"b,a,Email\n1,2,d@x.example\n").columns == {
        "2": columns["0"],
        "1": columns["1"],
        "0": columns.get("2", ""),
    }


def test_rows_with_the_same_address_are_one_lead(api, deps, workspace):
    """Later rows fill in what earlier ones lack, in the same batch and in another; again nothing changes; undone without trace."""
    before = everything(deps, workspace)
    filler = "".join(f"f{n}@x.example,F,,,,\n" for n in range(SIZE))
    later = "A@x.example,Other,Acme,+351 211234567,2,yes\nb@x.example,Bea,Acme,,2,yes\n"
    head = "email,name,company,phone,Floor,unsubscribed\n"
    for data in (
        f"{head}a@x.example,Ann,,,1,\nb@x.example,,,,1,\n{later}",
        f"{head}a@x.example,Ann,,,1,\nb@x.example,,,,1,\n{filler}{later}",
    ):
        one = import_jobs.start(deps, workspace.id, data.encode(), choices=ImportChoices())
        ImportWorker().work(deps, Batches(9))
        found = api.get(f"/imports/{one.id}").json
        assert (found["added"], found["updated"], found["duplicates"]) == (found["rows"] - 2, 0, 2)
        leads = {lead["email"]: lead for lead in api.get("/leads?search=Acme").json["items"]}
        ann, bea = leads["a@x.example"], leads["b@x.example"]
        assert (ann["name"], ann["phone"], ann["fields"], bea["name"], bea["fields"]) == (
            "Ann",
            "+351 211234567",
            {"Floor": "1"},
            "Bea",
            {"Floor": "1"},
        )
        assert ann["opted_out_at"]
        again = api.post("/leads/import", data.encode()).json
        assert (again["added"], again["updated"], again["duplicates"]) == (0, 0, found["rows"])
        api.post(f"/imports/{one.id}/undo")
        ImportWorker().work(deps, Batches(9))
        assert (api.get(f"/imports/{one.id}").json["kept"], everything(deps, workspace)) == (0, before)

    known = api.lead("known@x.example")
    one = import_jobs.start(
        deps, workspace.id, f"{head}known@x.example,,,,,\n{filler}known@x.example,,Acme,,,\n".encode(), choices=ImportChoices()
    )
    ImportWorker().work(deps, Batches(9))
    found = api.get(f"/imports/{one.id}").json
    assert (found["added"], found["updated"], found["duplicates"]) == (SIZE, 1, 1)
    assert api.get(f"/leads/{known['id']}").json["company"] == "Acme"


def test_an_interrupted_undo_leaves_nothing(api, deps, workspace):
    """Killed after leads were removed: the next run removes what came with them."""
    before = everything(deps, workspace)
    report = api.post("/leads/import", file_of(20)).json
    for lead in api.get("/leads").json["items"][:7]:
        deps.store.of(workspace.id).leads.remove(lead["id"])
    api.post(f"/imports/{report['id']}/undo")
    ImportWorker().work(deps, Batches(9))
    assert everything(deps, workspace) == before


def test_an_undo_waits_for_the_last_batch_of_a_cancelled_import(api, deps, workspace):
    """Cancelled and undone during a batch: what that batch adds is removed too."""
    before = everything(deps, workspace)
    one = import_jobs.start(deps, workspace.id, file_of(SIZE + 10), choices=ImportChoices())
    here = deps.store.of(workspace.id)
    claimed = here.imports.claim(deps.now(), deps.now() + import_jobs.LEASE)
    api.post(f"/imports/{one.id}/cancel")
    deps.store.of(workspace.id).import_files.put(one.id, file_of(SIZE + 10))  # the worker has read it already
    assert api.post(f"/imports/{one.id}/undo").json["state"] == "undoing"
    assert not import_jobs.is_due(deps)
    import_jobs.carry_out(deps, claimed, Batches(1))
    assert api.get("/leads").json["items"]
    ImportWorker().work(deps, Batches(9))
    assert (api.get(f"/imports/{one.id}").json["state"], everything(deps, workspace)) == ("undone", before)


class Interrupted(BaseException):
    """The time limit of a job, which may end it anywhere."""


def test_a_job_that_ends_anywhere_loses_no_row(api, deps, workspace):
    """The same worker goes on: rows that it read and did not import are read again."""
    one, left = import_jobs.start(deps, workspace.id, file_of(SIZE + 20), choices=ImportChoices()), [10_000]

    def now():
        left[0] -= 1
        if left[0] < 0:
            raise Interrupted
        return deps.now()

    worker, here = ImportWorker(), deps.store.of(workspace.id)
    worker.work(dataclasses.replace(deps, now=now), Batches(2))
    for calls in range(1, 12):
        left[0] = calls
        with contextlib.suppress(Interrupted):
            worker.work(dataclasses.replace(deps, now=now), Batches(9))
        here.imports.change(one.id, due_at=deps.now())
    left[0] = 10_000
    worker.work(dataclasses.replace(deps, now=now), Batches(9))
    found = api.get(f"/imports/{one.id}").json
    assert (found["done"], found["added"], found["state"]) == (SIZE + 20, SIZE + 20, "done")
