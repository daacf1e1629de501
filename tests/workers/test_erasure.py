"""Erasure: nothing of the lead stays, nothing of another lead goes, and a killed erasure is continued."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.activity.corrections import cause_details, correct_cause
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.links.share_links import create_share_link
from tracker.actions.mail.attachments import add_attachment
from tracker.actions.mail.new_message import new_message
from tracker.actions.ops import audit, tombstones
from tracker.actions.pipeline import notes, sales, tasks
from tracker.actions.privacy import erase
from tracker.actions.privacy.erase import erase_lead, finish_erasures
from tracker.base.clock import to_ms
from tracker.base.errors import NotFound
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.form import FormField, FormShape
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.leads.lead import NextAction
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.live_bus import alert_payload
from tracker.store.ops.audit import AuditQuery
from tracker.store.privacy.erasure_rules import RULES
from tracker.store.store import REPOSITORIES

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace, five minutes past noon."""
    return make_scene(replace(deps, now=lambda: LATER))


def recorded_lead(scene: Scene, mark: str):
    """A lead with a record of every kind; each text about it contains the mark."""
    deps, ws, here = scene.deps, scene.workspace.id, scene.store
    lead = leads.add_lead(
        deps,
        ws,
        email=f"{mark}@{mark}.example",
        name=f"Dana {mark}",
        company=f"Firm {mark}",
        phone=f"1{mark}",
        job_title=mark,
        tags=[mark],
        source=f"Source {mark}",
        source_detail=mark,
        owner=scene.rep.id,
        external_url=f"https://{mark}.example/",
        fields={"budget": mark},
        next_action=NextAction(f"Call {mark}"),
    )
    message = scene.message(lead, subject=f"Offer {mark}", campaign="spring", sent_at=NOON - timedelta(days=1))
    here.messages.change(message.id, source_html=f"<p>{mark}</p>", html=f"<p>{mark}</p>", text=mark)
    attach(scene, message, mark)
    share = create_share_link(deps, ws, lead=lead.id, url=f"https://{mark}.example/", label=mark)
    notes.add_note(deps, ws, lead=lead.id, kind="call", text=f"Note {mark}", rep=scene.rep.id)
    tasks.add_task(deps, ws, lead=lead.id, text=f"Task {mark}", rep=scene.rep.id)
    sales.add_sale(deps, ws, lead=lead.id, product=mark, amount=1, currency="EUR", sold_on=NOON.date(), rep=scene.rep.id)
    leads.change_lead(deps, ws, lead.id, stage="Lost", lost_reason=f"Reason {mark}")
    headers = {"referer": f"https://mail.example/?to={mark}@{mark}.example"}
    click = scene.click(message, NOON - timedelta(hours=1), headers=headers)
    scene.open(message, NOON - timedelta(hours=2))
    scene.capture(CaptureKind.HEAD, NOON, message=message.id, agent=mark)
    scene.capture(CaptureKind.CLICK, NOON, share=share.id, url=f"https://{mark}.example/")
    browser, at = f"browser-{mark[:3]}", NOON - timedelta(hours=1)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page(browser, f"/{mark}", at + timedelta(seconds=3), active_ms=4000, **landing)
    scene.page(browser, f"/{mark}", at + timedelta(seconds=9), CaptureKind.BEAT, active_ms=9000)
    scene.page(browser, f"/contact?from={mark}", at + timedelta(seconds=30), CaptureKind.SUBMIT, fields={"name": mark, "message": mark})
    scene.spool()
    scene.settle()
    scene.captures.clear()
    return lead, message, browser


def attach(scene: Scene, message, mark: str) -> None:
    """Gives the message a file whose name and content contain the mark."""
    file = add_attachment(scene.deps, scene.workspace.id, name=f"{mark}.txt", content=mark.encode(), rep=scene.rep.id)
    scene.store.attachments.assign([file.id], message.id)
    scene.store.messages.change(message.id, attachments=(file.file,))


