"""Withdrawals: the drain leaves out what a lead no longer wants recorded, and gives the edge its list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.links.destination_file import DestinationFile
from tracker.actions.links.share_links import change_share_link, create_share_link
from tracker.actions.privacy.erase import erase_lead
from tracker.actions.privacy.recording import resume_recording, stop_recording
from tracker.actions.privacy.withdrawn_file import WithdrawnFile
from tracker.base.errors import Invalid
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.ops.audit import OPERATOR
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.links import tokens
from tracker.spool import destinations, withdrawn

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace, five minutes past noon."""
    return make_scene(replace(deps, now=lambda: LATER))


def landed(scene: Scene, name: str, visitor: str):
    """A lead who followed a link of a message to the site."""
    lead = scene.lead(name)
    message = scene.message(lead)
    click = scene.click(message, NOON)
    scene.page(visitor, "/", NOON + timedelta(seconds=3), landing=click.id, landing_at=click.at)
    return lead, message, click


def drained(scene: Scene, *captures) -> list[str]:
    """The ids of those of the captures that became events."""
    scene.spool(list(captures))
    scene.settle()
    return sorted(event.id for event in scene.store.events.by_ids(capture.id for capture in captures))


def test_rows_spooled_before_are_dropped_and_those_of_others_are_stored(scene):
    """Opens, clicks, HEAD requests, refused tokens, page events and heartbeats of one lead; the other lead's are kept."""
    lead, message, click = landed(scene, "Dana Whitfield", "browser")
    _, other, _ = landed(scene, "Omar Reed", "phone")
    share = create_share_link(scene.deps, scene.workspace.id, lead=lead.id, url="https://acme.example/", label="PDF")
    scene.spool()
    scene.settle()
    scene.captures.clear()
    stop_recording(scene.deps, scene.workspace.id, lead.id)
    gone = [
        scene.open(message, LATER),
        scene.click(message, LATER),
        scene.capture(CaptureKind.CLICK, LATER, share=share.id, url="https://acme.example/"),
        scene.capture(CaptureKind.HEAD, LATER, message=message.id),
        scene.capture(CaptureKind.REJECTED, LATER, message=message.id, reason="open_signature"),
        scene.page("browser", "/pricing", LATER, active_ms=5000),
        scene.page("browser", "/pricing", LATER, CaptureKind.BEAT, active_ms=9000),
        scene.page("another", "/", LATER, landing=click.id, landing_at=click.at),
    ]
    kept = [scene.open(other, LATER), scene.page("phone", "/pricing", LATER)]

    assert drained(scene, *gone, *kept) == sorted(capture.id for capture in kept)
    database = scene.deps.store.database
    assert (database.evidence.count_documents({}), database.dwell.count_documents({"page": "/pricing"})) == (0, 0)
    assert scene.store.untracked.by_day() == {"2026-11-18": len(gone)}
    drained(scene, *gone)
    assert scene.store.untracked.by_day() == {"2026-11-18": len(gone)}


def test_an_opt_out_acts_and_a_consent_counts_from_the_withdrawal_on(scene):
    """A consent that the browser sent before is withdrawn with the rest."""
    lead, message, _ = landed(scene, "Dana Whitfield", "browser")
    scene.spool()
    scene.settle()
    stop_recording(scene.deps, scene.workspace.id, lead.id)
    before = scene.page("browser", "/a", LATER - timedelta(seconds=1), consent=True)
    after = scene.page("browser", "/b", LATER, consent=True)
    leave = scene.capture(CaptureKind.UNSUBSCRIBE, LATER, message=message.id)

    assert drained(scene, before, after, leave) == sorted([after.id, leave.id])
    assert scene.store.leads.get(lead.id).opted_out_at == LATER


def test_a_lead_that_gives_permission_again_is_recorded_again(scene):
    """With every id that was listed."""
    lead, message, _ = landed(scene, "Dana Whitfield", "browser")
    scene.spool()
    scene.settle()
    stop_recording(scene.deps, scene.workspace.id, lead.id)
    resume_recording(scene.deps, scene.workspace.id, lead.id)
    captures = [scene.open(message, LATER), scene.page("browser", "/pricing", LATER)]

    assert drained(scene, *captures) == sorted(capture.id for capture in captures)


