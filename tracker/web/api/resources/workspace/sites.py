"""/sites: the company's web sites, their snippet keys and the form fields to store."""

from tracker.actions.ops import audit
from tracker.actions.workspace.workspaces import add_site, change_site, remove_site
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.site import Site
from tracker.rules.snippet_lines import snippet_lines
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.sites import SiteChange, SiteIn, SiteOut

operations = Operations()


@operations.add("GET", "/sites", response=List[SiteOut])
def list_sites(call: Call) -> List[SiteOut]:
    """Lists sites in the order of creation."""
    return List[SiteOut](items=[_out(call, site) for site in call.workspace.sites], next=None)


@operations.add("POST", "/sites", body=SiteIn, response=SiteOut, status=201, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def create_site(call: Call, body: SiteIn) -> SiteOut:
    """Adds a site; its key is part of the snippet. The edge accepts it within a second."""
    name = body.name or body.origins[0]
    site = add_site(call.deps, call.workspace.id, name=name, origins=body.origins, fields=body.fields)
    audit.record_site(call.deps, call.audit_actor, call.workspace, None, site)
    return _out(call, site)


@operations.add("PATCH", "/sites/{site_key}", body=SiteChange, response=SiteOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def update_site(call: Call, site_key: str, body: SiteChange) -> SiteOut:
    """Changes a site."""
    values = body.given()
    site = change_site(call.deps, call.workspace.id, site_key, **values)
    audit.record_site(call.deps, call.audit_actor, call.workspace, call.workspace.site(site_key), site)
    return _out(call, site)


@operations.add("DELETE", "/sites/{site_key}", status=204, admin=True, audit=(AuditAction.DELETED,))
def delete_site(call: Call, site_key: str) -> None:
    """Deletes a site; its snippet is ignored from now on, and its events remain."""
    remove_site(call.deps, call.workspace.id, site_key)
    audit.record_site(call.deps, call.audit_actor, call.workspace, call.workspace.site(site_key), None)


def _out(call: Call, site: Site) -> SiteOut:
    return SiteOut(
        key=site.key,
        name=site.name,
        origins=list(site.origins),
        fields=list(site.fields),
        fields_approved=site.fields_approved,
        banner=site.banner,
        banner_text=site.banner_text,
        banner_link=site.banner_link,
        clicks=site.clicks,
        landing_parameter=site.landing_parameter,
        snippet=snippet_lines(call.deps.settings.edge_url, call.workspace, site),
        first_seen_at=site.first_seen_at,
    )
