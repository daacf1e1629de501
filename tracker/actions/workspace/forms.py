"""Forms: what an admin decides of one. Everything that followed from the former kind is computed again. Used by console and API."""

from datetime import datetime

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid, NotFound
from tracker.base.ids import is_id
from tracker.domain.activity.form import Form, FormConsent, FormKind
from tracker.domain.team.rep import Rep
from tracker.rules.forms.consent_box import boxes_of, may_consent

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
