"""Inquiries: from a form to a lead with a running clock, answered by the first contact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.scenes import HEADERS, NOON, Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.actions.inquiries.daily_limit import release
from tracker.actions.inquiries.escalation import escalate
from tracker.actions.leads.archive import restore_lead
from tracker.actions.leads.leads import change_lead
from tracker.actions.pipeline.notes import add_note, remove_note
from tracker.actions.workspace.forms import decide_form, set_form_mapping
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.form import FormField, FormKind, FormShape
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.domain.team.rep import Rep, Role
from tracker.domain.team.team import Team
from tracker.rules.inquiries.escalation import told_of

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SHAPE = FormShape(
    id="contact",
    fields=(
        *(FormField("email", "Your-Email"), FormField("text", "vorname"), FormField("text", "nachname"), FormField("tel", "tel")),
        *(FormField("text", "firma"), FormField("textarea", "anliegen")),
    ),
)
DANA = {
    "Your-Email": " Dana@ACME.example ",
    "vorname": "Dana",
    "nachname": "Whitfield",
    "tel": "+49 30 1234",
    "firma": "Acme Foods",
    "anliegen": "Could you call me?",
}


def send(scene: Scene, visitor: str = "v1", at: datetime = NOON, fields: dict[str, str] | None = None) -> Capture:
    """A browser that no one knows comes by an ad and sends the form."""
    ad = "/?utm_source=google&utm_medium=cpc&utm_campaign=route+planning&gclid=x"
    scene.page(visitor, ad, at - 90 * SECOND, inputs=3, input_ms=400, headers=HEADERS, page=f"{visitor}1")
    scene.page(visitor, "/contact", at - 40 * SECOND, inputs=3, input_ms=400, headers=HEADERS, page=f"{visitor}2")
    values = DANA if fields is None else fields
    return scene.page(visitor, "/contact", at, CaptureKind.SUBMIT, form=SHAPE, target="form", fields=values, signs=("trusted",))


def settle(scene: Scene, now: datetime = NOON + SECOND) -> None:
    """Stores and recomputes everything at that moment."""
    scene.spool()
    scene.captures.clear()
    scene.deps = replace(scene.deps, now=lambda: now)
    scene.settle()


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace whose contact form is approved: it was sent once, by no one known."""
    made = make_scene(replace(deps, now=lambda: NOON - 60 * MINUTE))
    send(made, "scout", NOON - 90 * MINUTE, dict.fromkeys(DANA, ""))
    settle(made, NOON - 60 * MINUTE)
    (form,) = made.store.forms.all()
    decide_form(made.deps, made.workspace.id, form.id, FormKind.INQUIRY, made.rep)
    chosen = {"email": "your-email", "first_name": "vorname", "last_name": "nachname", "phone": "tel", "company": "firma"}
    set_form_mapping(made.deps, made.workspace.id, form.id, chosen | {"message": "anliegen"})
    settle(made, NOON - 50 * MINUTE)
    assert made.store.leads.all_ids() == []
    return made


def only_lead(scene: Scene) -> Lead:
    (key,) = scene.store.leads.all_ids()
    return scene.store.leads.get(key)


def inquiries(scene: Scene) -> list[Inquiry]:
    return sorted(scene.store.inquiries.each(), key=lambda one: one.at)


