"""Forms from the spool to alerts: listed per site, guessed, decided. Only inquiries score and alert."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenes import HEADERS, NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.workspace.forms import decide_form, forms_of
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import EventKind
from tracker.domain.activity.form import FormField, FormKind, FormShape
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.rules.forms.identity import identity_of, others_key
from workers.drain import forms as drain_forms
from workers.drain.convert import References, event_of

SECOND = timedelta(seconds=1)
CONTACT = FormShape(id="contact", fields=(FormField("email", "email"), FormField("textarea", "message")))
NEWSLETTER = FormShape(id="footer", fields=(FormField("email", "email"),))
LOGIN = FormShape(id="loginform", fields=(FormField("text", "log"), FormField("password", "")))
SEARCH = FormShape(fields=(FormField("search", "s"),))


def visit(scene: Scene, *shapes: FormShape | None, visitor: str = "v1") -> list[Capture]:
    """A lead that clicks and sends these forms on /contact, half a minute apart; the submits."""
    click = scene.click(scene.message(scene.lead(f"{visitor.capitalize()} Whitfield")), NOON)
    scene.page(visitor, "/contact", NOON + 2 * SECOND, landing=click.id, landing_at=click.at, inputs=3, input_ms=400, headers=HEADERS)
    return [
        scene.page(
            visitor,
            "/contact",
            NOON + 30 * (number + 1) * SECOND,
            CaptureKind.SUBMIT,
            form=shape,
            target="form",
            fields={"email": ""},
            signs=("trusted",),
        )
        for number, shape in enumerate(shapes)
    ]


def settle(scene: Scene, *, decided: dict[str, FormKind] | None = None) -> None:
    """Stores and recomputes everything; `decided` are decisions by the name of the form."""
    scene.spool()
    scene.captures.clear()
    scene.settle()
    for form in scene.store.forms.all():
        if decided and form.name in decided:
            decide_form(scene.deps, scene.workspace.id, form.id, decided[form.name], scene.rep)
    scene.settle()


def state(scene: Scene) -> dict[str, Any]:
    """What followed from the forms, without ids and times of computation."""
    (lead,) = (scene.store.leads.get(one) for one in scene.store.leads.all_ids())
    (days,) = scene.store.facts.of_leads([lead.id]).values()
    (visit,) = scene.store.visits.latest(limit=5)
    standing = [a for a in scene.store.alerts.latest(limit=50) if a.state is not AlertState.WITHDRAWN]
    return {
        "score": (lead.derived.score, lead.derived.engagement, lead.derived.last_kind),
        "facts": [{name: count.n for name, count in day.counts.items()} for day in days],
        "acts": [(act.kind, act.form_kind) for act in visit.acts],
        "alerts": sorted((alert.rule, alert.title, alert.at) for alert in standing),
        "kinds": [event.form_kind for event in scene.store.events.of_lead(lead.id, limit=500) if event.kind is EventKind.SUBMIT],
    }


def form_alerts(scene: Scene) -> int:
    return sum(a.rule is AlertRule.FORM and a.state is not AlertState.WITHDRAWN for a in scene.store.alerts.latest(limit=50))


def test_only_the_inquiry_scores_and_alerts(deps: Deps) -> None:
    """Signing in, searching and subscribing are activity of the visit, and no more."""
    scene = make_scene(deps)
    visit(scene, LOGIN, SEARCH, NEWSLETTER)
    settle(scene)

    found = state(scene)
    assert found["kinds"] == [FormKind.SIGN_IN, FormKind.SEARCH, FormKind.NEWSLETTER]
    assert found["acts"] == [("submit", FormKind.SIGN_IN), ("submit", FormKind.SEARCH), ("submit", FormKind.NEWSLETTER)]
    assert form_alerts(scene) == 0
    assert not any("form" in name for day in found["facts"] for name in day)
    assert found["score"][2] == "submit"

    visit(scene, CONTACT, visitor="v2")
    settle(scene)
    assert form_alerts(scene) == 1


def test_a_form_of_an_older_snippet_is_an_inquiry(deps: Deps) -> None:
    """It counted until now."""
    scene = make_scene(deps)
    visit(scene, None)
    settle(scene)

    assert form_alerts(scene) == 1
    assert [(form.path, form.guess) for form in scene.store.forms.all()] == [("/contact", FormKind.INQUIRY)]


@pytest.mark.parametrize("kind", [FormKind.INQUIRY, FormKind.OFF, FormKind.OTHER])
@pytest.mark.parametrize("shape", [CONTACT, NEWSLETTER], ids=["contact", "newsletter"])
def test_a_decision_ends_in_the_state_as_if_it_had_been_right_at_first(deps: Deps, shape: FormShape, kind: FormKind) -> None:
    """In either direction, and back again."""
    first, later = make_scene(deps, "First"), make_scene(deps, "Later")
    form = identity_of(f"{first.site.origins[0]}/contact", None, shape).key(first.site.key)
    scout = first.page("scout", "/", NOON - 60 * SECOND, CaptureKind.SUBMIT, form=shape, target="form")
    settle(first, decided={shape.id: kind})
    assert first.store.events.get(scout.id).form == form

    visit(first, shape)
    settle(first)
    visit(later, shape)
    settle(later)
    before = state(later)
    settle(later, decided={shape.id: kind})
    assert state(later) == state(first)

    settle(later, decided={shape.id: FormKind.INQUIRY if shape is CONTACT else FormKind.NEWSLETTER})
    assert state(later) == before


def test_an_event_that_the_drain_read_before_the_decision_follows_it(deps: Deps) -> None:
    """The recomputation has the last word."""
    scene = make_scene(deps)
    (sent,) = visit(scene, NEWSLETTER)
    settle(scene, decided={"footer": FormKind.INQUIRY})
    scene.store.events.set_form_kinds({sent.id: FormKind.NEWSLETTER})
    scene.deps.store.dirty.mark_many([(scene.workspace.id, "visitor", "v1", NOON)])
    scene.settle()

    assert state(scene)["kinds"] == [FormKind.INQUIRY]
    assert form_alerts(scene) == 1


def test_sealed_events_keep_their_kind(deps: Deps) -> None:
    """Their facts cannot be computed again."""
    scene = make_scene(deps)
    visit(scene, NEWSLETTER)
    settle(scene)
    deps.store.workspaces.change(scene.workspace.id, sealed_before=NOON + timedelta(hours=1))
    settle(scene, decided={"footer": FormKind.INQUIRY})

    assert state(scene)["kinds"] == [FormKind.NEWSLETTER]


def test_forms_are_listed_once_with_the_time_they_were_seen(deps: Deps) -> None:
    """The same rows again change nothing; a decision stays."""
    scene = make_scene(deps)
    visit(scene, NEWSLETTER, CONTACT, NEWSLETTER)
    captures = list(scene.captures)
    settle(scene, decided={"footer": FormKind.OTHER})
    rows = scene.store.forms.all()
    scene.spool(captures)
    scene.settle()

    assert scene.store.forms.all() == rows
    (footer, contact) = sorted(rows, key=lambda form: form.name, reverse=True)
    assert (footer.first_seen_at, footer.last_seen_at) == (NOON + 30 * SECOND, NOON + 90 * SECOND)
    assert (footer.kind, footer.decided_by, contact.kind) == (FormKind.OTHER, scene.rep.id, None)
    assert scene.store.events.form_counts() == {footer.id: 2, contact.id: 1}
    assert [form.id for form in forms_of(deps, scene.workspace.id)[scene.site.key]] == [footer.id, contact.id]


def test_a_flood_of_forms_shares_one_row(deps: Deps) -> None:
    """Each keeps its own guess until an admin decides for all of them."""
    scene = make_scene(deps)
    shapes = [FormShape(id=f"f-{chr(97 + n // 26)}{chr(97 + n % 26)}", fields=CONTACT.fields) for n in range(drain_forms.MOST_FORMS + 20)]
    visit(scene, *shapes)
    settle(scene)

    rows = scene.store.forms.all()
    assert len(rows) == drain_forms.MOST_FORMS + 1
    (others,) = (row for row in rows if row.is_others)
    assert others.id == others_key(scene.site.key)
    assert scene.store.events.form_counts()[others.id] == 20
    assert forms_of(deps, scene.workspace.id)[scene.site.key][-1] == others
    decide_form(deps, scene.workspace.id, others.id, FormKind.OFF, None)
    scene.settle()
    assert state(scene)["kinds"].count(FormKind.OFF) == 20


def test_forms_of_one_workspace_are_not_anothers(deps: Deps) -> None:
    """The same form on two sites is two rows, and a decision concerns one."""
    one, two = make_scene(deps, "One"), make_scene(deps, "Two")
    for scene in (one, two):
        visit(scene, NEWSLETTER)
    settle(one)
    settle(two, decided={"footer": FormKind.INQUIRY})

    assert form_alerts(one) == 0
    assert form_alerts(two) == 1


def test_an_event_without_a_site_has_no_form(deps: Deps) -> None:
    """Rows of other programs."""
    scene = make_scene(deps)
    capture = scene.capture(CaptureKind.SUBMIT, NOON, visitor="v")
    event = event_of(capture, "1", References(scene.workspace, {}, {}, {}))

    assert drain_forms.list_forms(scene.store, [event], [capture]) == [event]
