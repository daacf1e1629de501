"""Pages of lists, filtered by what the caller may see."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from pydantic import BaseModel

from tracker.domain.leads.company import Company
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.rules import visibility
from tracker.store.core.paging import LARGEST_PAGE, Page, filtered_page
from tracker.store.core.records import Record
from tracker.store.pipeline.lead_records import LeadRecords
from tracker.web.api.access import visible_company_ids
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import LeadRecordsQuery, List, Paged, to_schema

_MAX_PAGES_READ = 10
"""How many pages are read at most to fill one page for a caller who sees only some leads."""


class LeadRecord(Record, Protocol):
    """A record that belongs to one lead."""

    @property
    def lead(self) -> str:
        """The lead's id."""
        ...


A = TypeVar("A", bound=LeadRecord)
O = TypeVar("O", bound=BaseModel)  # noqa: E741 - the type of an item in the response
R = TypeVar("R", Task, Note, Sale, Inquiry)
Fetch = Callable[[str | None, int], Page[A]]


def companies_page(call: Call, search: str, sort: str, query: Paged) -> Page[Company]:
    """One page of the companies that the caller may see. Only the last page is short, and cursors name visible companies only."""

    def fetch(cursor: str | None, size: int) -> Page[Company]:
        return call.store.companies.page(search, sort=sort, cursor=cursor, limit=size)

    if visibility.scope(call.viewer) is None:
        return fetch(query.cursor, query.limit)
    return filtered_page(fetch, lambda found: visible_company_ids(call, found), cursor=query.cursor, limit=query.limit, batch=LARGEST_PAGE)


def visible_page(call: Call, fetch: "Fetch[A]", query: Paged, visible: Callable[[list[A]], set[str]] | None = None) -> Page[A]:
    """One page of the records whose lead the caller may see, or of those whose ids `visible(records)` returns."""
    if visibility.scope(call.viewer) is None and visible is None:
        return fetch(query.cursor, query.limit)

    def of_visible_leads(records: list[A]) -> set[str]:
        leads = call.store.leads.by_ids(record.lead for record in records if record.lead)
        return {record.id for record in records if visibility.may_see(call.viewer, leads.get(record.lead))}

    return filtered_page(fetch, visible or of_visible_leads, cursor=query.cursor, limit=query.limit, looks=_MAX_PAGES_READ)


def list_lead_records(
    call: Call, schema: type[O], records: LeadRecords[R], query: LeadRecordsQuery, out: Callable[[R], O] | None = None
) -> List[O]:
    """One page of the tasks, notes, sales or inquiries of one lead, or of all leads that the caller may see. `out` makes the items of the response."""

    def fetch(cursor: str | None, size: int) -> Page[R]:
        return records.page(lead=query.lead, cursor=cursor, limit=size)

    found = visible_page(call, fetch, query)
    items = [out(record) if out else to_schema(schema, record) for record in found.items]
    return List[schema].model_construct(items=items, next=found.next)  # type: ignore[valid-type]
