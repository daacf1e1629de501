"""Reports by API: figures with the records behind them, by visibility, as defined in docs/reports.md."""

import msgspec
import pytest

from tracker.actions.reports.warnings.week_warnings import monday_in
from tracker.actions.workspace import workspaces
from tracker.base.ids import id_of
from tracker.domain.reports.figure_warning import FigureWarning, WeekWarnings
from tracker.rules.reports.catalogue import METRICS


@pytest.fixture
def filled(api):
    """Three leads of two sources, one won with a sale, one lost."""
    fair = api.lead("a@x.example", "Ada", source="Event", tags=["x", "y"])["id"]
    other = api.lead("b@x.example", "Ben", source="Event", stage="Qualified", value={"amount": 5000, "currency": "EUR"})["id"]
    api.lead("c@x.example", "Cleo", country="Portugal")
    api.post(f"/leads/{fair}/moves", {"stage": "Won"})
    api.post(f"/leads/{other}/moves", {"stage": "Lost", "reason": "Price"})
    api.post("/sales", {"lead": fair, "product": "Plan", "amount": 1000, "currency": "EUR", "sold_on": "2026-01-15"})
    return fair


def items(answer):
    return {item["key"]: item["count"] for item in answer.json["items"]}


def test_each_figure_opens_into_its_records(api, filled):
    """Every report, each of its items and its total."""
    for name, metric in METRICS.items():
        period = "from=2026-01-01&to=2027-01-01"
        found = api.get(f"/reports/{name}?{period}").json
        whole = api.get(f"/reports/{name}/records?{period}").json["items"]
        assert (found["group"], len(whole)) == (
            metric.group.value if metric.group.value != "rep" else "source",
            found["total"]["count"] if found["total"]["of"] is None else found["total"]["of"],
        ), name
        for item in found["items"]:
            behind = api.get(f"/reports/{name}/records?{period}&{found['group']}={item['key'] or ''}").json["items"]
            assert len(behind) == (item["count"] if item["of"] is None else item["of"]), (name, item)


def test_figures_of_a_small_world(api, filled):
    """Groups, filters, labels, amounts and an empty period."""
    assert items(api.get("/reports/leads-added")) == {"Event": 2, None: 1}
    assert items(api.get("/reports/leads-added?group=tag")) == {"x": 1, "y": 1, None: 2}
    assert items(api.get("/reports/leads-added?group=country&source=")) == {"Portugal": 1}
    assert items(api.get("/reports/entered")) == {"New": 2, "Qualified": 1, "Won": 1, "Lost": 1}
    assert items(api.get("/reports/lost")) == {"Price": 1}
    assert items(api.get("/reports/won?group=source")) == {"Event": 1}
    (step,) = api.get("/reports/conversion?step=New>Won").json["items"]
    assert (step["label"], step["count"], step["of"]) == ("New → Won", 1, 2)
    sales = api.get("/reports/sales?from=2026-01-15&to=2026-01-16").json
    assert (sales["total"]["amount"], sales["currency"], sales["items"][0]["label"]) == (1000, "EUR", "Plan")
    assert api.get("/reports/leads-added?from=2020-01-01&to=2020-02-01").json["items"] == []


def test_a_saved_list_narrows_every_report(api, hire, filled):
    """As its reader sees it; a private one is its owner's, and what is no list is not found. A source is found by its id, too."""
    condition = {"field": "tags", "is": "x"}
    made = api.post("/lists", {"name": "X", "condition": condition, "shared": True}).json
    period = "from=2026-01-01&to=2027-01-01"
    for name in METRICS:
        total = api.get(f"/reports/{name}?{period}&list={made['id']}").json["total"]
        listed = api.get(f"/reports/{name}/records?{period}&list={made['id']}").json["items"]
        assert {one["lead"] for one in listed} <= {filled}, name
        assert len(listed) == (total["count"] if total["of"] is None else total["of"]), name
    assert api.get(f"/reports/won?{period}&list={made['id']}").json["total"]["count"] == 1
    assert items(api.get(f"/reports/leads-added?list={made['id']}&group=tag")) == {"x": 1, "y": 1}
    assert (api.get("/reports/won?list=nothing").status_code, api.get("/reports/won?group=list").status_code) == (404, 422)
    private = hire("Rosa")[1].post("/lists", {"name": "Y", "condition": condition}).json["id"]
    assert api.get(f"/reports/won?list={private}").status_code == 404
    (source,) = (one["id"] for one in api.get("/sources").json["items"] if one["name"] == "Event")
    assert api.get(f"/reports/leads-added?source={source}").json["total"]["count"] == 2
    assert {one["key"]: one["median_ms"] > 0 for one in api.get("/reports/time-so-far").json["items"]} == {"New": True}


