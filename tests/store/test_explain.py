"""Every query of a repository uses an index and reads about as many documents as it returns."""

import inspect
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient

from tests.scenes import NOON, make_scene
from tests.store.explaining import Explainer, multiply
from tests.store.questions import CALLS, World
from tracker.actions.ops.audit import record
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.leads.change import LeadChangeRow
from tracker.domain.leads.consent import Consent, ConsentRecord, ConsentState
from tracker.domain.mail.attachment import Attachment
from tracker.domain.mail.conversation import Conversation
from tracker.domain.mail.envelope import Envelope
from tracker.domain.mail.inquiry_mailbox import InquiryMail
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.mail.snippet import Snippet
from tracker.domain.mail.template import Template
from tracker.domain.ops.audit import Actor, ActorKind, AuditAction
from tracker.domain.pipeline.cost import Cost, CostPurpose
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.domain.team.api_key import ApiKey
from tracker.rules.verdicts.evidence import ScanProfile
from tracker.rules.verdicts.learning import DomainDay
from tracker.store.core.records import Records
from tracker.store.ops.due_workspaces import DueWorkspaces
from tracker.store.reports.report_changes import StampReader
from tracker.store.reports.report_leads import ReportLeads
from tracker.store.reports.reports import Reports
from tracker.store.store import SHARED_REPOSITORIES, WORKSPACE_REPOSITORIES, Store

COPIES = 150
LATER = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
_NOT_COPIED = (
    "leases",
    "workspaces",
    "sessions",
    "sign_in_links",
    "tries",
    "answers",
    "evidence",
    "persons",
    "confirmed_addresses",
    "address_confirmations",
)


def _settle(deps: Any, name: str) -> SimpleNamespace:
    """A workspace with one record in every collection."""
    scene = make_scene(deps, name)
    ws, here = scene.workspace.id, scene.store
    lead, other = scene.lead(), scene.lead("Omar Reed")
    message = scene.message(lead, domain="acme.example")
    template = here.templates.add(Template(id=new_id(), workspace=ws, name="T", subject="T", html="T", created_at=NOON, changed_at=NOON))
    here.messages.change(message.id, template=template.id, template_edition=1, envelope=Envelope(batch=message.id), pixel_url="x")
    here.sources.begin(NOON, ["Fair"])
    here.snippets.add(Snippet(id=new_id(), workspace=ws, rep=scene.rep.id, name="S", text="S", created_at=NOON, changed_at=NOON))
    attachment = Attachment(id=new_id(), workspace=ws, rep=None, name="a.pdf", type="application/pdf", size=1, created_at=NOON)
    here.attachments.add(attachment, b"x", LATER)
    deps.store.mail_domains.want("acme.example", NOON)
    for day in (NOON.date() - DAY, NOON.date()):
        here.domain_days.replace(day, [DomainDay(day=day, domain="acme.example")])
        here.scan_profiles.add_day(day, {"acme.example": ScanProfile()})
    click = scene.click(message, NOON)
    scene.capture(CaptureKind.HEAD, NOON, message=message.id)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("browser", "/pricing", NOON + timedelta(seconds=3), **landing)
    scene.page("browser", "/", NOON + timedelta(seconds=30))
    sent = scene.page("browser", "/", NOON + timedelta(seconds=40), CaptureKind.SUBMIT, target="contact")
    scene.page("browser", "/", NOON + timedelta(seconds=60), CaptureKind.BEAT, active_ms=5000, scroll=50)
    channel = here.channels.add(
        Channel(id=new_id(), workspace=ws, rep=scene.rep.id, name=ChannelName.EMAIL, config={"address": "a@b.example"}, checked_at=NOON)
    )
    scene.spool()
    scene.settle()
    (alert, *_) = here.alerts.latest()
    due = {"channel": ChannelName.EMAIL, "state": DeliveryState.DUE, "due_at": NOON, "created_at": NOON}
    here.deliveries.open_once([Delivery(id=new_id(), workspace=ws, alert=alert.id, lead=lead.id, rep=scene.rep.id, **due)])
    here.companies.named("Acme", NOON)
    here.shares.add(
        ShareLink(id=new_id(), workspace=ws, lead=lead.id, url="https://a.example", label="PDF", tracked_url="x", created_at=NOON)
    )
    here.tasks.add(Task(id=new_id(), workspace=ws, lead=lead.id, text="Call", due=NOON, rep=scene.rep.id, created_at=NOON))
    change = LeadChangeRow(id=new_id(), workspace=ws, change=new_id(), lead=lead.id, actor="api", at=NOON)
    here.changes.add(change)
    asked = Consent(state=ConsentState.GRANTED, at=NOON, how="phone", by="api")
    here.consents.add(ConsentRecord(id=new_id(), workspace=ws, lead=lead.id, consent=asked, recorded_at=NOON))
    conversation = Conversation(
        id=new_id(),
        workspace=ws,
        lead=lead.id,
        thread=message.id,
        message=message.id,
        rep=scene.rep.id,
        subject="S",
        reply=click.id,
        replied_at=NOON,
        message_ids=("<c@x.example>",),
    )
    here.conversations.replied(conversation)
    here.inquiry_mails.add(InquiryMail(id=new_id(), workspace=ws, at=NOON, result="lead", lead=lead.id))
    here.notes.add(Note(id=new_id(), workspace=ws, lead=lead.id, kind="call", text="Called", at=NOON, created_at=NOON))
    sale = Sale(id=new_id(), workspace=ws, lead=lead.id, product="P", amount=1, currency="EUR", sold_on=date(2026, 1, 1), created_at=NOON)
    here.sales.add(sale)
    here.costs.add(
        Cost(
            id=new_id(),
            workspace=ws,
            source=None,
            purpose=CostPurpose.WIN,
            first_day=NOON.date(),
            last_day=NOON.date(),
            amount=1,
            currency="EUR",
            created_at=NOON,
        )
    )
    deps.store.keys.add(ApiKey(id=new_id(), workspace=ws, rep=None, name="k", hash=f"h{ws}", hint="h", created_at=NOON))
    deps.store.quarantine.add([(f"{ws}:1", b"x", "bad_row")], NOON)
    me, colleague = scene.rep.id, "another"
    for rep, action in [(me, AuditAction.DELETED), *[(me, AuditAction.SIGNED_OUT), (colleague, AuditAction.DELETED)] * 12]:
        record(deps, ws, action, Actor(kind=ActorKind.REP, id=rep, name="Rita"))
    deps.store.dirty.mark(ws, lead.id, [NOON])
    deps.store.dirty.mark(ws, other.id, [NOON], queue="bulk")
    (row,) = here.forms.all()
    form = SimpleNamespace(id=row.id, event=sent.id)
    return SimpleNamespace(
        ws=ws,
        scene=scene,
        lead=lead,
        other=other,
        message=message,
        conversation=conversation,
        click=click.id,
        channel=channel,
        sale=sale,
        form=form,
        template=template.id,
        attachment=attachment.id,
        change=change,
    )