def test_an_inquiry_becomes_a_lead_with_source_history_and_a_clock(scene: Scene) -> None:
    """The values of the form, the ad as source, the visit as history; an alert with the message. A repeated run adds nothing."""
    sent = send(scene)
    settle(scene)

    lead = only_lead(scene)
    assert (lead.email, lead.name, lead.company, lead.phone) == ("Dana@ACME.example", "Dana Whitfield", "Acme Foods", "+49 30 1234")
    assert (lead.source, lead.source_detail) == ("Google Ads", "route planning")
    assert lead.derived.first_touch is not None
    assert lead.derived.views == 2
    (inquiry,) = inquiries(scene)
    assert (inquiry.id, inquiry.lead, inquiry.message, inquiry.source) == (sent.id, lead.id, "Could you call me?", "Google Ads")
    assert (inquiry.at, inquiry.due_at, inquiry.is_open) == (NOON, NOON + 5 * MINUTE, True)
    (alert,) = [one for one in scene.store.alerts.latest(limit=9) if one.rule is AlertRule.FORM]
    assert alert.title == "Inquiry: Dana Whitfield (Acme Foods)"
    assert "“Could you call me?” Form on Contact. Answer by 12:05. No owner." in alert.text
    assert "Source: Google Ads, route planning." in alert.text

    scene.deps.store.dirty.mark_many([(scene.workspace.id, "visitor", "v1", NOON)])
    settle(scene, NOON + 20 * SECOND)
    assert inquiries(scene) == [inquiry]
    assert only_lead(scene).id == lead.id
    assert scene.workspace.id
    site = scene.deps.store.workspaces.get(scene.workspace.id).site(scene.site.key)
    assert site is not None
    assert site.fields_approved
    assert set(site.fields) == {name.casefold() for name in DANA}


def test_a_known_person_is_matched_and_not_changed(scene: Scene) -> None:
    """By the address in any spelling. What is typed in a form does not replace what the company knows."""
    known = scene.lead("D. Whitfield", email="dana@acme.example", phone="1")
    send(scene)
    send(scene, "v2", NOON + MINUTE, DANA | {"anliegen": "Again"})
    settle(scene, NOON + 2 * MINUTE)

    lead = only_lead(scene)
    assert (lead.id, lead.name, lead.phone) == (known.id, "D. Whitfield", "1")
    assert [(one.message, one.lead, one.owner) for one in inquiries(scene)] == [
        ("Could you call me?", known.id, scene.rep.id),
        ("Again", known.id, scene.rep.id),
    ]


@pytest.mark.parametrize("touched", [None, "changed", "noted"])
def test_a_lead_that_only_a_machine_made_is_archived(scene: Scene, touched: str | None) -> None:
    """With the reason, as often as the verdict changes. One that someone changed or called stays."""
    sent = send(scene)
    settle(scene)
    lead = only_lead(scene)
    if touched == "changed":
        change_lead(scene.deps, scene.workspace.id, lead.id, job_title="Buyer")
    if touched == "noted":
        add_note(scene.deps, scene.workspace.id, lead=lead.id, kind="call", text="Called", at=NOON + SECOND)
    for number, correction in enumerate(("machine", "person", "machine"), 1):
        correct_cause(scene.deps, scene.workspace.id, sent.id, correction, scene.rep)
        settle(scene, NOON + number * MINUTE)
        found = only_lead(scene)
        is_archived = touched is None and correction == "machine"
        assert (found.archived_at is not None, bool(found.made_by and found.made_by.is_withdrawn)) == (is_archived, is_archived)
    if touched is None:
        restore_lead(scene.deps, scene.workspace.id, lead.id)
        settle(scene, NOON + 9 * MINUTE)
        assert only_lead(scene).archived_at is None


