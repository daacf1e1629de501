"""Test scenes: a workspace with a site, a rep and a lead, and captures as the edge writes them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import id_of, new_id, short_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.verdicts.first import RECORDED
from tracker.spool.file import write_file
from workers.drain.process import Drain
from workers.recompute.run import recompute

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
HEADERS = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en-GB,en;q=0.9",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "cross-site",
    "sec-fetch-user": "?1",
}
"""What Chrome sends with a navigation that a person began."""
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@dataclass
class Scene:
    """One workspace, ready to receive events."""

    deps: Deps
    workspace: Workspace
    site: Site
    rep: Rep
    captures: list[Capture] = field(default_factory=list)

    @property
    def store(self) -> Any:
        """The workspace's repositories."""
        return self.deps.store.of(self.workspace.id)

    def lead(self, name: str = "Dana Whitfield", **more: Any) -> Lead:
        """A lead of the rep."""
        values = {"email": f"{name.split(maxsplit=1)[0].lower()}@acme.example", "company": "Acme", "owner": self.rep.id} | more
        made = Lead(id=new_id(), workspace=self.workspace.id, name=name, created_at=NOON - timedelta(days=60), updated_at=NOON, **values)
        return self.store.leads.add(made)

    def message(self, lead: Lead, sent_at: datetime = NOON - timedelta(minutes=10), **more: Any) -> Message:
        """A sent message with its `sent` event; no proposal, whatever its subject, unless `proposal` says otherwise."""
        made = Message(
            id=new_id(),
            workspace=self.workspace.id,
            lead=lead.id,
            subject=more.pop("subject", "Offer v2"),
            html="",
            source_html="",
            state=MessageState.SENT,
            created_at=sent_at,
            sent_at=sent_at,
            **({"proposal": False} | more),
        )
        self.store.messages.add(made)
        key = id_of(self.workspace.id, made.id, "sent")
        event = Event(
            id=key,
            workspace=self.workspace.id,
            kind=EventKind.SENT,
            at=sent_at,
            received=sent_at,
            verdict=RECORDED,
            lead=lead.id,
            message=made.id,
        )
        self.store.events.add(event)
        self.deps.store.dirty.mark(self.workspace.id, lead.id, [sent_at])
        return made

    def capture(self, kind: CaptureKind, at: datetime, **more: Any) -> Capture:
        """Adds one row for the spool."""
        values = {"id": new_id(), "agent": CHROME, "address": "203.0.113.7", "received": to_ms(at), "at": to_ms(at)} | more
        made = Capture(kind=kind, workspace=self.workspace.id, **values)
        self.captures.append(made)
        return made

    def open(self, message: Message, at: datetime, **more: Any) -> Capture:
        """A request for the pixel."""
        return self.capture(CaptureKind.OPEN, at, message=message.id, **more)

    def click(self, message: Message, at: datetime, **more: Any) -> Capture:
        """A request for a link."""
        values = {"headers": HEADERS} | more
        return self.capture(CaptureKind.CLICK, at, message=message.id, url=f"{self.site.origins[0]}/", **values)

    def page(self, visitor: str, path: str, at: datetime, kind: CaptureKind = CaptureKind.VIEW, **more: Any) -> Capture:
        """A page event; the page view's id is its path unless given. Heartbeats have a title only if it came late."""
        page = more.pop("page", path)
        key = id_of(self.site.key, visitor, f"{kind}{page}{to_ms(at)}")
        url = f"{self.site.origins[0]}{path}"
        if kind not in (CaptureKind.BEAT, CaptureKind.LEAVE):
            more = {"title": f"{path.strip('/').title() or 'Home'} – Acme", **more}
        return self.capture(kind, at, id=key, site=self.site.key, visitor=visitor, page=page, url=url, **more)

    def spool(self, captures: list[Capture] | None = None) -> None:
        """Writes rows to a finished spool file."""
        write_file(self.deps.settings.spool_dir, self.captures if captures is None else captures)

    def settle(self) -> None:
        """Drains the spool and recomputes until nothing is left to do."""
        drain = Drain(self.deps)
        while drain.step():
            pass
        for queue in ("live", "bulk", "live"):
            recompute(self.deps, queue)
        while look := self.deps.store.database.dirty.find_one({"free_at": {"$gt": self.deps.now()}}, sort=[("free_at", 1)]):
            recompute(replace(self.deps, now=lambda due=look["free_at"]: due), "live")  # when the hold is over
        assert not self.deps.store.dirty.counts(), list(self.deps.store.database.dirty.find())


def make_scene(deps: Deps, name: str = "Northwind") -> Scene:
    """A workspace with one site and one rep."""
    site = Site(key=short_id(), name="Site", origins=("https://www.northwind.example",))
    workspace = Workspace(id=short_id(), name=name, created_at=NOON - timedelta(days=90), sites=(site,))
    deps.store.workspaces.add(workspace)
    rep = Rep(id=new_id(), workspace=workspace.id, email=f"rep@{name.lower()}.example", name="Rita Reyes", role=Role.ADMIN, created_at=NOON)
    deps.store.of(workspace.id).reps.add(rep)
    return Scene(deps, workspace, site, rep)
