"""Export of a whole workspace: a ZIP file with a JSON and a CSV file for each kind of record, made while it is sent. Called by the console.

Nothing is stored on the server. Secrets, such as passwords, keys and tokens of channels, are not part of it.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from tracker.actions.csv_cells import safe
from tracker.actions.deps import Deps
from tracker.actions.privacy.export import plain
from tracker.domain.activity.event import Event
from tracker.domain.activity.form import Form
from tracker.domain.activity.visit import Visit
from tracker.domain.activity.visitor import Visitor
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.custom_rule import CustomRule
from tracker.domain.alerting.watched_page import WatchedPage
from tracker.domain.leads.company import Company
from tracker.domain.leads.consent import ConsentRecord
from tracker.domain.leads.duplicate_pair import DuplicatePair
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.lead_list import LeadList
from tracker.domain.mail.conversation import Conversation
from tracker.domain.mail.message import Message
from tracker.domain.mail.share_link import ShareLink
from tracker.domain.mail.snippet import Snippet
from tracker.domain.mail.template import Template
from tracker.domain.ops.audit import AuditEntry
from tracker.domain.outreach.campaign import Campaign, CampaignRecipient
from tracker.domain.outreach.sequence import Enrolment, Sequence
from tracker.domain.pipeline.automation import Automation, AutomationEntry
from tracker.domain.pipeline.automation_effect import AutomationEffect
from tracker.domain.pipeline.cost import Cost
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.rate import Rate
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.source_change import SourceChange
from tracker.domain.pipeline.task import Task
from tracker.domain.reports.saved_report import SavedReport
from tracker.domain.reports.target import Target
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.source import Source
from tracker.store.store import WorkspaceStore

PARTS: dict[str, type[msgspec.Struct]] = {
    "leads": Lead,
    "companies": Company,
    "consents": ConsentRecord,
    "messages": Message,
    "conversations": Conversation,
    "templates": Template,
    "snippets": Snippet,
    "sources": Source,
    "source_history": SourceChange,
    "shares": ShareLink,
    "events": Event,
    "visits": Visit,
    "visitors": Visitor,
    "notes": Note,
    "inquiries": Inquiry,
    "tasks": Task,
    "sales": Sale,
    "rates": Rate,
    "costs": Cost,
    "moves": Move,
    "alerts": Alert,
    "forms": Form,
    "watched_pages": WatchedPage,
    "alert_rules": CustomRule,
    "automations": Automation,
    "automation_log": AutomationEntry,
    "automation_effects": AutomationEffect,
    "sequences": Sequence,
    "enrolments": Enrolment,
    "campaigns": Campaign,
    "campaign_recipients": CampaignRecipient,
    "lists": LeadList,
    "saved_reports": SavedReport,
    "targets": Target,
    "duplicate_pairs": DuplicatePair,
    "reps": Rep,
    "audit": AuditEntry,
}
"""The repositories that are exported, by their names in WorkspaceStore, with the type of their records."""
MERGED = "merged_leads"
"""Leads that were merged with another one, beside `leads`."""
LEFT_OUT = {
    "dwell": "in the visits",
    "claims": "from which visitors follow",
    "facts": "derived from the events",
    "board_totals": "derived from the leads",
    "report_blocks": "derived from the leads",
    "event_days": "numbers of events by day, in the reports",
    "visit_days": "days with stamps, derived from visits",
    "report_remains": "numbers of erased leads, in the reports",
    "domain_days": "statistics of recipient domains",
    "scan_profiles": "statistics of recipient domains",
    "attachments": "files; the messages list them, and the API downloads each",
    "deliveries": "in the export of each lead",
    "imports": "numbers of rows; the leads are exported",
    "import_files": "files of imports that have not ended",
    "import_batches": "rows that were not imported, for 30 days",
    "import_changes": "what imports filled in, for 30 days, so that they can be undone",
    "changes": "earlier values of leads, for a day, so that a change can be undone",
    "channels": "hold secrets",
    "week_warnings": "derived from the leads",
    "weekly_mails": "that reps were mailed",
    "hooks": "hold secrets",
    "hook_events": "copies of the other records for programs, for 30 days",
    "rep_mailboxes": "hold secrets",
    "inquiry_mailboxes": "hold secrets",
    "inquiry_mails": "what became of email, for 30 days; the inquiries are exported",
    "held_inquiries": "in the events of their forms",
    "assignment_turns": "numbers of assigned leads by rep, derived from the leads",
    "untracked": "in workspace.json",
    "refusals": "numbers of pages of websites, for 30 days",
    "erasures": "ids of leads that are being erased",
    "tombstones": "hashes",
}
_LEFT_OUT_OF_CSV = frozenset({"workspace", "html", "source_html"})
"""Too long for a cell; the JSON files hold them."""
_SECRET = frozenset({"mail_server", "mail_sign_in", "mail_sign_in_wanted", "slack_app"})
_ROWS_AT_ONCE = 200


def export_all(deps: Deps, workspace: str) -> Iterator[bytes]:
    """The bytes of the ZIP file, part by part. Raises NotFound, PyMongoError while it is read."""
    here, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    settings = {name: value for name, value in msgspec.to_builtins(home).items() if name not in _SECRET}
    out = _Buffer()
    # strict_timestamps: the clock of a machine may be before 1980, which ZIP files cannot say.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        summary = {"exported_at": deps.now().isoformat(), "workspace": settings, "untracked": here.untracked.by_day()}
        archive.writestr("workspace.json", msgspec.json.format(msgspec.json.encode(summary)))
        yield out.take()
        parts: dict[str, type[msgspec.Struct]] = {**PARTS, MERGED: Lead}
        for name, kind in parts.items():
            for suffix, text_of in (("json", _json), ("csv", _csv)):
                with archive.open(f"{name}.{suffix}", "w", force_zip64=True) as file:
                    for text in text_of(kind, _records(here, name)):
                        file.write(text.encode("utf-8", "replace"))
                        yield out.take()
    yield out.take()


class _Buffer(io.RawIOBase):
    """What was written since the last `take`; the ZIP file is never held as a whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _records(here: WorkspaceStore, name: str) -> Iterator[dict[str, Any]]:
    each: Callable[[], Iterable[object]] = here.leads.each_merged if name == MERGED else getattr(here, name).each
    return (plain(record) for record in each())


def _json(_: type[msgspec.Struct], records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """An array with one record in each line."""
    before = "["
    for record in records:
        yield f"{before}\n{msgspec.json.encode(record).decode()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _csv(kind: type[msgspec.Struct], records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A row for each record, without formulas; starts with a byte order mark, which Excel needs. Lists and objects are JSON.

    Of a lead's consent, the cell holds the state, as an import reads it; its proof is in the file `consents`.
    """
    names = [name for name in kind.__struct_fields__ if name not in _LEFT_OUT_OF_CSV]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")
    writer.writerow(names)
    for number, record in enumerate(records, 1):
        writer.writerow([safe(_cell(_state(record[name]) if name == "tracking_consent" else record.get(name))) for name in names])
        if number % _ROWS_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _state(consent: dict[str, Any]) -> object:
    return consent["state"]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
