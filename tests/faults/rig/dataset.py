"""A company in a house: a workspace with a site, a rep with channels, leads with sent mail; made and read through the API."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from tests.faults.rig.stack import FaultHouse
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict
from tracker.domain.team.rep import Role
from tracker.store.store import WorkspaceStore

ORIGIN = "https://www.northwind.example"
HTML = f'<p>Hello, <a href="{ORIGIN}/pricing">our prices</a> and <a href="{ORIGIN}/">our site</a>.</p>'


@dataclass
class Letter:
    """A lead with one sent message."""

    lead: str
    name: str
    message: str
    pixel: str
    links: list[str]


@dataclass
class Company:
    """One workspace of a test's own."""

    house: FaultHouse
    workspace: str
    site: str
    rep: str
    key: str
    letters: list[Letter] = field(default_factory=list)

    @property
    def store(self) -> WorkspaceStore:
        return self.house.deps.store.of(self.workspace)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the API, as another program makes it."""
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=f"{self.house.console}/api/v1", headers=headers, timeout=60, trust_env=False) as client:
            answer = client.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def listed(self, path: str) -> list[Any]:
        """All items of a list, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.call("GET", f"{path}{mark}limit=200{f'&cursor={cursor}' if cursor else ''}")
            found += page["items"]
            cursor = page["next"]
            if not cursor:
                return found

    def write_to(self, count: int) -> list[Letter]:
        """Adds so many leads, each with a mail sent two minutes ago."""
        sent = (self.house.deps.now() - timedelta(minutes=2)).isoformat()
        fresh = []
        for number in range(len(self.letters), len(self.letters) + count):
            name = f"Lead Number{number}"
            lead = self.call("POST", "/leads", {"email": f"lead{number}@acme.example", "name": name, "owner": self.rep})["id"]
            made = self.call("POST", "/messages", {"lead": lead, "subject": f"Offer {number}", "html": HTML})
            self.call("POST", f"/messages/{made['id']}/sent", {"at": sent})
            tracked = [self._at_edge(link["tracked_url"]) for link in made["links"]]
            fresh.append(Letter(lead, name, made["id"], self._at_edge(made["pixel_url"]), tracked))
        self.letters += fresh
        return fresh

    def tell(self, **channels: dict[str, str]) -> None:
        """Sets up the rep's channels."""
        for name, config in channels.items():
            self.call("PUT", f"/reps/{self.rep}/channels/{name}", config)

    def _at_edge(self, url: str) -> str:
        return url.replace(self.house.settings.edge_url, self.house.edge)


def open_company(house: FaultHouse) -> Company:
    """A fresh company in a running house."""
    deps = house.deps
    made = workspaces.add_workspace(deps, f"Northwind {secrets.token_hex(3)}")
    for _ in range(20):
        try:
            site = workspaces.add_site(deps, made.id, name="Site", origins=[f"{ORIGIN}/"])
            break
        except Conflict:
            continue
    rep = reps.add_rep(deps, made.id, email=f"rita-{made.id}@northwind.example", name="Rita Reyes", role=Role.ADMIN)
    _, key = api_keys.new_key(deps, made.id)
    return Company(house, made.id, site.key, rep.id, key)
