"""F16: a clock ten minutes ahead or behind: same verdicts, visits, scores and alerts; no negative age."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.edge_process import EdgeProcess, batch, event
from tests.faults.rig.dataset import ORIGIN
from tests.ports import free_ports
from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.pipeline.scores import score
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.alerting.alert import AlertState

SKEWS = [timedelta(minutes=-10), timedelta(seconds=-3), timedelta(0), timedelta(minutes=10)]

_TIDY = 'rm -f /dev/shm/*faketime_*_$$; exec "$0" "$@"'
"""faketime does not start if a killed process with the same pid has left files."""


def seen(deps: Deps, skew: timedelta) -> Any:
    """Derived data, without times, of one lead whose events come from an edge with a wrong clock."""
    scene: Scene = make_scene(replace(deps, now=lambda: NOON + timedelta(minutes=1)), f"Company {skew.total_seconds():.0f}")
    lead = scene.lead()
    message = scene.message(lead, sent_at=NOON - timedelta(seconds=2))
    at = NOON + skew
    scene.open(message, at)
    click = scene.click(message, at + timedelta(seconds=5))
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("v1", "/pricing", at + timedelta(seconds=6), **landing)
    scene.page("v1", "/pricing", at + timedelta(seconds=20), CaptureKind.BEAT, active_ms=9000, scroll=40)
    scene.page("v1", "/contact", at + timedelta(seconds=30), CaptureKind.SUBMIT, fields={"email": ""})
    scene.spool()
    scene.settle()
    store = scene.store
    found = store.leads.get(lead.id)
    later = score(scene.deps, scene.workspace.id, lead.id, NOON + timedelta(hours=1))
    return (
        sorted((e.kind.value, e.verdict.label.value) for e in store.events.of_lead(lead.id)),
        [[(page.title, page.active_ms) for page in visit.pages] for visit in store.dwell.fill(store.visits.of_lead(lead.id))],
        sorted((alert.rule.value, alert.state.value) for alert in store.alerts.latest() if alert.state is not AlertState.WITHDRAWN),
        (found.derived.score, found.stage, sum(row.points for row in later.ledger) == later.total, later.total),
    )


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_derived_data_does_not_depend_on_the_edge_clock(deps: Deps, skew: timedelta):
    """The edge's clock does not change verdicts, visits, alerts or score."""
    assert seen(deps, skew) == seen(deps, timedelta(seconds=1))


@pytest.mark.parametrize("skew", ["-10m", "-3s", "+10m"])
def test_an_edge_with_a_wrong_clock_accepts_all_tokens(tmp_path: Path, skew: str):
    """No token expires because of different clocks: the click redirects, and the landing token is accepted."""
    faketime = shutil.which("faketime")
    assert faketime, "faketime is not installed; `make test` does that, or says how"
    skewed = type("SkewedEdge", (EdgeProcess,), {"launcher": ("sh", "-c", _TIDY, faketime, "-f", skew)})
    edge = skewed(free_ports(8, low=18_800), tmp_path, (ORIGIN,))
    try:
        with httpx.Client(trust_env=False, timeout=60) as client:
            to = client.get(edge.click(f"{ORIGIN}/pricing"))
            landing = parse_qs(urlsplit(to.headers["location"]).query)["ll"][0]
            body = batch(event(), ll=landing)
            answered = client.post(f"{edge.url}/e", content=body, headers={"Content-Type": "text/plain", "Origin": ORIGIN})
            others = client.post(f"{edge.url}/e", content=batch(event("e2"), ll=edge.landing()), headers={"Origin": ORIGIN})
        captures = edge.wait_for(3)
    finally:
        edge.stop()
        for left in Path("/dev/shm").glob(f"*faketime_*_{edge.process.pid}"):
            left.unlink()

    assert (to.status_code, answered.status_code, others.status_code) == (302, 204, 204)
    assert [capture.kind for capture in captures] == [CaptureKind.CLICK, CaptureKind.VIEW, CaptureKind.VIEW]
    assert all(capture.landing for capture in captures[1:])
    assert captures[1].landing == captures[0].id
