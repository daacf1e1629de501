"""Reports in the console: figures in words, what is behind them, and what is too little to show."""

import csv
import io
import re
from datetime import date

import pytest

from tracker.actions.leads import leads
from tracker.actions.pipeline import sales
from tracker.actions.pipeline.stages import move_lead
from tracker.actions.privacy.erase import erase_lead
from tracker.actions.workspace import workspaces
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.workspace.workspace import Policy
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.figure_text import lasting
from tracker.rules.reports.named_periods import chosen_period


@pytest.fixture
def mara(signed_in, office):
    return signed_in(office.admin)


@pytest.fixture
def twelve(deps, office):
    """Twelve leads, eight of them of an event, five won with a sale each. One has a hostile name and source."""
    for n in range(12):
        source = "Event" if n < 8 else '=cmd|"<b>' if n == 11 else None
        lead = leads.add_lead(deps, office.workspace.id, email=f"l{n}@x.example", name=f"<i>Lead {n}", source=source)
        if n < 5:
            move_lead(deps, office.workspace.id, lead.id, "Won")
            sales.add_sale(
                deps, office.workspace.id, lead=lead.id, product="Plan", amount=100_00, currency="EUR", sold_on=deps.now().date()
            )


def test_all_reports_on_one_page(mara, twelve):
    """Those with ten records have figures, the others say what they need."""
    text = mara.get("/reports").text
    for metric in METRICS.values():
        assert metric.title in text
    assert "Event" in text
    assert "This report needs 10 wins; you have 5." in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text.partition("<main")[2]


def test_one_report_opens_into_its_records(mara, twelve, deps, office):
    """The number in the table is the number of leads behind it."""
    gone = deps.store.of(office.workspace.id).leads.all_ids()[0]
    page = mara.get("/reports/leads-added?period=year").text
    assert 'href="/reports/leads-added/records?period=year&amp;source=Event"' in page
    behind = mara.get("/reports/leads-added/records?period=year&source=Event").text
    assert ("8 leads" in behind, behind.count("&lt;i&gt;Lead")) == (True, 8)
    assert "Nothing was counted." in mara.get("/reports/leads-added/records?source=Nowhere").text
    erase_lead(deps, office.workspace.id, gone, OPERATOR)
    behind = mara.get("/reports/leads-added/records?period=year").text
    assert ("12 leads" in behind, behind.count("&lt;i&gt;Lead"), "1 erased" in behind) == (True, 11, True)
    assert "Country" in mara.get("/reports/leads-added?group=country").text


def test_a_sale_without_a_rate_is_listed_in_its_own_currency(mara, deps, office, twelve):
    """Its amount is known, and not nothing."""
    lead = deps.store.of(office.workspace.id).leads.all_ids()[-1]
    sales.add_sale(deps, office.workspace.id, lead=lead, product="Plan", amount=32_39, currency="CHF", sold_on=deps.now().date())
    behind = mara.get("/reports/sales/records").text
    assert ("6 sales" in behind, behind.count("100.00 EUR"), "32.39 CHF" in behind, ">0.00" in behind) == (True, 5, True, False)


def test_a_report_as_a_file_holds_no_formula(mara, twelve):
    answer = mara.get("/reports/leads-added/csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0] == [
        "source",
        "label",
        "count",
        "of",
        "amount",
        "currency",
        "median_ms",
        "median_working_ms",
        "median_score",
        "mean_amount",
        "unnamed",
        "median_number",
        "automatic",
        "opened",
        "clicked",
        "visited",
        "replied",
        "won",
    ]
    assert ["Event", "Event", "8", "", "0", "EUR", "", "", "", "", "0", "", "0", "0", "0", "0", "0", "0"] in rows
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_cards_are_loaded_one_by_one_where_leads_are_many(mara, twelve):
    """Each is the same as on the page."""
    page = mara.get("/reports").text
    assert "data-card=" not in page
    for name in METRICS:
        assert mara.get(f"/reports/{name}/card").text.strip() in page, name


@pytest.mark.parametrize("path", ["nothing", "nothing/card", "nothing/records", "nothing/csv", "roi/records"])
def test_what_is_no_report_is_not_found(mara, path):
    assert mara.get(f"/reports/{path}").status_code == 404