def settled_lead(scene: Scene, mark: str):
    """As `recorded_lead`, with copies outside its own records."""
    found = recorded_lead(scene, mark)
    _leave_traces(scene, *found, mark)
    return found


def _leave_traces(scene: Scene, lead, message, browser: str, mark: str) -> None:
    """Copies of the lead outside its own records."""
    deps, ws, here = scene.deps, scene.workspace.id, scene.store
    alert = here.alerts.latest(lead=lead.id)[0]
    due = {"channel": ChannelName.EMAIL, "state": DeliveryState.DUE, "due_at": NOON, "created_at": NOON, "error": mark}
    here.deliveries.open_once([Delivery(id=new_id(), workspace=ws, alert=alert.id, lead=lead.id, rep=scene.rep.id, **due)])
    deps.bus.publish(ws, alert_payload(alert, lead_name=lead.name, url="https://console.example/"))
    state = Presence(lead=lead.id, url=f"https://www.northwind.example/{mark}", title=mark, visitor=browser, since=1, last=to_ms(NOON))
    deps.bus.set_presence(ws, {browser: state})
    deps.bus.publish(ws, state)
    deps.redis.set(f"import:file:{ws}:{scene.rep.id}:{mark}", zlib.compress(f"email\n{lead.email.upper()}\n".encode()))
    event = next(e for e in here.events.of_lead(lead.id) if e.kind.value == "submit")
    audit.record(
        deps,
        ws,
        AuditAction.CAUSE_CORRECTED,
        OPERATOR,
        lead.name,
        **cause_details(event, correct_cause(deps, ws, event.id, "person", None)),
    )
    audit.record(deps, ws, AuditAction.DELETED, OPERATOR, f"task “{mark}”", lead=lead.name)
    deps.store.idempotent_responses.begin(f"name {new_id()}", "hash", NOON, NOON + timedelta(days=1))
    name = deps.store.database.answers.find_one({"answer": None})["_id"]
    deps.store.idempotent_responses.finish(name, 201, json.dumps({"lead": lead.id, "text": mark}))
    body = json.dumps({"message": message.id, "fields": {"name": mark}}).encode()
    deps.store.quarantine.add([(f"file-{mark}:1", body, "bad_row")], NOON)
    deps.store.dirty.mark_many([(ws, "lead", lead.id, NOON), (ws, "visitor", browser, NOON)])


def content_of(deps: Deps, key: bytes) -> bytes:
    """What a Redis key holds; import files are compressed."""
    match deps.redis.type(key):
        case b"stream":
            return repr(deps.redis.xrange(key)).encode()
        case b"hash":
            return repr(deps.redis.hgetall(key)).encode()
        case b"string":
            value = deps.redis.get(key)
            return zlib.decompress(value).lower() if key.startswith(b"import:") else value
    return repr(deps.redis.dump(key)).encode()


def everywhere(deps: Deps, text: str) -> Iterator[str]:
    """Where the text stands: in the raw bytes of every document, of every Redis key, and of every file in DATA."""
    needle = text.encode()
    for name in deps.store.database.list_collection_names():
        for row in deps.store.database.get_collection(name, bson.CodecOptions(RawBSONDocument)).find():
            if needle in bytes(row.raw):
                yield f"{name}: {bson.decode(bytes(row.raw))}"
    for key in deps.redis.scan_iter():
        if needle in key or needle in content_of(deps, key):
            yield key.decode()
    for path in deps.settings.data.rglob("*"):
        if path.is_file() and needle in path.read_bytes():
            yield str(path)


