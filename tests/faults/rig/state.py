"""Invariants under faults: every acknowledged event is stored once, and derived data is the same as without the fault."""

from collections import Counter
from typing import Any

import msgspec

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger, number_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.leads.lead import Derived
from workers.recompute.visitors import BEGINNING

_PAGE_EVENTS = (EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD)
_DERIVED = ("visitors", "visits", "facts", "alerts", "deliveries", "channels")


def settle(company: Company, seconds: float = 120) -> None:
    """Waits until every event is processed and every alert is delivered."""
    stack, base = company.stack, company.stack.deps.store.database
    open_rows = {"ws": company.workspace, "state": {"$in": ["due", "sending"]}}

    def is_settled() -> bool:
        if stack.spool_backlog() or base.dirty.count_documents({"ws": company.workspace}, limit=1):
            return False
        return not base.deliveries.count_documents(open_rows, limit=1)

    stack.wait_for(is_settled, seconds)
    assert not base.dirty.count_documents({"ws": company.workspace, "parked": True})


def stored(company: Company) -> list[Event]:
    """Every event of the company that came through the edge."""
    found = company.store.events.latest(limit=1_000_000)
    return [event for event in found if event.kind is not EventKind.SENT]


def assert_stored_once(company: Company, ledger: Ledger) -> None:
    """Every acknowledged event is stored exactly once, any other request's at most once, and nothing else."""
    events = stored(company)
    assert not ledger.wrong(), ledger.wrong()[:5]
    lines = Counter(number_of(event.headers.get("accept-language", "")) for event in events if event.visitor is None)
    for entry in ledger.of("open", "click"):
        count = lines.pop(entry.number, 0)
        assert count == 1 if entry.is_answered else count <= 1, f"{entry} is stored {count} times"
    assert not lines, f"not sent by the test: {lines}"
    from_pages = {event.id for event in events if event.visitor}
    assert len(from_pages) == sum(1 for event in events if event.visitor)
    answered = {key for entry in ledger.of("collect") if entry.is_answered for key in entry.ids}
    sent = {key for entry in ledger.of("collect") for key in entry.ids}
    assert answered <= from_pages <= sent, f"lost: {len(answered - from_pages)}, unknown: {len(from_pages - sent)}"
    _assert_dwell(company, ledger)


def _assert_dwell(company: Company, ledger: Ledger) -> None:
    wanted: dict[tuple[str, str], int] = {}
    for entry in ledger.of("collect"):
        if entry.is_answered:
            for page, active in entry.dwell.items():
                wanted[entry.visitor, page] = max(wanted.get((entry.visitor, page), 0), active)
    wanted = {key: active for key, active in wanted.items() if active}
    kept = {key: dwell.active_ms for key, dwell in company.store.dwell.of(wanted).items()}
    assert kept == wanted


def final_state(company: Company) -> dict[str, Any]:
    """All data derived from the events, without computation times."""
    store = company.store
    leads = {lead.id: lead for lead in store.leads.where({})}
    visits = store.dwell.fill(store.visits.latest(limit=100_000))
    return {
        "events": sorted((e.id, e.kind.value, e.at, e.lead, e.visitor, e.verdict.label.value) for e in stored(company)),
        "leads": {key: (msgspec.structs.replace(lead.derived, scored_at=None), lead.stage) for key, lead in leads.items()},
        "visits": sorted((v.id, v.lead, v.started_at, [(p.url, p.active_ms, p.scroll) for p in v.pages]) for v in visits),
        "facts": {key: [(d.day, sorted(d.counts.items())) for d in days if d.counts] for key, days in store.facts.of_leads(leads).items()},
        "reactions": {m.id: m.reaction for m in store.messages.briefs_of_leads(leads)},
        "alerts": sorted(
            (a.id, a.lead, a.rule.value, a.title, a.text)
            for a in store.alerts.where({})
            if a.state is not AlertState.WITHDRAWN and a.rule is not AlertRule.NOT_ANSWERED  # the schedule tells that, once
        ),
    }


def assert_same_as_undisturbed(company: Company) -> None:
    """Deletes all derived data, recomputes it from the evidence at once, and compares."""
    before = final_state(company)
    _assert_ledgers_sum(company)
    base, deps = company.stack.deps.store.database, company.stack.deps
    for name in _DERIVED:
        base[name].delete_many({"ws": company.workspace})
    own = bytes.fromhex(company.workspace)
    base.events.update_many({"w": own, "v": {"$exists": True}}, {"$unset": {"l": ""}})
    blank = msgspec.to_builtins(Derived(), builtin_types=(type(deps.now()),))
    base.leads.update_many({"ws": company.workspace}, {"$set": {"derived": blank}, "$inc": {"version": 1}})
    visitors = {event.visitor for event in stored(company) if event.visitor}
    marks = [(company.workspace, "visitor", visitor, BEGINNING) for visitor in visitors]
    marks += [(company.workspace, "visitor", visitor, deps.now()) for visitor in visitors]
    marks += [(company.workspace, "lead", lead, BEGINNING) for lead in before["leads"]]
    deps.store.dirty.mark_many(marks)
    deps.wake.live()
    settle(company)
    after = final_state(company)
    for name, found in before.items():
        assert found == after[name], f"{name} differ from those of an undisturbed run: {_difference(found, after[name])}"


def _difference(found: Any, wanted: Any) -> str:
    """The differences of two values, readable in a CI log."""
    ours, theirs = ([*each.items()] if isinstance(each, dict) else each for each in (found, wanted))
    return f"found {[each for each in ours if each not in theirs]}, wanted {[each for each in theirs if each not in ours]}"


def _assert_ledgers_sum(company: Company) -> None:
    for lead in company.listed("/leads"):
        score = company.call("GET", f"/leads/{lead['id']}/score")
        assert sum(row["points"] for row in score["ledger"]) == score["total"]
        assert score["total"] == lead["score"]["total"]
