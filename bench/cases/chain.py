"""The chain: from a click's answer to the live stream and to the alert socket, at rest and with other events coming in."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator

from bench.cases.scored import wait
from bench.figures import percentile
from bench.load import pace
from bench.load import requests as asked
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.dataset import People
from bench.targets.receivers import Received, alert_socket, live_stream
from bench.targets.stack import Stack, leadlight
from tracker.actions.alerting import channels
from tracker.domain.alerting.channel import ChannelName

CLICKS, QUICK_CLICKS, BACKGROUND = 100, 20, 200
_BACKGROUND_LEADS = 2_000
_GAP_SECONDS = 1.0


def run(plan: Plan) -> None:
    """One click a second: milliseconds until the live stream tells it, and until the alert stands at its socket"""
    folder, socket_port = plan.place("chain"), plan.port()
    count = QUICK_CLICKS if plan.is_quick else CLICKS
    with leadlight(folder, plan.port(6), OUTBOUND_ALLOW=f"127.0.0.1/32:{socket_port}") as home:
        crowd = dataset.invite(home.deps, _BACKGROUND_LEADS, "Crowd")
        for what, rate in (("at rest", 0), (f"{BACKGROUND} events/s", BACKGROUND)):
            people = dataset.invite(home.deps, count, f"Northwind {rate}")
            url = f"http://127.0.0.1:{socket_port}/hook"
            channels.set_channel(home.deps, people.workspace, people.rep, ChannelName.SLACK, {"webhook_url": url})
            received = Received()
            with (
                alert_socket(socket_port, received),
                live_stream(home.deps.settings.port, people.key, received),
                _background(home, crowd, rate),
            ):
                begun = _click(home, people)
            wait(lambda: not home.waiting(), "marks are left")
            _add(plan, what, people, begun, received)


def _click(home: Stack, people: People) -> list[float]:
    """Clicks once a second, each another lead; when each was answered."""
    requests = asked.clicks(home.deps.keys, people.workspace, [m.id for m in people.messages])
    begun = []
    for number, request in enumerate(requests):
        path = request.split(b" ", 2)[1].decode()
        connection = http.client.HTTPConnection("127.0.0.1", home.deps.settings.edge_port, timeout=5)
        connection.request("GET", path, headers={"User-Agent": asked.AGENT, "Accept-Language": "en"})
        answer = connection.getresponse()
        answer.read()
        begun.append(time.perf_counter())
        connection.close()
        if answer.status != http.HTTPStatus.FOUND:
            raise RuntimeError(f"click {number} was answered with {answer.status}")
        time.sleep(_GAP_SECONDS)
    time.sleep(3)
    return begun


def _add(plan: Plan, what: str, people: People, begun: list[float], received: Received) -> None:
    names = [m.id for m in people.messages], [lead.name.split()[-1] for lead in people.leads]
    for where, keys, limit in (("live stream", names[0], 150), ("alert socket", names[1], 300)):
        took = [max(0.0, (received.times[key] - at) * 1000) for key, at in zip(keys, begun, strict=True) if key in received.times]
        if len(took) < len(begun):
            raise RuntimeError(f"{where}, {what}: {len(begun)} clicks, {len(took)} were heard of")
        more = {"clicks": len(took), "doubled": received.repeated}
        plan.add(Row(case="chain", what=f"click → {where}, {what}: p50", unit="ms", values=[percentile(took, 0.5)], more=more))
        plan.add(Row(case="chain", what=f"click → {where}, {what}: p95", unit="ms", values=[percentile(took, 0.95)], bar=Bar("≤", limit)))


@contextlib.contextmanager
def _background(home: Stack, crowd: People, rate: float) -> Iterator[None]:
    """Opens, clicks and page views of other leads, so many a second, while the block lasts."""
    if not rate:
        yield
        return
    messages = [m.id for m in crowd.messages]
    kinds = zip(
        asked.pixels(home.deps.keys, crowd.workspace, messages),
        asked.clicks(home.deps.keys, crowd.workspace, messages),
        asked.collects(crowd.site, len(messages)),
        strict=True,
    )
    requests = [request for three in kinds for request in three]
    over = threading.Event()
    load = threading.Thread(
        target=pace.run, args=(home.deps.settings.edge_port, requests, rate, 600), kwargs={"connections": 8, "stop": over.is_set}
    )
    load.start()
    try:
        time.sleep(2)
        yield
    finally:
        over.set()
        load.join()
