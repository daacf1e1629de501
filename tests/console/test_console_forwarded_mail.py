"""Someone else with a lead's mail on the timeline, the live page and in the replay."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser
from tests.scenes import CHROME, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep

MAC = CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def marcus(scene: Scene) -> Lead:
    """A lead whose colleague got his mail, and is on the site; his company's name is hostile."""
    lead = scene.lead("Marcus Bell", company="Acme <b>")
    now = scene.deps.now()
    message = scene.message(lead, now - timedelta(minutes=30))
    for visitor, minutes, client in (("marcus", 5, {}), ("colleague", 1, {"agent": MAC, "address": "198.51.100.20"})):
        click = scene.click(message, now - timedelta(minutes=minutes), **client)
        landing = {"landing": click.id, "landing_at": click.at}
        scene.page(visitor, "/", now - timedelta(minutes=minutes) + timedelta(seconds=59), **landing, **client)
    scene.spool()
    scene.settle()
    return lead


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


def plain(page: str) -> str:
    """The page without tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", "", page).split())


def test_the_timeline_names_both_readers(rita: Browser, marcus: Lead) -> None:
    """Visits and clicks of someone else are not told of the lead."""
    page = rita.get(f"/leads/{marcus.id}").text
    assert "<b>Someone else at Acme &lt;b&gt; visited your site (mail to Marcus Bell)</b>" in page
    assert "Someone else at Acme &lt;b&gt; clicked Home in “Offer v2” (mail to Marcus Bell)" in page
    assert plain(page).count("Visited your site") == 1
    assert "Acme <b>" not in page


def test_the_live_page_has_a_row_for_each(rita: Browser, marcus: Lead) -> None:
    """The lead has left; someone else is on the page."""
    page = rita.get("/live/rows").text
    assert f'data-key="{marcus.id}"' in page
    assert f'data-key="{marcus.id}-other"' in page
    text = plain(page)
    assert "Someone else at Acme &lt;b&gt; mail to Marcus Bell" in text
    assert "Someone else at Acme &lt;b&gt; mail to Marcus Bell Home from" in text


def test_the_replay_says_whose_visit_it_is(rita: Browser, scene: Scene, marcus: Lead) -> None:
    """One visit has the reader's name in its head; among all visits, each has its own."""
    visits = {visit.visitor: visit.id for visit in scene.store.visits.of_lead(marcus.id)}
    other, own = (rita.get(f"/visits/{visits[name]}/replay").text for name in ("colleague", "marcus"))
    assert "<b>Someone else at Acme &lt;b&gt;</b><i>mail to Marcus Bell</i>" in other
    assert "<b>Marcus Bell</b>" in own
    assert "Someone else" not in own
    assert plain(rita.get(f"/leads/{marcus.id}/replay").text).count("Someone else at Acme &lt;b&gt; · from “Offer v2”") == 1
