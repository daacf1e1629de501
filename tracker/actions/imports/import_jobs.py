"""Imports as jobs: started by people and programs, carried out in batches by a worker, or at once where the file is small."""

import logging
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.imports import batch_import, csv_files
from tracker.actions.imports.batch_import import LEASE, BatchImporter
from tracker.actions.imports.import_file import ImportFile, open_file
from tracker.actions.imports.parts import patience
from tracker.actions.imports.undo_import import undo_some
from tracker.base.errors import Conflict, Invalid, LeadlightError
from tracker.base.ids import new_id
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.leads.lead_import import AT_WORK, CANCELLED, DONE, ENDED, FAILED, RUNNING, UNDOING, WAITING, ImportCounts, LeadImport
from tracker.rules.imports.headings import heading_key, set_key
from tracker.rules.imports.tables import MAX_ROWS, Row
from tracker.rules.visibility import Viewer

log = logging.getLogger(__name__)

AT_ONCE = 2_000
"""Rows that a request imports before it responds; longer files wait for a worker."""
_MOST_REMARKS = 100


def start(
    deps: Deps,
    workspace: str,
    data: bytes,
    *,
    choices: ImportChoices,
    file_name: str = "",
    rep: str | None = None,
    is_at_once: bool = False,
    most_rows: int = MAX_ROWS,
) -> LeadImport:
    """Stores the file and its import. Raises Invalid for a file that cannot be read, and for choices that do not fit it.

    `is_at_once`: the caller carries it out; a worker takes it up only after the lease.
    """
    known, now = deps.store.workspaces.get(workspace), deps.now()
    file = open_file(deps, known, data, choices, checked=True)
    here = deps.store.of(workspace)
    if file.count > most_rows:
        raise Invalid("file", f"has more than {most_rows:,} rows; import it in the background")
    one = LeadImport(
        id=new_id(),
        workspace=workspace,
        state=RUNNING if is_at_once else WAITING,
        file_name=file_name,
        choices=msgspec.structs.replace(choices, orders=file.orders),
        remarks=tuple(file.remarks()[:_MOST_REMARKS]),
        damages=file.damaged,
        headings=set_key(file.table.header),
        header=tuple(file.table.header),
        rep=rep,
        rows=file.count,
        due_at=now + LEASE if is_at_once else now,
        created_at=now,
    )
    here.import_files.put(one.id, data)
    here.imports.add(one)
    if not is_at_once:
        deps.wake.bulk()
    return one


def leave_to_worker(deps: Deps, one: LeadImport) -> None:
    """Has a worker carry out an import that was started to be carried out at once."""
    deps.store.of(one.workspace).imports.proceed(one, RUNNING, state=WAITING, due_at=deps.now())
    deps.wake.bulk()


def remembered(deps: Deps, workspace: str, data: bytes) -> ImportChoices:
    """What was chosen for the last file with the same headings; nothing if there was none. Raises Invalid for an unreadable file."""
    table = csv_files.opened(data)
    former = deps.store.of(workspace).imports.with_headings(set_key(table.header))
    if former is None or not former.choices.columns:
        return ImportChoices()
    titles = {heading_key(title): former.choices.columns.get(str(index), "") for index, title in enumerate(former.header)}
    columns = {str(index): titles.get(heading_key(title), "") for index, title in enumerate(table.header)}
    numbers = {heading_key(title): str(index) for index, title in enumerate(former.header)}
    orders = {str(index): former.choices.orders.get(numbers.get(heading_key(title), ""), "") for index, title in enumerate(table.header)}
    return ImportChoices(columns=columns, values=former.choices.values, orders={index: order for index, order in orders.items() if order})


class _Run:
    """An import that this process carries out: the open file, and where it is."""

    def __init__(self, deps: Deps, one: LeadImport, viewer: Viewer | None) -> None:
        workspace = deps.store.workspaces.get(one.workspace)
        data = deps.store.of(one.workspace).import_files.read(one.id)
        if not data:
            raise Invalid("file", "is gone; import it again")
        self.file: ImportFile = open_file(deps, workspace, data, one.choices, checked=not one.choices.orders)
        self.done = one.done
        self.rows: Iterator[Row] = self.file.rows()
        rep = deps.store.of(one.workspace).reps.find(one.rep) if one.rep else None
        if one.rep and rep is None:
            raise Invalid("file", "was imported by a rep who is gone")
        self.importer = BatchImporter(deps, workspace, one, viewer or (Viewer(workspace, rep) if rep else None))
        self.importer.skip(islice(self.rows, one.done), self.file.reader)
        self.lead_import = one.id


