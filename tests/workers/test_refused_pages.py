"""Refused pages in the drain: stored once whatever is repeated, and clicks whose landing token is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as replace_struct

from tests.scenes import NOON, make_scene
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.workspace.refusal import RefusalReason, RefusedPages

WWW = "https://northwind.example"
DAY = NOON.date()


@pytest.fixture
def scene(deps):
    """A workspace, five minutes past noon."""
    return make_scene(replace(deps, now=lambda: NOON + timedelta(minutes=5)))


def refused(scene, reason="origin", count=1, **more):
    midnight = NOON.replace(hour=0)
    values = {"site": scene.site.key, "url": WWW, "id": "ab" * 16, "agent": "", "address": ""} | more
    return scene.capture(CaptureKind.REFUSED, midnight, reason=reason, count=count, **values)


def causes(scene):
    return [(one.reason, one.origin, one.pages) for one in scene.store.refusals.since(DAY)]


def test_counts_rise_and_repeats_and_late_rows_change_nothing(scene):
    """One process writes the count so far; other processes have other ids."""
    for count in (2, 5, 5, 3):
        scene.spool([refused(scene, count=count)])
        scene.settle()
    scene.spool([refused(scene, count=4, id="cd" * 16), refused(scene, "key", 7, id="ef" * 16, site="0a" * 8)])
    scene.settle()

    assert scene.store.refusals.since(DAY) == [
        RefusedPages(scene.site.key, RefusalReason.ORIGIN, WWW, 9, DAY),
        RefusedPages("0a" * 8, RefusalReason.KEY, WWW, 7, DAY),
    ]
    assert scene.store.refusals.since(DAY + timedelta(days=1)) == []
    database = scene.deps.store.database
    assert (database.evidence.count_documents({}), database.quarantine.count_documents({})) == (0, 0)


def test_an_unknown_key_at_an_unknown_origin_is_told_to_the_only_company(scene):
    """With several, the page may belong to each of them."""
    lost = refused(scene, "key", 3, site="0a" * 8)
    scene.spool([type(lost)(**{name: getattr(lost, name) for name in lost.__struct_fields__} | {"workspace": ""})])
    scene.settle()
    assert causes(scene) == [("key", WWW, 3)]

    make_scene(scene.deps, "Contoso")
    scene.spool([type(lost)(**{name: getattr(lost, name) for name in lost.__struct_fields__} | {"workspace": "", "count": 8})])
    scene.settle()
    assert causes(scene) == [("key", WWW, 3)]


def test_a_landing_without_its_token_is_counted_once(scene):
    """The page that the click led to reported itself, but without the token."""
    click = scene.click(scene.message(scene.lead()), NOON)
    view = scene.page("browser", "/", NOON + timedelta(seconds=2))
    scene.spool([click, view])
    scene.settle()
    scene.spool([click, view])
    scene.settle()
    assert causes(scene) == [("landing", "https://www.northwind.example", 1)]


@pytest.mark.parametrize(
    ("seconds", "more"),
    [(2, {"landing": "click"}), (90, {}), (2, {"agent": "another browser"}), (2, {"address": "198.51.100.9"}), (-2, {})],
    ids=["with its token", "much later", "another browser", "elsewhere", "before the click"],
)
def test_other_views_are_not_lost(scene, seconds, more):
    """Nor the second page of a visit that began with the token."""
    click = scene.click(scene.message(scene.lead()), NOON)
    landing = {"landing": click.id, "landing_at": click.at} if more.pop("landing", None) else {}
    first = scene.page("browser", "/", NOON + timedelta(seconds=seconds), **landing, **more)
    found = [click, first, scene.page("browser", "/b", NOON + timedelta(seconds=100 if not landing else 9), **more)]
    scene.spool(found)
    scene.settle()
    assert causes(scene) == []


@pytest.mark.parametrize("case", ["no parameter", "its own parameter"])
def test_a_click_that_got_no_token_lost_none(scene, case):
    """The site has no parameter, or the address has one of this name already."""
    site = replace_struct(scene.site, landing_parameter="" if case == "no parameter" else "ll")
    scene.deps.store.workspaces.change(scene.workspace.id, sites=(site,))
    query = "" if case == "no parameter" else "?ll=52.5,13.4"
    click = replace_struct(scene.click(scene.message(scene.lead()), NOON), url=f"https://www.northwind.example/{query}")
    scene.spool([click, scene.page("browser", "/", NOON + timedelta(seconds=2))])
    scene.settle()
    assert causes(scene) == []
