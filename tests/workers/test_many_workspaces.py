"""Many workspaces: sweeps ask once for all of them, and one that fails does not keep the others waiting."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, PyMongoError
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps, open_deps
from tracker.actions.each_workspace import WorkspaceTurns, in_due, in_each, paced
from tracker.actions.workspace.edge_policy import PolicyWriter
from tracker.base.errors import Conflict
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.alarm import AlarmKind
from tracker.rules.reports.weekly.due import may_be_due
from tracker.rules.reports.weekly.due import monday_of as due_monday
from tracker.spool.policy import Policy, path_of
from workers.periodic.alarms import AlarmMonitor
from workers.periodic.background import Background
from workers.periodic.sweeps import SWEEPS, forget_gone_visitors

_SLOW = timedelta(minutes=2)
_IN_TURN = {"alarms", "send_weekly_mails", "roll_up_reports", "back_up"}
"""Sweeps that look at a limited number of workspaces in each run; and the backup, which is of all of them."""


class _Count(CommandListener):
    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Ignored."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Ignored."""


def test_frequent_sweeps_cost_the_same_with_any_number_of_workspaces(deps: Deps, servers: tuple[str, str]):
    """Of each sweep that is due within two minutes: not one more command for each workspace that has nothing to do."""
    count = _Count()
    with MongoClient(servers[0], w="majority", timeoutMS=20_000, tz_aware=True, event_listeners=[count]) as client:
        watched = open_deps(deps.settings, lambda: NOON, database=client.get_default_database())
        sweeps = [sweep for sweep in SWEEPS if sweep.every < _SLOW and sweep.name not in _IN_TURN]

        def commands() -> dict[str, list[str]]:
            found = {}
            for sweep in sweeps:
                count.names.clear()
                sweep.run(watched, NOON)
                owner = getattr(sweep.run, "__self__", None)
                if isinstance(owner, Background):
                    owner.wait()
                found[sweep.name] = list(count.names)
            return found

        for number in range(2):
            make_scene(deps, f"Quiet {number}")
        commands()  # what the first run begins
        few = commands()
        for number in range(10):
            make_scene(deps, f"Silent {number}")
        many = commands()
        watched.redis.close()
    assert {name: many[name] for name in many if len(many[name]) > len(few[name]) + 5} == {}


def test_one_workspace_that_fails_stops_no_other(deps: Deps):
    """Whatever it raises; servers that fail three times in a row are not waited for again and again."""
    ids = [make_scene(deps, f"W{number}").workspace.id for number in range(5)]
    done: list[str] = []

    def work(workspace, *errors: Exception) -> None:
        done.append(workspace.id)
        if len(done) <= len(errors):
            raise errors[len(done) - 1]

    errors = (KeyError("x"), Conflict("taken"), AutoReconnect("slow"), PyMongoError("odd"))
    assert in_due(deps, [*ids, "f" * 16], lambda one: work(one, *errors)) == 4
    assert done == sorted(ids)
    done.clear()
    with pytest.raises(AutoReconnect):
        in_each(deps.store.workspaces.some(ids), lambda one: work(one, *[AutoReconnect("away")] * 4))
    assert len(done) == 3


def test_turns_reach_every_workspace(deps: Deps):
    """Also those that are added meanwhile, and the first ones again after the last."""
    ids = sorted(make_scene(deps, f"W{number}").workspace.id for number in range(5))
    turns = WorkspaceTurns(2)
    seen = [[one.id for one in turns.next(deps)] for _ in range(4)]
    assert seen == [ids[:2], ids[2:4], ids[4:], ids[:2]]
    assert [one.id for one in paced(deps)] == ids


