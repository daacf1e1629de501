"""Reports by source: names of any kind open into their leads, by page, file and API; a source that was renamed keeps all of its leads."""

import csv
import html
import io
import re
from urllib.parse import urlencode

import msgspec
import pytest

from tracker.actions.leads import leads
from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.workspace.sources import set_sources
from tracker.rules.reports.records import Group
from tracker.rules.visibility import Viewer

HOSTILE = (
    *('=cmd|"/c calc"', "<script>alert(1)</script>", "a&b=c#d?e%2F+f", "(none)", "none", "null", "–", 'a,b;"c"', "x/../y", "@sum(1)"),
    *("\"' onload=x", "…ünï – ﷽", "\u202eevil", "-1+2"),
)


@pytest.fixture
def add(deps, office):
    """Adds a lead of a source."""
    numbers = iter(range(100))
    return lambda source: leads.add_lead(deps, office.workspace.id, email=f"l{next(numbers)}@x.example", name="Lead", source=source)


def test_every_name_opens_into_its_leads(deps, office, signed_in, add):
    mara = signed_in(office.admin)
    for name in (*HOSTILE, None):
        add(name)
    page = mara.get("/reports/leads-added?group=source").text
    assert "<script>alert" not in page
    links = {html.unescape(one) for one in re.findall(r'href="(/reports/leads-added/records\?[^"]*source=[^"]*)"', page)}
    assert len(links) == len(HOSTILE) + 1
    for link in links:
        assert re.search(r"\b1 lead\b", mara.get(link).text), link
    rows = list(csv.reader(io.StringIO(mara.get("/reports/leads-added/csv?group=source").get_data(as_text=True).lstrip("\ufeff"))))
    assert {row[2] for row in rows[1:]} == {"1"}
    assert {row[1].lstrip("'") for row in rows[1:]} == {*HOSTILE, ""}
    assert not any(cell.startswith(("=", "@", "-", "+")) for row in rows for cell in row)
    chosen = mara.get(f"/reports/leads-added?{urlencode({'source': '–', 'country': ' '})}").text
    assert ("Source: –" in chosen, "Country: " in chosen) == (True, False)


def test_a_source_that_was_renamed_twice_is_one_row(deps, office, add):
    """With the leads of before, of in between and of after, also those that were added under a former name."""
    ws, viewer = office.workspace.id, Viewer(office.workspace, office.admin)
    for name in ("Event", "Fair", "Trade, “fair”"):
        add("Event")
        add("EVENT")
        if name != "Event":
            known = deps.store.of(ws).sources.all()
            set_sources(deps, ws, [msgspec.structs.replace(one, name=name) if one.name in ("Event", "Fair") else one for one in known])
            add("fair")
    (source,) = (one for one in deps.store.of(ws).sources.all() if one.name == "Trade, “fair”")
    for key in (None, "Event", "Fair", source.name, source.id):
        filters = {Group.SOURCE: key} if key else {}
        found = answer(deps, viewer, ReportQuestion(name="leads-added", group=Group.SOURCE, filters=filters))
        assert [(one, figure.count) for one, figure in found.report.items] == [(source.name, 8)], key
        assert labels_of(deps.store.of(ws), found).get(source.name, source.name) == source.name
