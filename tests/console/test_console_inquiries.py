"""Inquiries in the console: the running clock on Today, Live and the page of the lead; forms that make leads; the setting."""

from tracker.actions.inquiries.record import GivenInquiry, add_inquiry
from tracker.actions.leads import leads
from tracker.domain.activity.form import Form, FormField, FormKind


def test_the_clock_is_shown_until_someone_answers(deps, office, signed_in):
    """To the owner and for a lead without an owner, with the message as text. An answer ends it."""
    ws, here = office.workspace.id, deps.store.of(office.workspace.id)
    lead = leads.add_lead(deps, ws, email="dana@acme.example", name="Dana <b>", company="Acme", owner=office.rep.id)
    inquiry = add_inquiry(deps, deps.store.workspaces.get(ws), lead, GivenInquiry("<script>x</script>"))
    mine = signed_in(office.rep)
    pages = ("/today", "/live", f"/leads/{lead.id}")
    for page in pages:
        shown = mine.get(page).text
        assert "Inquiry: Dana &lt;b&gt; (Acme)" in shown, page
        assert f'data-due="{round(inquiry.due_at.timestamp() * 1000)}"' in shown, page
        assert "<script>x" not in shown, page
    here.inquiries.keep([], [(inquiry, {"answered_at": deps.now()})])
    assert [page for page in pages if "data-due" in mine.get(page).text] == []


def test_an_admin_approves_a_form_and_sets_the_clock(deps, office, signed_in):
    """The guess is chosen already; one click approves it. An impossible number of minutes is refused."""
    ws, here = office.workspace.id, deps.store.of(office.workspace.id)
    admin = signed_in(office.admin)
    admin.post("/settings/sites", {"name": "Site", "origins": "https://www.us.example"})
    (site,) = deps.store.workspaces.get(ws).sites
    fields = (FormField("email", "mail"), FormField("text", "vorname"), FormField("textarea", "anliegen"))
    seen = {"first_seen_at": deps.now(), "last_seen_at": deps.now()}
    form = Form(id="ab" * 16, workspace=ws, site=site.key, name="contact", path="/contact", fields=fields, guess=FormKind.INQUIRY, **seen)
    here.forms.add(form)
    page = admin.get("/settings/forms").text
    for name in ("mail", "vorname", "anliegen"):
        assert f"<option selected>{name}</option>" in page, name
    admin.post(
        f"/settings/forms/{form.id}", {"kind": "inquiry", "map_email": "mail", "map_first_name": "vorname", "map_message": "anliegen"}
    )
    mapping = here.forms.get(form.id).mapping
    assert mapping is not None
    assert (mapping.email, mapping.first_name, mapping.name, mapping.message) == ("mail", "vorname", "", "anliegen")
    (site,) = deps.store.workspaces.get(ws).sites
    assert (set(site.fields), site.fields_approved) == ({"mail", "vorname", "anliegen"}, True)

    company = {"name": "N", "timezone": "UTC", "hot_score": "60", "quiet_days": "14"}
    admin.post("/settings/workspace", company | {"answer_minutes": "15", "answer_in_working_hours": "yes"})
    admin.post("/settings/workspace", company | {"answer_minutes": "0"})
    policy = deps.store.workspaces.get(ws).policy
    assert (policy.answer_minutes, policy.answer_in_working_hours) == (15, True)