def test_a_workspace_whose_turn_it_is_not_still_loses_its_alarm(deps: Deps):
    """An alarm of a quiet workspace ends as soon as events arrive, however many others wait for their turn."""
    scene = make_scene(deps)
    monitor, later = AlarmMonitor(), NOON + timedelta(days=2)
    message = scene.message(scene.lead())
    scene.click(message, NOON)
    scene.spool()
    scene.settle()
    monitor._turns = WorkspaceTurns(1)
    make_scene(deps, "Other")

    def quiet() -> list[str]:
        return [alarm.workspace for alarm, _, _ in deps.store.alarms.active() if alarm.kind is AlarmKind.QUIET]

    for step in range(3):
        monitor.run(deps, later + step * timedelta(seconds=15))
    assert quiet() == [scene.workspace.id]
    monitor.run(deps, later + timedelta(minutes=1))
    _clicked(scene, message, later + timedelta(minutes=1))
    monitor.run(deps, later + timedelta(minutes=4))
    assert quiet() == []


def _clicked(scene: Scene, message, at: datetime) -> None:
    scene.click(message, at)
    scene.spool()
    scene.settle()


def test_the_policy_reads_workspaces_after_a_change_only(deps: Deps):
    """One that was added, changed or removed is in the file with the next look; what an earlier version changed, after a while."""
    clock, other = [1000.0], make_scene(deps, "Other").workspace.id
    ws, writer = make_scene(deps).workspace.id, PolicyWriter(deps, lambda: clock[0])

    def names(after: float) -> list[str]:
        clock[0] += after
        writer.refresh()
        policy = msgspec.json.decode(path_of(deps.settings).read_bytes(), type=Policy)
        return sorted(one.name for one in policy.workspaces.values())

    def unnoticed(name: str) -> None:
        deps.store.database.workspaces.update_one({"_id": ws}, {"$set": {"name": name}})

    assert names(0) == ["Northwind", "Other"]
    unnoticed("Late")  # as one whose stamp becomes visible late
    assert names(1) == ["Late", "Other"]
    names(5)
    unnoticed("Older")
    assert names(1) == ["Late", "Other"]
    assert names(60) == ["Older", "Other"]
    deps.store.workspaces.change(ws, name="New")
    assert names(0.25) == ["New", "Other"]
    names(5)
    deps.store.workspaces.remove(other)
    assert names(0.25) == ["New"]
    deps.store.workspaces.remove(ws)
    make_scene(deps, "In its place")
    assert names(0.25) == ["In its place"]
    path_of(deps.settings).unlink()
    assert names(6) == ["In its place"]


def test_gone_visitors_are_forgotten_where_there_are_any(deps: Deps):
    """Found by the workspaces that have any; a workspace without any is asked no more."""
    at = round(NOON.timestamp() * 1000)
    gone, here = (
        Presence(visitor=name, lead=None, url="/", title="", since=last, last=last)
        for name, last in (("gone", at - 31 * 60_000), ("here", at))
    )
    deps.bus.set_presence("a" * 16, {"gone": gone, "here": here})
    deps.bus.set_presence("b" * 16, {"gone": gone})
    deps.bus.set_presence("a" * 16, {"gone": gone})  # arrives late: the last activity stays
    forget_gone_visitors(deps, NOON)
    assert [[one.visitor for one in deps.bus.presence(key * 16)] for key in "ab"] == [["here"], []]
    assert deps.bus.workspaces_with_presence() == ["a" * 16]
    deps.bus.forget("a" * 16)
    assert deps.bus.workspaces_with_presence() == []


def test_no_weekly_mail_is_due_while_no_workspace_is_looked_at():
    """Whenever it is a Monday's hour anywhere, mails are looked for; two days of the week they are not."""
    hours = [datetime(2026, 11, 29, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24 * 7)]
    zones = [timezone(timedelta(hours=offset)) for offset in (-12, -3, 0, 5, 14)]
    since = datetime(2026, 1, 1, tzinfo=UTC)
    missed = [now for now in hours if any(due_monday(now, zone, 0, since) for zone in zones) and not may_be_due(now)]
    assert missed == []
    assert sum(not may_be_due(now) for now in hours) == 24 * 7 - 14 - 84
