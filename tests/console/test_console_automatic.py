"""The page *Automatic traffic*: numbers, reasons, filters, paging and corrections."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.activity.automatic_traffic import automatic_traffic
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.rules.automatic_traffic import TrafficCause, TrafficFilter
from tracker.rules.visibility import Viewer

HOSTILE = '"><svg/onload=alert(1)>{{7*7}}\u202e'
PAGE = "/settings/automatic"


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead of the rep."""
    return scene.lead()


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


def add(scene: Scene, lead: Lead | None, label: Label, *reasons: str, ago: timedelta = timedelta(hours=1), **more: object) -> Event:
    """An event with this verdict, by default a page view."""
    at = scene.deps.now() - ago
    values = {"id": new_id(), "kind": EventKind.VIEW, "url": "https://www.northwind.example/pricing", "title": "Pricing"} | more
    made = Event(
        workspace=scene.workspace.id, at=at, received=at, lead=lead.id if lead else None, verdict=Verdict(label, 0.9, reasons), **values
    )
    scene.store.events.add(made)
    return made


def test_an_empty_workspace_says_so(rita: Browser) -> None:
    """No request was filtered, and a filter finds none."""
    assert "Nothing was filtered" in rita.get(PAGE).text
    assert "No such requests" in rita.get(f"{PAGE}?shown=automatic").text


def test_a_filtered_event_is_explained_and_can_be_corrected(rita: Browser, scene: Scene, dana: Lead) -> None:
    """A scan of all links: with lead, email, program and reasons in words; the correction returns to the same filters."""
    message = scene.message(dana, scene.deps.now() - timedelta(hours=2))
    scan = scene.click(message, scene.deps.now() - timedelta(hours=1), agent="BarracudaSentinel (EE)")
    scene.spool()
    scene.settle()
    page = rita.get(f"{PAGE}?shown=automatic").text
    for words in ("Dana Whitfield", "Click in “Offer v2”", "BarracudaSentinel (EE)", "is on a public list of robots.", "acme.example"):
        assert words in page, words
    assert "robot_agent" not in page.replace("reason=robot_agent", "").replace('value="robot_agent"', "")

    form = {"cause": "person", "page": "automatic", "days": "7", "shown": "automatic"}
    answer = rita.post(f"/leads/{dana.id}/events/{scan.id}/cause", form)
    assert answer.headers["Location"] == f"{PAGE}?days=7&shown=automatic#e-{scan.id}"
    scene.settle()
    assert scene.store.events.get(scan.id).verdict.label is Label.HUMAN
    assert "No such requests" in rita.get(f"{PAGE}?shown=automatic").text


def test_filters_and_periods_narrow_the_list(rita: Browser, scene: Scene, dana: Lead) -> None:
    """By kind, cause, reason and days; values that do not exist are ignored."""
    add(scene, dana, Label.SCANNER, "robot_agent", title="Of a robot")
    add(scene, dana, Label.SELF, "own_browser", title="Of the team")
    add(scene, None, Label.UNSURE, "cloud", title="Not clear", ago=timedelta(days=20))
    names = ("Of a robot", "Of the team", "Not clear")
    for query, shown in (
        ("", "Of a robot, Of the team"),
        ("?days=30", "Of a robot, Of the team, Not clear"),
        ("?shown=own", "Of the team"),
        ("?reason=robot_agent", "Of a robot"),
        ("?kind=open", ""),
        ("?kind=x&shown=person&reason=ghost&cursor=zz&days=400", "Of a robot, Of the team"),
    ):
        text = rita.get(PAGE + query).text
        assert ", ".join(name for name in names if name in text) == shown, query
    assert "Unknown visitor" in rita.get(f"{PAGE}?days=30").text


def test_pages_follow_each_other(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Fifty a page, newest first; the cursor keeps the filters."""
    for number in range(51):
        add(scene, dana, Label.SCANNER, "robot_agent", ago=timedelta(minutes=number + 1), title=f"Page {number}.")
    first = rita.get(f"{PAGE}?shown=automatic").text
    assert ("Page 49." in first, "Page 50." in first) == (True, False)
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "shown=automatic" in older
    rest = rita.get(older.partition("#")[0]).text
    assert ("Page 49." in rest, "Page 50." in rest) == (False, True)


def test_hostile_text_stays_text(rita: Browser, scene: Scene) -> None:
    """Names, titles and agents come from outside."""
    lead = scene.lead(f"Eve {HOSTILE}", email='"<svg>"@acme.example')
    add(scene, lead, Label.SCANNER, HOSTILE, title=HOSTILE, agent=HOSTILE, url="javascript:alert(1)")
    text = rita.get(PAGE).text
    assert "<svg/onload" not in text
    assert "{{7*7}}" in text
    assert 'href="javascript' not in text


def test_of_a_long_period_only_the_latest_events_are_read(deps: Deps, scene: Scene, dana: Lead) -> None:
    """The numbers are of what was read, and say since when."""
    for hours in (1, 2, 3):
        add(scene, dana, Label.SCANNER, "robot_agent", ago=timedelta(hours=hours))
    viewer = Viewer(scene.workspace, scene.rep)
    part, whole = (automatic_traffic(deps, viewer, days=7, wanted=TrafficFilter(), most=most) for most in (2, 4))
    assert (part.is_complete, part.summary.total(TrafficCause.AUTOMATIC), part.since) == (False, 2, part.events[-1].at)
    assert (whole.is_complete, whole.summary.total(TrafficCause.AUTOMATIC), len(whole.events)) == (True, 3, 3)
