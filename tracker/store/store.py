"""The store as a whole: `Store.of(workspace)` for one workspace's repositories, and the few that span workspaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from tracker.base.encryption.keyring import Keyring
from tracker.domain.activity.event import Event
from tracker.store.activity import daily_facts as facts
from tracker.store.activity import dirty_marks, events, evidence, visits
from tracker.store.activity.daily_facts import Facts
from tracker.store.activity.dirty_marks import Dirty
from tracker.store.activity.events import Events, Prints
from tracker.store.activity.evidence import Evidence
from tracker.store.activity.visits import Claims, Dwells, Visitors, Visits
from tracker.store.alerting import alarms, delivery_queue, outbox
from tracker.store.alerting.alarms import Alarms
from tracker.store.alerting.delivery_queue import Lanes
from tracker.store.alerting.outbox import Alerts, Deliveries, Outbox
from tracker.store.leads import companies, leads
from tracker.store.leads.companies import Companies
from tracker.store.leads.leads import Leads
from tracker.store.mail import messages
from tracker.store.mail.messages import Messages, Shares
from tracker.store.ops import audit
from tracker.store.ops.audit import Audit
from tracker.store.pipeline import sales
from tracker.store.pipeline import stage_moves as moves
from tracker.store.pipeline.sales import Notes, Sales, Tasks
from tracker.store.pipeline.stage_moves import Moves
from tracker.store.team import api_keys, persons, reps, sessions
from tracker.store.team.api_keys import ApiKeys
from tracker.store.team.persons import Persons
from tracker.store.team.reps import Channels, Reps
from tracker.store.team.sessions import Sessions
from tracker.store.workspace import workspaces
from tracker.store.workspace.workspaces import Workspaces

Document = dict[str, Any]

_MODULES = (
    alarms,
    audit,
    companies,
    dirty_marks,
    events,
    evidence,
    facts,
    api_keys,
    delivery_queue,
    leads,
    messages,
    moves,
    outbox,
    persons,
    reps,
    sales,
    sessions,
    visits,
    workspaces,
)

_OTHER_SHAPE = (85, 86)
"""MongoDB's codes for: an index of this name exists with other options or other keys."""

_BY_WS = ("visits", "visitors", "dwell", "claims", "facts", "moves", "alerts", "deliveries", "dirty")
_BY_WS_TOO = ("leads", "companies", "messages", "shares", "reps", "channels", "tasks", "sales", "notes", "audit")


@dataclass(frozen=True, slots=True)
class WorkspaceStore:
    """The repositories of one workspace: through them no other workspace's records can be reached."""

    workspace: str
    events: Events
    visits: Visits
    visitors: Visitors
    dwell: Dwells
    claims: Claims
    facts: Facts
    moves: Moves
    alerts: Alerts
    deliveries: Deliveries
    leads: Leads
    companies: Companies
    messages: Messages
    shares: Shares
    reps: Reps
    channels: Channels
    tasks: Tasks
    sales: Sales
    notes: Notes
    audit: Audit


class Store:
    """One MongoDB database, and the keyring of the secrets in it."""

    def __init__(self, database: Database[Document], keyring: Keyring) -> None:
        self.database = database
        self.keyring = keyring
        self._prints = Prints(database.prints)
        self.workspaces = Workspaces(database, keyring)
        self.sessions = Sessions(database)
        self.keys = ApiKeys(database)
        self.persons = Persons(database)
        self.dirty = Dirty(database)
        self.alarms = Alarms(database)
        self.outbox = Outbox(database)
        self.lanes = Lanes(database)
        self.evidence = Evidence(database)

    def of(self, workspace: str) -> WorkspaceStore:
        """The repositories of one workspace (16 hex digits)."""
        base = self.database
        return WorkspaceStore(
            workspace=workspace,
            events=Events(base, workspace, self._prints),
            visits=Visits(base, workspace),
            visitors=Visitors(base, workspace),
            dwell=Dwells(base, workspace),
            claims=Claims(base, workspace),
            facts=Facts(base, workspace),
            moves=Moves(base, workspace),
            alerts=Alerts(base, workspace),
            deliveries=Deliveries(base, workspace),
            leads=Leads(base, workspace),
            companies=Companies(base, workspace),
            messages=Messages(base, workspace),
            shares=Shares(base, workspace),
            reps=Reps(base, workspace),
            channels=Channels(base, workspace, self.keyring),
            tasks=Tasks(base, workspace),
            sales=Sales(base, workspace),
            notes=Notes(base, workspace),
            audit=Audit(base, workspace),
        )

    def insert_events(self, found: Sequence[Event]) -> set[str]:
        """Keeps events of any workspaces, each once; the ids of those that are new. For workers.drain.process."""
        return events.insert_events(self.database, self._prints, found)

    def ensure_indexes(self) -> None:
        """Creates every index that a query of ours needs, anew where an older version had another of that name.

        Safe to repeat; called at each start.
        """
        for module in _MODULES:
            for collection, indexes in module.INDEXES.items():
                for index in indexes:
                    self._ensure_index(collection, index)

    def _ensure_index(self, collection: str, index: IndexModel) -> None:
        rows = self.database[collection]
        try:
            rows.create_indexes([index])
        except OperationFailure as error:
            if error.code not in _OTHER_SHAPE:
                raise
            rows.drop_index(index.document["name"])
            rows.create_indexes([index])

    def is_up(self) -> bool:
        """Whether MongoDB answers as a primary now."""
        try:
            return bool(self.database.client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    def remove_workspace(self, workspace: str) -> None:
        """Deletes every record of a workspace, then the workspace itself."""
        self.empty_workspace(workspace)
        self.workspaces.remove(workspace)

    def empty_workspace(self, workspace: str) -> None:
        """Deletes every record of a workspace; the workspace itself stays."""
        self._forget_persons(workspace)
        low = bytes.fromhex(workspace)
        self.database.events.delete_many({"_id": {"$gte": low, "$lt": low + b"\xff" * 17}, "w": low})
        for name in (*_BY_WS, *_BY_WS_TOO):
            self.database[name].delete_many({"_id": {"$gte": f"{workspace}:", "$lt": f"{workspace};"}})
        self.database.evidence.delete_many({"ws": workspace})
        for name in ("sign_in_links", "api_keys", "address_confirmations"):
            self.database[name].delete_many({"workspace": workspace})

    def _forget_persons(self, workspace: str) -> None:
        """Signs out, and removes, the persons who work nowhere else; the browsers of others go on elsewhere by themselves."""
        here = [row["person"] for row in self.database.reps.find({"ws": workspace}, {"person": 1}) if "person" in row]
        elsewhere = {row["person"] for row in self.database.reps.find({"person": {"$in": here}, "ws": {"$ne": workspace}}, {"person": 1})}
        gone = [person for person in here if person not in elsewhere]
        for name, key in (("sessions", "person"), ("confirmed_addresses", "person"), ("persons", "_id")):
            self.database[name].delete_many({key: {"$in": gone}})
