"""The board: columns with figures, whose leads, moves with and without scripts, conflicts, and what Won and Lost need."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracker.actions.leads import archive, leads
from tracker.actions.pipeline import sales, tasks
from tracker.actions.workspace import workspaces
from tracker.domain.leads.lead import LeadValue, NextAction
from tracker.domain.workspace.workspace import Policy

SCRIPT = {"headers": {"Origin": "http://localhost", "X-Requested-With": "fetch"}}
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def deps(deps):
    """With the clock at a fixed time, a Wednesday."""
    return replace(deps, now=lambda: NOON)


@pytest.fixture
def mine(signed_in, office):
    """The rep's browser."""
    return signed_in(office.rep)


@pytest.fixture
def add(deps, office):
    """Adds a lead of the rep."""

    def make(name, *, days=0, **more):
        earlier = replace(deps, now=lambda: NOON - timedelta(days=days))
        values = {"owner": office.rep.id} | more
        return leads.add_lead(earlier, office.workspace.id, email=f"{name.split()[0].lower()}@acme.example", name=name, **values)

    return make


def columns(text):
    """The count and the names of every column, by its stage."""
    parts = text.split('<section class="column"')[1:]
    return {
        re.search(r'data-name="([^"]+)"', part)[1]: (
            re.search(r"data-count>([^<]+)<", part)[1],
            re.findall(r"data-row-link>([^<]+)<", part),
        )
        for part in parts
    }


def stored(deps, office, lead):
    return deps.store.of(office.workspace.id).leads.get(lead.id)


def move(browser, lead, stage, *, version=None, script=True, **more):
    values = {"stage": stage, "version": lead.version if version is None else version, **more}
    return browser.post(f"/board/{lead.id}/move", values, **(SCRIPT if script else {}))


def test_columns_count_sum_and_average(mine, deps, office, add):
    add("Dana Bell", days=4, value=LeadValue(150_000, "EUR"), next_action=NextAction("Call", NOON + timedelta(days=1)))
    add("Omar Reed", days=2, value=LeadValue(50_050, "EUR"))
    add("Ines Vale", days=3, stage="Contacted", value=LeadValue(1_000, "CHF"))
    won = add("Lea Wild", stage="Won", value=LeadValue(9_900, "EUR"))
    sales.add_sale(deps, office.workspace.id, lead=won.id, product="Plan", amount=20_000, currency="USD", sold_on=NOON.date())
    gone = add("Gone Lead", value=LeadValue(1, "EUR"))
    archive.archive_lead(deps, office.workspace.id, gone.id)

    text = mine.get("/board").text
    found = columns(text)

    assert (found["New"][0], sorted(found["New"][1])) == ("2", ["Dana Bell", "Omar Reed"])
    assert found["Contacted"] == ("1", ["Ines Vale"])
    assert "€2,000.50" in text
    assert "3 days on average" in text
    assert "10 CHF" in text
    assert "$200</b> sold" in text
    assert "No leads in Negotiation." in text
    assert "4 days of usually 1" in text


def test_shows_the_leads_of_whom_it_is_asked_for(mine, signed_in, deps, office, add):
    """Mine, another rep's, the team's; as far as the viewer sees them."""
    add("Own Lead")
    add("Free Lead", owner=None)
    add("Admin Lead", owner=office.admin.id)

    def shown(browser, who):
        count, names = columns(browser.get(f"/board?who={who}").text)["New"]
        assert int(count) == len(names)
        return sorted(names)

    assert shown(mine, "") == ["Free Lead", "Own Lead"]
    assert shown(mine, office.admin.id) == ["Admin Lead"]
    assert shown(mine, "team") == ["Admin Lead", "Free Lead", "Own Lead"]
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    assert shown(mine, "team") == ["Free Lead", "Own Lead"]
    assert shown(mine, office.admin.id) == ["Free Lead", "Own Lead"]
    assert shown(signed_in(office.admin), office.rep.id) == ["Own Lead"]


def test_long_columns_show_more_on_request(mine, add):
    for number in range(60):
        add(f"a{number} Lead")

    first, more = mine.get("/board").text, mine.get("/board/rows?more=New:100&more=Nothing:1&more=Won:x").text

    assert columns(first)["New"][0] == "60"
    assert len(columns(first)["New"][1]) == 50
    assert "more=New:100" in first
    assert len(columns(more)["New"][1]) == 60


def test_moves_from_the_version_that_was_seen(mine, deps, office, add):
    lead = add("Dana Bell")

    assert move(mine, lead, "Contacted").text == ""
    assert stored(deps, office, lead).stage == "Contacted"
    (logged,) = deps.store.of(office.workspace.id).moves.of_lead(lead.id)
    assert logged.actor == office.rep.id


def test_a_conflict_says_what_happened_and_loses_nothing(mine, deps, office, add):
    lead = add("Dana Bell")
    leads.change_lead(deps, office.workspace.id, lead.id, stage="Qualified", actor=office.admin.id)

    answer = move(mine, lead, "Won", product="Plan", amount="10", currency="EUR")
    page = move(mine, lead, "Contacted", script=False)

    assert (answer.status_code, page.status_code) == (409, 409)
    assert "Mara Oliveira moved it to Qualified" in answer.json["detail"]
    assert "Mara Oliveira moved it to Qualified" in page.text
    now = stored(deps, office, lead)
    assert (now.stage, now.tags) == ("Qualified", ())
    assert not deps.store.of(office.workspace.id).sales.of_leads([lead.id])
    leads.change_lead(deps, office.workspace.id, lead.id, phone="+351 1")
    assert move(mine, lead, "Contacted").status_code == 409


