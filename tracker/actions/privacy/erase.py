"""Erasure of a lead, in passes that can be repeated. Called by API and console, by workers.periodic and after a restore.

The request writes the erasure and the tombstone first, then runs a pass. A sweep runs another one a minute later, because a worker
may have stored something meanwhile, and continues the pass of a killed process.
"""

import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import redis

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.hooks.outbox import put_erased
from tracker.actions.mail.forget_recipient import forget_recipient
from tracker.actions.merging.merge import unmerge
from tracker.actions.ops import audit, tombstones
from tracker.actions.privacy.import_files import forget_import_files
from tracker.actions.privacy.recording import ids_of_lead
from tracker.actions.reports.followed_tables import tables_of
from tracker.actions.reports.roll_ups import forget_leads
from tracker.domain.activity.event import EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import Actor, AuditAction
from tracker.domain.privacy.erasure import Erasure, Tombstone
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.rules.reports.columns.texts import texts_of_others
from tracker.rules.reports.remains import remains_of
from tracker.store.privacy.erasure_rules import ErasureSubject, remove_lead
from tracker.store.privacy.tombstones import tombstones_by_workspace
from tracker.store.reports.report_leads import ReportLeads
from tracker.store.reports.report_visits import ReportVisits

log = logging.getLogger(__name__)

_LEASE = timedelta(seconds=60)
"""When another process may continue a pass. Two passes at once are harmless."""
_AGAIN = timedelta(seconds=60)
"""The time between two passes: longer than a batch of the drain or of the workers, and than the lease of a mark."""
_PASSES = 2
_AT_ONCE = 5_000
"""Leads read in one query."""


def erase_lead(deps: Deps, workspace: str, lead: str, by: Actor) -> None:
    """Removes the lead, all that are merged with it, and everything about them. Raises NotFound.

    If the process is killed, the sweep `finish_erasures` continues. What was delivered, and backups, stay.
    """
    here, now = deps.store.of(workspace), deps.now()
    kept = here.leads.get(lead)
    ids = [kept.id, *(here.leads.ids_with_merged([kept.id]).keys() - {kept.id})]  # the kept one's figures are made while all are there
    leads = here.leads.own_by_ids(ids)
    for one in [leads[key] for key in reversed(ids) if key in leads]:
        remains = secrets.token_hex(16) if one.id == kept.id else ""
        here.erasures.add_once(
            Erasure(id=one.id, workspace=workspace, requested_at=now, company=one.company_id, remains=remains, due_at=now + _LEASE)
        )
        _bury(deps, one, now)
    audit.record(deps, workspace, AuditAction.DELETED, by, "lead", id=kept.id)
    for key in ids:
        if erasure := here.erasures.find(key):
            _run_pass(deps, erasure)


def finish_erasures(deps: Deps, now: datetime) -> None:
    """Runs the passes that are due. One of the sweeps."""
    in_due(deps, deps.store.due_workspaces.with_erasures(now), lambda one: _finish_in(deps, one.id, now))


def _finish_in(deps: Deps, workspace: str, now: datetime) -> None:
    erasures = deps.store.of(workspace).erasures
    while (erasure := erasures.claim(now, now + _LEASE)) is not None:
        _run_pass(deps, erasure)


def _bury(deps: Deps, lead: Lead, now: datetime) -> None:
    tombstone = tombstones.tombstone_of(deps.keys, lead, now)
    deps.store.of(lead.workspace).tombstones.add_once(tombstone)
    with suppress(OSError):  # a full disk: the sweep `keep_tombstones` adds it later
        tombstones.add(tombstones.path_of(deps.settings), [tombstone])


def _run_pass(deps: Deps, erasure: Erasure) -> None:
    here = deps.store.of(erasure.workspace)
    put_erased(deps, erasure.workspace, erasure.id, erasure.requested_at)
    lead, former = here.leads.own(erasure.id), erasure
    erasure = _with_ids(deps, erasure)
    shared = {visitor.id for visitor in here.visitors.of_lead(erasure.id)} - set(erasure.visitors)
    if lead:
        forget_recipient(deps, lead)
        _keep_remains(deps, erasure)
    remove_lead(ErasureSubject(deps.store.database, erasure, lead))
    forget_leads(deps, erasure.workspace, [erasure.id])
    deps.store.dirty.mark_many([(erasure.workspace, "visitor", name, former.requested_at) for name in shared])
    try:
        deps.bus.forget_lead(erasure.workspace, erasure.id, erasure.visitors)
        forget_import_files(deps.redis, erasure.workspace, lead)
        is_last = erasure.passes + 1 >= _PASSES
        if is_last:
            _rewrite_files(deps.redis)
    except (redis.RedisError, OSError) as error:
        log.warning("erasure continues later: Redis is unavailable", extra={"lead": erasure.id, "error": type(error).__name__})
        return
    if is_last:
        here.erasures.remove(erasure.id)
    else:
        here.erasures.change(erasure.id, passes=erasure.passes + 1, due_at=deps.now() + _AGAIN)
    log.info("erasure: pass complete", extra={"workspace": erasure.workspace, "lead": erasure.id, "passes": erasure.passes + 1})