def test_a_flooded_form_makes_so_many_leads_a_day(scene: Scene) -> None:
    """Further inquiries are held with their values, and the admins told once; a known person is matched; a released one becomes a lead."""
    boss = scene.store.reps.add(
        Rep(id=new_id(), workspace=scene.workspace.id, email="b@us.example", name="Boss", role=Role.ADMIN, created_at=NOON)
    )
    policy = msgspec.structs.replace(scene.workspace.policy, form_leads_a_day=2)
    scene.deps.store.workspaces.change(scene.workspace.id, policy=policy)
    known = scene.lead("Known", email="known@acme.example")
    for number in range(5):
        send(scene, f"v{number}", NOON + number * SECOND, DANA | {"Your-Email": f"p{number}@acme.example"})
    send(scene, "vk", NOON + 9 * SECOND, DANA | {"Your-Email": "known@acme.example"})
    settle(scene, NOON + MINUTE)
    scene.deps.store.dirty.mark_many([(scene.workspace.id, "visitor", f"v{number}", NOON) for number in range(5)])
    settle(scene, NOON + 2 * MINUTE)

    assert len(scene.store.leads.all_ids()) == 3
    assert {one.lead for one in inquiries(scene)} >= {known.id}
    held = scene.store.held_inquiries.held(9)
    assert len(held) == 3
    assert [alert.rep for alert in scene.store.alerts.latest(limit=50) if alert.rule is AlertRule.ALARM].count(boss.id) == 1
    release(scene.deps, scene.workspace.id, held[:1])
    settle(scene, NOON + 3 * MINUTE)
    assert len(scene.store.leads.all_ids()) == 4
    assert len(scene.store.held_inquiries.held(9)) == 2
    send(scene, "v9", NOON + 24 * 60 * MINUTE, DANA | {"Your-Email": "p9@acme.example"})
    settle(scene, NOON + 24 * 61 * MINUTE)
    assert len(scene.store.leads.all_ids()) == 5


def test_a_lead_of_a_form_is_assigned_by_rule(scene: Scene) -> None:
    """The clock, the alert and the record have that owner. A known lead without an owner gets one too; another one keeps its own."""
    (form,) = scene.store.forms.all()
    rules = [
        AssignmentRule(name="Other form", condition={"all": []}, forms=(), to=AssignTo.TEAM, team=new_id()),
        AssignmentRule(name="Ads", condition={"field": "source", "is": "Google Ads"}, forms=(form.id,), to=AssignTo.REP, rep=scene.rep.id),
    ]
    scene.deps.store.workspaces.change(scene.workspace.id, assignment_rules=tuple(rules))
    known = scene.lead("Eve", email="eve@acme.example", owner=None, source="Google Ads")
    send(scene)
    send(scene, "v2", NOON, DANA | {"Your-Email": "eve@acme.example"})
    settle(scene)

    leads = [scene.store.leads.get(key) for key in scene.store.leads.all_ids()]
    assert {(lead.owner, lead.assigned.rule if lead.assigned else "") for lead in leads} == {(scene.rep.id, "Ads")}
    assert known.id in {lead.id for lead in leads}
    assert {one.owner for one in inquiries(scene)} == {scene.rep.id}
    assert {alert.rep for alert in scene.store.alerts.latest(limit=9) if alert.rule is AlertRule.FORM} == {scene.rep.id}


@pytest.mark.parametrize("address", ["", "no address", "x" * 300 + "@acme.example", "a@b@c"])
def test_without_a_possible_address_no_one_is_added(scene: Scene, address: str) -> None:
    """The browser stays unknown."""
    send(scene, fields=DANA | {"Your-Email": address})
    settle(scene)
    assert scene.store.leads.all_ids() == []
    assert inquiries(scene) == []


def test_an_inquiry_by_a_machine_is_withdrawn(scene: Scene) -> None:
    """Its clock stops, and its browser belongs to no one again; if it was a person after all, all of it stands again."""
    sent = send(scene)
    settle(scene)
    lead = only_lead(scene)
    for correction, is_open in (("machine", False), ("person", True)):
        correct_cause(scene.deps, scene.workspace.id, sent.id, correction, scene.rep)
        settle(scene, NOON + MINUTE)
        (inquiry,) = inquiries(scene)
        assert inquiry.is_open is is_open
        assert [event.lead for event in scene.store.events.by_ids([sent.id])] == [lead.id if is_open else None]
        state = {alert.state for alert in scene.store.alerts.latest(limit=9) if alert.rule is AlertRule.FORM}
        assert state == {AlertState.STANDING if is_open else AlertState.WITHDRAWN}


