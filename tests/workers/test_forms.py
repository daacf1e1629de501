"""Forms from the spool to alerts: listed per site, guessed, decided. Only inquiries score and alert."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.scenes import HEADERS, NOON, Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.actions.privacy.consents import record_choice, set_consent
from tracker.actions.workspace.forms import decide_form, forms_of, set_form_consent
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import EventKind
from tracker.domain.activity.form import FormField, FormKind, FormShape
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.leads.consent import LEAD, Consent, ConsentState
from tracker.domain.leads.lead import Lead
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
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


def test_a_form_seen_once_long_ago_makes_room(deps: Deps) -> None:
    """At the limit, unless an admin decided about it, or it was sent again."""
    scene = make_scene(replace(deps, now=lambda: NOON + timedelta(days=31)))
    ago = NOON - 100 * SECOND
    shapes = [FormShape(id=f"f-{chr(97 + n // 26)}{chr(97 + n % 26)}", fields=CONTACT.fields) for n in range(drain_forms.MOST_FORMS)]
    for shape in shapes:
        scene.page("flood", "/", ago, CaptureKind.SUBMIT, form=shape, target="form", page=shape.id)
    scene.page("flood", "/", NOON, CaptureKind.SUBMIT, form=shapes[1], target="form")
    settle(scene, decided={"f-aa": FormKind.OFF})
    for shape in (CONTACT, NEWSLETTER):
        scene.page("v", "/", NOON + timedelta(days=30), CaptureKind.SUBMIT, form=shape, target="form", page=shape.id)
    settle(scene)

    assert {form.name for form in scene.store.forms.all()} == {"f-aa", "f-ab", "contact", "footer"}


def test_the_page_of_a_form_is_that_of_the_last_time(deps: Deps) -> None:
    """A row that arrives late changes only since when the form is known."""
    scene = make_scene(deps)
    for path, at in (("/b", NOON), ("/c", NOON + SECOND), ("/a", NOON - SECOND)):
        scene.page("v", path, at, CaptureKind.SUBMIT, form=CONTACT, target="form")
        settle(scene)
    (form,) = scene.store.forms.all()
    assert (form.path, form.first_seen_at, form.last_seen_at) == ("/c", NOON - SECOND, NOON + SECOND)


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

    assert drain_forms.list_forms(scene.store, [event], [capture], NOON) == [event]


WITH_BOX = FormShape(
    id="contact", fields=(FormField("email", "email"), FormField("checkbox", "allow_tracking"), FormField("checkbox", "terms"))
)


def send_box(scene: Scene, visitor: str, at: datetime, *ticked: str, **more: Any) -> None:
    """Sends the form with these boxes ticked."""
    fields = dict.fromkeys(("email", *ticked), "")
    more = {"signs": ("trusted",)} | more
    scene.page(visitor, "/contact", at, CaptureKind.SUBMIT, form=WITH_BOX, target="contact", fields=fields, **more)


def consent_scene(deps: Deps) -> tuple[Scene, Lead]:
    """A lead on the site, and an approved form whose box is consent."""
    scene = make_scene(deps)
    lead = scene.lead("Dana Whitfield")
    click = scene.click(scene.message(lead), NOON)
    scene.page("v1", "/contact", NOON + 2 * SECOND, landing=click.id, landing_at=click.at, inputs=3, input_ms=400, headers=HEADERS)
    send_box(scene, "v1", NOON + 30 * SECOND, "allow_tracking")
    settle(scene)
    (form,) = scene.store.forms.all()
    decide_form(deps, scene.workspace.id, form.id, FormKind.INQUIRY, scene.rep)
    early = replace(deps, now=lambda: NOON + 60 * SECOND)
    set_form_consent(early, scene.workspace.id, form.id, field="allow-tracking", wording="May we <track> you?")
    return scene, lead


def consent_of(scene: Scene, lead: Lead) -> Consent:
    return scene.store.leads.get(lead.id).tracking_consent


def test_a_ticked_box_of_a_form_is_consent(deps: Deps) -> None:
    """With form, page and wording as proof; once, however often it is computed; not for forms that were sent before it was chosen."""
    scene, lead = consent_scene(deps)
    scene.settle()
    assert consent_of(scene, lead).state is ConsentState.UNKNOWN

    send_box(scene, "v1", NOON + 90 * SECOND, "allow_tracking", "terms")
    settle(scene)
    found = consent_of(scene, lead)
    assert (found.state, found.at, found.by, found.wording) == (ConsentState.GRANTED, NOON + 90 * SECOND, LEAD, "May we <track> you?")
    assert found.how == "form: Contact, www.northwind.example/contact"
    deps.store.dirty.mark(scene.workspace.id, lead.id, [NOON])
    scene.settle()
    assert [record.consent for record in scene.store.consents.of_lead(lead.id)] == [found]


@pytest.mark.parametrize("case", ["not_ticked", "other_box", "machine", "unknown_visitor", "switched_off", "taken_back"])
def test_anything_but_a_ticked_box_changes_nothing(deps: Deps, case: str) -> None:
    """Neither an unticked box, nor a program, nor a visitor of whom nothing is known, nor a form that no longer counts."""
    scene, lead = consent_scene(deps)
    (form,) = scene.store.forms.all()
    if case == "switched_off":
        decide_form(deps, scene.workspace.id, form.id, FormKind.OFF, scene.rep)
    if case == "taken_back":
        set_form_consent(deps, scene.workspace.id, form.id, field="", wording="")
    ticked = {"not_ticked": (), "other_box": ("terms",)}.get(case, ("allow_tracking",))
    more = {"agent": "curl/8.5.0", "signs": ("webdriver",)} if case == "machine" else {}
    send_box(scene, "v9" if case == "unknown_visitor" else "v1", NOON + 90 * SECOND, *ticked, **more)
    settle(scene)

    assert consent_of(scene, lead).state is ConsentState.UNKNOWN
    assert scene.store.consents.of_lead(lead.id) == []


def test_a_later_refusal_stands(deps: Deps) -> None:
    """Although the form is computed again."""
    scene, lead = consent_scene(deps)
    send_box(scene, "v1", NOON + 90 * SECOND, "allow_tracking")
    settle(scene)
    set_consent(deps, scene.workspace.id, lead.id, state="refused", how="phone", by=scene.rep.id)
    deps.store.dirty.mark(scene.workspace.id, lead.id, [NOON])
    scene.settle()
    assert consent_of(scene, lead).state is ConsentState.REFUSED


def judge(scene: Scene, at: datetime, cause: str | None) -> None:
    """Says who sent the form at that time."""
    (sent,) = [one for one in scene.store.events.latest(limit=100) if one.kind is EventKind.SUBMIT and one.at == at]
    correct_cause(scene.deps, scene.workspace.id, sent.id, cause, scene.rep)
    scene.settle()


@pytest.mark.parametrize("before", ["unknown", "refused", "granted"])
def test_consent_is_taken_back_if_the_lead_did_not_send_the_form(deps: Deps, before: str) -> None:
    """What the lead said otherwise applies, and mail sent meanwhile is recorded no more. It counts again if the verdict turns back."""
    scene, lead = consent_scene(deps)
    set_tracking_policy(deps, scene.workspace.id, own_country="Germany", degrees={"DE": "off"}, by="Ada")
    at, message = NOON + 90 * SECOND, scene.message(lead)
    send_box(scene, "v1", at, "allow_tracking")
    settle(scene)
    by_form = consent_of(scene, lead)
    if before != "unknown":  # it arrives late
        record_choice(deps, scene.workspace.id, lead.id, record=new_id(), state=before, at=NOON, wording="May we?")
    assert consent_of(scene, lead) == by_form
    listed = withdrawn_hash(scene.workspace.id, WithdrawnKind.MESSAGE, message.id)

    judge(scene, at, "machine")

    found = consent_of(scene, lead)
    assert (found.state, found.at, found.wording) == ((before, NOON, "May we?") if before != "unknown" else ("unknown", None, None))
    assert (listed in set(deps.store.withdrawn.all_listed())) is (before != "granted")
    (row,) = [one for one in scene.store.consents.of_lead(lead.id) if one.event]
    assert row.void_since is not None

    judge(scene, at, "person")

    assert consent_of(scene, lead) == by_form
    assert listed not in set(deps.store.withdrawn.all_listed())
    assert all(one.void_since is None for one in scene.store.consents.of_lead(lead.id))


def test_an_earlier_form_counts_where_a_later_one_does_not(deps: Deps) -> None:
    """Each submission has its own proof; without any, nothing is known."""
    scene, lead = consent_scene(deps)
    first, second = NOON + 90 * SECOND, NOON + timedelta(days=1)
    send_box(scene, "v1", first, "allow_tracking")
    send_box(scene, "v1", second, "allow_tracking")
    settle(scene)
    assert consent_of(scene, lead).at == second

    judge(scene, second, "machine")
    assert consent_of(scene, lead).at == first
    judge(scene, first, "me")
    assert consent_of(scene, lead) == Consent()


def test_a_decision_of_a_rep_outlives_a_form_that_does_not_count(deps: Deps) -> None:
    """Whichever came last."""
    scene, lead = consent_scene(deps)
    at = NOON + 90 * SECOND
    send_box(scene, "v1", at, "allow_tracking")
    settle(scene)
    told = set_consent(deps, scene.workspace.id, lead.id, state="granted", how="phone", by=scene.rep.id).tracking_consent

    judge(scene, at, "machine")

    assert consent_of(scene, lead) == told


def test_only_a_checkbox_of_an_approved_form_is_chosen(deps: Deps) -> None:
    """With its wording; a repetition keeps the time since when it counts."""
    scene = make_scene(deps)
    send_box(scene, "v1", NOON, "terms")
    settle(scene)
    (form,) = scene.store.forms.all()
    choose = partial(set_form_consent, deps, scene.workspace.id, form.id)
    with pytest.raises(Invalid, match="approved"):
        choose(field="terms", wording="Yes")
    decide_form(deps, scene.workspace.id, form.id, FormKind.OTHER, scene.rep)
    for field, wording in (("email", "Yes"), ("nothing", "Yes"), ("terms", " "), ("terms", "x" * 1001)):
        with pytest.raises(Invalid):
            choose(field=field, wording=wording)
    first = choose(field="terms", wording="Yes")
    assert choose(field="terms", wording="Yes") == first
    assert choose(field="", wording="").consent is None