def _keep_remains(deps: Deps, erasure: Erasure) -> None:
    """Keeps what reports count of the lead, once: a later pass finds less of it."""
    here = deps.store.of(erasure.workspace)
    if not erasure.remains or here.report_remains.find(erasure.remains):
        return
    database = deps.store.database
    alone = ReportVisits(database, erasure.workspace).of_visitors(list(erasure.visitors))
    words = _words(deps, erasure, [visit.id for visit in alone])
    for leads in ReportLeads(database, erasure.workspace).of([erasure.id]):
        for lead in leads:
            whole = replace(lead, visits=[*lead.visits, *alone])
            here.report_remains.add_once(remains_of(whole, erasure.workspace, erasure.remains, words))


def _words(deps: Deps, erasure: Erasure, visits: list[str]) -> set[str]:
    """The products and reasons that the workspace lists or that other leads have, too. `visits`: the lead's that are of no lead yet."""
    workspace = deps.store.workspaces.get(erasure.workspace)
    listed = {*workspace.products, *workspace.won_reasons, *workspace.lost_reasons}
    return listed | texts_of_others(tables_of(deps, workspace), erasure.id, visits)


def _with_ids(deps: Deps, erasure: Erasure) -> Erasure:
    """The erasure with the ids of everything that is found now. They are stored and withdrawn before anything is removed."""
    here = deps.store.of(erasure.workspace)
    listed = list(ids_of_lead(deps, erasure.workspace, erasure.id))
    deps.store.withdrawn.put(erasure.workspace, listed, deps.now())
    alone = [visitor.id for visitor in here.visitors.of_lead(erasure.id) if {b.lead for b in visitor.bindings} == {erasure.id}]
    alone += _anonymous_browsers(deps, erasure)
    return here.erasures.extend(
        erasure.id,
        messages=[record for kind, record in listed if kind is WithdrawnKind.MESSAGE],
        shares=[record for kind, record in listed if kind is WithdrawnKind.SHARE],
        visitors=alone,
    )


def _anonymous_browsers(deps: Deps, erasure: Erasure) -> set[str]:
    """Browsers of no lead that followed a link of the lead, or sent a form with its address."""
    here = deps.store.of(erasure.workspace)
    clicks = [event.id for event in here.events.of_messages([m.id for m in here.messages.briefs_of_leads([erasure.id])], [EventKind.CLICK])]
    found = {claim.visitor for claim in here.claims.on_clicks(clicks)} if clicks else set()
    if lead := here.leads.own(erasure.id):
        found |= here.events.senders_of(lead.email)
    return found - {visitor.id for visitor in here.visitors.by_ids(found).values() if visitor.bindings}


def _rewrite_files(client: redis.Redis) -> None:
    """Has Valkey write its append-only file anew, which holds removed messages until then. Other servers may not allow it."""
    with suppress(redis.ResponseError):
        client.bgrewriteaof()


def restored_again(deps: Deps, workspace: str, known: Iterable[Tombstone]) -> list[Lead]:
    """The leads of the workspace that are copies of erased ones."""
    here, by_id, by_email = deps.store.of(workspace), set[str](), dict[str, datetime]()
    for one in known:
        by_id.add(one.id)
        by_email[one.email] = max(one.at, by_email.get(one.email, one.at))
    ids = here.leads.all_ids_with_merged() if by_id else []
    parts = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    return [
        lead
        for part in parts
        for lead in here.leads.own_by_ids(part).values()
        if tombstones.is_erased(lead, tombstones.tombstone_of(deps.keys, lead, lead.created_at), by_id, by_email)
    ]


def _part(deps: Deps, lead: Lead) -> None:
    """Takes merges back: the backup may be from before two leads were parted, of which one was erased."""
    ids = deps.store.of(lead.workspace).leads.ids_with_merged([lead.id])
    for one in deps.store.of(lead.workspace).leads.own_by_ids(ids).values():
        if one.merged is not None:
            unmerge(deps, lead.workspace, one.id)


def keep_tombstones(deps: Deps, by: Actor) -> int:
    """Makes file and database contain the same tombstones, and erases what the new ones find; returns how many leads.

    The database lacks some after an older backup was restored; a host lacks some of leads that were erased on another one.
    Raises PyMongoError, OSError, LeadlightError.
    """
    path, count = tombstones.path_of(deps.settings), 0
    in_file = tombstones.read(path)
    in_database: list[Tombstone] = []
    in_store = tombstones_by_workspace(deps.store.database)
    for workspace in deps.store.workspaces.some(in_store.keys() | {one.workspace for one in in_file}):
        store, known = deps.store.of(workspace.id).tombstones, in_store.get(workspace.id, [])
        in_database += known
        ids = {one.id for one in known}
        missing = [one for one in in_file if one.workspace == workspace.id and one.id not in ids]
        for lead in restored_again(deps, workspace.id, [*known, *missing]) if missing else ():
            _part(deps, lead)
            erase_lead(deps, workspace.id, lead.id, by)
            count += 1
        for one in missing:  # last, so that a killed process finds them missing again
            store.add_once(one)
    tombstones.add(path, in_database)
    return count