def test_the_first_contact_stops_the_clock_as_of_when_it_happened(scene: Scene) -> None:
    """A note is none; an attempted call is. If it is deleted, the clock runs again. Times are exact."""
    send(scene)
    settle(scene)
    ws, lead = scene.workspace.id, only_lead(scene).id
    scene.deps = replace(scene.deps, now=lambda: NOON + 10 * MINUTE)
    add_note(scene.deps, ws, lead=lead, kind="note", text="Looks good", at=NOON + MINUTE)
    add_note(scene.deps, ws, lead=lead, kind="call", text="Before", at=NOON - MINUTE)
    late = add_note(scene.deps, ws, lead=lead, kind="chat", text="Hi", at=NOON + 6 * MINUTE)
    call = add_note(scene.deps, ws, lead=lead, kind="call", text="-", result="no_answer", at=NOON + 4 * MINUTE, rep=scene.rep.id)
    settle(scene, NOON + 10 * MINUTE)
    (inquiry,) = inquiries(scene)
    assert (inquiry.answered_at, inquiry.answered_by, inquiry.answered_how) == (NOON + 4 * MINUTE, scene.rep.id, "call")
    assert (inquiry.elapsed_ms, inquiry.working_ms, inquiry.is_open) == (240_000, 240_000, False)
    for note, how in ((call, "chat"), (late, None)):
        remove_note(scene.deps, ws, note.id)
        settle(scene, NOON + 11 * MINUTE)
        assert inquiries(scene)[0].answered_how == how
    assert inquiries(scene)[0].is_open


def test_working_hours_by_setting(scene: Scene) -> None:
    """In the workspace's zone without an owner: Friday 17:58 in Berlin is due on Monday at 8:03."""
    policy = msgspec.structs.replace(scene.workspace.policy, answer_in_working_hours=True, answer_minutes=5)
    scene.deps.store.workspaces.change(scene.workspace.id, policy=policy, timezone="Europe/Berlin")
    friday = datetime(2026, 11, 20, 16, 58, tzinfo=UTC)
    send(scene, at=friday)
    settle(scene, friday + SECOND)
    monday = datetime(2026, 11, 23, 7, 3, tzinfo=UTC)
    assert inquiries(scene)[0].due_at == monday

    scene.deps = replace(scene.deps, now=lambda: monday)
    add_note(scene.deps, scene.workspace.id, lead=only_lead(scene).id, kind="meeting", text="Met", at=monday - 2 * MINUTE)
    settle(scene, monday)
    (inquiry,) = inquiries(scene)
    assert inquiry.elapsed_ms == (monday - 2 * MINUTE - friday) // timedelta(milliseconds=1)
    assert inquiry.working_ms == 180_000


def test_a_mapping_needs_an_approved_inquiry_and_known_fields(scene: Scene) -> None:
    """Otherwise nothing is stored; without any field it is taken back."""
    (form,) = scene.store.forms.all()
    for chosen in ({"email": "nowhere"}, {"name": "vorname"}):
        with pytest.raises(Invalid):
            set_form_mapping(scene.deps, scene.workspace.id, form.id, chosen)
    assert set_form_mapping(scene.deps, scene.workspace.id, form.id, {}).mapping is None
    decide_form(scene.deps, scene.workspace.id, form.id, FormKind.NEWSLETTER, scene.rep)
    with pytest.raises(Invalid):
        set_form_mapping(scene.deps, scene.workspace.id, form.id, {"email": "your-email"})


