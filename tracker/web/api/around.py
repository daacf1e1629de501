"""/tasks, /notes, /sales and /companies: what stands around leads."""

from typing import Any, TypeVar

from pydantic import BaseModel

from tracker.actions.leads import companies
from tracker.actions.pipeline import notes, sales, tasks
from tracker.base.errors import Invalid, Taken
from tracker.domain.leads.company import Company
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.rules.visibility import concealed
from tracker.store.core.paging import Page
from tracker.store.pipeline.lead_records import LeadRecords
from tracker.web.api.access import (
    check_acts_as,
    check_assigns,
    check_changes_company,
    companies_page,
    companies_seen,
    company_of,
    lead_of,
    page_about,
    told_who_has_it,
)
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
R = TypeVar("R", Task, Note, Sale)


@operations.add("GET", "/tasks", query=AboutQuery, answer=List[TaskOut])
def list_tasks(call: Call, query: AboutQuery) -> List[TaskOut]:
    """Tasks, newest first."""
    return List[TaskOut].model_construct(**_page(call, TaskOut, call.here.tasks, query))


def _plans(call: Call, body: TaskIn) -> None:
    lead_of(call, body.lead)
    check_assigns(call, body.rep)


@operations.add("POST", "/tasks", body=TaskIn, answer=TaskOut, status=201, guard=_plans)
def add_task(call: Call, body: TaskIn) -> TaskOut:
    """Adds something to do; the earliest open task is the lead's next action."""
    values = body.given() | {"due": due_at(body.due, call.zone)}
    return _out(TaskOut, tasks.add_task(call.deps, call.workspace.id, **values))


@operations.add("PATCH", "/tasks/{task}", body=TaskChange, answer=TaskOut)
def change_task(call: Call, task: str, body: TaskChange) -> TaskOut:
    """Changes or finishes a task."""
    lead_of(call, call.here.tasks.get(task).lead)
    check_assigns(call, body.rep)
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
    return List[NoteOut].model_construct(**_page(call, NoteOut, call.here.notes, query))


def _notes(call: Call, body: NoteIn) -> None:
    lead_of(call, body.lead)


@operations.add("POST", "/notes", body=NoteIn, answer=NoteOut, status=201, guard=_notes)
def add_note(call: Call, body: NoteIn) -> NoteOut:
    """Writes down a call, meeting, chat or note; it stands in the lead's events too."""
    given = {"kind": body.kind} | body.given()
    return _out(NoteOut, notes.add_note(call.deps, call.workspace.id, rep=call.actor, **given))


@operations.add("GET", "/sales", query=AboutQuery, answer=List[SaleOut])
def list_sales(call: Call, query: AboutQuery) -> List[SaleOut]:
    """Sales, newest first."""
    return List[SaleOut].model_construct(**_page(call, SaleOut, call.here.sales, query))


def _sells(call: Call, body: SaleIn) -> None:
    lead_of(call, body.lead)
    check_acts_as(call, body.rep)


@operations.add("POST", "/sales", body=SaleIn, answer=SaleOut, status=201, guard=_sells)
def add_sale(call: Call, body: SaleIn) -> SaleOut:
    """Adds a sale to a lead."""
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
    found = companies_page(call, query.search, query)
    return List[CompanyOut].model_construct(items=[_out(CompanyOut, company) for company in found.items], next=found.next)


def _still_seen(call: Call, kept: dict[str, Any]) -> None:
    """A company where only colleagues' leads work since is refused as its name would be."""
    found = call.here.companies.find(kept["id"])
    if found is not None and not companies_seen(call, [found]):
        raise concealed(Taken("a company of this name exists already", kind="company"))


@operations.add("POST", "/companies", body=CompanyIn, answer=CompanyOut, status=201, may_repeat=_still_seen)
def add_company(call: Call, body: CompanyIn) -> CompanyOut:
    """Adds a company; its name must be new in the workspace."""
    with told_who_has_it(call):
        return _out(CompanyOut, companies.add_company(call.deps, call.workspace.id, **body.given()))


@operations.add("GET", "/companies/{company}", answer=CompanyOut)
def get_company(call: Call, company: str) -> CompanyOut:
    """One company."""
    return _out(CompanyOut, company_of(call, company))


@operations.add("PATCH", "/companies/{company}", body=CompanyChange, answer=CompanyOut)
def change_company(call: Call, company: str, body: CompanyChange) -> CompanyOut:
    """Changes a company; a rep who sees only own leads changes none where colleagues have leads."""
    company_of(call, company)
    check_changes_company(call, company)
    values = body.given()
    if values.get("name", "") is None:
        raise Invalid("name", "cannot be emptied")
    with told_who_has_it(call):
        return _out(CompanyOut, companies.change_company(call.deps, call.workspace.id, company, **values))


def _out(kind: type[O], record: Task | Note | Sale | Company) -> O:
    return kind.model_construct(**{name: getattr(record, name) for name in kind.model_fields})


def _page(call: Call, kind: type[O], records: LeadRecords[R], query: AboutQuery) -> dict[str, Any]:
    def fetch(cursor: str | None, size: int) -> Page[R]:
        return records.page(lead=query.lead, cursor=cursor, limit=size)

    found = page_about(call, fetch, query)
    return {"items": [_out(kind, record) for record in found.items], "next": found.next}