def test_a_period_has_a_name_and_one_before_it(api, filled):
    """The total of the period before has the same filters."""
    whole = api.get("/reports/leads-added?period=year&compare=true").json
    assert (whole["total"]["count"], whole["before"]["count"], whole["from"][4:], whole["to"][4:]) == (3, 0, "-01-01", "-01-01")
    former = api.get("/reports/sales?from=2026-01-16&to=2026-01-17&compare=true&source=Event").json
    assert (former["total"]["amount"], former["before"]["amount"]) == (0, 1000)
    assert "before" not in api.get("/reports/won").json or api.get("/reports/won").json["before"] is None
    assert api.get("/reports/roi?period=year").json["from"] == whole["from"]
    assert len(api.get("/reports/leads-added/records?period=year").json["items"]) == 3


def test_what_cannot_be_asked(api, filled):
    for query in (
        "from=2026-02-01&to=2026-02-01",
        "from=1990-01-01&to=2026-01-01",
        "group=colour",
        "from=x",
        "period=soon",
        "period=year&from=2026-01-01",
        "colour=red",
    ):
        assert api.get(f"/reports/won?{query}").status_code == 422, query
    for path in ("/reports/nothing", "/reports/nothing/records", "/reports/sources/records", "/reports/roi/records"):
        assert api.get(path).status_code == 404, path


def test_a_reader_sees_their_own_figures(api, hire, deps, workspace, filled):
    """A rep with own leads counts those, and no costs; figures per rep are off until an admin switches them on."""
    rosa_rep, rosa = hire("Rosa")
    api.patch(f"/leads/{filled}", {"owner": rosa_rep.id})
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    ivo = hire("Ivo")[1]

    assert (rosa.get("/reports/won").json["total"]["count"], ivo.get("/reports/won").json["total"]["count"]) == (1, 0)
    assert [one["lead"] for one in rosa.get("/reports/won/records").json["items"]] == [filled]
    assert (api.get("/reports/roi").status_code, rosa.get("/reports/roi").status_code) == (200, 403)
    assert (api.get("/reports/won?group=rep").status_code, rosa.get("/reports/won?owner=x").status_code) == (403, 403)
    assert api.patch("/workspace", {"rep_figures": True, "weekly_mail_hour": None}).json["rep_figures"] is True
    assert [api.patch("/workspace", {"weekly_mail_hour": hour}).status_code for hour in (5, 11, 4, 12)] == [200, 200, 422, 422]
    (item,) = api.get("/reports/won?group=owner").json["items"]
    assert (item["key"], item["label"], item["count"]) == (rosa_rep.id, "Rosa", 1)


def test_roi_sets_costs_against_sales(api, filled):
    """Of the leads that were added in the period."""
    api.post(
        "/costs", {"source": "Event", "purpose": "to_win", "from": "2026-01-01", "to": "2026-12-31", "amount": 36_500, "currency": "EUR"}
    )
    (row,) = api.get("/reports/roi?from=2026-01-10&to=2027-01-01").json["items"]
    assert (row["key"], row["amount"], row["repeat_sales"]) == ("Event", 1000, 0)
    assert 0 < row["cost_to_win"] < 36_500


