"""Lists on the leads page: chips with counts, the filter panel, saving, renaming and deleting."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.console.conftest import Browser, Office
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.domain.leads.lead import NextAction
from tracker.domain.team.rep import Rep


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], office: Office) -> Browser:
    """A browser in which the admin is signed in."""
    return signed_in(office.admin)


@pytest.fixture
def people(deps: Deps, office: Office) -> None:
    """Dana (north, hers), Marcus (south) and Tom (north, a next action)."""
    for name, tag, more in (
        ("Dana", "north", {"owner": office.admin.id, "next_action": NextAction("Call")}),
        ("Marcus", "south", {"company": "North & Sons"}),
        ("Tom", "north", {"phone": "+351 555"}),
    ):
        leads.add_lead(deps, office.workspace.id, email=f"{name.lower()}@x.example", name=name, tags=[tag], **more)


def names(page: str) -> list[str]:
    """The leads of the table."""
    return sorted(re.findall(r'class="row-link"[^>]*>([^<]+)<', page))


def test_chips_show_counts_and_open_their_leads(rita: Browser, people: None) -> None:
    """Each is a link; the count is that of the leads behind it."""
    shown = [
        ("Hot", "hot"),
        ("Going cold", "going_cold"),
        ("Slipped", "slipped"),
        ("Mine", "mine"),
        ("No owner", "no_owner"),
        ("Bounced", "bounced"),
    ]
    for path in ("/leads", "/today", "/board"):
        links = re.findall(r'href="/leads\?list=(\w+)" data-chip="\w+" title="[^"]+">([\w ]+)<', rita.get(path).text)
        assert [(name, key) for key, name in links] == shown, path
    assert rita.get("/leads/chips").json == {"hot": "0", "going_cold": "0", "slipped": "2", "mine": "1", "no_owner": "2", "bounced": "0"}
    counts = {query: rita.get(f"/leads/count?{query}").json["count"] for query in ("list=slipped", "list=slipped&q=555", "q=missing")}
    assert counts == {"list=slipped": "2", "list=slipped&q=555": "1", "q=missing": "0"}
    assert names(rita.get("/leads?list=slipped").text) == ["Marcus", "Tom"]
    assert names(rita.get("/leads?list=slipped&q=555").text) == ["Tom"]
    assert rita.get("/leads?list=nothing").status_code == 404


def test_the_panel_works_without_script(rita: Browser, people: None) -> None:
    """Each submit applies the rows and offers one more; links keep them; a row can be taken out."""
    rows = [("f", "tags"), ("o", "is"), ("v", "North"), ("f", "owner"), ("o", "is"), ("v", "none"), ("f", ""), ("o", "is"), ("v", "")]
    page = rita.get(f"/leads?{urlencode(rows)}").text
    assert names(page) == ["Tom"]
    assert "Tag is North and Owner is no one" in page
    assert page.count("data-condition-row") == 3
    assert "c=tags~is~North&amp;c=owner~is~none&amp;sort=name" in page.replace("%7E", "~")
    assert names(rita.get(f"/leads?{urlencode(rows)}&match=any").text) == ["Dana", "Marcus", "Tom"]
    assert names(rita.get(f"/leads?{urlencode(rows)}&drop=1").text) == ["Dana", "Tom"]


@pytest.mark.parametrize(
    "row", ["score~at_least~many", "nope~is~x", "score~contains~1", "created~before~yesterday", "~~", "tags", "x~" * 99]
)
def test_a_wrong_row_is_said_and_narrows_nothing(rita: Browser, people: None, row: str) -> None:
    """The page stays usable, and such a list is not saved."""
    page = rita.get(f"/leads?{urlencode([('c', row)])}").text
    assert names(page) == ["Dana", "Marcus", "Tom"]
    assert ('class="field-error"' in page) == (not row.startswith("~"))


def test_a_list_is_saved_with_what_is_seen(rita: Browser, people: None) -> None:
    """Search, quick filters and rows are part of it; it can be changed, shared and deleted."""
    rita.get("/leads")
    answer = rita.post("/leads/lists", {"name": "North", "q": "north", "owner": "none", "c": "tags~is~south", "sort": "name"})
    page = rita.get(answer.location).text
    assert names(page) == ["Marcus"]
    assert 'aria-current="true">North</a>' in page

    changed = rita.post(answer.location.replace("?list=", "/lists/"), {"name": "All <north>", "shared": "yes"})
    assert "All &lt;north&gt;" in rita.get(changed.location).text
    rita.post(f"{changed.location.replace('?list=', '/lists/')}/remove")
    assert "north&gt;</a>" not in rita.get("/leads").text


def test_rows_replace_those_of_a_flat_list(rita: Browser, people: None) -> None:
    """*Save changes* takes them over; before it, the list itself is unchanged."""
    rita.get("/leads")
    saved = rita.post("/leads/lists", {"name": "N", "c": "tags~is~north"}).location
    assert names(rita.get(f"{saved}&c=tags~is~south").text) == ["Marcus"]
    assert names(rita.get(saved).text) == ["Dana", "Tom"]
    rita.post(saved.replace("?list=", "/lists/"), {"update": "1", "list": saved.partition("=")[2], "c": "tags~is~south"})
    assert names(rita.get(saved).text) == ["Marcus"]