def test_nothing_of_the_lead_stays_and_nothing_of_another_goes(scene):
    """Address, name and free text in no document, Redis key or file; the other lead's traces are the same as before."""
    found = {mark: recorded_lead(scene, mark) for mark in ("zanzibar", "montreal")}
    for mark, records in found.items():
        _leave_traces(scene, *records, mark)
    (gone, _, browser), (kept, *_) = found.values()
    before = sorted(everywhere(scene.deps, "montreal"))
    traces = [*everywhere(scene.deps, "zanzibar"), *everywhere(scene.deps, browser)]
    assert {place.partition(":")[0] for place in traces} >= {
        *(
            "leads",
            "events",
            "visits",
            "visitors",
            "claims",
            "dwell",
            "prints",
            "messages",
            "attachments",
            "shares",
            "notes",
            "tasks",
            "sales",
            "moves",
        ),
        *("alerts", "deliveries", "evidence", "quarantine", "answers", "audit", "companies", "dirty"),
        *("ll", "import"),
    }

    erase_lead(scene.deps, scene.workspace.id, gone.id, OPERATOR)

    assert list(everywhere(scene.deps, "zanzibar")) == []
    assert [place for place in before if place not in set(everywhere(scene.deps, "montreal"))] == []
    assert scene.store.leads.get(kept.id).name == "Dana montreal"
    here = [place for place in everywhere(scene.deps, gone.id) if not place.startswith(("erasures:", "audit:"))]
    assert here == []
    finish_erasures(scene.deps, LATER + timedelta(minutes=2))
    assert [place.partition(":")[0] for place in everywhere(scene.deps, gone.id)] == ["audit"]
    assert list(everywhere(scene.deps, browser)) == []


def test_former_names_are_removed_from_the_audit_log(scene):
    """And how consent was said: entries know the lead by id. Those about others stay."""
    ws = scene.workspace.id
    lead, other = scene.lead("Ann Zanzibar"), scene.lead("Tom Reyes")
    for one in (lead, other):
        audit.record(
            scene.deps, ws, AuditAction.CONSENT_CHANGED, OPERATOR, one.name, old="a", new="b", how=f"by {one.name}", lead_id=one.id
        )
        audit.record(scene.deps, ws, AuditAction.DELETED, OPERATOR, f"task “{one.name}”", lead=one.name, lead_id=one.id)
    leads.change_lead(scene.deps, ws, lead.id, name="Ann Married")
    erase_lead(scene.deps, ws, lead.id, OPERATOR)

    assert list(everywhere(scene.deps, "Zanzibar")) == []
    found = {(entry.subject, *entry.details.values()) for entry in scene.store.audit.latest(AuditQuery(), limit=20)}
    assert {("Tom Reyes", "a", "b", "by Tom Reyes", other.id), ("an erased lead", "a", "b", lead.id)} < found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("row", ["DÖRTE@firma.example;x", "no address;Dörte Öhm"])
def test_imported_files_are_removed_in_every_encoding(scene, encoding, row):
    """By address or name, in any case; another person's file stays."""
    lead, redis = scene.lead("Dörte Öhm", email="dörte@firma.example"), scene.deps.redis
    for name, text in (("hers", row), ("other", "tom@firma.example;Tom Reyes")):
        redis.set(f"import:file:{scene.workspace.id}:rep:{name}", zlib.compress(f"email;name\n{text}\n".encode(encoding)))
    erase_lead(scene.deps, scene.workspace.id, lead.id, OPERATOR)

    assert [key.rpartition(b":")[2] for key in redis.scan_iter("import:*")] == [b"other"]


def test_old_links_work_and_are_not_recorded(scene):
    """Rows that come later, of mail and browser, also an opt-out: it concerns no lead any more."""
    lead, message, browser = settled_lead(scene, "zanzibar")
    erase_lead(scene.deps, scene.workspace.id, lead.id, OPERATOR)
    scene.open(message, LATER), scene.click(message, LATER), scene.page(browser, "/zanzibar", LATER)
    scene.capture(CaptureKind.UNSUBSCRIBE, LATER, message=message.id)
    scene.spool()
    scene.settle()

    assert list(everywhere(scene.deps, "zanzibar")) == []
    assert scene.store.events.latest() == []
    assert scene.store.untracked.by_day() == {"2026-11-18": 4}


