"""Test data: a workspace with a site, a rep with channels, leads with sent mail; created and read through the API."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from tests.faults.rig.stack import FaultStack
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict
from tracker.domain.alerting.preferences import AlertPreferences
from tracker.domain.team.rep import Role
from tracker.store.store import WorkspaceStore

ORIGIN = "https://www.northwind.example"
HTML = f'<p>Hello, <a href="{ORIGIN}/pricing">our prices</a> and <a href="{ORIGIN}/">our site</a>.</p>'


@dataclass
class MailedLead:
    """A lead with one sent message."""

    lead: str
    name: str
    message: str
    pixel: str
    links: list[str]


@dataclass
class Company:
    """The workspace of one test."""

    stack: FaultStack
    workspace: str
    site: str
    rep: str
    key: str
    recipients: list[MailedLead] = field(default_factory=list)

    @property
    def store(self) -> WorkspaceStore:
        return self.stack.deps.store.of(self.workspace)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One API call over HTTP."""
        headers = {"Authorization": f"Bearer {self.key}", **self.stack.headers}
        with httpx.Client(base_url=f"{self.stack.console}/api/v1", headers=headers, timeout=60, trust_env=False) as client:
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

    def add_leads(self, count: int) -> list[MailedLead]:
        """Adds `count` leads, each with a mail sent two minutes ago."""
        sent = (self.stack.deps.now() - timedelta(minutes=2)).isoformat()
        fresh = []
        for number in range(len(self.recipients), len(self.recipients) + count):
            name = f"Lead Number{number}"
            lead = self.call("POST", "/leads", {"email": f"lead{number}@acme.example", "name": name, "owner": self.rep})["id"]
            made = self.call("POST", "/messages", {"lead": lead, "subject": f"Offer {number}", "html": HTML})
            self.call("POST", f"/messages/{made['id']}/sent", {"at": sent})
            tracked = [self._at_edge(link["tracked_url"]) for link in made["links"]]
            fresh.append(MailedLead(lead, name, made["id"], self._at_edge(made["pixel_url"]), tracked))
        self.recipients += fresh
        return fresh

    def set_channels(self, **channels: dict[str, str]) -> None:
        """Sets up the rep's channels."""
        for name, config in channels.items():
            self.call("PUT", f"/reps/{self.rep}/channels/{name}", config)

    def _at_edge(self, url: str) -> str:
        return url.replace(self.stack.settings.edge_url, self.stack.edge)


def new_company(stack: FaultStack) -> Company:
    """Creates a company in a running stack."""
    deps = stack.deps
    made = workspaces.add_workspace(deps, f"Northwind {secrets.token_hex(3)}")
    deps.store.workspaces.change(made.id, alert_preferences=AlertPreferences())  # at any hour of the test
    for _ in range(20):
        try:
            site = workspaces.add_site(deps, made.id, name="Site", origins=[f"{ORIGIN}/"])
            break
        except Conflict:
            continue
    rep = reps.add_rep(deps, made.id, email=f"rita-{made.id}@northwind.example", name="Rita Reyes", role=Role.ADMIN)
    _, key = api_keys.new_key(deps, made.id)
    return Company(stack, made.id, site.key, rep.id, key)
