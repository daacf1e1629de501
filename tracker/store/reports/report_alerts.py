"""What came of the alerts about leads, as reports read it. Called by store.reports.report_leads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from tracker.domain.alerting.alert import AlertState
from tracker.rules.reports.alert_metrics import acted_at
from tracker.rules.reports.facts import AlertOutcome
from tracker.store.core.client import Document
from tracker.store.core.records import aware

_ALERT = dict.fromkeys(("lead", "rep", "rule", "custom", "at", "taken_at", "taken_by", "feedback"), 1)
_DONE = {"notes": "at", "tasks": "created_at", "messages": "sent_at"}
"""What a rep does about a lead, by collection: when it happened."""
_AT_ONCE = 20_000


def alert_outcomes(database: Database[Document], workspace: str, leads: Mapping[str, str]) -> dict[str, list[AlertOutcome]]:
    """By lead, oldest first, without withdrawn ones. `leads`: all ids of the leads, with the lead that each is of."""
    query: Document = {"ws": workspace, "lead": {"$in": list(leads)}, "state": {"$ne": AlertState.WITHDRAWN.value}}
    rows = list(database["alerts"].find(query, _ALERT, batch_size=_AT_ONCE))
    done: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for lead, rep, at in _done(database, workspace, _concerned(rows, leads)):
        done[leads[lead], rep].append(at)
    found: dict[str, list[AlertOutcome]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one["at"], one["_id"])):
        found[leads[row["lead"]]].append(_outcome(row, done.get((leads[row["lead"]], row.get("rep") or ""), [])))
    return found


def _concerned(rows: Iterable[Document], leads: Mapping[str, str]) -> list[str]:
    """All ids of the leads of alerts for a rep."""
    named = {leads[row["lead"]] for row in rows if row.get("rep")}
    return sorted(lead for lead, its in leads.items() if its in named)


def _done(database: Database[Document], workspace: str, leads: list[str]) -> Iterator[tuple[str, str, datetime]]:
    """Lead, rep and moment of each note (a call, too), task and email by a rep; copies to others are none to the lead."""
    query = {"ws": workspace, "lead": {"$in": leads}}
    for name, moment in _DONE.items() if leads else ():
        for row in database[name].find(query, {"lead": 1, "rep": 1, moment: 1, "envelope.copy_to": 1}, batch_size=_AT_ONCE):
            if row.get("rep") and row.get(moment) and not (row.get("envelope") or {}).get("copy_to"):
                yield row["lead"], row["rep"], aware(row[moment])


def _outcome(row: Document, done: list[datetime]) -> AlertOutcome:
    feedback: dict[str, Any] = row.get("feedback") or {}
    at, taken, rep = aware(row["at"]), row.get("taken_at"), row.get("rep")
    is_own = row.get("taken_by") is not None and rep in (None, row["taken_by"])  # contact with a lead takes the alerts of other reps, too
    return AlertOutcome(
        id=row["_id"].partition(":")[2],
        at=at,
        rule=row.get("custom") or row["rule"],
        rep=rep,
        rated_at=aware(feedback["at"]) if feedback else None,
        is_useful=bool(feedback.get("useful")),
        acted_at=acted_at(at, aware(taken) if taken and is_own else None, done),
    )