def test_won_adds_the_sale_the_category_and_the_tasks(mine, deps, office, add):
    lead = add("Dana Bell", tags=("Event",))

    form = mine.get(f"/board/{lead.id}/move?stage=Won&version={lead.version}").text
    answer = move(mine, lead, "Won", script=False, product="Plan", amount="1500,50", currency="chf", recurring="yes")

    assert 'name="product"' in form
    assert answer.status_code == 303
    here = deps.store.of(office.workspace.id)
    (sale,) = here.sales.of_leads([lead.id])
    assert (sale.amount, sale.currency, sale.is_recurring, sale.rep) == (150_050, "CHF", True, office.rep.id)
    now = stored(deps, office, lead)
    assert (now.stage, now.tags, now.categories) == ("Won", ("Event",), ("Customer",))
    assert [(task.text, (task.due - NOON).days) for task in here.tasks.open_of_lead(lead.id)] == [
        ("Hand over and onboard", 0),
        ("Keep in touch", 30),
    ]
    assert now.next_action.text == "Hand over and onboard"


def test_a_move_is_undone_with_all_that_it_added(mine, deps, office, add):
    """A move to Won takes its sale and its open tasks with it; a finished one stays."""
    lead, here = add("Dana Bell", tags=("Event",)), deps.store.of(office.workspace.id)
    moved = move(mine, lead, "Contacted").headers["X-Change"]
    assert mine.post(f"/changes/{moved}/undo", **SCRIPT).status_code == 200
    assert stored(deps, office, lead).stage == "New"

    won = move(mine, stored(deps, office, lead), "Won", product="Plan", amount="10", currency="EUR").headers["X-Change"]
    assert (len(here.sales.of_leads([lead.id])), stored(deps, office, lead).categories) == (1, ("Customer",))
    tasks.finish_task(deps, office.workspace.id, tasks_of(deps, office, lead)[0].id)
    assert mine.post(f"/changes/{won}/undo", **SCRIPT).status_code == 200

    now = stored(deps, office, lead)
    assert (here.sales.of_leads([lead.id]), now.stage, now.next_action, now.categories) == ([], "New", None, ())
    assert [task.done_at is None for task in here.tasks.of_lead(lead.id)] == [False]


@pytest.mark.parametrize(
    "sale", [{"product": "Plan", "amount": "x"}, {"amount": "10"}, {"product": "Plan", "amount": "1", "currency": "?"}]
)
def test_a_refused_sale_moves_nothing(mine, deps, office, add, sale):
    lead = add("Dana Bell")

    answer = move(mine, lead, "Won", **{"currency": "EUR"} | sale)

    assert answer.status_code == 422
    assert stored(deps, office, lead) == lead
    assert not tasks_of(deps, office, lead)


def tasks_of(deps, office, lead):
    return deps.store.of(office.workspace.id).tasks.open_of_lead(lead.id)


def test_won_without_a_sale(mine, deps, office, add):
    lead = add("Dana Bell")
    tasks.add_task(deps, office.workspace.id, lead=lead.id, text="Own task", due=NOON)
    seen = stored(deps, office, lead)

    assert move(mine, seen, "Won").status_code == 200
    assert not deps.store.of(office.workspace.id).sales.of_leads([lead.id])
    assert len(tasks_of(deps, office, lead)) == 3
    again = stored(deps, office, lead)
    assert move(mine, again, "Won").status_code == 200
    assert len(tasks_of(deps, office, lead)) == 3


def test_lost_needs_a_reason(mine, deps, office, add):
    lead = add("Dana Bell")

    assert move(mine, lead, "Lost").status_code == 422
    page = move(mine, lead, "Lost", script=False)
    assert page.status_code == 422
    assert "needs a reason" in page.text
    assert stored(deps, office, lead).stage == "New"
    assert move(mine, lead, "Lost", reason="Price").status_code == 200
    assert stored(deps, office, lead).lost_reason == "Price"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "٣"])
def test_a_move_without_a_version_is_refused(mine, add, version):
    assert move(mine, add("Dana Bell"), "Contacted", version=version).status_code == 422


def test_a_value_is_edited_on_the_page_of_the_lead(mine, deps, office, add):
    lead = add("Dana Bell")

    mine.post(f"/leads/{lead.id}/contact", {"amount": "1500.50", "currency": "eur"})
    assert stored(deps, office, lead).value == LeadValue(150_050, "EUR")
    assert "€1,500.50" in mine.get(f"/leads/{lead.id}").text
    mine.post(f"/leads/{lead.id}/contact", {"amount": "", "currency": "EUR"})
    assert stored(deps, office, lead).value is None


def test_hostile_names_are_text(mine, add):
    add("x <script>alert(1)</script>", company="{{7*7}}<b>")

    text = mine.get("/board").text

    assert "<script>alert" not in text
    assert "{{7*7}}&lt;b&gt;" in text
