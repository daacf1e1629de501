"""Reports by API: figures with the records behind them, by visibility, as defined in docs/reports.md."""

import msgspec
import pytest

from tracker.actions.workspace import workspaces
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
