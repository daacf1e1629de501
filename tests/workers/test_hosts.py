"""Several hosts: none overwrites another's state, a lost one is noticed and can be forgotten, and its spool goes on elsewhere."""

import dataclasses
import shutil
from datetime import timedelta

import pytest

from tests.scenes import make_scene
from tracker.actions.deps import Deps
from tracker.actions.ops import hosts
from tracker.actions.ops.health import check_health
from tracker.base.errors import LeadlightError
from tracker.domain.ops.host import HostReport, SpoolState
from tracker.spool import layout
from workers.drain.process import Drain
from workers.periodic.alarms import AlarmMonitor
from workers.periodic.gauges import measure

SECOND = timedelta(seconds=1)


def on(deps: Deps, host: str, later: timedelta = timedelta()) -> Deps:
    """The same installation, seen from another host with a DATA folder of its own."""
    settings = dataclasses.replace(deps.settings, host_name=host, data=deps.settings.data.parent / host)
    now = deps.now() + later
    return dataclasses.replace(deps, settings=settings, now=lambda: now)


def alarms(deps: Deps) -> set[str]:
    return {alarm.title for alarm, _, _ in deps.store.alarms.active()}


def test_a_lost_host_is_noticed_and_delays_no_other(deps):
    """Also after Redis was emptied. It is alarmed by name, and forgotten only when it is silent."""
    make_scene(deps)
    for host, events in (("edge-1", 3), ("edge-2", 4)):
        hosts.report_drain(on(deps, host), SpoolState(lag_events=events, lag_seconds=2.0, edges=2), to_store=True)
    found = check_health(deps)
    assert (found.drain_events, found.drain_seconds, found.lost, found.late) == (7, 2.0, {}, {})
    with pytest.raises(LeadlightError, match="still reports"):
        hosts.forget_host(deps, "edge-2")

    later, monitor = on(deps, "edge-1", 90 * SECOND), AlarmMonitor()
    for is_emptied in (False, True):
        if is_emptied:
            deps.redis.flushdb()
        hosts.report_drain(later, SpoolState(lag_events=3), to_store=True)
        found = check_health(later)
        assert (set(found.lost), found.late, found.drain_events) == ({"edge-2"}, {}, 7)
        monitor.run(later, later.now())
    assert alarms(deps) == {"The host edge-2 is silent"}
    measure(later, later.now())

    assert hosts.forget_host(later, "edge-2") == 1
    assert check_health(later).lost == {}
    with pytest.raises(LeadlightError, match="no host"):
        hosts.forget_host(later, "edge-2")
    monitor.run(later, later.now() + 180 * SECOND)
    assert "The host edge-2 is silent" not in alarms(deps)


def test_each_late_drain_has_an_alarm_of_its_own(deps):
    """A second one is told although the first is known; lost events and full disks are told of every host."""
    make_scene(deps)
    first, second, monitor = on(deps, "edge-1"), on(deps, "edge-2"), AlarmMonitor()

    def report(*late: str) -> None:
        for one in (first, second):
            lost = {"disk_full": 5.0 * len(late), "address_limit": 90.0 * len(late)}
            used = 0.9 if one is second else 0.5
            seconds = 90.0 if one.settings.host_name in late else 0.0
            hosts.report_drain(one, SpoolState(lag_events=9, lag_seconds=seconds, disk_used=used, dropped=lost), to_store=True)

    report("edge-1")
    monitor.run(deps, deps.now()), monitor.run(deps, deps.now())
    assert {title for title in alarms(deps) if "late" in title or "edge" in title} == {
        "Events of edge-1 arrive late",
        "The disk of edge-2 is 90% full",
    }
    report("edge-1", "edge-2")
    monitor.run(deps, deps.now()), monitor.run(deps, deps.now())
    assert {"Events of edge-1 arrive late", "Events of edge-2 arrive late", "Events are being lost"} <= alarms(deps)
    texts = [alarm.text for alarm, _, _ in deps.store.alarms.active()]
    assert any("10 events were not kept: disk full" in text for text in texts)


def test_old_reports_expire_but_those_of_drains_stay(deps):
    """A disk may hold events; a worker that is gone holds nothing."""
    now = deps.now()
    for process in ("drain", "live"):
        deps.store.hosts.report(HostReport(host="old.host-1", process=process, at=now - timedelta(hours=1)))
    deps.store.hosts.report(HostReport(host="old.host-10", process="live", at=now))
    hosts.forget_old_hosts(deps, now)
    assert [row.id for row in deps.store.hosts.all()] == ["old.host-1 drain", "old.host-10 live"]
    hosts.forget_old_hosts(deps, now + timedelta(days=31))
    assert deps.store.hosts.all() == []


@pytest.mark.parametrize("keeps_marks", [True, False])
def test_the_spool_of_a_lost_host_goes_on_at_another(deps, keeps_marks):
    """Half of it was drained before; the rest follows under another name, and what was drained is not doubled."""
    scene = make_scene(deps)
    message = scene.message(scene.lead())
    lost, other = on(deps, "edge-1"), on(deps, "edge-2")
    dataclasses.replace(scene, deps=lost).spool([scene.open(message, deps.now() + n * SECOND) for n in range(3)])
    Drain(lost).step()
    dataclasses.replace(scene, deps=lost).spool([scene.click(message, deps.now() + n * SECOND) for n in range(4)])
    shutil.copytree(lost.settings.spool_dir, other.settings.spool_dir)
    for mark in other.settings.spool_dir.glob("*.mark") if not keeps_marks else ():
        mark.unlink()

    drain = Drain(other)
    while drain.step():
        pass
    kinds = [event.kind.value for event in scene.store.events.latest(limit=50) if event.kind.value != "sent"]
    assert sorted(kinds) == ["click"] * 4 + ["open"] * 3
    assert not layout.files(other.settings.spool_dir)
    drain.lag.publish()
    drain.lag.leave()
    assert "edge-2" not in {row.host for row in deps.store.hosts.all()}
