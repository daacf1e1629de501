"""Dirty marks: work that survives workers dying, on a real MongoDB."""

import dataclasses
from datetime import timedelta

import pytest

from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.store.activity.dirty_marks import LEASE, DirtyMarks
from workers.recompute.batch import Batch
from workers.recompute.lease import renew

WORKSPACE, LEAD = "a" * 16, "b" * 32


OTHER = "c" * 16
MANY = 100


@pytest.fixture(params=["at rest", "in full flow"])
def dirty(deps: Deps, request: pytest.FixtureRequest) -> DirtyMarks:
    """An empty list of marks; in full flow the last batch found all of its marks waiting, and so will the next be looked at."""
    dirty = deps.store.dirty
    if request.param == "in full flow":
        for _ in range(3):
            dirty.mark_many([(OTHER, "lead", f"{number:032x}", NOON) for number in range(MANY)])
        dirty.finish(dirty.claim("live", NOON, MANY, kind="lead"), NOON)
        assert not dirty.counts()
    return dirty


def test_marking_twice_widens_the_time_range_and_makes_one_mark(dirty: DirtyMarks):
    """Ten events of a lead are one mark over the time they span."""
    dirty.mark(WORKSPACE, LEAD, [NOON, NOON + timedelta(minutes=5)])
    dirty.mark(WORKSPACE, LEAD, [NOON - timedelta(minutes=5)])

    (mark,) = dirty.claim("live", NOON, 10, kind="lead")
    assert (NOON - timedelta(minutes=5), NOON + timedelta(minutes=5)) == (mark.start, mark.end)


def test_a_claimed_mark_is_free_again_when_its_lease_expires(dirty: DirtyMarks):
    """The marks of a worker that died are processed by another."""
    dirty.mark(WORKSPACE, LEAD, [NOON])
    assert dirty.claim("live", NOON, 10, kind="lead")

    assert dirty.claim("live", NOON + LEASE / 2, 10, kind="lead") == []
    assert dirty.claim("live", NOON + LEASE, 10, kind="lead")


def test_a_lead_whose_mark_waits_need_not_be_marked_again_in_a_burst(dirty: DirtyMarks):
    """Thousands of opens of the same leads cost one mark each, not one write an open; an earlier moment still widens it."""
    leads = [f"{number:032x}" for number in range(MANY)]
    for moment in (NOON, NOON + timedelta(seconds=1), NOON - timedelta(seconds=1)):
        dirty.mark_many([(WORKSPACE, "lead", lead, moment) for lead in leads])

    marks = dirty.claim("live", NOON, 200, kind="lead")
    assert len(marks) == len(leads)
    assert all((mark.start, mark.generation) == (NOON - timedelta(seconds=1), 2) for mark in marks)


def test_the_next_pages_of_a_visit_need_no_new_mark_in_a_burst(dirty: DirtyMarks):
    """A browser's mark reaches a little ahead: pages within that time are in it already, later ones widen it."""
    browsers = [f"v{number}" for number in range(MANY)]
    for moment in (NOON, NOON + timedelta(minutes=9), NOON + timedelta(minutes=30)):
        dirty.mark_many([(WORKSPACE, "visitor", browser, moment) for browser in browsers])

    marks = dirty.claim("live", NOON, 200, kind="visitor")
    assert len(marks) == len(browsers)
    assert all(mark.start == NOON and mark.end >= NOON + timedelta(minutes=30) and mark.generation == 2 for mark in marks)


def test_a_mark_that_is_being_worked_on_is_renewed_in_a_burst_too(dirty: DirtyMarks):
    """The worker may have read the lead's events before the newest was there."""
    leads = [f"{number:032x}" for number in range(MANY)]
    dirty.mark_many([(WORKSPACE, "lead", lead, NOON) for lead in leads])
    marks = dirty.claim("live", NOON, 200, kind="lead")
    dirty.mark_many([(WORKSPACE, "lead", lead, NOON + timedelta(seconds=1)) for lead in leads])
    dirty.finish(marks, NOON)

    assert len(dirty.claim("live", NOON, 200, kind="lead")) == len(leads)


def test_one_mark_of_many_that_does_not_wait_is_written(dirty: DirtyMarks):
    """Ninety-nine that wait do not hide the one that a worker took, nor the one whose time range is too short."""
    leads = [f"{number:032x}" for number in range(MANY)]
    marks = [*((WORKSPACE, "lead", lead, NOON) for lead in leads), (WORKSPACE, "visitor", "browser", NOON)]
    for _ in range(3):
        dirty.mark_many(marks)
    taken = dirty.claim("live", NOON, 1, kind="lead")
    dirty.mark_many([*marks[:-1], (WORKSPACE, "visitor", "browser", NOON + timedelta(hours=1))])
    dirty.finish(taken, NOON)

    assert len(dirty.claim("live", NOON, 2 * MANY, kind="lead")) == MANY
    (browser,) = dirty.claim("live", NOON, 1, kind="visitor")
    assert browser.end >= NOON + timedelta(hours=1)