def test_a_browser_is_listed_for_the_lead_whose_it_is_now(scene):
    """One that another lead has used since stays recorded when the former lead withdraws."""
    first, second = scene.lead("Dana Whitfield"), scene.lead("Omar Reed")
    for number, lead in enumerate((first, second)):
        at = NOON - timedelta(hours=3 - number)
        click = scene.click(scene.message(lead), at)
        scene.page("shared", f"/{number}", at + timedelta(seconds=3), landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()
    stop_recording(scene.deps, scene.workspace.id, first.id)
    assert len(drained(scene, scene.page("shared", "/x", LATER))) == 1
    stop_recording(scene.deps, scene.workspace.id, second.id)
    assert drained(scene, scene.page("shared", "/y", LATER)) == []


def test_a_count_of_the_edge_is_stored_once(scene):
    """Nothing else of the row is, and no evidence."""
    row = scene.capture(CaptureKind.UNTRACKED, datetime(2026, 11, 18, tzinfo=UTC), count=5, agent="", address="")
    for _ in range(2):
        drained(scene, row)

    assert scene.store.untracked.by_day() == {"2026-11-18": 5}
    assert scene.deps.store.database.evidence.count_documents({}) == 0


def test_the_edge_gets_the_list_and_its_changes(scene):
    """A host that starts gets all; additions and removals follow; a file that is lost or foreign is replaced."""
    deps, path, ws = scene.deps, withdrawn.path_of(scene.deps.settings), scene.workspace.id

    def listed() -> list[bytes]:
        return list(withdrawn.opened(path))

    def hashes(*names: str) -> list[bytes]:
        return sorted(withdrawn_hash(ws, WithdrawnKind.VISITOR, name) for name in names)

    def put(*names: str, **more: bool) -> None:
        deps.store.withdrawn.put(ws, [(WithdrawnKind.VISITOR, name) for name in names], NOON, **more)

    put("a", "b")
    file = WithdrawnFile(deps)
    assert (file.refresh(), listed()) == (True, hashes("a", "b"))
    assert not file.refresh()
    put("c", "b")
    assert (file.refresh(), listed()) == (True, hashes("a", "b", "c"))
    put("a", "unknown", is_listed=False)
    assert (file.refresh(), listed()) == (True, hashes("b", "c"))
    path.unlink()
    assert (file.refresh(), listed()) == (True, hashes("b", "c"))
    path.write_bytes(b"\0" * 16)
    assert (file.refresh(), listed()) == (True, hashes("b", "c"))
    assert (WithdrawnFile(deps).refresh(), listed()) == (True, hashes("b", "c"))


def test_changes_are_not_read_for_ever(scene):
    """After half a minute without a change the last ones are not read again."""
    clock = [0.0]
    file = WithdrawnFile(scene.deps, lambda: clock[0])
    file.refresh()
    scene.deps.store.withdrawn.put(scene.workspace.id, [(WithdrawnKind.SHARE, "a")], NOON)
    assert file.refresh()
    late = withdrawn_hash(scene.workspace.id, WithdrawnKind.SHARE, "late")
    newest = scene.deps.store.withdrawn.newest_change()
    assert newest is not None
    scene.deps.store.database.withdrawn.insert_one({"_id": late, "on": True, "at": NOON, "changed_at": newest - timedelta(seconds=5)})
    assert file.refresh()
    assert late in withdrawn.opened(withdrawn.path_of(scene.deps.settings))
    clock[0] = 31.0
    scene.deps.store.database.withdrawn.update_one({"_id": late}, {"$set": {"on": False}})
    assert not file.refresh()


def test_the_file_of_destinations_follows_the_database(deps):
    """Another destination, and the removal with the lead; an unchanged database leaves the file as it is."""
    scene = make_scene(deps)
    lead = scene.lead()
    link = create_share_link(deps, scene.workspace.id, lead=lead.id, url="https://www.northwind.example/a", label="LinkedIn")
    file, path = DestinationFile(deps), destinations.path_of(deps.settings)
    assert [file.refresh(), file.refresh()] == [True, False]
    assert len(destinations.opened(path)) == 0

    changed = change_share_link(deps, scene.workspace.id, link.id, url="https://www.northwind.example/b", label="PDF")
    assert (changed.url, changed.label, changed.tracked_url) == ("https://www.northwind.example/b", "PDF", link.tracked_url)
    assert [file.refresh(), file.refresh()] == [True, False]
    token = destinations.opened(path).token_of(withdrawn_hash(scene.workspace.id, WithdrawnKind.SHARE, link.id))
    assert tokens.verify_click(deps.keys, token).url == changed.url
    path.unlink()
    assert file.refresh()
    with pytest.raises(Invalid):
        change_share_link(deps, scene.workspace.id, link.id, url="javascript:alert(1)")

    erase_lead(deps, scene.workspace.id, lead.id, OPERATOR)
    assert file.refresh()
    assert len(destinations.opened(path)) == 0
