"""Email templates: shared by the reps of a workspace, created, changed, copied and archived. Used by console and API."""

from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.mail.compose import Composed, compose
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.template import Template, TemplateBrief, TemplateFigures
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep

LARGEST_HTML = 512 * 2**10
"""Bytes of a template's HTML."""
_MOST_TEMPLATES = 500
"""Templates of one workspace, archived ones included."""
_CONTENT = ("subject", "html", "kind")
"""A change of these makes a new edition."""


def list_templates(deps: Deps, workspace: str) -> list[tuple[TemplateBrief, TemplateFigures]]:
    """All templates by name, with their figures."""
    here = deps.store.of(workspace)
    figures = here.messages.template_figures()
    return [(brief, figures.get(brief.id, TemplateFigures())) for brief in here.templates.briefs()]


def figures_of(deps: Deps, workspace: str, template: str) -> TemplateFigures:
    """The figures of one template."""
    return deps.store.of(workspace).messages.template_figures(template).get(template, TemplateFigures())


def add_template(
    deps: Deps,
    workspace: str,
    *,
    name: str,
    subject: str,
    html: str,
    source: str | None = None,
    kind: str | None = None,
    rep: str | None = None,
) -> Template:
    """Creates a template. Raises Invalid for a value that will not do, Conflict beyond 500 templates."""
    here, now = deps.store.of(workspace).templates, deps.now()
    if here.count() >= _MOST_TEMPLATES:
        raise Conflict(f"there are {_MOST_TEMPLATES} templates already; change an archived one")
    return here.add(
        Template(
            id=new_id(), workspace=workspace, created_by=rep, created_at=now, changed_at=now, **_checked(name, subject, html, source, kind)
        )
    )


def change_template(
    deps: Deps,
    workspace: str,
    template: str,
    *,
    name: str | None = None,
    subject: str | None = None,
    html: str | None = None,
    source: str | None = None,
    kind: str | msgspec.UnsetType | None = msgspec.UNSET,
    archived: bool | None = None,
) -> Template:
    """Changes what is given; `source` belongs to `html` and stays with it. An empty `kind` removes it. A new subject, HTML or kind makes a new edition. Raises NotFound, Invalid."""
    here = deps.store.of(workspace).templates
    old = here.get(template)
    values = _checked(
        old.name if name is None else name,
        old.subject if subject is None else subject,
        old.html if html is None else html,
        old.source if html is None else source,
        old.kind if isinstance(kind, msgspec.UnsetType) else kind,
    )
    values["is_archived"] = old.is_archived if archived is None else archived
    if all(getattr(old, field) == value for field, value in values.items()):
        return old
    is_new_edition = any(getattr(old, field) != values[field] for field in _CONTENT)
    return here.change(template, version=old.version, edition=old.edition + is_new_edition, changed_at=deps.now(), **values)


def copy_template(deps: Deps, workspace: str, template: str, rep: str | None = None) -> Template:
    """Creates a template with the same content, named `Copy of …`. Raises NotFound, Conflict."""
    old = deps.store.of(workspace).templates.get(template)
    return add_template(
        deps, workspace, name=f"Copy of {old.name}"[:120], subject=old.subject, html=old.html, source=old.source, kind=old.kind, rep=rep
    )


def usable_template(deps: Deps, workspace: str, template: str) -> Template:
    """The template for a new message. Raises Invalid (`template`) if there is none or it is archived."""
    found = deps.store.of(workspace).templates.find(template)
    if found is None or found.is_archived:
        raise Invalid("template", "must be a template of this workspace that is not archived")
    return found


def preview_template(deps: Deps, lead: Lead, rep: Rep | None, *, subject: str, html: str, track: bool = False) -> Composed:
    """The template as this lead would get it; with `track`, its tokens are invalid. Raises Invalid for a merge field that cannot be filled."""
    return compose(
        deps, lead, rep, message=new_id(), subject=subject, html=html, text=None, tracking=Tracking.FULL if track else Tracking.OFF
    )


def audit_details(old: Template, new: Template) -> dict[str, str]:
    """What differs, for the audit log: names and editions, never the content."""
    found = {"name": f"{old.name} → {new.name}"} if old.name != new.name else {}
    if old.edition != new.edition:
        found["edition"] = str(new.edition)
    if old.is_archived != new.is_archived:
        found["archived"] = "yes" if new.is_archived else "no"
    return found


def _checked(name: str, subject: str, html: str, source: str | None, kind: str | None) -> dict[str, Any]:
    if not html.strip() or len(html.encode("utf-8", "surrogatepass")) > LARGEST_HTML:
        raise Invalid("html", f"must not be empty nor larger than {LARGEST_HTML // 2**10} kB")
    return {
        "name": checks.line("name", name, longest=120),
        "subject": checks.line("subject", subject, longest=500),
        "html": html,
        "source": source,
        "kind": checks.optional_line("kind", kind, longest=60),
    }
