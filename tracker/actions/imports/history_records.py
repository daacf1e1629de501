"""History that an import adds to leads: notes, touches, inquiries and sales, which trigger nothing. Its ids follow from its content."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tracker.actions.deps import Deps
from tracker.actions.imports.rows.history_cells import INQUIRY, SALE, PastRecord
from tracker.actions.inquiries.record import GivenInquiry, event_of_inquiry, inquiry_of
from tracker.actions.pipeline.notes import event_of
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.lead_import import ImportBatch
from tracker.domain.pipeline.note import TOUCH, Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.workspace.workspace import Workspace

CHANGED = "A record that came with the import was changed since"


@dataclass(slots=True)
class History:
    """What is added, by collection."""

    notes: list[Note] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def add(self, workspace: Workspace, lead: Lead, past: PastRecord, batch: ImportBatch) -> None:
        """Adds a record of the lead."""
        key = id_of(lead.id, "history", past.kind, past.at.isoformat(), past.text, str(past.value))
        if past.kind == SALE and past.value and past.day:
            self.sales.append(
                Sale(
                    id=key,
                    workspace=workspace.id,
                    lead=lead.id,
                    product=past.text,
                    amount=past.value.amount,
                    currency=past.value.currency,
                    sold_on=past.day,
                    rep=lead.owner,
                    created_at=batch.at,
                    is_imported=True,
                )
            )
        elif past.kind == INQUIRY:
            event = event_of_inquiry(workspace, lead, GivenInquiry(past.text, past.at), batch.at, is_imported=True)
            self.events.append(event)
            self.inquiries.append(inquiry_of(workspace, lead, event, None, zone_of(workspace.timezone), batch.at))
        else:
            note = _note(workspace, lead, past, batch, key)
            self.notes.append(note)
            self.events.append(event_of(note))


def _note(workspace: Workspace, lead: Lead, past: PastRecord, batch: ImportBatch, key: str) -> Note:
    touch = workspace.touch_type(past.text) if past.kind == TOUCH else None
    return Note(
        id=key,
        workspace=workspace.id,
        lead=lead.id,
        kind=past.kind,
        text="" if touch else past.text,
        touch=touch.name if touch else None,
        direction=touch.direction if touch else None if past.kind == "note" else "out",
        at=past.at,
        created_at=batch.at,
        is_imported=True,
    )


def add_history(
    deps: Deps, workspace: Workspace, batch: ImportBatch, rows: Iterable[tuple[str, Sequence[PastRecord]]]
) -> dict[str, tuple[str, ...]]:
    """Adds the records of these leads; returns the ids of the new ones by collection, with those of an interrupted run of the batch.

    `batch` is stored with the ids before anything is added, so that an undo finds them.
    """
    wanted = [(lead, past) for lead, several in rows for past in several]
    if not wanted:
        return {}
    here = deps.store.of(workspace.id)
    leads, history = here.leads.by_ids({lead for lead, _ in wanted}), History()
    for lead, past in wanted:
        if lead in leads:
            history.add(workspace, leads[lead], past, batch)
    made = {
        "notes": _new(history.notes, here.notes.by_ids(one.id for one in history.notes), batch.records.get("notes", ())),
        "sales": _new(history.sales, here.sales.by_ids(one.id for one in history.sales), batch.records.get("sales", ())),
        "inquiries": _new(
            history.inquiries, here.inquiries.by_ids(one.id for one in history.inquiries), batch.records.get("inquiries", ())
        ),
    }
    ids = {name: tuple(one.id for one in rows) for name, rows in made.items()}
    here.import_batches.record(batch.id, ids)
    here.notes.add_new(made["notes"])
    here.sales.add_new(made["sales"])
    here.inquiries.keep(made["inquiries"], [])
    kept = {id_of(workspace.id, note, "note") for note in ids["notes"]} | set(ids["inquiries"])
    here.events.add_many([event for event in {event.id: event for event in history.events}.values() if event.id in kept])
    now = deps.now()
    deps.store.dirty.mark_many(((workspace.id, "lead", lead, now) for lead in leads), queue="bulk")
    deps.wake.bulk()
    return ids


def _new(records: Sequence, present: Collection[str], mine: Collection[str]) -> list:  # type: ignore[type-arg]
    """Those that do not exist yet, and those of an interrupted run, each once."""
    return [one for one in {one.id: one for one in records}.values() if one.id not in present or one.id in mine]


def remove_history(deps: Deps, batch: ImportBatch) -> dict[str, str]:
    """Removes the records that the batch added; returns the leads that keep one, because it was changed since. May be repeated."""
    here, kept = deps.store.of(batch.workspace), dict[str, str]()
    gone: dict[str, list[str]] = {}
    leads = set[str]()
    for name in ("notes", "sales", "inquiries"):
        repository = getattr(here, name)
        for one in repository.by_ids(batch.records.get(name, ())).values():
            if one.version and name != "inquiries":
                kept[one.lead] = CHANGED
                continue
            gone.setdefault(name, []).append(one.id)
            leads.add(one.lead)
    here.import_batches.remove_records(gone)
    here.events.remove_many([*(id_of(batch.workspace, note, "note") for note in gone.get("notes", ())), *gone.get("inquiries", ())])
    now = deps.now()
    deps.store.dirty.mark_many(((batch.workspace, "lead", lead, now) for lead in leads), queue="bulk")
    return kept
