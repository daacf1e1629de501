"""The Live page: filters, recent visits by day, and the summary of an empty day."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Office
from tests.live_messages import presence
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.workspace import workspaces
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Policy

SignIn = Callable[[Rep], Browser]


def visit(deps: Deps, office: Office, lead: Lead | None, ago: timedelta, page: str, *, form: bool = False) -> str:
    """A visit of a page that long ago; its id."""
    at, key = deps.now() - ago, new_id()
    seen = VisitPage(event=new_id(), page=key, url=f"https://us.example/{page}", title=page, at=at)
    acts = (VisitAct(event=new_id(), kind="submit", at=at, page=key, url=None),) if form else ()
    found = Visit(
        id=new_id(), workspace=office.workspace.id, visitor=key, lead=lead and lead.id, started_at=at, ended_at=at, pages=(seen,), acts=acts
    )
    return deps.store.of(office.workspace.id).visits.add(found).id


@pytest.fixture
def known(deps: Deps, office: Office) -> tuple[Lead, Lead]:
    """A lead of Tom's and one of Mara's."""
    made = (("Dana Whitfield", office.rep.id), ("Omar Reed", office.admin.id))
    tom, mara = (
        leads.add_lead(deps, office.workspace.id, email=f"{name.split()[0].lower()}@acme.example", name=name, owner=owner)
        for name, owner in made
    )
    return tom, mara


def test_filters_narrow_presence_and_visits(deps: Deps, office: Office, known: tuple[Lead, Lead], signed_in: SignIn) -> None:
    """Mine, Team and Hot, in the page and in the part that is refreshed; never more than the rep may see."""
    dana, omar = known
    now = to_ms(deps.now())
    for lead in known:
        state = presence(f"v-{lead.id}", lead=lead.id, since=now - 7000, last=now, title="Pricing", url="https://us.example/pricing")
        deps.bus.set_presence(office.workspace.id, {state.visitor: state})
        visit(deps, office, lead, timedelta(minutes=1), f"Page of {lead.first_name}")
    tom = signed_in(office.rep)

    def shown(browser: Browser, query: str) -> tuple[bool, ...]:
        text = browser.get(f"/live/rows?{query}").text
        assert ("Dana Whitfield" in text) == ("Page of Dana" in text)
        return tuple(lead.name in text for lead in known)

    assert shown(tom, "") == shown(tom, "show=team") == shown(tom, "show=x") == (True, True)
    assert shown(tom, "show=mine") == (True, False)
    assert shown(signed_in(office.admin), "show=mine") == (False, True)
    assert shown(tom, "show=hot") == (False, False)
    hot = {"derived.quadrant": "call_now", "derived.last_seen_at": deps.now()}
    deps.store.database.leads.update_one({"_id": f"{office.workspace.id}:{omar.id}"}, {"$set": hot})
    assert shown(tom, "show=hot") == (False, True)
    assert 'href="/live?show=hot" aria-current="page"' in tom.get("/live?show=hot").text

    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    assert [shown(tom, f"show={show}") for show in ("team", "mine", "hot")] == [(True, False), (True, False), (False, False)]
    assert dana.id in tom.get("/live").text


def test_recent_has_one_row_a_visit_under_day_heads(deps: Deps, office: Office, known: tuple[Lead, Lead], signed_in: SignIn) -> None:
    """Newest first, in pages, without visits of anonymous visitors."""
    dana, _ = known
    visit(deps, office, None, timedelta(minutes=1), "Anonymous")
    for days in range(30):
        visit(deps, office, dana, timedelta(days=days), f"Page {days}.")
    browser = signed_in(office.admin)
    text = browser.get("/live").text
    assert [text.count('class="visit-row"'), "Anonymous" in text, "Page 24." in text, "Page 25." in text] == [25, False, True, False]
    assert text.count("<h3") == 25
    assert text.index("Page 0.") < text.index(">Yesterday</h3>") < text.index("Page 1.")
    older = text.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    text = browser.get(older).text
    assert (text.count('class="visit-row"'), "Page 29." in text, 'class="pager"' in text) == (5, True, False)
    assert browser.get("/live?cursor=x").status_code == 422


def test_an_empty_page_sums_up_the_day(deps: Deps, office: Office, known: tuple[Lead, Lead], signed_in: SignIn) -> None:
    """Since midnight of the rep: visits, known leads and inquiries, of leads that the rep may see."""
    dana, omar = known
    browser = signed_in(office.rep)
    assert "Today:" not in browser.get("/live").text
    visit(deps, office, dana, timedelta(0), "Contact", form=True)
    visit(deps, office, dana, timedelta(0), "Pricing")
    visit(deps, office, omar, timedelta(0), "Docs")
    visit(deps, office, None, timedelta(0), "Docs")
    visit(deps, office, omar, timedelta(days=1), "Yesterday", form=True)
    assert "Today: 4 visits, 2 known leads, 1 inquiry." in browser.get("/live").text
    assert "Today: 2 visits, 1 known lead, 1 inquiry." in browser.get("/live?show=mine").text
    workspaces.change_workspace(deps, office.workspace.id, policy=Policy(reps_see="own"))
    assert "Today: 2 visits, 1 known lead, 1 inquiry." in browser.get("/live").text
