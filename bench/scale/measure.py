"""Measures the costs of each stage on this machine, one stage after the other; what does not take part is stopped."""

import contextlib
import http.client
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from bench import machine
from bench.cases.scored import Unfinished, wait
from bench.load import pace
from bench.load import requests as http_requests
from bench.scale.cluster import Cluster, running_cluster
from bench.scale.costs import Costs, Measured
from bench.scale.sweeps import seconds_in_each
from bench.targets import dataset
from bench.targets.dataset import Dataset
from bench.targets.receivers import ClickTimes, alert_socket
from tracker.actions.alerting import channels
from tracker.actions.team import sessions
from tracker.actions.workspace import workspaces
from tracker.domain.alerting.channel import ChannelName
from tracker.spool.file import write_file

LEADS, RATE, CLICKS, VIEWS, STREAMS, WORKSPACES = 2_000, 200, 200, 20, 90, 300
_AGO = timedelta(seconds=65)
_SECONDS, _REST_SECONDS = 900.0, 60.0
_NOON = 12


def measure(folder: Path, port: int, leads: int = LEADS) -> Measured:
    """The costs. Takes some minutes; raises what the cases of the bench raise."""
    hook, roles = port + 99, {"edge": 1, "live": 1, "notify": 1, "schedule": 1, "console": 1}
    with running_cluster(folder, port, roles, 1, OUTBOUND_ALLOW=f"127.0.0.1/32:{hook}") as cluster, alert_socket(hook, ClickTimes()):
        found = _at_rest(cluster) | _sweeps(cluster)
        recipients = dataset.make(cluster.deps, leads)
        found |= _edge(cluster, folder, recipients)
        found |= _stored(cluster, folder, recipients) | _alerts(cluster, hook) | _views(cluster, recipients) | _streams(cluster, recipients)
    sizes = {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "leads": leads,
        "events": leads * 10,
        "requests": leads * 3,
        "alerts": CLICKS,
        "workspaces": WORKSPACES,
    }
    return Measured(Costs(**{name: float(f"{value:.4g}") for name, value in found.items()}), machine.facts(folder), sizes)


def _at_rest(cluster: Cluster) -> dict[str, float]:
    names = {"edge": "edge_mb", "drain": "drain_mb", "live": "worker_mb", "notify": "notify_mb", "console": "console_mb"}
    return {cost: cluster.memory(role) for role, cost in names.items()} | {
        "other_mb": cluster.memory("schedule"),
        "redis_mb": _redis(cluster) / 2**20,
    }


def _sweeps(cluster: Cluster) -> dict[str, float]:
    """What more drain, schedule and MongoDB use with many workspaces that have nothing to do than without."""
    before, few = _rate(cluster), _slow_sweeps(cluster)
    for number in range(WORKSPACES):
        workspaces.add_workspace(cluster.deps, f"Quiet {number}", home_url=http_requests.ORIGIN)
    after, many = _rate(cluster), _slow_sweeps(cluster)
    sweeps, mongod = (max(0.0, more - less) / WORKSPACES * 1e6 for more, less in zip(many, few, strict=True))
    policy = max(0.0, after["drain"] - before["drain"]) / WORKSPACES * 1e6
    return {"policy_cpu": policy, "sweep_cpu": sweeps, "sweep_mongo_cpu": mongod}


def _slow_sweeps(cluster: Cluster) -> tuple[float, float]:
    others = ("schedule", "drain", "live", "notify", "console")
    cluster.pause(*others)
    try:
        return seconds_in_each(cluster)
    finally:
        cluster.resume(*others)


def _rate(cluster: Cluster) -> dict[str, float]:
    """CPU seconds a second at rest, by role, over the sweeps of a minute."""
    sleep(5)
    before = cluster.used()
    sleep(_REST_SECONDS)
    return {role: seconds / _REST_SECONDS for role, seconds in (cluster.used() - before).cpu.items()}


def _edge(cluster: Cluster, folder: Path, recipients: Dataset) -> dict[str, float]:
    """Opens, clicks and page views in equal parts at a constant rate, nothing behind the edge running; then all that follows from them."""
    messages = [message.id for message in recipients.messages]
    kinds = (
        http_requests.pixels(cluster.deps.keys, recipients.workspace, messages),
        http_requests.clicks(cluster.deps.keys, recipients.workspace, messages),
        http_requests.collects(recipients.site, len(messages)),
    )
    behind = ("drain", "live", "notify", "console")
    cluster.pause(*behind)
    before = cluster.used()
    requests = [request for three in zip(*kinds, strict=True) for request in three]
    count = len(requests)
    pace.run(cluster.ports["edge0"], requests, RATE, count / RATE)
    used, spool = cluster.used() - before, sum(file.stat().st_size for file in (folder / "edge0" / "spool").iterdir())
    cluster.resume(*behind)
    wait(lambda: cluster.events() >= count and cluster.is_done(), "the events of the edge are not done", _SECONDS)
    return {
        "edge_cpu": used.cpu["edge"] / count * 1e6,
        "edge_spool_bytes": spool / count,
        "edge_syncs": used.counters["leadlight_spool_commit_rows_count"] / count,
    }