def test_an_unanswered_inquiry_is_escalated_once_to_the_leader(scene: Scene) -> None:
    """Not before its time, not again, not for an answered one; the alert stays after a recompute."""
    ws, here = scene.workspace.id, scene.store
    people = {"Ada": Role.ADMIN, "Max": Role.MANAGER, "Lea": Role.REP, "Rob": Role.REP}
    reps = {
        name: here.reps.add(Rep(id=new_id(), workspace=ws, email=f"{name}@us.example", name=name, role=role, created_at=NOON))
        for name, role in people.items()
    }
    team = Team(id=new_id(), name="North", members=(reps["Rob"].id,), leader=reps["Lea"].id)
    scene.deps.store.workspaces.change(ws, teams=(team,))
    scene.lead(owner=reps["Rob"].id)
    scene.lead("Omar Reed", owner=None)
    send(scene, fields=DANA)
    send(scene, "v2", fields=DANA | {"Your-Email": "omar@acme.example"})
    settle(scene)

    escalate(scene.deps, NOON + 5 * MINUTE - SECOND)
    assert told(scene) == []
    for later in (5, 6, 60):
        escalate(scene.deps, NOON + later * MINUTE)
    expected = sorted([("Lea", "Not answered: Dana Whitfield (Acme)"), ("Max", "Not answered: Omar Reed (Acme)")])
    assert told(scene) == expected
    assert {one.escalated_at for one in inquiries(scene)} == {NOON + 5 * MINUTE}
    settle(scene, NOON + 61 * MINUTE)
    scene.deps.store.dirty.mark_many([(ws, "visitor", "v1", NOON)])
    settle(scene, NOON + 62 * MINUTE)
    assert told(scene) == expected

    send(scene, "v3", NOON + 70 * MINUTE)
    settle(scene, NOON + 71 * MINUTE)
    scene.deps = replace(scene.deps, now=lambda: NOON + 73 * MINUTE)
    (dana,) = (one for one in here.leads.each() if one.name == "Dana Whitfield")
    add_note(scene.deps, ws, lead=dana.id, kind="call", text="Called")
    settle(scene, NOON + 73 * MINUTE)
    escalate(scene.deps, NOON + 80 * MINUTE)
    assert told(scene) == expected


def told(scene: Scene) -> list[tuple[str, str]]:
    """Who was told of an unanswered inquiry: name and title, of alerts that stand."""
    names = {rep.id: rep.name for rep in scene.store.reps.all()}
    alerts = [one for one in scene.store.alerts.latest(limit=50) if one.rule is AlertRule.NOT_ANSWERED and one.state is AlertState.STANDING]
    return sorted((names[one.rep], one.title) for one in alerts)


def test_without_teams_managers_are_told_else_admins_and_only_those_who_may_see_the_lead(scene: Scene) -> None:
    """The owner is told again only where no one else is left."""
    lead = scene.lead(owner="rob")
    everyone = {role: Rep(id=role.value, workspace="w", email="x", name="x", role=role, created_at=NOON) for role in Role}
    rob = Rep(id="rob", workspace="w", email="x", name="x", created_at=NOON)
    own = msgspec.structs.replace(scene.workspace.policy, reps_see="own", managers_see="own")
    closed = msgspec.structs.replace(scene.workspace, policy=own)
    for workspace, reps, expected in (
        (scene.workspace, [*everyone.values(), rob], ["manager"]),
        (closed, [*everyone.values(), rob], ["admin"]),
        (closed, [everyone[Role.MANAGER], rob], ["rob"]),
        (scene.workspace, [msgspec.structs.replace(everyone[Role.MANAGER], is_active=False), everyone[Role.ADMIN]], ["admin"]),
    ):
        assert [rep.id for rep in told_of(lead, workspace, reps)] == expected


def test_many_unanswered_inquiries_hold_up_no_new_one(scene: Scene) -> None:
    """Those of which a leader was told already are not read again."""
    here = scene.store
    here.reps.add(Rep(id=new_id(), workspace=scene.workspace.id, email="max@us.example", name="Max", role=Role.MANAGER, created_at=NOON))
    scene.lead(owner=None)
    send(scene, fields=DANA)
    settle(scene)
    (new,) = inquiries(scene)
    old = NOON - 60 * MINUTE
    former = [msgspec.structs.replace(new, id=new_id(), at=old, due_at=old + 5 * MINUTE, escalated_at=old + 6 * MINUTE) for _ in range(205)]
    here.inquiries.keep(former, [])

    escalate(scene.deps, NOON + 6 * MINUTE)
    assert told(scene) == [("Max", "Not answered: Dana Whitfield (Acme)")]
