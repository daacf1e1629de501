"""Chain: latency from a click's response to the live stream and to the alert receiver, idle and with other events arriving.

A click with a browser's whole headers is certain and alerts at once; one without fetch metadata is held (docs/verdicts.md, "Hold").
"""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator

from bench.cases.scored import wait
from bench.figures import percentile
from bench.load import pace
from bench.load import requests as http_requests
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.dataset import Dataset
from bench.targets.receivers import ClickTimes, alert_socket, live_stream
from bench.targets.stack import Stack, running_stack
from tracker.actions.alerting import channels
from tracker.domain.alerting.channel import ChannelName
from tracker.rules.verdicts.classify import HOLD

CLICKS, QUICK_CLICKS, BACKGROUND = 100, 20, 200
_BACKGROUND_LEADS = 2_000
_GAP_SECONDS = 1.0
_CERTAIN = {
    "User-Agent": http_requests.AGENT,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-User": "?1",
}
_HELD = {name: value for name, value in _CERTAIN.items() if not name.startswith("Sec-")}
_HOLD_MS = HOLD.total_seconds() * 1000


def run(plan: Plan) -> None:
    """One click a second: milliseconds until the live stream shows it, and until the alert receiver has it"""
    folder, socket_port = plan.case_folder("chain"), plan.port()
    count = QUICK_CLICKS if plan.is_quick else CLICKS
    with running_stack(folder, plan.port(6), OUTBOUND_ALLOW=f"127.0.0.1/32:{socket_port}") as stack:
        background = dataset.make(stack.deps, _BACKGROUND_LEADS, "Background")
        for what, rate, headers in (("idle", 0, _CERTAIN), ("held, idle", 0, _HELD), (f"{BACKGROUND} events/s", BACKGROUND, _CERTAIN)):
            recipients = dataset.make(stack.deps, count, f"Northwind {what}")
            url = f"http://127.0.0.1:{socket_port}/hook"
            channels.set_channel(stack.deps, recipients.workspace, recipients.rep, ChannelName.SLACK, {"webhook_url": url})
            times = ClickTimes()
            with (
                alert_socket(socket_port, times),
                live_stream(stack.deps.settings.port, recipients.key, times),
                _load(stack, background, rate),
            ):
                begun = _click(stack, recipients, headers)
            wait(lambda: not stack.dirty_marks(), "dirty marks are left")
            _add(plan, what, recipients, begun, times)


def _click(stack: Stack, recipients: Dataset, headers: dict[str, str]) -> list[float]:
    """Sends one click a second, each for another lead; returns the time of each response."""
    requests = http_requests.clicks(stack.deps.keys, recipients.workspace, [m.id for m in recipients.messages])
    begun = []
    for number, request in enumerate(requests):
        path = request.split(b" ", 2)[1].decode()
        connection = http.client.HTTPConnection("127.0.0.1", stack.deps.settings.edge_port, timeout=5)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        begun.append(time.perf_counter())
        connection.close()
        if answer.status != http.HTTPStatus.FOUND:
            raise RuntimeError(f"click {number}: status {answer.status}")
        time.sleep(_GAP_SECONDS)
    time.sleep(3 + HOLD.total_seconds())
    return begun


def _add(plan: Plan, what: str, recipients: Dataset, begun: list[float], times: ClickTimes) -> None:
    names = [m.id for m in recipients.messages], [lead.name.split()[-1] for lead in recipients.leads]
    for where, keys, limit in (("live stream", names[0], 150), ("alert socket", names[1], _HOLD_MS + 1000 if "held" in what else 500)):
        took = [max(0.0, (times.first_seen[key] - at) * 1000) for key, at in zip(keys, begun, strict=True) if key in times.first_seen]
        if len(took) < len(begun):
            raise RuntimeError(f"{where}, {what}: {len(begun)} clicks, {len(took)} received")
        more = {"clicks": len(took), "duplicates": times.duplicates}
        plan.add(Row(case="chain", what=f"click → {where}, {what}: p50", unit="ms", values=[percentile(took, 0.5)], more=more))
        plan.add(Row(case="chain", what=f"click → {where}, {what}: p95", unit="ms", values=[percentile(took, 0.95)], bar=Bar("≤", limit)))


@contextlib.contextmanager
def _load(stack: Stack, background: Dataset, rate: float) -> Iterator[None]:
    """Sends opens, clicks and page views of other leads at this rate while the block runs."""
    if not rate:
        yield
        return
    messages = [m.id for m in background.messages]
    kinds = zip(
        http_requests.pixels(stack.deps.keys, background.workspace, messages),
        http_requests.clicks(stack.deps.keys, background.workspace, messages),
        http_requests.collects(background.site, len(messages)),
        strict=True,
    )
    requests = [request for three in kinds for request in three]
    over = threading.Event()
    load = threading.Thread(
        target=pace.run, args=(stack.deps.settings.edge_port, requests, rate, 600), kwargs={"connections": 8, "stop": over.is_set}
    )
    load.start()
    try:
        time.sleep(2)
        yield
    finally:
        over.set()
        load.join()