def _stored(cluster: Cluster, folder: Path, recipients: Dataset) -> dict[str, float]:
    """Ten events of each lead of another workspace: stored with the worker stopped, then recomputed with the drain idle."""
    deps, more = cluster.deps, dataset.make(cluster.deps, len(recipients.leads), "Larger")
    captures = dataset.captures(more, dataset.agents(len(more.leads)), deps.now() - _AGO)
    cluster.pause("live", "notify")
    size, redis, had, before = _size(cluster), _redis(cluster), cluster.events(), cluster.used()
    write_file(folder / "edge0" / "spool", captures)
    wait(lambda: cluster.events() - had >= len(captures), "the drain does not end", _SECONDS)
    sleep(1)  # the marks of the last batch
    stored, events, kept = cluster.used(), cluster.events() - had, _redis(cluster) - redis
    cluster.resume("live")
    marked = cluster.used()
    deps.wake.live()
    wait(cluster.is_done, "the worker does not end", _SECONDS)
    done = cluster.used()
    cluster.resume("notify")
    drained, counted = stored - before, done - marked
    marks = counted.counters["leadlight_recounted_marks_total done"]
    data, index = (after - start for after, start in zip(_size(cluster), size, strict=True))
    return {
        "drain_cpu": drained.cpu["drain"] / events * 1e6,
        "drain_mongo_cpu": drained.cpu["mongod"] / events * 1e6,
        "worker_cpu": counted.cpu["live"] / marks * 1e6,
        "worker_mongo_cpu": counted.cpu["mongod"] / marks * 1e6,
        "redis_cpu": (done - before).cpu["valkey"] / events * 1e6,
        "mongo_writes": (drained.writes["mongod"] + counted.writes["mongod"]) / events,
        "mongo_write_bytes": (drained.written["mongod"] + counted.written["mongod"]) / events,
        "mongo_network_bytes": (drained.network + counted.network) / events,
        "redis_bytes": max(0.0, kept / events),
        "data_bytes": data / events,
        "index_bytes": index / events,
        "lead_bytes": _lead_bytes(cluster),
    }


def _alerts(cluster: Cluster, hook: int) -> dict[str, float]:
    """A certain click of each lead of a workspace where it is noon, so that each alerts, at once, and by one rep's channel."""
    deps = cluster.deps
    clicked = dataset.make(deps, CLICKS, "Alerted")
    noon = {"$set": {"timezone": f"Etc/GMT{datetime.now(UTC).hour - _NOON:+d}"}}
    for name in ("workspaces", "reps"):
        deps.store.database[name].update_many({}, noon)
    url = f"http://127.0.0.1:{hook}/hook"
    channels.set_channel(deps, clicked.workspace, clicked.rep, ChannelName.SLACK, {"webhook_url": url})
    sleep(3)  # the policy with the new workspace reaches the edge
    before = cluster.used()
    requests = http_requests.clicks(deps.keys, clicked.workspace, [message.id for message in clicked.messages])
    certain = b"Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-User: ?1\r\n"
    pace.run(cluster.ports["edge0"], [one[:-2] + certain + b"\r\n" for one in requests], 20, CLICKS / 20)

    def delivered() -> float:
        found = (cluster.used() - before).counters
        return sum(value for name, value in found.items() if name.startswith("leadlight_deliveries_total"))

    with contextlib.suppress(Unfinished):  # several alerts of one rep may be one message
        wait(lambda: delivered() >= CLICKS, "alerts wait", 30)
    if not (count := delivered()):
        raise Unfinished("no alert was delivered")
    return {"notify_cpu": (cluster.used() - before).cpu["notify"] / count * 1e6}


def _views(cluster: Cluster, recipients: Dataset) -> dict[str, float]:
    """Today, the live view, the list of leads and pages of leads, as a signed-in rep sees them."""
    rep = cluster.deps.store.of(recipients.workspace).reps.get(recipients.rep)
    cookie = {"Cookie": f"ll_session={sessions.start(cluster.deps, rep)}"}
    pages = ["/today", "/live", "/leads", *(f"/leads/{lead.id}" for lead in recipients.leads[:3])]
    for page in pages:
        _get(cluster.ports["console0"], page, cookie)
    before = cluster.used()
    for _ in range(VIEWS):
        for page in pages:
            _get(cluster.ports["console0"], page, cookie)
    used, count = cluster.used() - before, VIEWS * len(pages)
    return {"view_cpu": used.cpu["console"] / count * 1e6, "view_mongo_cpu": used.cpu["mongod"] / count * 1e6}


def _get(port: int, path: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise Unfinished(f"{path}: status {answer.status}")


def _streams(cluster: Cluster, recipients: Dataset) -> dict[str, float]:
    before = cluster.memory("console")
    with contextlib.ExitStack() as exits:
        for _ in range(STREAMS):
            connection = http.client.HTTPConnection("localhost", cluster.ports["console0"], timeout=60)
            exits.callback(connection.close)
            connection.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {recipients.key}"})
            connection.getresponse().readline()
        return {"stream_mb": max(0.0, cluster.memory("console") - before) / STREAMS}


def _size(cluster: Cluster) -> tuple[float, float]:
    """Bytes on disk of all collections without and of their indexes, written out before."""
    cluster.deps.store.database.client.admin.command("fsync")
    found: dict[str, Any] = cluster.deps.store.database.command("dbStats")
    return found["storageSize"], found["indexSize"]


def _lead_bytes(cluster: Cluster) -> float:
    count = cluster.deps.store.database.leads.estimated_document_count()
    sizes = [cluster.deps.store.database.command("collStats", name)["totalSize"] for name in ("leads", "messages")]
    return float(sum(sizes)) / count


def _redis(cluster: Cluster) -> float:
    found: dict[str, Any] = dict(cluster.deps.redis.info("memory"))
    return float(found["used_memory"])