def test_an_erased_lead_stays_in_the_totals(api, filled):
    """Under *erased* in groups by its values, in no filter by one of them, and as a record without a lead; its visibility stays, too."""
    before = {name: api.get(f"/reports/{name}").json["total"] for name in ("won", "leads-added", "entered")}
    assert api.delete(f"/leads/{filled}").status_code == 204
    assert {name: api.get(f"/reports/{name}").json["total"] for name in before} == before
    found = api.get("/reports/leads-added").json["items"]
    assert [(one["key"], one["label"], one["count"]) for one in found] == [
        ("Event", "Event", 1),
        ("erased", "Erased leads", 1),
        (None, None, 1),
    ]
    assert api.get("/reports/leads-added?source=Event").json["total"]["count"] == 1
    assert items(api.get("/reports/leads-added?group=week")) == {"erased": 1, None: 2}, "leads have no week of their own"
    (record,) = api.get("/reports/won/records").json["items"]
    assert (record["lead"], record["is_hit"]) == (None, True)
    assert filled not in str(record)


def test_figures_out_of_range_are_listed_for_those_who_see_their_leads(api, hire, deps, workspace):
    """The last week's of all leads; a rep with own leads sees none of them."""
    monday = monday_in(workspace, deps.now())
    warning = FigureWarning(figure="win-rate", title="Win rate 5 %, was 20 %", text="x", is_below=True, path="/reports/won/records")
    week = WeekWarnings(
        id=id_of(workspace.id, "warnings", monday.isoformat(), "all"),
        workspace=workspace.id,
        monday=monday,
        warnings=(warning,),
        at=deps.now(),
    )
    deps.store.of(workspace.id).week_warnings.add_once(week)
    assert [one["title"] for one in api.get("/report-warnings").json["items"]] == [warning.title]
    rosa = hire("Rosa")[1]
    assert len(rosa.get("/report-warnings").json["items"]) == 1
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    assert rosa.get("/report-warnings").json["items"] == []


def test_sources_and_stages_right_after_a_change(api, hire, deps, workspace, filled):
    """Archived leads count by their sales alone, refunds off, each currency by itself; a rep counts own leads, and none that was erased."""
    rep, hers = hire("Rosa")
    for amount, currency in ((700, "USD"), (300, "EUR")):
        api.post("/sales", {"lead": filled, "product": "Plan", "amount": amount, "currency": currency, "sold_on": "2026-01-15"})

    def seen(caller):
        rows = {row["source"]: row for row in caller.get("/reports/sources").json["items"] if row["leads"] or row["sales"]}
        moved = {row["stage"]: row["moved_in"] for row in caller.get("/reports/stages").json["items"] if row["moved_in"]}
        return {key: (row["leads"], row["won"], row["lost"], row["sales"]) for key, row in rows.items()}, moved

    (sale,) = (one["id"] for one in api.get("/sales").json["items"] if one["amount"] == 300)
    assert api.post("/sales", {"lead": filled, "amount": 100, "sold_on": "2026-01-16", "refund_of": sale}).status_code == 201
    period = "from=2026-01-01&to=2027-01-01"
    listed = api.get(f"/reports/sales/records?{period}").json["items"]
    total = api.get(f"/reports/sales?{period}").json["total"]
    assert sorted((one["is_counted"], one["amount"]) for one in listed) == [(False, -100), (True, 0), (True, 300), (True, 1000)]
    assert (sum(one["is_counted"] for one in listed), sum(one["amount"] for one in listed)) == (total["count"], total["amount"])
    sales = {"EUR": 1200, "USD": 700}
    assert seen(api) == ({"Event": (2, 1, 1, sales), None: (1, 0, 0, {})}, {"Won": 1, "Qualified": 1, "Lost": 1})
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    colleague = hire("Ivo")[0]
    for lead in api.get("/leads").json["items"]:
        api.patch(f"/leads/{lead['id']}", {"owner": rep.id if lead["id"] == filled else colleague.id})
    assert seen(hers) == ({"Event": (1, 1, 0, sales)}, {"Won": 1})
    assert api.post(f"/leads/{filled}/archive").status_code == 200
    assert seen(hers) == ({"Event": (0, 0, 0, sales)}, {"Won": 1})
    api.delete(f"/leads/{filled}")
    assert seen(hers) == ({}, {})