def test_a_burst_moves_waiting_marks_out_of_the_bulk_queue(dirty: DirtyMarks):
    """Current events do not wait behind a backlog."""
    leads = [f"{number:032x}" for number in range(MANY)]
    dirty.mark_many([(WORKSPACE, "lead", lead, NOON) for lead in leads], queue="bulk")
    dirty.mark_many([(WORKSPACE, "lead", lead, NOON) for lead in leads], queue="live")

    assert len(dirty.claim("live", NOON, 200, kind="lead")) == len(leads)


def test_a_living_worker_keeps_its_marks_for_half_a_minute(deps: Deps):
    """The lease is short, so that those of a dead one are soon free. A worker that hangs loses them; what it finished stays so."""
    at = dataclasses.replace(deps, now=lambda: NOON)
    dirty = deps.store.dirty
    dirty.mark_many([(WORKSPACE, "lead", LEAD, NOON), (WORKSPACE, "lead", OTHER * 2, NOON)])
    marks = dirty.claim("live", NOON, 10, kind="lead")
    batches = [Batch(at, marks)]
    dirty.release(marks[1:], NOON)
    (other,) = dirty.claim("live", NOON, 10, kind="lead")
    dirty.finish([other], NOON)
    for seconds in (9, 18, 27, 36):
        moment = NOON + timedelta(seconds=seconds)
        assert dirty.claim("live", moment, 10, kind="lead") == []
        renew(dataclasses.replace(deps, now=lambda moment=moment: moment), batches)
    (again,) = dirty.claim("live", NOON + timedelta(seconds=27) + LEASE, 10, kind="lead")
    assert (again.key, again.tries) == (marks[0].key, 2)


def test_a_mark_renewed_while_it_was_worked_on_is_not_dropped(dirty: DirtyMarks):
    """An event that arrives during a recompute is included in the next one."""
    dirty.mark(WORKSPACE, LEAD, [NOON])
    marks = dirty.claim("live", NOON, 10, kind="lead")
    dirty.mark(WORKSPACE, LEAD, [NOON + timedelta(seconds=1)])
    dirty.finish(marks, NOON)

    (again,) = dirty.claim("live", NOON, 10, kind="lead")
    dirty.finish([again], NOON)
    assert dirty.counts() == {}


def test_a_mark_that_kills_its_worker_is_parked_after_three_tries(dirty: DirtyMarks):
    """Tries are counted before the work starts, so that one lead cannot kill workers without end."""
    dirty.mark(WORKSPACE, LEAD, [NOON])
    for number in range(3):
        assert dirty.claim("live", NOON + number * LEASE, 10, kind="lead")

    assert dirty.park_hopeless(NOON + 3 * LEASE) == 1
    assert dirty.claim("live", NOON + 3 * LEASE, 10, kind="lead") == []
    assert dirty.counts() == {"parked": 1}


def test_a_mark_that_failed_before_is_taken_alone(dirty: DirtyMarks):
    """It cannot take other marks down with it, and other marks go first."""
    dirty.mark(WORKSPACE, LEAD, [NOON])
    dirty.claim("live", NOON, 10, kind="lead")
    dirty.mark_many([(WORKSPACE, "lead", f"{n:032x}", NOON) for n in range(3)])
    later = NOON + LEASE

    assert {f"{n:032x}" for n in range(3)} == {mark.key for mark in dirty.claim("live", later, 10, kind="lead")}
    assert [mark.key for mark in dirty.claim("live", later, 10, kind="lead")] == [LEAD]


def test_live_work_overtakes_backlog(dirty: DirtyMarks):
    """A lead that waits in the bulk queue moves to the live queue when a current event arrives."""
    dirty.mark(WORKSPACE, LEAD, [NOON - timedelta(days=3)], queue="bulk")
    dirty.mark(WORKSPACE, LEAD, [NOON])

    assert dirty.claim("bulk", NOON, 10, kind="lead") == []
    assert len(dirty.claim("live", NOON, 10, kind="lead")) == 1


def test_marks_that_failed_once_are_tried_a_few_at_a_time_and_then_alone(dirty: DirtyMarks):
    """A killed worker leaves hundreds of sound marks; a mark that fails twice is tried alone before it is parked."""
    leads = [f"{number:032x}" for number in range(MANY)]
    dirty.mark_many([(WORKSPACE, "lead", lead, NOON) for lead in leads])
    assert len(dirty.claim("live", NOON, 200, kind="lead")) == MANY

    second = dirty.claim("live", NOON + LEASE, 200, kind="lead")
    assert {mark.tries for mark in second} == {2}
    assert 1 < len(second) <= MANY // 5
    dirty.finish(dirty.claim("live", NOON + LEASE, 200, kind="lead"), NOON + LEASE)

    rest = MANY - 2 * len(second)
    while rest:
        done = dirty.claim("live", NOON + 2 * LEASE, 200, kind="lead")
        dirty.finish(done, NOON + 2 * LEASE)
        assert {mark.tries for mark in done} == {2}
        rest -= len(done)
    for _ in second:
        (alone,) = dirty.claim("live", NOON + 2 * LEASE, 200, kind="lead")
        assert alone.tries == 3
    assert not dirty.claim("live", NOON + 2 * LEASE, 200, kind="lead")
    assert dirty.park_hopeless(NOON + 3 * LEASE) == len(second)