def test_what_a_worker_stores_meanwhile_is_removed_by_the_next_pass(scene):
    """A minute later; then the erasure itself is gone, and only the tombstone stays."""
    lead, *_ = settled_lead(scene, "zanzibar")
    late = scene.store.notes.of_lead(lead.id)[0]
    erase_lead(scene.deps, scene.workspace.id, lead.id, OPERATOR)
    scene.store.notes.add(late)
    attach(scene, scene.message(lead), "zanzibar")
    finish_erasures(scene.deps, LATER + timedelta(seconds=59))
    assert list(everywhere(scene.deps, "zanzibar"))

    finish_erasures(scene.deps, LATER + timedelta(seconds=60))
    assert list(everywhere(scene.deps, "zanzibar")) == []
    assert scene.deps.store.database.erasures.count_documents({}) == 0
    assert len(scene.store.tombstones.all()) == 1


@pytest.mark.parametrize("stop", ["events", "deliveries", "messages", "audit", "leads"])
def test_a_killed_erasure_is_continued(scene, stop):
    """At the first, at others and at the last collection; the texts are still known then, since the lead's own record goes last."""
    lead, *_ = settled_lead(scene, "zanzibar")
    halted = HaltedDatabase(scene.deps.store.database, stop)
    broken = replace(scene.deps, store=scene.deps.store.__class__(halted, scene.deps.store.keyring))
    with pytest.raises(Killed):
        erase_lead(broken, scene.workspace.id, lead.id, OPERATOR)
    assert len(tombstones.read(tombstones.path_of(scene.deps.settings))) == 1

    finish_erasures(scene.deps, LATER + timedelta(seconds=60))
    assert list(everywhere(scene.deps, "zanzibar")) == []


class Killed(Exception):
    """Stands for the death of the process."""


class HaltedDatabase:
    """A database whose collection refuses the first deletion or change of many documents."""

    def __init__(self, database, stop: str) -> None:
        self._database, self._stop = database, stop

    def __getattr__(self, name: str):
        return getattr(self._database, name)

    def __getitem__(self, name: str):
        return HaltedCollection(self._database[name]) if name == self._stop else self._database[name]


class HaltedCollection:
    """See HaltedDatabase."""

    def __init__(self, rows) -> None:
        self._rows = rows

    def __getattr__(self, name: str):
        if name in ("delete_many", "delete_one") or (name == "update_many" and self._rows.name == "audit"):
            raise Killed
        return getattr(self._rows, name)