def test_costs_are_for_those_who_see_all(mara, signed_in, office, twelve):
    assert "Return on costs" in mara.get("/reports/roi").text


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [
        ("days:7", (2026, 2, 9), (2026, 2, 16)),
        ("month", (2026, 2, 1), (2026, 3, 1)),
        ("last-month", (2026, 1, 1), (2026, 2, 1)),
        ("last-quarter", (2025, 10, 1), (2026, 1, 1)),
        ("last-year", (2025, 1, 1), (2026, 1, 1)),
        ("days:9999", (2026, 1, 17), (2026, 2, 16)),
    ],
)
def test_periods_by_name(name, first, end):
    found = chosen_period(name, date(2026, 2, 15))
    assert (found.first, found.end) == (date(*first), date(*end))


def test_times_in_words():
    assert [lasting(ms) for ms in (None, 0, 61_000, 3_900_000, 216_000_000)] == ["–", "0 s", "1 min 1 s", "1 h 5 min", "2.5 days"]


def test_a_report_is_narrowed_down_saved_and_deleted(mara, signed_in, office, twelve):
    """What was saved is what was shown; a shared one is for all reps, and its owner deletes it."""
    page = mara.get("/reports/leads-added?period=year&source=Event&group=stage").text
    assert 'aria-label="Remove filter Source: Event"' in page
    assert 'href="/reports/leads-added?period=year&amp;group=stage"' in page
    assert 'name="stage"' in page, "can be narrowed further"
    form = {"report": "leads-added", "period": "year", "group": "stage", "source": "Event", "name": "<b>Fair", "shared": "yes"}
    assert mara.post("/saved-reports", form).headers["Location"] == "/reports"
    assert mara.post("/saved-reports", form | {"name": "Mine", "shared": ""}).status_code == 303
    overview = signed_in(office.rep).get("/reports").text
    assert ("&lt;b&gt;Fair" in overview, "Mine" in overview, "Delete report" in overview) == (True, False, False)
    assert 'href="/reports/leads-added?period=year&amp;group=stage&amp;source=Event"' in overview
    ids = re.findall(r"/saved-reports/([0-9a-f]+)/remove", mara.get("/reports").text)
    assert signed_in(office.rep).post(f"/saved-reports/{ids[0]}/remove", {}).status_code == 403
    for key in ids:
        assert mara.post(f"/saved-reports/{key}/remove", {}).status_code == 303
    assert "Saved reports" not in mara.get("/reports").text


@pytest.mark.parametrize("wrong", [{"report": "nothing"}, {"period": "soon"}, {"group": "shoe"}, {"name": " "}])
def test_what_is_no_report_is_not_saved(mara, wrong):
    form = {"report": "won", "period": "year", "name": "Wins"} | wrong
    assert mara.post("/saved-reports", form).status_code == 303
    assert "Saved reports" not in mara.get("/reports").text


def test_targets_show_what_was_reached(mara, signed_in, office, deps, twelve):
    """By number and amount, for those who see the whole figure; what is wrong is told in a sentence."""
    assert mara.post("/targets", {"report": "won", "measure": "count", "period": "year", "value": "20"}).status_code == 303
    assert mara.post("/targets", {"report": "sales", "measure": "amount", "period": "month", "value": "2000"}).status_code == 303
    text = mara.get("/targets").text
    assert ("25 %" in text, "€500 " in text, "€2,000" in text) == (True, True, True)
    wrong = mara.post("/targets", {"report": "won", "measure": "amount", "period": "year", "value": "20"})
    assert (wrong.status_code, "this report has no amounts" in wrong.text) == (422, True)
    assert mara.post("/targets", {"report": "won", "measure": "count", "period": "year", "value": "0.5"}).status_code == 422
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    assert "No targets yet." in signed_in(office.rep).get("/targets").text
    for key in re.findall(r"/targets/([0-9a-f]+)/remove", mara.get("/targets").text):
        assert mara.post(f"/targets/{key}/remove", {}).status_code == 303
    assert "No targets yet." in mara.get("/targets").text
