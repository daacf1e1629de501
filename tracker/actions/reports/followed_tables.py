"""The tables of a workspace, kept by the process and brought up to date for each report: nothing is read again that did not change.

They begin with the stored blocks, or with all leads where there are none; then follow the stamps of what was written since. So a report
is exact at any time, however old the blocks are.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
from bson.timestamp import Timestamp

from tracker.actions.deps import Deps
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.reports.columns.blocks import FORMAT, from_bytes
from tracker.rules.reports.columns.names import Names
from tracker.rules.reports.columns.packing import packed
from tracker.rules.reports.columns.tables import Tables, empty, joined
from tracker.rules.reports.facts import ReportLead
from tracker.store.reports.report_blocks import BlocksState, block_of
from tracker.store.reports.report_changes import ReportChange, ReportChanges, StampReader
from tracker.store.reports.report_leads import ReportLeads

_MOST = 8
"""Workspaces whose tables a process keeps: those of 100,000 leads take some 50 MB."""
_kept: OrderedDict[tuple[str, str], "FollowedTables"] = OrderedDict()
_keeping = threading.Lock()


def tables_of(deps: Deps, workspace: Workspace) -> Tables:
    """The tables of all leads as they are now."""
    key = (deps.store.database.name, workspace.id)
    with _keeping:
        kept = _kept.setdefault(key, FollowedTables())
        _kept.move_to_end(key)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return kept.now(deps, workspace)


class FollowedTables:
    """The tables of one workspace, and up to where they are complete. One request at a time brings them up to date."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables = empty(Names())
        self._epoch, self._first_stage = "", ""
        self._until = Timestamp(0, 0)
        self._seen = ReportChanges()
        self._gone: dict[int, Timestamp] = {}

    def now(self, deps: Deps, workspace: Workspace) -> Tables:
        """The tables as they are now."""
        with self._lock:
            state = deps.store.of(workspace.id).report_blocks.state()
            if state.epoch != self._epoch:
                self._load(deps, workspace, state)
            self._follow(deps, workspace)
            return self._tables

    def _load(self, deps: Deps, workspace: Workspace, state: BlocksState) -> None:
        names, here = Names(), deps.store.of(workspace.id)
        if state.until is not None and state.format == FORMAT:
            parts = [from_bytes(one.data, names) for one in here.report_blocks.each() if one.data]
            self._until, self._seen, self._first_stage = state.until, ReportChanges(), state.first_stage
        else:
            stamps = StampReader(deps.store.database, workspace.id)
            self._until = stamps.newest()
            self._seen = stamps.changes(self._until)
            self._first_stage = workspace.stages[0].id
            parts = [packed(part, names, self._first_stage) for part in _patient(ReportLeads(deps.store.database, workspace.id).each())]
        self._tables, self._epoch, self._gone = joined([empty(names), *parts]), state.epoch, {}

    def _follow(self, deps: Deps, workspace: Workspace) -> None:
        reader = ReportLeads(deps.store.database, workspace.id)
        gone = deps.store.of(workspace.id).report_blocks.gone_since(self._until)
        changes = StampReader(deps.store.database, workspace.id).changes(self._until)
        leads = changed_leads(reader, changes.since(self._seen))
        first = workspace.stages[0].id
        if first != self._first_stage:
            leads |= guessed(self._tables)
        emptier = {number for number, stamp in gone.items() if self._gone.get(number) != stamp}
        if emptier:
            held = {lead for lead in self._tables.ids() if block_of(lead) in emptier}
            leads |= held - reader.existing(held)
        if leads:
            self._tables = with_changes(self._tables, leads, reader, first)
        self._first_stage, self._gone, self._seen = first, gone, changes
        self._until = changes.newest(self._until)


def changed_leads(reader: ReportLeads, changes: Iterable[ReportChange]) -> set[str]:
    """The leads whose figures these changes may alter: a company gives its leads country and industry."""
    leads, companies = set[str](), set[str]()
    for change in changes:
        if change.lead is None:
            companies.add(change.record)
        else:
            leads.add(change.lead)
    leads |= reader.of_companies(companies) if companies else set()
    return leads | reader.kept(leads)


def guessed(tables: Tables) -> set[str]:
    """The leads that are taken to have begun in the first stage of the pipeline."""
    return {lead.decode() for lead in tables.leads["id"][np.flatnonzero(tables.leads["is_guessed"])].tolist()}


def with_changes(tables: Tables, leads: set[str], reader: ReportLeads, first_stage: str) -> Tables:
    """The tables with these leads as they are now, without those that are gone."""
    parts = [packed(part, tables.names, first_stage) for part in _patient(reader.of(sorted(leads)))]
    return joined([tables.only(~tables.rows_of(leads)), *parts])


def _patient(parts: Iterable[list[ReportLead]]) -> Iterable[list[ReportLead]]:
    """The parts; between two of them, other requests of the process get their turn."""
    for part in parts:
        yield part
        time.sleep(0)  # patched by gevent in the console: yields; costs nothing elsewhere