def test_a_browser_that_another_lead_uses_stays_theirs(scene):
    """Its visits as the erased lead go, those as the other lead stay and are recorded on."""
    first, second = scene.lead("Dana Whitfield"), scene.lead("Omar Reed")
    for number, lead in enumerate((first, second)):
        at = NOON - timedelta(hours=3 - number)
        click = scene.click(scene.message(lead), at)
        scene.page("shared", f"/{number}", at + timedelta(seconds=3), landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()
    scene.captures.clear()
    before = scene.store.events.of_lead(second.id)
    erase_lead(scene.deps, scene.workspace.id, first.id, OPERATOR)
    scene.page("shared", "/pricing", LATER)
    scene.spool()
    scene.settle()

    found = scene.store.events.of_lead(second.id)
    assert [event.id for event in found[: len(before)]] == [event.id for event in before]
    assert [event.page for event in found if event.visitor] == ["/1", "/pricing"]
    assert {binding.lead for binding in scene.store.visitors.get("shared").bindings} == {second.id}


def test_browsers_of_no_lead_that_name_the_lead_are_forgotten(scene):
    """One that sent a form with the address; one that sent another address, and one of another lead, stay."""
    lead, other = scene.lead("Dana Whitfield", email="dana@whitfield.example"), scene.lead("Omar Reed")
    click = scene.click(scene.message(other), NOON)
    scene.page("omar", "/", NOON + timedelta(seconds=3), landing=click.id, landing_at=click.at)
    for name, address in (("anonymous", " Dana@Whitfield.example"), ("someone", "dana@whitfield.example.org"), ("omar", "x@y.example")):
        form = {"form": FormShape(id="contact", fields=(FormField("email", "email"),))}
        scene.page(name, "/contact", NOON + timedelta(minutes=1), CaptureKind.SUBMIT, fields={"email": address}, **form)
    scene.spool()
    scene.settle()
    erase_lead(scene.deps, scene.workspace.id, lead.id, OPERATOR)

    assert {event.visitor for event in scene.store.events.latest() if event.visitor} == {"someone", "omar"}


def test_an_email_to_several_recipients_stays_theirs(scene):
    """Without the erased lead: neither in To and Cc, nor as the address of a copy. The files go with the last recipient."""
    gone, kept = scene.lead("Zoe Zanzibar", email="zoe@zanzibär.example"), scene.lead("Omar Reed", email="omar@reed.example")
    content = {"html": "<p>Offer</p>", "may_see": lambda lead: lead.id != gone.id, "uploader": None}
    shown = content | {"may_see": lambda _: True}
    for number, more in enumerate(
        (
            {"lead": gone.id, "to": [kept.id], **shown},
            {"lead": kept.id, "to": [gone.id], "cc": ["boss@us.example"], **shown},
            {"lead": kept.id, "cc": ["Zoe@xn--zanzibr-bxa.example"], **content},
        )
    ):
        file = add_attachment(scene.deps, scene.workspace.id, name="a.txt", content=b"x", rep=None)
        new_message(scene.deps, scene.workspace.id, subject=f"Offer {number}", attachments=[file.id], **more)

    assert len(scene.store.messages.of_leads([gone.id, kept.id])) == 7
    erase_lead(scene.deps, scene.workspace.id, gone.id, OPERATOR)

    assert [*everywhere(scene.deps, "zoe@"), *everywhere(scene.deps, "Zoe")] == []
    left = scene.store.messages.of_leads([kept.id])
    assert sorted((m.subject, m.envelope.copy_to) for m in left if not m.envelope.copy_to) == [(f"Offer {n}", None) for n in range(3)]
    assert [m.envelope.copy_to for m in left if m.envelope.copy_to] == ["boss@us.example"]
    rows = scene.deps.store.database.attachments
    assert rows.count_documents({}) == 3

    erase_lead(scene.deps, scene.workspace.id, kept.id, OPERATOR)
    assert rows.count_documents({}) == 0
    assert list(everywhere(scene.deps, "boss@us")) == []


def test_an_unknown_lead_cannot_be_erased(scene):
    """Nor one of another workspace; nothing is written."""
    other = make_scene(scene.deps, "Southgate")
    lead = other.lead()
    for name in (new_id(), lead.id):
        with pytest.raises(NotFound):
            erase_lead(scene.deps, scene.workspace.id, name, OPERATOR)
    assert scene.deps.store.database.erasures.count_documents({}) == 0
    assert other.store.leads.get(lead.id) == lead


def copies(scene: Scene) -> list:
    """The leads that would be erased after a restore."""
    return erase.restored_again(scene.deps, scene.workspace.id, scene.store.tombstones.all())


def test_the_address_can_be_added_again(scene):
    """It is another lead, which a restore does not erase; a copy of the erased one is."""
    lead, *_ = settled_lead(scene, "zanzibar")
    erase_lead(scene.deps, scene.workspace.id, lead.id, OPERATOR)
    later = replace(scene.deps, now=lambda: LATER + timedelta(minutes=1))
    again = leads.add_lead(later, scene.workspace.id, email=lead.email.upper(), name=lead.name)
    assert copies(scene) == []

    scene.store.leads.remove(again.id)
    scene.store.leads.add(lead)
    assert [one.id for one in copies(scene)] == [lead.id]
    scene.store.leads.remove(lead.id)
    copy = scene.lead("Other id", email=lead.email)  # an older import of the same address
    assert [one.id for one in copies(scene)] == [copy.id]


def test_every_collection_has_a_rule():
    """A new collection without one fails here: say what an erasure removes from it, or why nothing."""
    assert {kind.collection for kind in REPOSITORIES} == RULES.keys()
    assert [name for name, rule in RULES.items() if isinstance(rule, str) and len(rule) < 10] == []
