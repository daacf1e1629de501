"""Download and erasure of a lead, and the export of the workspace, in the browser."""

import csv
import io
import json
import zipfile

from tracker.actions.leads import leads
from tracker.actions.pipeline import notes
from tracker.actions.privacy import export_all
from tracker.actions.privacy.export_all import LEFT_OUT, PARTS
from tracker.domain.ops.audit import AuditAction
from tracker.store.core.secrets import FIELDS
from tracker.store.ops.audit import AuditQuery
from tracker.store.store import WORKSPACE_REPOSITORIES


def add(deps, workspace, **more):
    values = {"email": "dana@whitfield.example", "name": "Dana Whitfield"} | more
    return leads.add_lead(deps, workspace.id, **values)


def entries(deps, workspace):
    found = deps.store.of(workspace.id).audit.latest(AuditQuery(actions=(AuditAction.EXPORTED, AuditAction.DELETED)), limit=9)
    return [(entry.action.value, entry.subject, entry.details) for entry in found]


def test_a_lead_is_downloaded(signed_in, office, deps):
    """As JSON, by everyone who may see it; the file name tells nothing."""
    workspace = office.workspace
    lead = add(deps, workspace)
    page = signed_in(office.rep).post(f"/leads/{lead.id}/export", {})

    assert json.loads(page.data)["lead"]["email"] == lead.email
    assert "whitfield" not in page.headers["Content-Disposition"]
    assert entries(deps, workspace) == [("exported", "lead", {"id": lead.id})]


def test_an_erasure_is_confirmed_by_the_address(signed_in, office, deps):
    """In any case; anything else erases nothing and says so."""
    browser, workspace = signed_in(office.admin), office.workspace
    lead = add(deps, workspace)
    assert f'href="/leads/{lead.id}/erase"' in browser.get(f"/leads/{lead.id}").text
    assert lead.email in browser.get(f"/leads/{lead.id}/erase").text
    wrong = browser.post(f"/leads/{lead.id}/erase", {"confirm": "dana"})
    assert (wrong.status_code, "Nothing was erased" in wrong.text) == (422, True)
    assert deps.store.of(workspace.id).leads.find(lead.id)

    done = browser.post(f"/leads/{lead.id}/erase", {"confirm": f" {lead.email.upper()} "})
    assert (done.status_code, done.location) == (303, "/leads")
    assert deps.store.of(workspace.id).leads.find(lead.id) is None
    assert entries(deps, workspace) == [("deleted", "lead", {"id": lead.id})]


def test_what_holds_secrets_is_not_exported():
    """Every field of a workspace with an encrypted part is left out as a whole."""
    assert {field.path.partition(".")[0] for field in FIELDS["workspaces"]} <= export_all._SECRET


def test_everything_is_exported(signed_in, office, deps):
    """Each kind of record as JSON and CSV; cells are no formulas; no secret is in it."""
    browser, workspace = signed_in(office.admin), office.workspace
    lead = add(deps, workspace, job_title="=1+1", fields={"budget": "10"})
    notes.add_note(deps, workspace.id, lead=lead.id, kind="note", text="Zwölf\n@x")
    page = browser.post("/settings/export", {})
    archive = zipfile.ZipFile(io.BytesIO(page.data))

    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        "workspace.json",
        *(f"{name}.{suffix}" for name in (*PARTS, export_all.MERGED) for suffix in ("json", "csv")),
    }
    (stored,) = json.loads(archive.read("leads.json"))
    assert (stored["email"], stored["job_title"], stored["fields"]) == (lead.email, "=1+1", {"budget": "10"})
    (row,) = csv.DictReader(io.StringIO(archive.read("leads.csv").decode("utf-8-sig"), newline=""))
    assert (row["email"], row["job_title"], row["fields"], row["phone"]) == (lead.email, "'=1+1", '{"budget":"10"}', "")
    assert "'@x" in archive.read("notes.csv").decode("utf-8-sig")
    assert json.loads(archive.read("tasks.json")) == []
    assert "mail_server" not in json.loads(archive.read("workspace.json"))["workspace"]
    assert entries(deps, workspace) == [("exported", "whole workspace", {})]


def test_every_collection_is_exported_or_says_why_not():
    """A new repository without a line fails here."""
    assert {*PARTS, *LEFT_OUT} == set(WORKSPACE_REPOSITORIES)
    assert PARTS.keys().isdisjoint(LEFT_OUT)
