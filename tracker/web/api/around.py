"""/tasks, /notes, /sales and /companies: what stands around leads."""

from typing import TypeVar

from pydantic import BaseModel

from tracker.actions import companies, notes, sales, tasks
from tracker.base.errors import Invalid
from tracker.domain.audit import AuditAction
from tracker.domain.leads import Company
from tracker.domain.sales import Note, Sale, Task
from tracker.store.paging import Page
from tracker.web.api.access import about_seen, lead_of
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.around import (
    AboutQuery,
    CompaniesQuery,
    CompanyChange,
    CompanyIn,
    CompanyOut,
    NoteIn,
    NoteOut,
    SaleIn,
    SaleOut,
    TaskChange,
    TaskIn,
    TaskOut,
)
from tracker.web.api.schemas.base import List, due_at

operations = Operations()
O = TypeVar("O", bound=BaseModel)  # noqa: E741 - the answer's type


@operations.add("GET", "/tasks", query=AboutQuery, answer=List[TaskOut])
def list_tasks(call: Call, query: AboutQuery) -> List[TaskOut]:
    """Tasks, newest first."""
    found = call.here.tasks.page(lead=query.lead, cursor=query.cursor, limit=query.limit)
    return List[TaskOut].model_construct(items=_shown(call, TaskOut, found), next=found.next)


@operations.add("POST", "/tasks", body=TaskIn, answer=TaskOut, status=201)
def add_task(call: Call, body: TaskIn) -> TaskOut:
    """Adds something to do; the earliest open task is the lead's next action."""
    lead_of(call, body.lead)
    values = body.given() | {"due": due_at(body.due, call.zone)}
    return _out(TaskOut, tasks.add_task(call.deps, call.workspace.id, **values))


@operations.add("PATCH", "/tasks/{task}", body=TaskChange, answer=TaskOut)
def change_task(call: Call, task: str, body: TaskChange) -> TaskOut:
    """Changes or finishes a task."""
    lead_of(call, call.here.tasks.get(task).lead)
    values = body.given()
    if values.get("text", "") is None:
        raise Invalid("text", "cannot be emptied")
    if "due" in values:
        values["due"] = due_at(body.due, call.zone)
    return _out(TaskOut, tasks.change_task(call.deps, call.workspace.id, task, **values))


@operations.add("DELETE", "/tasks/{task}", status=204, audit=(AuditAction.DELETED,))
def remove_task(call: Call, task: str) -> None:
    """It was never meant."""
    found = call.here.tasks.get(task)
    lead = lead_of(call, found.lead)
    tasks.remove_task(call.deps, call.workspace.id, task)
    call.record(AuditAction.DELETED, f"task “{found.text[:80]}”", lead=lead.name)


@operations.add("GET", "/notes", query=AboutQuery, answer=List[NoteOut])
def list_notes(call: Call, query: AboutQuery) -> List[NoteOut]:
    """Notes, newest first."""
    found = call.here.notes.page(lead=query.lead, cursor=query.cursor, limit=query.limit)
    return List[NoteOut].model_construct(items=_shown(call, NoteOut, found), next=found.next)


@operations.add("POST", "/notes", body=NoteIn, answer=NoteOut, status=201)
def add_note(call: Call, body: NoteIn) -> NoteOut:
    """Writes down a call, meeting, chat or note; it stands in the lead's events too."""
    lead_of(call, body.lead)
    given = {"kind": body.kind} | body.given()
    return _out(NoteOut, notes.add_note(call.deps, call.workspace.id, rep=call.actor, **given))


@operations.add("GET", "/sales", query=AboutQuery, answer=List[SaleOut])
def list_sales(call: Call, query: AboutQuery) -> List[SaleOut]:
    """Sales, newest first."""
    found = call.here.sales.page(lead=query.lead, cursor=query.cursor, limit=query.limit)
    return List[SaleOut].model_construct(items=_shown(call, SaleOut, found), next=found.next)


@operations.add("POST", "/sales", body=SaleIn, answer=SaleOut, status=201)
def add_sale(call: Call, body: SaleIn) -> SaleOut:
    """Adds a sale to a lead."""
    lead_of(call, body.lead)
    return _out(SaleOut, sales.add_sale(call.deps, call.workspace.id, **body.given()))


@operations.add("DELETE", "/sales/{sale}", status=204, audit=(AuditAction.DELETED,))
def remove_sale(call: Call, sale: str) -> None:
    """It was entered by mistake."""
    found = call.here.sales.get(sale)
    lead = lead_of(call, found.lead)
    sales.remove_sale(call.deps, call.workspace.id, sale)
    amount = f"{found.amount // 100}.{found.amount % 100:02d} {found.currency}"
    call.record(AuditAction.DELETED, f"sale “{found.product[:80]}”", lead=lead.name, amount=amount)


@operations.add("GET", "/companies", query=CompaniesQuery, answer=List[CompanyOut])
def list_companies(call: Call, query: CompaniesQuery) -> List[CompanyOut]:
    """Companies, by name."""
    found = call.here.companies.page(query.search, cursor=query.cursor, limit=query.limit)
    return List[CompanyOut].model_construct(items=[_out(CompanyOut, company) for company in found.items], next=found.next)


@operations.add("POST", "/companies", body=CompanyIn, answer=CompanyOut, status=201)
def add_company(call: Call, body: CompanyIn) -> CompanyOut:
    """Adds a company; its name must be new in the workspace."""
    return _out(CompanyOut, companies.add_company(call.deps, call.workspace.id, **body.given()))


@operations.add("GET", "/companies/{company}", answer=CompanyOut)
def get_company(call: Call, company: str) -> CompanyOut:
    """One company."""
    return _out(CompanyOut, call.here.companies.get(company))


@operations.add("PATCH", "/companies/{company}", body=CompanyChange, answer=CompanyOut)
def change_company(call: Call, company: str, body: CompanyChange) -> CompanyOut:
    """Changes a company."""
    values = body.given()
    if values.get("name", "") is None:
        raise Invalid("name", "cannot be emptied")
    return _out(CompanyOut, companies.change_company(call.deps, call.workspace.id, company, **values))


def _out(kind: type[O], record: Task | Note | Sale | Company) -> O:
    return kind.model_construct(**{name: getattr(record, name) for name in kind.model_fields})


def _shown(call: Call, kind: type[O], page: Page[Task] | Page[Note] | Page[Sale]) -> list[O]:
    records: list[Task | Note | Sale] = [*page.items]
    return [_out(kind, record) for record in about_seen(call, records)]
