"""The pages of sales, costs and exchange rates."""

import re
from datetime import timedelta

import pytest

from tracker.actions.leads import leads
from tracker.actions.pipeline import sales
from tracker.actions.workspace import workspaces
from tracker.domain.workspace.workspace import Policy


@pytest.fixture
def mara(signed_in, office):
    return signed_in(office.admin)


@pytest.fixture
def tom(signed_in, office):
    return signed_in(office.rep)


@pytest.fixture
def sold(deps, office):
    """A lead of each rep with a sale today; Mara's has sixty more on the days before, a refund, and a recurring one that ended."""
    today, made = deps.now().date(), {}
    for rep in (office.admin, office.rep):
        lead = leads.add_lead(deps, office.workspace.id, email=f"{rep.id}@x.example", name=f"<i>Lead of {rep.name}", owner=rep.id)
        made[rep.id] = lead.id
        sales.add_sale(deps, office.workspace.id, lead=lead.id, product="<b>Plan", amount=100_00, currency="EUR", sold_on=today)
    of = {"lead": made[office.admin.id], "currency": "EUR"}
    for n in range(1, 61):
        sales.add_sale(deps, office.workspace.id, product=f"Part {n}", amount=n, sold_on=today - timedelta(days=n), **of)
    paid = sales.add_sale(deps, office.workspace.id, product="Seats", amount=9_00, sold_on=today, **of)
    sales.add_sale(deps, office.workspace.id, amount=4_00, sold_on=today, refund_of=paid.id, **of)
    ended = {"is_recurring": True, "interval": "month", "ended_on": today}
    sales.add_sale(deps, office.workspace.id, product="Care", amount=5_00, sold_on=today, **ended, **of)
    return made


def rows(text):
    """The products listed, in order."""
    return re.findall(r'title="Edit sale"><bdi>(.*?)</bdi>', text)


def test_every_sale_is_on_one_of_the_pages_once(mara, sold):
    """The latest first; a period, a rep and a cursor narrow it down; hostile text is text."""
    first = mara.get("/sales?period=days:90").text
    second = mara.get(re.search(r'href="(/sales\?[^"]*cursor[^"]*)"', first)[1].replace("&amp;", "&")).text
    assert (len(rows(first)), len(rows(second))) == (50, 15)
    assert len({*rows(first), *rows(second)}) == 63, "both leads bought a plan, and the refund has the product of its sale"
    assert ("Refund" in first, "Monthly, ended" in first, "−" in first or "-4.00 EUR" in first) == (True, True, True)
    assert ("&lt;b&gt;Plan" in first, "<b>Plan" in first, "<i>Lead" in first) == (True, False, False)
    assert len(rows(mara.get("/sales?period=days:7").text)) == 11
    assert len(rows(mara.get("/sales?period=nonsense&rep=unknown&cursor=").text)) >= 5


def test_a_sale_is_edited_from_the_list_and_back(mara, sold, office, deps):
    """The form leads back to the list."""
    form = re.search(r'href="(/leads/\w+/sales/\w+\?back=sales)"', mara.get("/sales").text)[1]
    assert 'name="back" value="sales"' in mara.get(form).text
    values = {"product": "Other", "amount": "12", "currency": "EUR", "sold_on": deps.now().date().isoformat(), "back": "sales"}
    assert mara.post(form.partition("?")[0], values).headers["Location"] == "/sales"
    assert "Other" in rows(mara.get("/sales").text)


def test_a_rep_who_sees_own_leads_lists_their_sales_alone(tom, sold, office, deps):
    """Also by the id of a colleague; costs are not for this rep, rates are but cannot be changed."""
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    for path in ("/sales?period=days:90", f"/sales?period=days:90&rep={office.admin.id}"):
        assert rows(tom.get(path).text) == ["&lt;b&gt;Plan"]
    assert "Costs are shown to those who see all leads." in tom.get("/sales/costs").text
    assert ('href="/sales/costs"' in tom.get("/sales").text, "Add rate" in tom.get("/sales/rates").text) == (False, False)
    assert tom.post("/sales/rates", {"currency": "USD", "rate": "1", "on": "2027-01-01"}).status_code == 403


def test_costs_and_rates_are_added_and_deleted(mara, office, deps):
    """What is wrong is told in a sentence, and what was typed stays."""
    here = deps.store.of(office.workspace.id)
    cost = {"source": "", "purpose": "to_win", "first_day": "2027-01-01", "last_day": "2027-01-31", "amount": "1500.00", "currency": "EUR"}
    assert mara.post("/sales/costs", cost).status_code == 303
    wrong = mara.post("/sales/costs", cost | {"last_day": "2026-01-01"})
    assert (wrong.status_code, 'value="1500.00"' in wrong.text, "must not be before the first day" in wrong.text) == (422, True, True)
    (made,) = here.costs.all()
    assert "1,500.00 EUR" in mara.get("/sales/costs").text
    assert mara.post(f"/sales/costs/{made.id}/remove", {}).status_code == 303
    assert here.costs.all() == []
    assert mara.post("/sales/rates", {"currency": "usd", "rate": "0.92", "on": "2027-01-01"}).status_code == 303
    assert "above 0" in mara.post("/sales/rates", {"currency": "USD", "rate": "-1", "on": "2027-01-01"}).text
    (rate,) = here.rates.all()
    assert mara.post(f"/sales/rates/{rate.id}/remove", {}).status_code == 303
    assert here.rates.all() == []