def carry_out(
    deps: Deps,
    one: LeadImport,
    may_continue: Callable[[], bool] = lambda: True,
    run: _Run | None = None,
    viewer: Viewer | None = None,
) -> tuple[LeadImport, _Run | None]:
    """Imports batches until the end or until `may_continue` says no; returns the import, and what continues it in this process.

    `viewer`: whose rights count; None: those of the rep of the import.
    """
    here = deps.store.of(one.workspace)
    try:
        if run is None or run.lead_import != one.id or run.done != one.done:
            run = _Run(deps, one, viewer)
        while may_continue():
            rows = list(islice(run.rows, batch_import.SIZE))
            if not rows:
                return _ended(deps, one, DONE), None
            batch = run.importer.run(one.done, rows, run.file.reader)
            counts = _added(one.counts, batch.counts)
            run.done = one.done + len(rows)
            with patience():
                saved = here.imports.proceed(one, one.state, state=RUNNING, done=run.done, counts=counts, due_at=deps.now() + LEASE)
            if saved is None:  # cancelled meanwhile; what this batch did is counted, and an undo that waits for it may begin
                found = here.imports.get(one.id)
                done = run.done if found.state == CANCELLED else found.done
                here.import_files.remove(one.id)
                return here.imports.change(one.id, done=done, counts=counts, due_at=deps.now()), None
            one = saved
    except Invalid as error:
        here.imports.change(one.id, problem=str(error))
        return _ended(deps, one, FAILED), None
    except (LeadlightError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        # Tried again, the same row would stop it again. What was imported stays, and can be undone.
        log.exception("import stopped", extra={"workspace": one.workspace, "import": one.id})
        here.imports.change(one.id, problem=f"an unexpected error stopped it after {one.done:,} rows; what was imported stays")
        return _ended(deps, one, FAILED), None
    return one, run


def _added(one: ImportCounts, more: ImportCounts) -> ImportCounts:
    return ImportCounts(**{name: getattr(one, name) + getattr(more, name) for name in ImportCounts.__struct_fields__})


def _ended(deps: Deps, one: LeadImport, state: str) -> LeadImport:
    here = deps.store.of(one.workspace)
    here.import_files.remove(one.id)
    return here.imports.change(one.id, state=state, ended_at=deps.now())


def cancel(deps: Deps, workspace: str, lead_import: str) -> LeadImport:
    """Stops an import after its present batch; what was imported stays. Raises NotFound; Conflict for one that has ended."""
    here = deps.store.of(workspace)
    one = here.imports.get(lead_import)
    for state in (WAITING, RUNNING):
        if (stopped := here.imports.proceed(one, state, state=CANCELLED, ended_at=deps.now())) is not None:
            here.import_files.remove(lead_import)
            return stopped
    raise Conflict("this import has ended already")


def undo(deps: Deps, workspace: str, lead_import: str) -> LeadImport:
    """Has a worker remove what the import added or filled in and no one changed since. Raises NotFound; Conflict for one at work or undone."""
    here = deps.store.of(workspace)
    one = here.imports.get(lead_import)
    if one.state not in ENDED:
        raise Conflict("only an import that has ended can be undone, once")
    # A cancelled import may be in its last batch: its lease, which ends with that batch, has to end first.
    due = max(one.due_at, deps.now()) if one.state == CANCELLED else deps.now()
    found = here.imports.proceed(one, one.state, state=UNDOING, due_at=due, done=0, removed=0, restored=0, kept=0)
    if found is None:
        raise Conflict("this import is being changed by another request")
    deps.wake.bulk()
    return found


class ImportWorker:
    """Carries out imports in a worker process, a few seconds at a time."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    def work(self, deps: Deps, may_continue: Callable[[], bool]) -> bool:
        """Works on the imports that are due; returns whether any is left."""
        for workspace in deps.store.due_workspaces.with_imports(deps.now()):
            while may_continue():
                now = deps.now()
                one = deps.store.of(workspace).imports.claim(now, now + LEASE)
                if one is None:
                    break
                self._one(deps, one, may_continue)
        return is_due(deps)

    def _one(self, deps: Deps, one: LeadImport, may_continue: Callable[[], bool]) -> None:
        try:
            if one.state == UNDOING:
                one = undo_some(deps, one, may_continue)
            else:
                one, self._run = carry_out(deps, one, may_continue, self._run)
        except BaseException:  # also the time limit of a job: rows that were read, but not imported, have to be read again
            self._run = None
            raise
        if one.state in AT_WORK:
            deps.store.of(one.workspace).imports.proceed(one, one.state, due_at=deps.now())


def is_due(deps: Deps) -> bool:
    """Whether an import of any workspace waits for a worker."""
    return bool(deps.store.due_workspaces.with_imports(deps.now()))
