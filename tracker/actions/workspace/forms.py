"""Forms: what an admin decides of one. Everything that followed from the former kind is computed again. Used by console and API."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.workspace.workspaces import change_site
from tracker.base.errors import Invalid, NotFound
from tracker.base.ids import is_id
from tracker.domain.activity.form import MAPPED, Form, FormConsent, FormKind, FormMapping
from tracker.domain.team.rep import Rep
from tracker.rules.forms.consent_box import boxes_of, may_consent
from tracker.rules.forms.identity import stem
from tracker.rules.forms.mapping import fields_of

_FEW = 200
"""Visitors recomputed at once; more of them wait behind new events."""
_MARKS = 5_000
_LONGEST_WORDING = 1_000


def forms_of(deps: Deps, workspace: str) -> dict[str, list[Form]]:
    """The forms of each site in the order of the sites, the last seen first and the row of all others last."""
    found: dict[str, list[Form]] = {site.key: [] for site in deps.store.workspaces.get(workspace).sites}
    for form in sorted(deps.store.of(workspace).forms.all(), key=lambda form: (form.is_others, -form.last_seen_at.timestamp(), form.id)):
        if form.site in found:
            found[form.site].append(form)
    return found


def form_of(deps: Deps, workspace: str, form: str) -> Form:
    """The form. Raises NotFound."""
    if not is_id(form):
        raise NotFound("no such form")
    return deps.store.of(workspace).forms.get(form)


def decide_form(deps: Deps, workspace: str, form: str, kind: FormKind, rep: Rep | None) -> Form:
    """Decides the kind of the form and marks who sent it as another kind. `rep` is None for a program. Raises NotFound.

    Safe to repeat: while a visitor's form has another kind, it is marked again.
    """
    form_of(deps, workspace, form)
    decided = deps.store.of(workspace).forms.change(form, kind=kind, decided_by=rep.id if rep else None, decided_at=deps.now())
    _mark(deps, workspace, form, kind)
    return decided


def set_form_consent(deps: Deps, workspace: str, form: str, *, field: str, wording: str) -> Form:
    """Names the checkbox by which leads allow tracking, and its label as they see it; an empty `field` takes it back.

    Forms that were sent earlier do not count. Raises NotFound, Invalid.
    """
    found = form_of(deps, workspace, form)
    if not field:
        return deps.store.of(workspace).forms.change(form, consent=None) if found.consent else found
    if not may_consent(found):
        raise Invalid("consent_field", "needs an approved form that is not switched off")
    if field not in boxes_of(found):
        raise Invalid("consent_field", "must be the name of a checkbox of this form")
    shown = checks.words("consent_wording", wording, longest=_LONGEST_WORDING)
    if found.consent and (found.consent.field, found.consent.wording) == (field, shown):
        return found
    return deps.store.of(workspace).forms.change(form, consent=FormConsent(field=field, wording=shown, since=deps.now()))


def set_form_mapping(deps: Deps, workspace: str, form: str, chosen: Mapping[str, str]) -> Form:
    """Approves which fields say who sent an inquiry, by `MAPPED`; without an email field takes it back. Raises NotFound, Invalid.

    The site keeps the values of these fields from now on. Forms that were sent earlier make no leads.
    """
    found = form_of(deps, workspace, form)
    kept = {name: chosen[name] for name in MAPPED if chosen.get(name)}
    if not kept.get("email"):
        if kept:
            raise Invalid("mapping.email", "is needed: a lead is recognised by its email address")
        return deps.store.of(workspace).forms.change(form, mapping=None) if found.mapping else found
    if found.kind is not FormKind.INQUIRY:
        raise Invalid("mapping", "needs a form that is approved as an inquiry")
    known = fields_of(found)
    for name, field in kept.items():
        if field not in known:
            raise Invalid(f"mapping.{name}", "must be the name of a field of this form")
    mapping = msgspec.convert(kept | {"since": found.mapping.since if found.mapping else deps.now()}, FormMapping)
    _keep_values(deps, workspace, found, frozenset(kept.values()))
    return found if mapping == found.mapping else deps.store.of(workspace).forms.change(form, mapping=mapping)


def _keep_values(deps: Deps, workspace: str, form: Form, fields: frozenset[str]) -> None:
    """Has the site keep the values of these fields, under the names that the form really has."""
    site = deps.store.workspaces.get(workspace).site(form.site)
    if site is None:
        return
    names = {name.casefold() for name in deps.store.of(workspace).events.field_names_of(form.id) if stem(name) in fields}
    before = site.fields if site.fields_approved else ()
    if missing := sorted((names | {name for name in fields if not names}) - set(before)):
        change_site(deps, workspace, site.key, fields=(*before, *missing), fields_approved=True)


def _mark(deps: Deps, workspace: str, form: str, kind: FormKind) -> None:
    sealed = deps.store.workspaces.get(workspace).sealed_before
    spans = deps.store.of(workspace).events.visitors_of_form(form, but=kind, since=sealed)
    queue = "live" if len(spans) <= _FEW else "bulk"
    moments: list[tuple[str, datetime]] = [(visitor, moment) for visitor, span in spans.items() for moment in span]
    for start in range(0, len(moments), _MARKS):
        some = moments[start : start + _MARKS]
        deps.store.dirty.mark_many(((workspace, "visitor", visitor, moment) for visitor, moment in some), queue=queue)
    if spans:
        (deps.wake.live if queue == "live" else deps.wake.bulk)()