@pytest.fixture(scope="module")
def _monitored(servers):
    with MongoClient(servers[0], w="majority", timeoutMS=20_000, tz_aware=True) as quiet:
        explainer = Explainer(quiet)
        with MongoClient(servers[0], w="majority", timeoutMS=20_000, tz_aware=True, event_listeners=[explainer]) as client:
            yield explainer, client.get_default_database()


@pytest.fixture(params=["first", "second"])
def world(deps, _monitored, request) -> World:
    """Filled for each test, because tests may change it."""
    explainer, database = _monitored
    known, other = _settle(deps, "Northwind"), _settle(deps, "Southgate")
    if request.param == "second":
        known = other
    for name in deps.store.database.list_collection_names():
        if not name.startswith("system.") and name not in _NOT_COPIED:
            multiply(deps.store.database[name], name, COPIES)
    explainer.plans.clear()
    store = Store(database, deps.store.keyring)
    return World(store, store.of(known.ws), known, explainer)


_FOR_TESTS = {"evidence.count", "quarantine.count"}
_READS_ALL = {"events.senders_of", "leads.all_ids", "dirty.reaches_back", "dirty.unpark", "workspaces.add"}


def test_every_query_uses_an_index(world):
    """The explained plan of each command has no collection scan and reads few more documents than it returns."""
    in_workspace = 4 * (COPIES + 1)
    found = []
    for name, call in CALLS.items():
        world.explainer.plans.clear()
        call(world)
        for plan in world.explainer.plans:
            faults = plan.faults(in_workspace) if name not in _READS_ALL else []
            found += [f"{name}: {fault}\n    {plan.command}" for fault in faults]
    assert not found, "\n".join(dict.fromkeys(found))


def _methods(kind: type, name: str) -> set[str]:
    own = {key for key, value in vars(kind).items() if inspect.isfunction(value) and not key.startswith("_")}
    bases = [vars(base) for base in kind.__mro__[1:] if base not in (object, Records)]
    inherited = {key for base in bases for key, value in base.items() if inspect.isfunction(value) and not key.startswith("_")}
    return {f"{name}.{key}" for key in (own | inherited) - {"document_of", "value_of"}}


def test_every_method_is_explained():
    """Every method of every repository has a call in the table."""
    wanted = {f"leads.{key}" for key in vars(Records) if not key.startswith("_")} - {
        "leads.where",
        "leads.document_of",
        "leads.value_of",
        "leads.add_many",
        "leads.add_new",
    }
    for name, kind in (WORKSPACE_REPOSITORIES | SHARED_REPOSITORIES).items():
        wanted |= _methods(kind, name)
    for kind, name in (
        (Reports, "reports"),
        (ReportLeads, "report_leads"),
        (StampReader, "stamp_reader"),
        (DueWorkspaces, "due_workspaces"),
    ):
        wanted |= _methods(kind, name)
    assert wanted - CALLS.keys() - _FOR_TESTS - {"workspaces.add", "keys.add", "app_passwords.add", "channels.add"} == set()
