"""One call of every method of every repository, by name. Explained by test_explain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
from bson.timestamp import Timestamp

from tests.scenes import NOON
from tests.store.explaining import Explainer
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import EventKind
from tracker.domain.activity.form import FormKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryTry
from tracker.domain.duplicates.merge import Merged
from tracker.domain.hooks.hook import Hook
from tracker.domain.hooks.hook_event import HookEvent
from tracker.domain.leads.change import LeadChangeRow
from tracker.domain.leads.consent import Consent, ConsentState
from tracker.domain.leads.duplicate_pair import DuplicatePair
from tracker.domain.leads.lead_import import ImportBatch, LeadImport
from tracker.domain.mail.accepted_mail import AcceptedMail, RelayedCopy
from tracker.domain.mail.attachment import Attachment
from tracker.domain.mail.inquiry_mailbox import InquiryMailbox
from tracker.domain.mail.mail_domain import MailDomain
from tracker.domain.mail.mail_sign_in import MailSignIn
from tracker.domain.mail.message import MessageState
from tracker.domain.mail.sender_check import SenderCheck
from tracker.domain.ops.audit import GROUPS
from tracker.domain.ops.host import HostReport
from tracker.domain.outreach.campaign import CampaignRecipient, CampaignState, RecipientState
from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, StepRun, StepState
from tracker.domain.pipeline.automation import AutomationEntry
from tracker.domain.pipeline.rate import Rate
from tracker.domain.pipeline.stage_total import BoardTotals
from tracker.domain.privacy.erasure import Erasure
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.domain.reports.weekly_mail import WeeklyMail, WeeklyMailState
from tracker.domain.team.client_test import ClientTest
from tracker.domain.team.email_address import AddressConfirmation, ConfirmedAddress
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.domain.team.session import Session
from tracker.domain.team.sign_in_link import SignInLink
from tracker.domain.workspace.refusal import RefusalCount, RefusalReason
from tracker.rules.identity import Claim, Span
from tracker.rules.pipeline.today import BLOCKS, TodayQuery, today_query
from tracker.rules.verdicts.evidence import ScanProfile
from tracker.rules.verdicts.learning import DomainDay
from tracker.rules.visibility import Owners
from tracker.store.activity.event_forms import Amendment
from tracker.store.activity.mark import Look
from tracker.store.alerting.alerts import AlertView
from tracker.store.alerting.delivery_queue import Receiver
from tracker.store.hooks.hook_events import HookKey
from tracker.store.leads.lead_fields import FieldFilter
from tracker.store.leads.lead_query import LeadQuery
from tracker.store.leads.lead_writes import LeadWrite
from tracker.store.leads.leads import SORTS, DerivedSave
from tracker.store.mail.mail_queue import Mailbox
from tracker.store.ops.audit import AuditQuery
from tracker.store.pipeline.board_totals import BOARD
from tracker.store.privacy.erasure_rules import ErasureSubject, remove_lead
from tracker.store.privacy.tombstones import tombstones_by_workspace
from tracker.store.privacy.untracked import UntrackedCount
from tracker.store.reports.event_days import marked_workspaces
from tracker.store.reports.report_changes import StampReader
from tracker.store.reports.report_leads import ReportLeads
from tracker.store.reports.reports import Reports
from tracker.store.store import Store

TRIED = DeliveryTry(at=NOON, result=DeliveryResult.SENT_AGAIN)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class World:
    """Two workspaces with the same records; `here` sends its queries through the monitored client."""

    store: Store
    here: Any
    known: SimpleNamespace
    explainer: Explainer


Call = Callable[[World], Any]
SINCE, BOTH = NOON - DAY, (NOON - DAY, NOON + DAY)
HOST = HostReport(host="edge-1", process="drain", at=NOON)
OWN = lambda w: frozenset({w.known.scene.rep.id, None})  # noqa: E731 - as below
RECEIVER = lambda w: Receiver(w.known.ws, w.known.scene.rep.id, ChannelName.EMAIL)  # noqa: E731 - a table of lambdas follows
MAILBOX = lambda w: Mailbox(w.known.ws, w.known.message.mailbox)  # noqa: E731 - a table of lambdas follows
ACCEPTED = lambda w: AcceptedMail(  # noqa: E731 - a table of lambdas follows
    id="mail", workspace=w.known.ws, rep="rep", sender="a@x.example", recipients=(), size=1, accepted_at=NOON, due_at=NOON
)
CLIENT_TEST = lambda w: ClientTest(  # noqa: E731 - a table of lambdas follows
    id="rep", workspace=w.known.ws, client="outlook", code="ABC234", addresses=("rita@us.example",), started_at=NOON
)
REP_MAILBOX = lambda w: RepMailbox(  # noqa: E731 - a table of lambdas follows
    id=w.known.scene.rep.id, workspace=w.known.ws, host="x.example", port=993, security="tls", user="u", password="p", next_at=NOON
)
INQUIRIES = lambda w: InquiryMailbox(  # noqa: E731 - a table of lambdas follows
    workspace=w.known.ws, host="x.example", port=993, security="tls", user="u", password="p", next_at=NOON
)
COPY = lambda w: RelayedCopy(  # noqa: E731 - a table of lambdas follows
    id="copy",
    workspace=w.known.ws,
    mail="mail",
    rep="rep",
    mailbox="a@x.example",
    recipient="b@x.example",
    wanted_at=NOON,
    next_try_at=NOON,
)
HOOK = lambda w: Hook(  # noqa: E731 - a table of lambdas follows
    id="hook", workspace=w.known.ws, name="x", url="https://hooks.example", secret="whsec_x", events=(), created_at=NOON
)
HOOK_EVENT = lambda w: HookEvent(  # noqa: E731 - a table of lambdas follows
    id=new_id(), workspace=w.known.ws, hook="hook", event=new_id(), type="lead.created", at=NOON, created_at=NOON, body="{}", due_at=NOON
)
OTHER = Receiver("0" * 16, None, ChannelName.SLACK)


def _pair(w: World) -> DuplicatePair:
    return DuplicatePair(id=new_id(), workspace=w.known.ws, leads=(w.known.lead.id, new_id()), found_at=NOON)


def _automation_entry(w: World) -> AutomationEntry:
    values = {"automation": "stale", "lead": w.known.lead.id, "cause": "x", "started_at": NOON, "at": NOON}
    return AutomationEntry(id=new_id(), workspace=w.known.ws, **values)


def _recipient(w: World) -> CampaignRecipient:
    return CampaignRecipient(
        id=new_id(), workspace=w.known.ws, campaign="campaign", lead=w.known.lead.id, rep=w.known.scene.rep.id, position=1, at=NOON
    )


def _step_run() -> StepRun:
    return StepRun(state=StepState.BEGUN, at=NOON)


def _alert(w: World) -> Any:
    return w.here.alerts.latest(limit=1)[0]


def _deliveries(w: World) -> list[Any]:
    return [row for rows in w.here.deliveries.of_alerts(a.id for a in w.here.alerts.latest(limit=300)).values() for row in rows]


def _two_pages(page: Any, *args: Any, **more: Any) -> None:
    first = page(*args, **more)
    if first.next:
        page(*args, **more, cursor=first.next)


def _audit_queries(w: World) -> list[AuditQuery]:
    """Every combination of filters, each with and without a span of time."""
    narrowings: list[dict[str, Any]] = [{}, {"who": w.known.scene.rep.id}, {"actions": GROUPS["data"]}]
    narrowings.append(narrowings[1] | narrowings[2])
    spans: list[dict[str, Any]] = [{}, {"since": datetime(2021, 1, 1, tzinfo=UTC), "until": datetime(2024, 1, 1, tzinfo=UTC)}]
    return [AuditQuery(**narrowing, **span) for narrowing in narrowings for span in spans]


def _today_queries(w: World) -> list[TodayQuery]:
    """Every block of Today, for one rep and for all."""
    owners: tuple[Owners | None, ...] = (None, frozenset({w.known.scene.rep.id}))
    return [today_query(block, one, w.known.scene.workspace, NOON, NOON + DAY) for block in BLOCKS for one in owners]


def _report_leads(w: World) -> ReportLeads:
    return ReportLeads(w.store.database, w.known.ws)


def _reports(w: World) -> Reports:
    return Reports(w.store.database, w.known.ws)


def _link(w: World) -> SignInLink:
    return SignInLink(id="hash", workspace=w.known.ws, rep=w.known.scene.rep.id, created_at=NOON, expires_at=LATER)


def _batches(w: World) -> list[list[tuple[str, str, str, datetime]]]:
    """One mark, then a burst three times: its marks are written, read, and counted."""
    one = (w.known.ws, "visitor", "browser", NOON)
    return [[one]] + [[one, *((w.known.ws, "visitor", f"browser{number}", NOON) for number in range(60))]] * 3


def _confirmation(w: World) -> AddressConfirmation:
    rep = w.known.scene.rep
    return AddressConfirmation(
        id="hash", person=rep.id, workspace=w.known.ws, rep=rep.id, email="a@b.example", created_at=NOON, expires_at=LATER
    )


def _inquiry(w: World) -> Any:
    return w.here.inquiries.of_lead(w.known.lead.id, limit=1)[0]


def _attachment(w: World) -> Attachment:
    return Attachment(id=new_id(), workspace=w.known.ws, rep=None, name="a.pdf", type="application/pdf", size=1, created_at=NOON)


def _session(w: World) -> Session:
    return Session(id="h", person="p", workspace=w.known.ws, rep="r", created_at=NOON, seen_at=NOON, expires_at=LATER, csrf="c")


def _erasure(w: World) -> Erasure:
    """Of the lead, with a message and browsers."""
    ids = {"messages": (w.known.message.id,), "visitors": ("browser", "unknown")}
    return Erasure(id=w.known.lead.id, workspace=w.known.ws, requested_at=NOON, company=w.known.lead.company_id, due_at=NOON, **ids)


def _import(w: World) -> LeadImport:
    return LeadImport(id=new_id(), workspace=w.known.ws, headings="email", due_at=NOON, created_at=NOON)


def _weekly_mail(w: World) -> WeeklyMail:
    state = WeeklyMailState.SENDING
    return WeeklyMail(id=new_id(), workspace=w.known.ws, rep="r", week="2026-W49", state=state, due_at=NOON, created_at=NOON)


def _batch(w: World) -> ImportBatch:
    return ImportBatch(id=new_id(), workspace=w.known.ws, lead_import=new_id(), number=0, at=NOON)


def _erasing(w: World, key: str, call: Callable[[str], Any]) -> None:
    w.here.erasures.add_once(msgspec.structs.replace(_erasure(w), id=key))
    call(key)


WITHDRAWN = [(WithdrawnKind.VISITOR, "browser"), (WithdrawnKind.MESSAGE, "0" * 32)]
CALLS: dict[str, Call] = {
    "audit.page": lambda w: [_two_pages(w.here.audit.page, query, limit=10) for query in _audit_queries(w)],
    "audit.latest": lambda w: [w.here.audit.latest(query, limit=20) for query in _audit_queries(w)],
    "events.add": lambda w: w.here.events.add(w.here.events.latest(limit=1)[0]),
    "events.add_many": lambda w: w.here.events.add_many(w.here.events.latest(limit=3)),
    "events.get": lambda w: w.here.events.get(w.known.click),
    "events.by_ids": lambda w: w.here.events.by_ids([w.known.click]),
    "events.of_lead": lambda w: w.here.events.of_lead(w.known.lead.id, after=(NOON - 900 * DAY, w.known.click), limit=20),
    "events.latest_of_lead": lambda w: w.here.events.latest_of_lead(w.known.lead.id, before=(NOON, w.known.click), limit=20),
    "events.of_moment": lambda w: w.here.events.of_moment(w.here.events.latest(limit=1)[0].at),
    "events.latest": lambda w: w.here.events.latest(limit=20, before=NOON),
    "events.outlines": lambda w: [w.here.events.outlines(since, limit=20) for since in (SINCE, NOON - 900 * DAY)],
    "events.of_leads_since": lambda w: w.here.events.of_leads_since({w.known.lead.id: SINCE, w.known.other.id: SINCE}, [EventKind.OPEN]),
    "events.of_visitors": lambda w: w.here.events.of_visitors({"browser": BOTH, "unknown": BOTH}),
    "events.newest_views": lambda w: w.here.events.newest_views(["browser", "unknown"], [w.known.lead.id]),
    "events.amend_views": lambda w: w.here.events.amend_views([Amendment("browser", "page", NOON, "https://a.example/x", "X")]),
    "events.last_view": lambda w: w.here.events.last_view("site", SINCE, LATER),
    "events.of_messages": lambda w: w.here.events.of_messages([w.known.message.id], (EventKind.CLICK,)),
    "events.bind": lambda w: w.here.events.bind({"browser": [Span(SINCE, NOON + DAY, w.known.other.id, "other"), Span(None, SINCE, None)]}),
    "events.leads_with_other_readers": lambda w: w.here.events.leads_with_other_readers([w.known.lead.id]),
    "events.set_readers": lambda w: w.here.events.set_readers({w.known.click: "other"}),
    "events.correct": lambda w: w.here.events.correct(w.known.click, None),
    "events.reclassify": lambda w: w.here.events.reclassify({w.known.click: w.here.events.get(w.known.click).verdict}, 1),
    "events.between": lambda w: w.here.events.between(SINCE - 900 * DAY, LATER, (EventKind.CLICK, EventKind.VIEW), limit=20),
    "events.rewrite": lambda w: w.here.events.rewrite(w.here.events.get(w.known.click)),
    "events.strip": lambda w: w.here.events.strip([w.known.click]),
    "events.remove_many": lambda w: w.here.events.remove_many([new_id()]),
    "events.forget": lambda w: w.here.events.forget([new_id()]),
    "events.newest_at": lambda w: w.here.events.newest_at(SINCE, (EventKind.CLICK, EventKind.VIEW)),
    "events.oldest_at": lambda w: w.here.events.oldest_at(),
    "events.set_form_kinds": lambda w: w.here.events.set_form_kinds({w.known.form.event: FormKind.INQUIRY}),
    "events.visitors_of_form": lambda w: [
        w.here.events.visitors_of_form(w.known.form.id, but=FormKind.OFF, since=since) for since in (None, SINCE)
    ],
    "events.leads_of_form": lambda w: w.here.events.leads_of_form("ab" * 16),
    "events.field_names_of": lambda w: w.here.events.field_names_of(w.known.form.id),
    "events.form_counts": lambda w: w.here.events.form_counts(),
    "forms.all": lambda w: w.here.forms.all(),
    "forms.count_of": lambda w: w.here.forms.count_of(w.known.scene.site.key),
    "forms.decisions": lambda w: w.here.forms.decisions([w.known.form.id]),
    "forms.make_room": lambda w: w.here.forms.make_room(w.known.scene.site.key, NOON, 9),
    "forms.saw": lambda w: w.here.forms.saw(w.here.forms.all()[:1]),
    "visits.of_lead": lambda w: w.here.visits.of_lead(w.known.lead.id, limit=10, before=LATER),
    "visits.of_leads": lambda w: _two_pages(w.here.visits.of_leads, limit=10),
    "visits.outlines": lambda w: w.here.visits.outlines(NOON, limit=10),
    "visits.latest": lambda w: w.here.visits.latest(limit=10),
    "visits.around": lambda w: w.here.visits.around({"browser": BOTH, "unknown": BOTH}),
    "visits.replace": lambda w: w.here.visits.replace(w.here.visits.latest(limit=2), []),
    "events.each": lambda w: list(w.here.events.each()),
    "leads.each": lambda w: list(w.here.leads.each()),
    "events.senders_of": lambda w: w.here.events.senders_of("dana@acme.example"),
    "visitors.of_lead": lambda w: w.here.visitors.of_lead(w.known.lead.id),
    "shares.trials": lambda w: w.here.shares.trials(["ab" * 16]),
    "shares.ids_of_lead": lambda w: w.here.shares.ids_of_lead(w.known.lead.id),
    "withdrawn.put": lambda w: [w.store.withdrawn.put(w.known.ws, WITHDRAWN, NOON, is_listed=on) for on in (True, False, True)],
    "link_destinations.put": lambda w: w.store.link_destinations.put(w.known.ws, new_id(), "token"),
    "link_destinations.remove": lambda w: w.store.link_destinations.remove(w.known.ws, [new_id()]),
    "link_destinations.all": lambda w: list(w.store.link_destinations.all()),
    "link_destinations.state": lambda w: w.store.link_destinations.state(),
    "withdrawn.listed": lambda w: w.store.withdrawn.listed([b"0" * 16]),
    "withdrawn.all_listed": lambda w: list(w.store.withdrawn.all_listed()),
    "withdrawn.newest_change": lambda w: w.store.withdrawn.newest_change(),
    "withdrawn.changes_since": lambda w: w.store.withdrawn.changes_since(datetime.now(UTC) + DAY),
    "untracked.add": lambda w: w.here.untracked.add([UntrackedCount(new_id(), NOON.date(), 2)]),
    "untracked.by_day": lambda w: w.here.untracked.by_day(),
    "refusals.raise_to": lambda w: w.here.refusals.raise_to([RefusalCount(new_id(), NOON.date(), "", RefusalReason.KEY, "", 2)]),
    "refusals.since": lambda w: w.here.refusals.since(NOON.date()),
    "erasures.claim": lambda w: w.here.erasures.claim(LATER, LATER + DAY),
    "erasures.extend": lambda w: _erasing(w, "extended", lambda key: w.here.erasures.extend(key, messages=["m"])),
    "imports.claim": lambda w: w.here.imports.claim(LATER, LATER + DAY),
    "imports.renew": lambda w: w.here.imports.renew(_import(w).id, LATER, 500),
    "imports.is_due": lambda w: w.here.imports.is_due(LATER),
    "imports.proceed": lambda w: w.here.imports.proceed(_import(w), "waiting", done=1),
    "imports.latest": lambda w: w.here.imports.latest(),
    "imports.with_headings": lambda w: w.here.imports.with_headings("email"),
    "import_files.put": lambda w: w.here.import_files.put(new_id(), b"email"),
    "import_files.read": lambda w: w.here.import_files.read(new_id()),
    "import_files.remove": lambda w: w.here.import_files.remove(new_id()),
    "import_batches.put": lambda w: w.here.import_batches.put(_batch(w)),
    "import_batches.of_import": lambda w: list(w.here.import_batches.of_import(new_id())),
    "import_batches.worked_on": lambda w: w.here.import_batches.worked_on([w.known.lead.id], set()),
    "moves.set_before": lambda w: w.here.moves.set_before(new_id(), "New"),
    "import_batches.record": lambda w: w.here.import_batches.record(new_id(), {"notes": (new_id(),)}),
    "import_batches.remove_records": lambda w: w.here.import_batches.remove_records({"notes": [new_id()], "sales": [], "inquiries": []}),
    "import_changes.put_many": lambda w: w.here.import_changes.put_many(
        [LeadChangeRow(id=new_id(), workspace=w.known.ws, change=new_id(), lead=new_id(), actor="api", at=NOON)]
    ),
    "import_batches.remove_leads": lambda w: w.here.import_batches.remove_leads([new_id()]),
    "companies.remove_unused": lambda w: w.here.companies.remove_unused([str(w.known.lead.company_id)], NOON),
    "tombstones.all": lambda w: w.here.tombstones.all(),
    "visitors.save": lambda w: w.here.visitors.save(w.here.visitors.by_ids(["browser"]).values()),
    "dwell.raise_to": lambda w: w.here.dwell.raise_to([Dwell(visitor="browser", page="/", last_at=NOON)]),
    "dwell.of": lambda w: w.here.dwell.of([("browser", "/")]),
    "dwell.remove": lambda w: w.here.dwell.remove([("browser", "/nowhere")]),
    "dwell.fill": lambda w: w.here.dwell.fill(w.here.visits.latest(limit=3)),
    "claims.add": lambda w: w.here.claims.add([Claim(event=new_id(), visitor="browser", click=w.known.click, at=NOON)]),
    "claims.of_visitors": lambda w: w.here.claims.of_visitors(["browser"]),
    "claims.on_clicks": lambda w: w.here.claims.on_clicks([w.known.click]),
    "facts.of_leads": lambda w: w.here.facts.of_leads([w.known.lead.id, w.known.other.id]),
    "facts.stored_of": lambda w: w.here.facts.stored_of([w.known.lead.id, w.known.other.id]),
    "facts.save": lambda w: w.here.facts.save(w.here.facts.of_leads([w.known.lead.id])[w.known.lead.id][:2]),
    "moves.of_lead": lambda w: w.here.moves.of_lead(w.known.lead.id),
    "moves.of_leads": lambda w: w.here.moves.of_leads([w.known.lead.id, w.known.other.id]),
    "moves.since": lambda w: w.here.moves.since(SINCE),
    "moves.save_rule_moves": lambda w: w.here.moves.save_rule_moves(w.here.moves.of_lead(w.known.lead.id)[:1]),
    "alerts.latest": lambda w: [w.here.alerts.latest(limit=10, before=LATER, lead=lead) for lead in (None, w.known.lead.id)],
    "alerts.page": lambda w: [
        _two_pages(w.here.alerts.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id}, {"reps": OWN(w)})
    ],
    "alerts.box": lambda w: [_two_pages(w.here.alerts.box, view, w.known.scene.rep.id, LATER, limit=5) for view in AlertView],
    "alerts.of_visit": lambda w: w.here.alerts.of_visit(_alert(w)),
    "alerts.finish": lambda w: w.here.alerts.finish([_alert(w).id], NOON, None),
    "alerts.take": lambda w: w.here.alerts.take([_alert(w).id], NOON, None),
    "alerts.usefulness": lambda w: [w.here.alerts.usefulness(SINCE, rep) for rep in (None, w.known.scene.rep.id)],
    "alerts.made_by_custom": lambda w: w.here.alerts.made_by_custom({w.known.lead.id: SINCE}),
    "alerts.untaken": lambda w: w.here.alerts.untaken(w.known.lead.id, SINCE),
    "alerts.waiting": lambda w: w.here.alerts.waiting(SINCE, LATER, limit=10),
    "alerts.see": lambda w: w.here.alerts.see([_alert(w).id], NOON),
    "alerts.mark": lambda w: w.here.alerts.mark([_alert(w).id], seen_at=None),
    "alerts.snooze": lambda w: w.here.alerts.snooze([_alert(w).id], LATER),
    "alerts.rate": lambda w: w.here.alerts.rate([_alert(w).id], None),
    "alerts.watched_causes": lambda w: w.here.alerts.watched_causes({w.known.lead.id: SINCE}),
    "alerts.of_leads_since": lambda w: w.here.alerts.of_leads_since({w.known.lead.id: SINCE}),
    "alerts.save": lambda w: w.here.alerts.save([_alert(w)]),
    "alerts.seen": lambda w: [w.here.alerts.seen(w.known.scene.rep.id, NOON) for _ in range(2)],
    "alerts.hand_over": lambda w: w.here.alerts.hand_over(w.known.scene.rep.id, None),
    "alerts.unsee": lambda w: w.here.alerts.unsee([_alert(w).id]),
    "alerts.withdrawn_for": lambda w: w.here.alerts.withdrawn_for(w.known.scene.rep.id, SINCE, limit=10),
    "alerts.note_times": lambda w: w.here.alerts.note_times([_alert(w).id], delivered=NOON),
    "deliveries.of_alerts": lambda w: w.here.deliveries.of_alerts([_alert(w).id]),
    "deliveries.arrived": lambda w: w.here.deliveries.arrived(NOON, limit=100),
    "deliveries.dead": lambda w: w.here.deliveries.dead(limit=100),
    "deliveries.open_once": lambda w: w.here.deliveries.open_once(w.here.deliveries.of_alerts([_alert(w).id])[_alert(w).id]),
    "deliveries.cancel": lambda w: w.here.deliveries.cancel([_alert(w).id]),
    "deliveries.reopen": lambda w: w.here.deliveries.reopen([_alert(w).id], NOON),
    "deliveries.send_again": lambda w: w.here.deliveries.send_again(_deliveries(w)[0].id, NOON, TRIED),
    "deliveries.hasten": lambda w: w.here.deliveries.hasten(_deliveries(w)[:1]),
    "deliveries.edit_due": lambda w: w.here.deliveries.edit_due({_alert(w).id: 1}, NOON, [ChannelName.SLACK, ChannelName.WEBHOOK]),
    "deliveries.corrected": lambda w: w.here.deliveries.corrected(_deliveries(w)[:1], {_deliveries(w)[0].alert: 1}, new_id()),
    "leads.by_email": lambda w: w.here.leads.by_email("dana@acme.example"),
    "leads.by_emails": lambda w: w.here.leads.by_emails(["dana@acme.example"]),
    "leads.add_new": lambda w: w.here.leads.add_new([]),
    "leads.own": lambda w: w.here.leads.own(w.known.lead.id),
    "leads.own_by_ids": lambda w: w.here.leads.own_by_ids([w.known.lead.id, w.known.other.id]),
    "leads.each_merged": lambda w: list(w.here.leads.each_merged()),
    "leads.all_ids_with_merged": lambda w: w.here.leads.all_ids_with_merged(),
    "leads.kept_ids": lambda w: w.here.leads.kept_ids([w.known.lead.id, w.known.other.id]),
    "leads.is_one": lambda w: w.here.leads.is_one(w.known.lead.id, w.known.other.id),
    "leads.ids_with_merged": lambda w: w.here.leads.ids_with_merged([w.known.lead.id, w.known.other.id]),
    "leads.ids_below": lambda w: w.here.leads.ids_below(w.known.lead.id),
    "leads.merged_with": lambda w: w.here.leads.merged_with(w.known.lead.id),
    "leads.addressees": lambda w: w.here.leads.addressees(["dana@acme.example"]),
    "leads.addressee": lambda w: w.here.leads.addressee(w.known.lead.id),
    "leads.find_addressee": lambda w: w.here.leads.find_addressee(w.known.lead.id),
    "leads.change_own": lambda w: w.here.leads.change_own(w.known.lead.id, away_until=None),
    "leads.save_own": lambda w: w.here.leads.save_own(w.here.leads.own(w.known.lead.id), {"phone": None}),
    "leads.hide": lambda w: w.here.leads.hide(msgspec.structs.replace(w.known.lead, version=-1), Merged(w.known.other.id, NOON)),
    "leads.show": lambda w: w.here.leads.show(w.known.lead.id, w.known.other.id),
    "leads.note_merging": lambda w: w.here.leads.note_merging(w.known.lead.id, NOON),
    "leads.merging": lambda w: w.here.leads.merging(LATER),
    "leads.note_parting": lambda w: w.here.leads.note_parting(w.known.lead.id, new_id(), NOON),
    "leads.note_merged": lambda w: w.here.leads.note_merged(w.known.lead.id, NOON),
    "leads.shared_keys": lambda w: w.here.leads.shared_keys(limit=10),
    "leads.sharing": lambda w: w.here.leads.sharing(["t:123456", "f:dana whitfield", "n:acme dana"], limit=50),
    "duplicate_pairs.of_lead": lambda w: w.here.duplicate_pairs.of_lead(w.known.lead.id),
    "duplicate_pairs.of_import": lambda w: w.here.duplicate_pairs.of_import("import"),
    "duplicate_pairs.dismiss": lambda w: w.here.duplicate_pairs.dismiss([_pair(w)], NOON, None),
    "duplicate_pairs.dismissed": lambda w: w.here.duplicate_pairs.dismissed([_pair(w).id]),
    "leads.page": lambda w: (
        [_two_pages(w.here.leads.page, LeadQuery(), sort=way + sort, limit=20) for sort in SORTS for way in ("", "-")]
        + [_two_pages(w.here.leads.page, LeadQuery(is_archived=True), limit=20)]
    ),
    "leads.page_by_field": lambda w: [
        _two_pages(w.here.leads.page, LeadQuery(field=wanted), sort=sort, limit=20)
        for wanted in (FieldFilter("Region"), FieldFilter("Region", "North"), FieldFilter("Region", least="A", most="Z"))
        for sort in ("-last_seen", "field:Region", "-field:Region")
    ],
    "leads.field_names": lambda w: [
        *(w.here.leads.field_names(visible_to=only) for only in (None, OWN(w))),
        w.here.leads.field_names(with_merged=True),
    ],
    "leads.count_with_field": lambda w: [w.here.leads.count_with_field("Region", visible_to=only) for only in (None, OWN(w))],
    "leads.ids_with_field": lambda w: w.here.leads.ids_with_field("Region"),
    "leads.set_fields": lambda w: w.here.leads.set_fields([(w.here.leads.get(w.known.lead.id), {"Region": "South"})], NOON),
    "leads.count_of": lambda w: [w.here.leads.count_of(LeadQuery(stage="New"), most=most) for most in (0, 10)],
    "leads.ids_of": lambda w: w.here.leads.ids_of(LeadQuery(stage="New"), most=10),
    "leads.renew_keys": lambda w: w.here.leads.renew_keys(after=w.here.leads.renew_keys(limit=10), limit=10),
    "automations.all": lambda w: w.here.automations.all(),
    "automations.note_run": lambda w: w.here.automations.note_run("stale", failures=1),
    "automation_effects.due": lambda w: w.here.automation_effects.due(LATER, 20),
    "automation_effects.end": lambda w: w.here.automation_effects.end(new_id(), reason="x"),
    "automation_effects.untold": lambda w: w.here.automation_effects.untold(LATER, 20),
    "automation_effects.note_told": lambda w: w.here.automation_effects.note_told([(new_id(), NOON)]),
    "automation_effects.note_failure": lambda w: w.here.automation_effects.note_failure(new_id(), NOON),
    "sequences.all": lambda w: w.here.sequences.all(),
    "enrolments.due": lambda w: w.here.enrolments.due(LATER, 20),
    "enrolments.open_ones": lambda w: w.here.enrolments.open_ones(20),
    "enrolments.untold": lambda w: w.here.enrolments.untold(LATER, 20),
    "enrolments.note_told": lambda w: w.here.enrolments.note_told([(new_id(), NOON)]),
    "enrolments.of_lead": lambda w: w.here.enrolments.of_lead(w.known.lead.id),
    "enrolments.page": lambda w: _two_pages(w.here.enrolments.page, new_id(), limit=5),
    "enrolments.counts": lambda w: w.here.enrolments.counts(),
    "enrolments.places": lambda w: list(w.here.enrolments.places()),
    "enrolments.begin_step": lambda w: w.here.enrolments.begin_step(new_id(), "step", _step_run()),
    "enrolments.save_step": lambda w: w.here.enrolments.save_step(new_id(), "step", _step_run()),
    "enrolments.drop_step": lambda w: w.here.enrolments.drop_step(new_id(), "step", "other"),
    "enrolments.held": lambda w: w.here.enrolments.held(LATER, 20),
    "enrolments.change_held": lambda w: w.here.enrolments.change_held(new_id(), reason="x"),
    "enrolments.advance": lambda w: w.here.enrolments.advance(new_id(), OPEN_ENROLMENTS, reason="x"),
    "campaigns.page": lambda w: [_two_pages(w.here.campaigns.page, rep, limit=5) for rep in (None, w.known.scene.rep.id)],
    "campaigns.running": lambda w: w.here.campaigns.running(),
    "campaigns.switch": lambda w: w.here.campaigns.switch(new_id(), (CampaignState.DRAFT,), state=CampaignState.RUNNING),
    "campaigns.pace": lambda w: w.here.campaigns.pace(new_id(), "rep", NOON),
    "campaign_recipients.add_once_each": lambda w: w.here.campaign_recipients.add_once_each([_recipient(w)]),
    "campaign_recipients.waiting": lambda w: w.here.campaign_recipients.waiting("campaign", 5),
    "campaign_recipients.page": lambda w: _two_pages(w.here.campaign_recipients.page, "campaign", limit=5),
    "campaign_recipients.counts": lambda w: w.here.campaign_recipients.counts("campaign"),
    "campaign_recipients.hand_over": lambda w: w.here.campaign_recipients.hand_over(new_id(), new_id()),
    "campaign_recipients.end": lambda w: w.here.campaign_recipients.end(new_id(), RecipientState.WRITTEN, NOON),
    "campaign_recipients.remove_of": lambda w: w.here.campaign_recipients.remove_of("none"),
    "messages.leads_with_template": lambda w: w.here.messages.leads_with_template("t", [w.known.lead.id, w.known.other.id]),
    "messages.automatic_since": lambda w: w.here.messages.automatic_since(SINCE),
    "messages.campaign_figures": lambda w: w.here.messages.campaign_figures("spring"),
    "automation_log.page": lambda w: [
        _two_pages(w.here.automation_log.page, limit=5, **only) for only in ({}, {"automation": "stale"}, {"lead": w.known.lead.id})
    ],
    "automation_log.interrupted": lambda w: w.here.automation_log.interrupted(LATER),
    "automation_log.done_since": lambda w: w.here.automation_log.done_since([w.known.lead.id, w.known.other.id], SINCE),
    "automation_log.finish": lambda w: w.here.automation_log.finish(_automation_entry(w)),
    "targets.all": lambda w: w.here.targets.all(),
    "saved_reports.visible": lambda w: [w.here.saved_reports.visible(rep) for rep in (None, w.known.scene.rep.id)],
    "lists.visible": lambda w: [w.here.lists.visible(rep) for rep in (None, w.known.scene.rep.id)],
    "leads.rename_source": lambda w: w.here.leads.rename_source("Fair", "Trade fair", NOON),
    "forms.take_lead": lambda w: [w.here.forms.take_lead("form", day, 1) for day in ("2026-11-18", "2026-11-18")],
    "held_inquiries.held": lambda w: w.here.held_inquiries.held(9),
    "held_inquiries.count_held": lambda w: w.here.held_inquiries.count_held(9),
    "held_inquiries.release": lambda w: w.here.held_inquiries.release(["event"], NOON),
    "assignment_turns.take": lambda w: w.here.assignment_turns.take("team", ["a", "b"]),
    "sources.all": lambda w: w.here.sources.all(),
    "sources.change": lambda w: w.here.sources.change(w.here.sources.all()[0].id, name="Trade fair"),
    "visits.latest_of": lambda w: w.here.visits.latest_of([w.known.lead.id, w.known.other.id], limit=10),
    "visits.ends_of_leads": lambda w: w.here.visits.ends_of_leads([w.known.lead.id]),
    "sources.begin": lambda w: w.here.sources.begin(NOON),
    "leads.ids_of_company": lambda w: w.here.leads.ids_of_company("nowhere"),
    "leads.of_company": lambda w: [w.here.leads.of_company("nowhere", limit=10, visible_to=only) for only in (None, OWN(w))],
    "leads.counts_by": lambda w: [
        w.here.leads.counts_by(field, visible_to=only) for field in ("stage", "source") for only in (None, OWN(w))
    ],
    "leads.owners_by_company": lambda w: w.here.leads.owners_by_company([w.known.lead.company_id or "nowhere"]),
    "leads.has_any": lambda w: w.here.leads.has_any(),
    "leads.today": lambda w: [w.here.leads.today(query, limit=10) for query in _today_queries(w)],
    "leads.in_column": lambda w: [
        w.here.leads.in_column("New", visible_to=only, limit=10) for only in (None, OWN(w), frozenset({w.known.scene.rep.id}))
    ],
    "leads.stage_totals": lambda w: w.here.leads.stage_totals(),
    "leads.newest_update": lambda w: w.here.leads.newest_update(),
    "rates.put": lambda w: w.here.rates.put(
        Rate(id="0" * 32, workspace=w.here.workspace, currency="USD", on=NOON.date(), rate="1", created_at=NOON)
    ),
    "rates.id_for": lambda w: w.here.rates.id_for("USD", "2026-10-01"),
    "rates.all": lambda w: w.here.rates.all(),
    "costs.all": lambda w: w.here.costs.all(),
    "sales.remove": lambda w: w.here.sales.remove("unknown"),
    "inquiries.remove": lambda w: w.here.inquiries.remove("unknown"),
    "tasks.remove": lambda w: w.here.tasks.remove("unknown"),
    "notes.remove": lambda w: w.here.notes.remove("unknown"),
    "sales.refunds_of": lambda w: w.here.sales.refunds_of("0" * 32),
    "sales.to_renew": lambda w: w.here.sales.to_renew(date(2030, 1, 1), limit=10),
    "sales.set_reminded": lambda w: w.here.sales.set_reminded("0" * 32),
    "sales.void_refunds": lambda w: w.here.sales.void_refunds("0" * 32),
    "sales.count_refunds": lambda w: w.here.sales.count_refunds("0" * 32),
    "board_totals.replace": lambda w: w.here.board_totals.replace(BoardTotals(id=BOARD, workspace=w.here.workspace, at=NOON, totals=())),
    "leads.count_today": lambda w: [w.here.leads.count_today(query, most=100) for query in _today_queries(w)],
    "leads.tags": lambda w: w.here.leads.tags(),
    "leads.scored_before": lambda w: w.here.leads.scored_before(NOON, limit=20),
    "leads.all_ids": lambda w: w.here.leads.all_ids(),
    "leads.in_stage": lambda w: w.here.leads.in_stage("New", limit=10),
    "leads.set_stage": lambda w: w.here.leads.set_stage([w.known.lead.id], "New", NOON),
    "leads.hand_over": lambda w: w.here.leads.hand_over(w.known.scene.rep.id, None, NOON),
    "leads.opt_out": lambda w: w.here.leads.opt_out(w.known.lead.id, NOON),
    "leads.decide_tracking": lambda w: w.here.leads.decide_tracking(w.known.lead.id, Consent(state=ConsentState.GRANTED, at=NOON)),
    "leads.restore_tracking": lambda w: w.here.leads.restore_tracking(w.known.lead.id, Consent(), Consent()),
    "leads.refusing": lambda w: w.here.leads.refusing([w.known.lead.id, "unknown"]),
    "leads.save_derived": lambda w: w.here.leads.save_derived(
        [DerivedSave(lead=w.known.lead, derived=w.known.lead.derived, stage="New", stage_since=None)]
    ),
    "companies.by_name": lambda w: w.here.companies.by_name("acme"),
    "companies.named": lambda w: w.here.companies.named("Acme", NOON),
    "companies.page": lambda w: [
        _two_pages(w.here.companies.page, *words, sort=sort, only=only, limit=20)
        for words in ((), ("acm",))
        for sort in ("name", "-name", "-created")
        for only in (None, [w.known.lead.company_id or "nowhere"])
    ],
    "leads.members_of": lambda w: [
        w.here.leads.members_of([w.known.lead.company_id or "nowhere"], visible_to=only) for only in (None, OWN(w))
    ],
    "leads.companies_of": lambda w: w.here.leads.companies_of(frozenset({w.known.scene.rep.id})),
    "leads.referred_by": lambda w: w.here.leads.referred_by("company:nowhere"),
    "leads.leave_company": lambda w: w.here.leads.leave_company("nowhere", NOON),
    "conversations.page": lambda w: [
        _two_pages(w.here.conversations.page, limit=10, **only)
        for only in (
            {},
            {"is_open": True},
            {"rep": w.known.scene.rep.id},
            {"rep": w.known.scene.rep.id, "is_open": True},
            {"leads": [w.known.lead.id, w.known.other.id]},
        )
    ],
    "conversations.of_lead": lambda w: w.here.conversations.of_lead(w.known.lead.id, limit=10),
    "conversations.with_message_ids": lambda w: w.here.conversations.with_message_ids(["<a@x.example>"]),
    "conversations.replied": lambda w: w.here.conversations.replied(w.known.conversation),
    "conversations.answered": lambda w: w.here.conversations.answered([w.known.conversation.id], NOON),
    "conversations.reopen": lambda w: w.here.conversations.reopen(w.known.conversation.id),
    "conversations.set_read": lambda w: w.here.conversations.set_read(w.known.conversation.id, reply=new_id(), is_read=True),
    "messages.of_lead": lambda w: w.here.messages.of_lead(w.known.lead.id, limit=10),
    "messages.of_leads": lambda w: w.here.messages.of_leads([w.known.lead.id]),
    "messages.briefs_of_leads": lambda w: w.here.messages.briefs_of_leads([w.known.lead.id, w.known.other.id]),
    "messages.link_labels": lambda w: w.here.messages.link_labels([w.known.message.id]),
    "messages.briefs": lambda w: w.here.messages.briefs([w.known.message.id]),
    "messages.page": lambda w: [
        _two_pages(w.here.messages.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id}, {"campaign": "c"})
    ],
    "messages.listed": lambda w: [
        _two_pages(w.here.messages.listed, rep, states, limit=10)
        for rep in (w.known.scene.rep.id, None)
        for states in (tuple(MessageState), (MessageState.SENT,), (MessageState.QUEUED, MessageState.SENDING))
    ],
    "messages.claim": lambda w: w.here.messages.claim(w.known.message.id, from_states=(MessageState.SENT,), to=MessageState.SENT),
    "messages.stop": lambda w: w.here.messages.stop(w.known.message.id),
    "messages.unsent_of_lead": lambda w: w.here.messages.unsent_of_lead(w.known.lead.id, SINCE),
    "messages.save_reactions": lambda w: w.here.messages.save_reactions({w.known.message.id: w.known.message.reaction}),
    "messages.sent_between": lambda w: w.here.messages.sent_between(SINCE, LATER),
    "messages.sent_to": lambda w: [w.here.messages.sent_to(["acme.example", ""], NOON - DAY, until) for until in (None, LATER)],
    "messages.briefs_sent": lambda w: w.here.messages.briefs_sent(NOON - DAY, NOON),
    "mail_domains.want": lambda w: [w.store.mail_domains.want("new.example", at) for at in (NOON, NOON + 30 * DAY)],
    "mail_domains.due": lambda w: w.store.mail_domains.due(LATER, 20),
    "mail_domains.save": lambda w: w.store.mail_domains.save(MailDomain(id="acme.example", hosts=("mx.acme.example",)), "hosts"),
    "mail_domains.by_names": lambda w: w.store.mail_domains.by_names(["acme.example", "unknown.example"]),
    "sender_checks.find": lambda w: [w.store.sender_checks.find(ws) for ws in (w.known.ws, "0" * 16)],
    "sender_checks.request": lambda w: w.store.sender_checks.request(w.known.ws, NOON),
    "sender_checks.claim": lambda w: w.store.sender_checks.claim(LATER),
    "sender_checks.save": lambda w: w.store.sender_checks.save(SenderCheck(id=w.known.ws, checked_at=NOON)),
    "domain_days.replace": lambda w: w.here.domain_days.replace(NOON.date(), [DomainDay(day=NOON.date(), domain="acme.example")]),
    "domain_days.between": lambda w: w.here.domain_days.between(NOON.date() - 60 * DAY, NOON.date()),
    "domain_days.remove_before": lambda w: w.here.domain_days.remove_before(NOON.date()),
    "scan_profiles.add_day": lambda w: [w.here.scan_profiles.add_day(NOON.date(), {"acme.example": ScanProfile()}) for _ in range(2)],
    "scan_profiles.complete_days": lambda w: w.here.scan_profiles.complete_days([NOON.date(), LATER.date()]),
    "scan_profiles.of_days": lambda w: w.here.scan_profiles.of_days([("acme.example", NOON.date()), ("unknown.example", NOON.date())]),
    "scan_profiles.latest": lambda w: w.here.scan_profiles.latest(20),
    "scan_profiles.remove_before": lambda w: w.here.scan_profiles.remove_before(NOON.date()),
    "attachments.add": lambda w: w.here.attachments.add(_attachment(w), b"x", LATER),
    "attachments.by_ids": lambda w: w.here.attachments.by_ids([w.known.attachment, "unknown"]),
    "attachments.content": lambda w: w.here.attachments.content([w.known.attachment, "unknown"]),
    "attachments.assign": lambda w: w.here.attachments.assign([w.known.attachment], w.known.message.id),
    "attachments.remove_of": lambda w: w.here.attachments.remove_of([w.known.message.id]),
    "templates.briefs": lambda w: w.here.templates.briefs(),
    "snippets.of_reps": lambda w: w.here.snippets.of_reps(w.known.scene.rep.id, None),
    "messages.of_batch": lambda w: w.here.messages.of_batch(w.known.message.id),
    "messages.copies_to": lambda w: w.here.messages.copies_to("boss@us.example"),
    "messages.template_figures": lambda w: [w.here.messages.template_figures(template) for template in (None, w.known.template)],
    "shares.of_lead": lambda w: w.here.shares.of_lead(w.known.lead.id, limit=10),
    "shares.page": lambda w: _two_pages(w.here.shares.page, w.known.lead.id, limit=10),
    "reps.all": lambda w: w.here.reps.all(),
    "reps.active": lambda w: w.here.reps.active(),
    "reps.active_ids": lambda w: w.here.reps.active_ids(),
    "reps.by_email": lambda w: w.here.reps.by_email("rep@northwind.example"),
    "reps.of_person": lambda w: w.here.reps.of_person(w.known.scene.rep.id),
    "reps.seen": lambda w: w.here.reps.seen(w.known.scene.rep.id, NOON),
    "alert_rules.every": lambda w: w.here.alert_rules.every(),
    "alert_rules.present": lambda w: w.here.alert_rules.present(w.known.scene.rep.id, None),
    "alert_rules.forget_removed": lambda w: w.here.alert_rules.forget_removed(NOON),
    "week_warnings.forget": lambda w: w.here.week_warnings.forget(NOON.date()),
    "weekly_mails.claim": lambda w: w.here.weekly_mails.claim(NOON, DAY),
    "weekly_mails.finish": lambda w: w.here.weekly_mails.finish(_weekly_mail(w), state="sent"),
    "weekly_mails.failed": lambda w: w.here.weekly_mails.failed(limit=10),
    "weekly_mails.renew": lambda w: w.here.weekly_mails.renew(new_id(), NOON),
    "weekly_mails.forget": lambda w: w.here.weekly_mails.forget(NOON),
    "watched_pages.active": lambda w: w.here.watched_pages.active(w.known.scene.rep.id, None),
    "watched_pages.all_active": lambda w: w.here.watched_pages.all_active(),
    "watched_pages.for_owners": lambda w: w.here.watched_pages.for_owners([w.known.scene.rep.id]),
    "watched_pages.forget_stopped": lambda w: w.here.watched_pages.forget_stopped(w.known.scene.rep.id, NOON),
    "channels.of_rep": lambda w: w.here.channels.of_rep(None),
    "channels.all": lambda w: w.here.channels.all(),
    "channels.named": lambda w: w.here.channels.named(w.known.scene.rep.id, ChannelName.EMAIL),
    "channels.put": lambda w: w.here.channels.put(w.known.channel),
    "channels.disable": lambda w: w.here.channels.disable(w.known.channel, "gone"),
    "channels.failing": lambda w: w.here.channels.failing(w.known.channel, NOON, "refuses"),
    "channels.worked": lambda w: w.here.channels.worked(w.known.channel, NOON),
    "channels.end": lambda w: w.here.channels.end(w.known.scene.rep.id, "left"),
    "channels.resume": lambda w: w.here.channels.resume(w.known.scene.rep.id, "left"),
    "channels.hold": lambda w: w.here.channels.hold(w.known.channel, NOON),
    "tasks.of_lead": lambda w: w.here.tasks.of_lead(w.known.lead.id, limit=10),
    "tasks.page": lambda w: [_two_pages(w.here.tasks.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id})],
    "tasks.open_of_lead": lambda w: w.here.tasks.open_of_lead(w.known.lead.id),
    "tasks.open_of_leads": lambda w: w.here.tasks.open_of_leads([w.known.lead.id]),
    "tasks.restore": lambda w: w.here.tasks.restore(w.here.tasks.of_lead(w.known.lead.id, limit=1), [new_id()]),
    "moves.withdraw": lambda w: w.here.moves.withdraw([new_id()], is_withdrawn=True),
    "moves.remove_many": lambda w: w.here.moves.remove_many([new_id()]),
    "leads.change_many": lambda w: w.here.leads.change_many([LeadWrite(lead=w.known.other, values={"source": "Fair"})], NOON),
    "changes.first_of": lambda w: w.here.changes.first_of(w.known.change.change),
    "changes.of_change": lambda w: w.here.changes.of_change(w.known.change.change),
    "changes.of_lead": lambda w: [w.here.changes.of_lead(w.known.lead.id, since=since, limit=10) for since in (None, NOON - DAY)],
    "changes.claim": lambda w: w.here.changes.claim([w.known.change.id], "u"),
    "changes.release": lambda w: w.here.changes.release([w.known.change.id], "u"),
    "tasks.count_open_of": lambda w: w.here.tasks.count_open_of(w.known.scene.rep.id),
    "tasks.hand_over": lambda w: w.here.tasks.hand_over(w.known.scene.rep.id, None),
    "leads.reminding_on": lambda w: w.here.leads.reminding_on([NOON.date()]),
    "tasks.with_reminder": lambda w: w.here.tasks.with_reminder(NOON - DAY, LATER),
    "tasks.open": lambda w: [w.here.tasks.open(rep=rep, until=LATER, limit=10) for rep in (None, w.known.scene.rep.id)],
    "sales.of_lead": lambda w: w.here.sales.of_lead(w.known.lead.id, limit=10),
    "sales.restore": lambda w: w.here.sales.restore(w.here.sales.of_lead(w.known.lead.id, limit=1), [new_id()]),
    "sales.page": lambda w: [_two_pages(w.here.sales.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id})],
    "sales.dated": lambda w: [
        _two_pages(w.here.sales.dated, date(2020, 1, 1), date(2030, 1, 1), rep=rep, limit=10) for rep in (None, w.known.lead.owner)
    ],
    "sales.totals": lambda w: w.here.sales.totals(),
    "sales.totals_by_rep": lambda w: w.here.sales.totals_by_rep(),
    "sales.of_leads": lambda w: w.here.sales.of_leads([w.known.lead.id]),
    "sales.sums_by_lead": lambda w: w.here.sales.sums_by_lead([w.known.lead.id]),
    "sales.latest_of": lambda w: w.here.sales.latest_of([w.known.lead.id], limit=10),
    "notes.latest_of": lambda w: w.here.notes.latest_of([w.known.lead.id, w.known.other.id], limit=10),
    "tasks.latest_of": lambda w: w.here.tasks.latest_of([w.known.lead.id], limit=10),
    "source_history.of_lead": lambda w: w.here.source_history.of_lead(w.known.lead.id, limit=10),
    "consents.of_lead": lambda w: w.here.consents.of_lead(w.known.lead.id, limit=10),
    "consents.of_leads": lambda w: w.here.consents.of_leads([w.known.lead.id]),
    "consents.set_void": lambda w: w.here.consents.set_void(new_id(), None),
    "notes.of_lead": lambda w: w.here.notes.of_lead(w.known.lead.id, limit=10),
    "notes.of_leads": lambda w: w.here.notes.of_leads([w.known.lead.id, w.known.other.id]),
    "inquiries.of_lead": lambda w: w.here.inquiries.of_lead(w.known.lead.id, limit=10),
    "inquiries.of_leads": lambda w: w.here.inquiries.of_leads([w.known.lead.id]),
    "inquiries.latest_of": lambda w: w.here.inquiries.latest_of([w.known.lead.id], limit=10),
    "inquiries.page": lambda w: [_two_pages(w.here.inquiries.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id})],
    "inquiries.open": lambda w: w.here.inquiries.open(limit=10),
    "inquiries.overdue": lambda w: w.here.inquiries.overdue(due_after=NOON - DAY, due_before=LATER, limit=10),
    "inquiries.keep": lambda w: w.here.inquiries.keep(
        w.here.inquiries.of_lead(w.known.lead.id, limit=1), [(_inquiry(w), {"message": "x"})]
    ),
    "inquiries.escalate": lambda w: w.here.inquiries.escalate(_inquiry(w).id, NOON),
    "inquiries.restore": lambda w: w.here.inquiries.restore([_inquiry(w)], [new_id()]),
    "notes.restore": lambda w: w.here.notes.restore(w.here.notes.of_lead(w.known.lead.id, limit=1), [new_id()]),
    "notes.touches": lambda w: _two_pages(w.here.notes.touches, w.known.lead.id, limit=10),
    "notes.page": lambda w: [_two_pages(w.here.notes.page, limit=10, **only) for only in ({}, {"lead": w.known.lead.id})],
    "workspaces.get": lambda w: w.store.workspaces.get(w.known.ws),
    "workspaces.find": lambda w: w.store.workspaces.find(w.known.ws),
    "workspaces.all": lambda w: w.store.workspaces.all(),
    "workspaces.first": lambda w: w.store.workspaces.first(),
    "workspaces.demo": lambda w: w.store.workspaces.demo(),
    "workspaces.of_site": lambda w: w.store.workspaces.of_site(w.known.scene.site.key),
    "workspaces.change": lambda w: w.store.workspaces.change(w.known.ws, timezone="UTC"),
    "workspaces.saw_site": lambda w: w.store.workspaces.saw_site(w.known.ws, w.known.scene.site.key, NOON),
    "workspaces.remove": lambda w: w.store.workspaces.remove("0" * 16),
    "sessions.find": lambda w: w.store.sessions.find("hash", NOON),
    "sessions.lasting": lambda w: w.store.sessions.lasting({"hash"}, NOON, NOON),
    "sessions.addresses_of": lambda w: w.store.sessions.addresses_of(w.known.ws, NOON),
    "sessions.seen": lambda w: w.store.sessions.seen("hash", NOON, LATER, "192.0.2.1"),
    "sessions.enter": lambda w: w.store.sessions.enter("hash", w.known.ws, w.known.scene.rep.id),
    "sessions.end": lambda w: w.store.sessions.end("hash"),
    "sessions.end_all": lambda w: w.store.sessions.end_all(w.known.ws, w.known.scene.rep.id, but="hash"),
    "sign_in_links.add": lambda w: w.store.sign_in_links.add(_link(w)),
    "sign_in_links.find": lambda w: w.store.sign_in_links.find("hash", NOON),
    "sign_in_links.use": lambda w: w.store.sign_in_links.use("hash", NOON),
    "rate_limits.count": lambda w: w.store.rate_limits.count("sign-in", NOON, DAY),
    "rate_limits.refund": lambda w: w.store.rate_limits.refund("sign-in", NOON, DAY),
    "rate_limits.remember": lambda w: w.store.rate_limits.remember("known", LATER),
    "rate_limits.is_remembered": lambda w: w.store.rate_limits.is_remembered("known", NOON),
    "rate_limits.reserve": lambda w: [w.store.rate_limits.reserve("turn", NOON, DAY, DAY) for _ in range(4)],
    "sessions.confirm": lambda w: w.store.sessions.confirm("hash", NOON, is_whole_person=True),
    "sessions.end_person": lambda w: w.store.sessions.end_person("p", but="hash"),
    "sessions.workspaces_of": lambda w: w.store.sessions.workspaces_of("p"),
    "sign_in_links.remove_all": lambda w: w.store.sign_in_links.remove_all(w.known.ws, w.known.scene.rep.id),
    "sessions.add": lambda w: w.store.sessions.add(_session(w)),
    "app_passwords.find": lambda w: w.store.app_passwords.find(f"h{w.known.ws}"),
    "app_passwords.of_workspace": lambda w: w.store.app_passwords.of_workspace(w.known.ws),
    "app_passwords.of_rep": lambda w: w.store.app_passwords.of_rep(w.known.ws, "rep"),
    "app_passwords.used": lambda w: w.store.app_passwords.used("key", NOON),
    "app_passwords.remove": lambda w: w.store.app_passwords.remove(w.known.ws, "rep", "key"),
    "app_passwords.remove_of_rep": lambda w: w.store.app_passwords.remove_of_rep(w.known.ws, "rep"),
    "keys.find": lambda w: w.store.keys.find(f"h{w.known.ws}"),
    "keys.of_workspace": lambda w: w.store.keys.of_workspace(w.known.ws),
    "keys.used": lambda w: w.store.keys.used("key", NOON),
    "keys.remove_of_rep": lambda w: w.store.keys.remove_of_rep(w.known.ws, "rep"),
    "keys.remove": lambda w: w.store.keys.remove(w.known.ws, "key"),
    "idempotent_responses.begin": lambda w: [w.store.idempotent_responses.begin("name", "body", NOON, LATER) for _ in range(2)],
    "idempotent_responses.find": lambda w: w.store.idempotent_responses.find("name"),
    "idempotent_responses.take_over": lambda w: w.store.idempotent_responses.take_over("name", NOON, LATER),
    "idempotent_responses.finish": lambda w: w.store.idempotent_responses.finish("name", 200, "yes"),
    "idempotent_responses.remove": lambda w: w.store.idempotent_responses.remove("name"),
    "persons.get": lambda w: w.store.persons.get(w.known.scene.rep.id),
    "persons.set_password_hash": lambda w: w.store.persons.set_password_hash("p", "hash"),
    "persons.have_password": lambda w: w.store.persons.have_password([w.known.scene.rep.id]),
    "persons.reps_of": lambda w: w.store.persons.reps_of(w.known.scene.rep.id),
    "persons.reps_by_address": lambda w: w.store.persons.reps_by_address("rep@northwind.example"),
    "confirmed_addresses.by_address": lambda w: w.store.confirmed_addresses.by_address("rep@northwind.example"),
    "confirmed_addresses.confirm": lambda w: w.store.confirmed_addresses.confirm(
        ConfirmedAddress(email="a@b.example", person="p", at=NOON)
    ),
    "confirmed_addresses.remove": lambda w: w.store.confirmed_addresses.remove("p", "a@b.example"),
    "confirmed_addresses.of_person": lambda w: w.store.confirmed_addresses.of_person("p"),
    "persons.begin_link": lambda w: w.store.persons.begin_link("p", NOON, LATER),
    "persons.end_link": lambda w: w.store.persons.end_link("p"),
    "persons.renew_password_hash": lambda w: w.store.persons.renew_password_hash("p", "old", "new"),
    "persons.note_signed_out": lambda w: w.store.persons.note_signed_out("p", NOON),
    "persons.merge": lambda w: w.store.persons.merge("p", "q"),
    "address_confirmations.add": lambda w: w.store.address_confirmations.add(_confirmation(w)),
    "address_confirmations.find": lambda w: w.store.address_confirmations.find("hash", NOON),
    "address_confirmations.use": lambda w: w.store.address_confirmations.use("hash"),
    "dirty.mark": lambda w: w.store.dirty.mark(w.known.ws, w.known.lead.id, [NOON]),
    "dirty.mark_many": lambda w: [w.store.dirty.mark_many(marks, queue=queue) for queue in ("bulk", "live") for marks in _batches(w)],
    "dirty.claim": lambda w: [w.store.dirty.claim(queue, LATER, 20, kind="lead", marked_before=LATER) for queue in ("live", "bulk")],
    "dirty.claim_leads": lambda w: w.store.dirty.claim_leads(w.known.ws, [w.known.lead.id], LATER),
    "dirty.finish": lambda w: w.store.dirty.finish(w.store.dirty.claim("live", LATER, 3, kind="lead"), LATER),
    "dirty.renew": lambda w: w.store.dirty.renew(w.store.dirty.claim("live", LATER, 3, kind="lead"), LATER),
    "dirty.release": lambda w: w.store.dirty.release(w.store.dirty.claim("live", LATER, 3, kind="lead"), LATER),
    "dirty.give_back": lambda w: w.store.dirty.give_back(w.store.dirty.claim("live", LATER, 3, kind="lead"), LATER, after=DAY),
    "dirty.look_again": lambda w: w.store.dirty.look_again([Look(w.known.ws, "lead", w.known.lead.id, NOON, LATER)]),
    "dirty.has_due_look": lambda w: w.store.dirty.has_due_look(LATER),
    "dirty.park_hopeless": lambda w: w.store.dirty.park_hopeless(LATER),
    "dirty.waiting": lambda w: w.store.dirty.waiting("live", LATER),
    "dirty.reaches_back": lambda w: w.store.dirty.reaches_back(w.known.ws, SINCE),
    "dirty.unpark": lambda w: w.store.dirty.unpark(w.known.ws),
    "alarms.begin": lambda w: w.store.alarms.begin(Alarm(kind=AlarmKind.DISK, title="t", text="x"), NOON),
    "alarms.end": lambda w: w.store.alarms.end(AlarmKind.DISK),
    "alarms.active": lambda w: w.store.alarms.active(),
    "alarms.unannounced": lambda w: w.store.alarms.unannounced(),
    "operator_notices.told": lambda w: w.store.operator_notices.told(),
    "operator_notices.add": lambda w: w.store.operator_notices.add(Alarm(kind=AlarmKind.DISK, title="t", text="x"), NOON),
    "operator_notices.remove": lambda w: w.store.operator_notices.remove(Alarm(kind=AlarmKind.DISK, title="t", text="x")),
    "alarms.note_announced": lambda w: w.store.alarms.note_announced(Alarm(kind=AlarmKind.DISK, title="t", text="x"), NOON),
    "dirty.leads_left": lambda w: w.store.dirty.leads_left(w.known.ws, SINCE, limit=20),
    "dirty.oldest": lambda w: w.store.dirty.oldest("live", LATER),
    "dirty.counts": lambda w: w.store.dirty.counts(),
    "hooks.all": lambda w: w.here.hooks.all(),
    "hooks.put": lambda w: w.here.hooks.put(HOOK(w)),
    "hooks.worked": lambda w: w.here.hooks.worked(HOOK(w), NOON),
    "hooks.failing": lambda w: w.here.hooks.failing(HOOK(w), NOON, "x", LATER),
    "hooks.disable": lambda w: w.here.hooks.disable(HOOK(w), "x", is_ended=True),
    "hook_events.known": lambda w: w.here.hook_events.known([new_id()]),
    "hook_events.add_once_each": lambda w: w.here.hook_events.add_once_each([HOOK_EVENT(w)]),
    "hook_events.log_of": lambda w: _two_pages(w.here.hook_events.log_of, "hook", limit=2),
    "hook_events.find_event": lambda w: w.here.hook_events.find_event("hook", new_id()),
    "hook_events.send_one_again": lambda w: w.here.hook_events.send_one_again("row", NOON, TRIED),
    "hook_events.send_again": lambda w: w.here.hook_events.send_again("hook", SINCE, NOON, TRIED, with_delivered=True),
    "hook_events.end": lambda w: w.here.hook_events.end("hook", "x"),
    "hook_events.remove_of": lambda w: w.here.hook_events.remove_of("hook"),
    "hook_queue.claim": lambda w: w.store.hook_queue.claim(LATER, skip=[HookKey("0" * 16, "other")]),
    "hook_queue.next_due": lambda w: w.store.hook_queue.next_due(skip=[HookKey("0" * 16, "other")]),
    "hook_queue.is_due": lambda w: w.store.hook_queue.is_due(LATER),
    "hook_queue.finish": lambda w: w.store.hook_queue.finish(HOOK_EVENT(w), tried=TRIED, error="x"),
    "hook_queue.hold": lambda w: w.store.hook_queue.hold(HookKey(w.known.ws, "hook"), LATER),
    "tasks.became_due": lambda w: w.here.tasks.became_due(SINCE, LATER),
    "delivery_queue.is_due": lambda w: w.store.delivery_queue.is_due(LATER),
    "delivery_queue.oldest_due": lambda w: w.store.delivery_queue.oldest_due(),
    "delivery_queue.in_present": lambda w: w.store.delivery_queue.in_present(LATER, limit=10),
    "delivery_queue.edit_to_past": lambda w: w.store.delivery_queue.edit_to_past(_deliveries(w)[:2], LATER),
    "delivery_queue.claim": lambda w: w.store.delivery_queue.claim(LATER, skip=[OTHER]),
    "delivery_queue.claim_waiting": lambda w: w.store.delivery_queue.claim_waiting(RECEIVER(w), LATER, most=20),
    "delivery_queue.claim_missed": lambda w: w.store.delivery_queue.claim_missed(RECEIVER(w), SINCE, LATER, most=20),
    "delivery_queue.waiting": lambda w: w.store.delivery_queue.waiting(RECEIVER(w), LATER, most=20),
    "delivery_queue.recent": lambda w: w.store.delivery_queue.recent(RECEIVER(w), SINCE),
    "delivery_queue.hold": lambda w: w.store.delivery_queue.hold(RECEIVER(w), LATER),
    "delivery_queue.finish": lambda w: w.store.delivery_queue.finish(_deliveries(w)[:2], attempts=1),
    "delivery_queue.delivered": lambda w: w.store.delivery_queue.delivered(_deliveries(w)[:2], settled=1, again_at=LATER, attempts=1),
    "delivery_queue.next_due": lambda w: w.store.delivery_queue.next_due(skip=[OTHER]),
    "messages.is_relay_open": lambda w: w.here.messages.is_relay_open("mail", failed_too=True),
    "messages.with_message_ids": lambda w: w.here.messages.with_message_ids(["<a@x.example>"]),
    "messages.scheduled_for": lambda w: w.here.messages.scheduled_for(w.known.lead.id),
    "rep_mailboxes.put": lambda w: w.here.rep_mailboxes.put(REP_MAILBOX(w)),
    "rep_mailboxes.looked": lambda w: w.here.rep_mailboxes.looked(REP_MAILBOX(w), matched=1),
    "rep_mailboxes.all": lambda w: w.here.rep_mailboxes.all(),
    "rep_mailboxes.keep_sign_in": lambda w: w.here.rep_mailboxes.keep_sign_in(
        REP_MAILBOX(w), MailSignIn(provider="google", address="u@x.example", client_id="c", secret="{}")
    ),
    "rep_mailboxes.request": lambda w: w.here.rep_mailboxes.request(w.known.scene.rep.id, NOON),
    "inquiry_mailboxes.put": lambda w: w.here.inquiry_mailboxes.put(INQUIRIES(w)),
    "inquiry_mailboxes.request": lambda w: w.here.inquiry_mailboxes.request(NOON),
    "inquiry_mailboxes.looked": lambda w: w.here.inquiry_mailboxes.looked(INQUIRIES(w), last_uid=1),
    "inquiry_mailbox_queue.claim": lambda w: w.store.inquiry_mailbox_queue.claim(NOON),
    "inquiry_mails.page": lambda w: [_two_pages(w.here.inquiry_mails.page, limit=10, result=one) for one in (None, "lead")],
    "inquiry_mails.made_since": lambda w: w.here.inquiry_mails.made_since(NOON - DAY, 5),
    "mailbox_queue.claim": lambda w: w.store.mailbox_queue.claim(NOON),
    "messages.answered": lambda w: w.here.messages.answered(w.known.lead.id, ["<a@x.example>"]),
    "client_tests.start": lambda w: w.store.client_tests.start(CLIENT_TEST(w)),
    "client_tests.find": lambda w: w.store.client_tests.find(w.known.ws, "rep"),
    "client_tests.note": lambda w: w.store.client_tests.note(CLIENT_TEST(w), {"refused": ""}),
    "client_tests.lose": lambda w: w.store.client_tests.lose(w.known.ws, "rep", "mail"),
    "client_tests.refuse": lambda w: w.store.client_tests.refuse("rita@us.example", "no"),
    "accepted_mails.add": lambda w: w.store.accepted_mails.add(msgspec.structs.replace(ACCEPTED(w), id=new_id())),
    "accepted_mails.find": lambda w: w.store.accepted_mails.find(w.known.ws, "mail"),
    "accepted_mails.claim": lambda w: w.store.accepted_mails.claim(LATER, DAY, is_routed=False),
    "accepted_mails.look_again": lambda w: w.store.accepted_mails.look_again(ACCEPTED(w), LATER),
    "accepted_mails.failed": lambda w: w.store.accepted_mails.failed(ACCEPTED(w), LATER, "why"),
    "accepted_mails.unrouted_of_rep": lambda w: w.store.accepted_mails.unrouted_of_rep(w.known.ws, w.known.scene.rep.id),
    "accepted_mails.retry": lambda w: w.store.accepted_mails.retry(w.known.ws, w.known.scene.rep.id, NOON),
    "accepted_mails.routed": lambda w: w.store.accepted_mails.routed(ACCEPTED(w), LATER),
    "accepted_mails.remove": lambda w: w.store.accepted_mails.remove(ACCEPTED(w)),
    "accepted_mails.next_due": lambda w: w.store.accepted_mails.next_due(),
    "mail_bytes.put": lambda w: w.store.mail_bytes.put(w.known.ws, new_id(), b"x", NOON),
    "mail_bytes.read": lambda w: w.store.mail_bytes.read(w.known.ws, "mail"),
    "mail_bytes.remove": lambda w: w.store.mail_bytes.remove(w.known.ws, "mail"),
    "mail_bytes.older": lambda w: w.store.mail_bytes.older(NOON),
    "accepted_mails.existing": lambda w: w.store.accepted_mails.existing(["mail"]),
    "relayed_copies.add": lambda w: w.store.relayed_copies.add([COPY(w)]),
    "relayed_copies.find": lambda w: w.store.relayed_copies.find(w.known.ws, "copy"),
    "relayed_copies.claim": lambda w: w.store.relayed_copies.claim(LATER, skip=[MAILBOX(w)]),
    "relayed_copies.finish": lambda w: w.store.relayed_copies.finish(COPY(w), error=None),
    "relayed_copies.delivered": lambda w: w.store.relayed_copies.delivered(COPY(w)),
    "relayed_copies.hold": lambda w: w.store.relayed_copies.hold(MAILBOX(w), LATER),
    "relayed_copies.next_due": lambda w: w.store.relayed_copies.next_due(skip=[MAILBOX(w)]),
    "relayed_copies.is_open": lambda w: w.store.relayed_copies.is_open(w.known.ws, "mail"),
    "relayed_copies.failed_of_rep": lambda w: w.store.relayed_copies.failed_of_rep(w.known.ws, "rep"),
    "mail_queue.claim": lambda w: w.store.mail_queue.claim(LATER, skip=[MAILBOX(w)]),
    "mail_queue.claim_one": lambda w: w.store.mail_queue.claim_one(w.known.ws, w.known.message.id, LATER),
    "mail_queue.is_busy": lambda w: w.store.mail_queue.is_busy(MAILBOX(w), NOON),
    "mail_queue.hold": lambda w: w.store.mail_queue.hold(MAILBOX(w), LATER),
    "mail_queue.finish": lambda w: w.store.mail_queue.finish(w.known.message, error=None),
    "mail_queue.unfinished": lambda w: w.store.mail_queue.unfinished(LATER),
    "mail_queue.close": lambda w: w.store.mail_queue.close(w.known.message),
    "mail_queue.waiting_of": lambda w: w.store.mail_queue.waiting_of(MAILBOX(w), w.known.scene.rep.id),
    "mail_queue.sent_since": lambda w: w.store.mail_queue.sent_since(MAILBOX(w), SINCE, 200),
    "mail_queue.next_due": lambda w: w.store.mail_queue.next_due(skip=[MAILBOX(w)]),
    "mail_queue.counts": lambda w: w.store.mail_queue.counts(),
    "mail_queue.is_due": lambda w: w.store.mail_queue.is_due(LATER),
    "fingerprints.save": lambda w: w.store.fingerprints.save(w.here.events.latest(limit=2)),
    "fingerprints.find": lambda w: w.store.fingerprints.find({b"unknown"}),
    "leases.acquire": lambda w: [w.store.leases.acquire("job", owner, NOON, DAY) for owner in ("one", "two")],
    "signing_keys.read": lambda w: w.store.signing_keys.read(),
    "signing_keys.replace": lambda w: [w.store.signing_keys.replace(w.store.signing_keys.read(), ("k" * 32,), NOON) for _ in range(2)],
    "hosts.report": lambda w: w.store.hosts.report(HOST),
    "hosts.all": lambda w: w.store.hosts.all(),
    "hosts.leave": lambda w: w.store.hosts.leave(HOST),
    "hosts.forget": lambda w: w.store.hosts.forget("edge-1"),
    "hosts.expire": lambda w: w.store.hosts.expire(before=SINCE, drains_before=SINCE),
    "alarms.remove": lambda w: w.store.alarms.remove(Alarm(kind=AlarmKind.DISK, title="t", text="x")),
    "evidence.add": lambda w: w.store.evidence.add([(w.known.scene.capture(CaptureKind.OPEN, NOON), NOON)]),
    "evidence.of_messages": lambda w: w.store.evidence.of_messages(w.known.ws, [w.known.message.id, new_id()]),
    "quarantine.add": lambda w: w.store.quarantine.add([("file:1", b"x", "bad_row")], NOON),
    "quarantine.oldest": lambda w: w.store.quarantine.oldest(20, before=LATER),
    "quarantine.remove": lambda w: w.store.quarantine.remove(["file:1"]),
    "event_days.mark_all": lambda w: w.here.event_days.mark_all(),
    "event_days.count_pending": lambda w: w.here.event_days.count_pending(SINCE),
    "event_days.since": lambda w: list(w.here.event_days.since(SINCE)),
    "report_blocks.state": lambda w: w.here.report_blocks.state(),
    "report_blocks.complete": lambda w: w.here.report_blocks.complete(w.here.report_blocks.state()),
    "report_blocks.each": lambda w: list(w.here.report_blocks.each()),
    "report_blocks.block": lambda w: w.here.report_blocks.block(3),
    "report_blocks.write": lambda w: [w.here.report_blocks.write(w.here.report_blocks.block(3), b"x") for _ in range(2)],
    "report_blocks.note_gone": lambda w: w.here.report_blocks.note_gone(3),
    "report_blocks.gone_since": lambda w: w.here.report_blocks.gone_since(StampReader(w.store.database, w.known.ws).newest()),
    "report_leads.each": lambda w: list(_report_leads(w).each()),
    "report_leads.of": lambda w: list(_report_leads(w).of([w.known.lead.id])),
    "report_leads.kept": lambda w: _report_leads(w).kept([w.known.lead.id]),
    "report_leads.existing": lambda w: _report_leads(w).existing([w.known.lead.id]),
    "report_leads.of_companies": lambda w: _report_leads(w).of_companies(["unknown"]),
    "stamp_reader.newest": lambda w: StampReader(w.store.database, w.known.ws).newest(),
    "stamp_reader.changes": lambda w: StampReader(w.store.database, w.known.ws).changes(Timestamp(0, 0)),
    "reports.moves_into": lambda w: [_reports(w).moves_into(SINCE, leads=only) for only in (None, {w.known.lead.id})],
    "store.insert_events": lambda w: w.store.insert_events(w.here.events.latest(limit=2)),
    "store.remove_workspace": lambda w: w.store.remove_workspace("f" * 16),
    "store.empty_workspace": lambda w: w.store.empty_workspace("e" * 16),
    "leads.get": lambda w: w.here.leads.get(w.known.lead.id),
    "leads.find": lambda w: w.here.leads.find(w.known.lead.id),
    "leads.by_ids": lambda w: w.here.leads.by_ids([w.known.lead.id]),
    "leads.contacts": lambda w: w.here.leads.contacts([w.known.lead.id, "unknown"]),
    "leads.add": lambda w: w.here.leads.add(msgspec.structs.replace(w.known.lead, id=new_id(), email="new@a.example")),
    "leads.add_once": lambda w: w.here.leads.add_once(w.known.lead),
    "leads.change": lambda w: w.here.leads.change(w.known.lead.id, name="Dana Bell"),
    "leads.remove": lambda w: w.here.leads.remove("unknown"),
    "leads.count": lambda w: w.here.leads.count(),
    "companies.change": lambda w: w.here.companies.change(w.here.companies.named("Acme", NOON).id, name="Acme Ltd"),
    "reps.change": lambda w: w.here.reps.change(w.known.scene.rep.id, email="rita@northwind.example"),
    "erasure_rules.remove_lead": lambda w: remove_lead(ErasureSubject(w.store.database, _erasure(w), w.known.lead)),
    "workspaces.state": lambda w: w.store.workspaces.state(),
    "workspaces.changed_since": lambda w: w.store.workspaces.changed_since(w.store.workspaces.state().stamp),
    "workspaces.some": lambda w: w.store.workspaces.some([w.known.ws]),
    "workspaces.page": lambda w: w.store.workspaces.page(limit=1),
    "workspaces.with_time_to_take": lambda w: w.store.workspaces.with_time_to_take(),
    "workspaces.with_retention": lambda w: w.store.workspaces.with_retention(),
    "workspaces.with_mail_sign_in": lambda w: w.store.workspaces.with_mail_sign_in(NOON),
    "due_workspaces.with_imports": lambda w: w.store.due_workspaces.with_imports(LATER),
    "due_workspaces.with_reminders": lambda w: w.store.due_workspaces.with_reminders(SINCE, LATER),
    "due_workspaces.with_fact_reminders": lambda w: w.store.due_workspaces.with_fact_reminders([NOON.date()]),
    "due_workspaces.with_renewals": lambda w: w.store.due_workspaces.with_renewals(LATER.date()),
    "due_workspaces.with_webhooks": lambda w: w.store.due_workspaces.with_webhooks("task.due"),
    "due_workspaces.with_untaken_alerts": lambda w: w.store.due_workspaces.with_untaken_alerts(SINCE, LATER),
    "due_workspaces.with_overdue_inquiries": lambda w: w.store.due_workspaces.with_overdue_inquiries(due_after=SINCE, due_before=LATER),
    "due_workspaces.with_inactivity_rules": lambda w: w.store.due_workspaces.with_inactivity_rules(),
    "due_workspaces.with_merges": lambda w: w.store.due_workspaces.with_merges(LATER),
    "due_workspaces.with_erasures": lambda w: w.store.due_workspaces.with_erasures(LATER),
    "due_workspaces.with_automations": lambda w: w.store.due_workspaces.with_automations(LATER),
    "due_workspaces.with_effects": lambda w: w.store.due_workspaces.with_effects(LATER),
    "due_workspaces.with_enrolments": lambda w: w.store.due_workspaces.with_enrolments(LATER),
    "due_workspaces.with_open_enrolments": lambda w: w.store.due_workspaces.with_open_enrolments(),
    "due_workspaces.with_untold": lambda w: w.store.due_workspaces.with_untold(),
    "due_workspaces.with_held_enrolments": lambda w: w.store.due_workspaces.with_held_enrolments(LATER),
    "due_workspaces.with_campaigns": lambda w: w.store.due_workspaces.with_campaigns(),
    "due_workspaces.with_board_totals": lambda w: w.store.due_workspaces.with_board_totals(),
    "due_workspaces.with_report_blocks": lambda w: w.store.due_workspaces.with_report_blocks(),
    "due_workspaces.with_refusals": lambda w: w.store.due_workspaces.with_refusals(NOON.date()),
    "due_workspaces.with_weekly_mails": lambda w: w.store.due_workspaces.with_weekly_mails(LATER),
    "due_workspaces.with_mail_to": lambda w: w.store.due_workspaces.with_mail_to(["acme.example", ""], SINCE),
    "due_workspaces.with_push": lambda w: w.store.due_workspaces.with_push(),
    "marked_workspaces": lambda w: marked_workspaces(w.store.database),
    "tombstones_by_workspace": lambda w: tombstones_by_workspace(w.store.database),
}
