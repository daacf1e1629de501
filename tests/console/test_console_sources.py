"""Settings, Pipeline, Sources; and the source on a lead's page."""

from collections.abc import Callable

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads

SignIn = Callable[..., Browser]


def test_a_source_is_added_changed_moved_and_removed(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A lead's page offers it with its group and meaning; a source that is not offered stays with its leads."""
    browser, here = signed_in(office.admin), deps.store.of(office.workspace.id)
    count = len(here.sources.all())
    form = {"name": "Fair", "group": "Events", "meaning": "Spoke with us at a fair.", "details": "Porto, 2026\nLyon", "active": "yes"}
    browser.post("/settings/sources", form)
    fair = here.sources.all()[-1]
    assert (fair.group, fair.details, fair.position) == ("Events", ("Porto, 2026", "Lyon"), count)
    lead = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", source="fair")
    page = browser.get(f"/leads/{lead.id}").text
    for part in (
        '<optgroup label="Events">',
        'data-meaning="Spoke with us at a fair."',
        'value="Porto, 2026"',
        ">Spoke with us at a fair.</p>",
    ):
        assert part in page

    browser.post(f"/settings/sources/{fair.id}", {"move": "up"})
    assert here.sources.all()[-2].id == fair.id
    browser.post(f"/settings/sources/{fair.id}", form | {"name": "Trade fair", "active": ""})
    assert here.leads.get(lead.id).source == "Trade fair"
    other = leads.add_lead(deps, office.workspace.id, email="m@x.example", name="Mara")
    assert "Trade fair</option>" in browser.get(f"/leads/{lead.id}").text
    assert "Trade fair</option>" not in browser.get(f"/leads/{other.id}").text

    browser.post(f"/settings/sources/{fair.id}", {"remove": "yes"})
    assert len(here.sources.all()) == count
    assert here.leads.get(lead.id).source == "Trade fair"
    assert "/settings/sources?name=Trade%20fair" in browser.get("/settings/sources").text
    assert browser.post("/settings/sources/unknown", form).status_code == 404
