"""Automatic traffic by API: numbers, list, filters, pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A lead whose mail was opened by hand and scanned from Microsoft's network."""
    made = make_scene(deps)
    lead, start = made.lead(), deps.now() - timedelta(days=2)
    message = made.message(lead, start)
    made.open(message, start + timedelta(hours=3))
    for seconds in (60, 62):
        made.click(message, start + timedelta(seconds=seconds), address="40.92.0.9", agent="", headers={})
    made.spool()
    made.settle()
    return made


@pytest.fixture
def get(app: Any, deps: Deps, scene: Scene) -> Callable[[str], Any]:
    """Calls the operation with a query; the response."""
    program = Program(app.test_client(), api_keys.new_key(deps, scene.workspace.id, rep=scene.rep.id)[1])
    return lambda query="": program.get(f"/automatic-traffic{query}")


def test_numbers_and_events(get: Callable[[str], Any]) -> None:
    """People count in the numbers; the list has what does not count, with its reasons."""
    found = get("").json
    counts = {row.pop("kind"): row for row in found["counts"]}
    none = {"person": 0, "automatic": 0, "own": 0, "repeated": 0, "unsure": 0}
    assert counts == {"open": {**none, "person": 1}, "click": {**none, "automatic": 2}, "page": none}
    assert found["networks"] == [{"name": "Microsoft", "events": 2}]
    assert found["domains"] == [{"name": "acme.example", "events": 2}]
    assert {"name": "no_agent", "events": 2} in found["reasons"]
    assert [(e["kind"], e["verdict"]["label"]) for e in found["items"]] == [("click", "scanner")] * 2
    assert (found["is_complete"], found["days"], found["next"]) == (True, 30, None)


def test_filters_and_pages(get: Callable[[str], Any]) -> None:
    """The numbers stay those of the period; the list is narrowed."""
    assert len(get("?reason=no_agent&kind=click&cause=automatic").json["items"]) == 2
    assert get("?reason=burst_of_nothing").json["items"] == get("?cause=own").json["items"] == get("?days=1").json["items"] == []
    first = get("?limit=1").json
    second = get(f"?limit=1&cursor={first['next']}").json
    assert [row["items"][0]["at"] > second["items"][0]["at"] for row in (first,)] == [True]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["?days=0", "?days=31", "?kind=x", "?cause=x", "?cursor=x", "?who=x", "?days=7&days=7"])
def test_other_values_are_refused(get: Callable[[str], Any], query: str) -> None:
    """With a sentence about the field."""
    assert get(query).status_code == 422
