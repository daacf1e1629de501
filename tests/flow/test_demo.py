"""The demo on real processes: made by one click, walked by a named lead at once, tried by yourself, gone without a trace."""

import contextlib
import html
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.project import ROOT
from tracker.actions.demo import demo, fill
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict
from tracker.demo.__main__ import DemoRunner
from tracker.domain.alerting.alert import AlertState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.links.keys import Keys

PROCESSES = (
    ("-m", "gunicorn", "-c", "deploy/gunicorn_edge.py", "tracker.web.edge.app:app"),
    ("-m", "workers.drain.process"),
    ("-m", "workers.main", "live"),
    ("-m", "tracker.demo"),
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def until(is_so: Callable[[], object], seconds: float = 60, *, pause: float = 0.05) -> object:
    """Waits for it; fails when it takes longer."""
    end = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
    return found


def fetch(url: str, data: bytes | None = None, *, seconds: float = 60, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers, body; no redirect is followed."""
    opener = urllib.request.build_opener(type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None}))
    try:
        with opener.open(urllib.request.Request(url, data=data, headers=headers), timeout=seconds) as answer:
            return answer.status, dict(answer.headers), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read().decode("utf-8", "replace")


@pytest.fixture
def ready(deps: Deps) -> Deps:
    """Dependencies with signing keys, as after a first start."""
    Keys.load(deps.settings.signing_keys_file)
    return deps


@pytest.fixture
def instance(ready: Deps, tmp_path: Path) -> Iterator[Deps]:
    """Edge, drain, live worker and demo as processes of their own."""
    settings = ready.settings
    environ = {"PORT": str(settings.port), "DATA": str(settings.data), "MONGO_URL": settings.mongo_url, "REDIS_URL": settings.redis_url}
    environ |= {"LEADLIGHT_CONFIG": str(tmp_path / "none.toml"), "LOG_LEVEL": "info"}
    path = tmp_path / "processes.log"
    with path.open("ab") as log:
        running = [
            subprocess.Popen([sys.executable, *words], cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log)
            for words in PROCESSES
        ]
    until(lambda: _listens(settings.edge_port) and "waiting for a demo" in path.read_text("utf-8"), 60)
    yield ready
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        assert process.wait(15) is not None


@pytest.fixture
def rep(deps: Deps) -> Rep:
    """A rep signed in to their own workspace."""
    return Rep(id="ab" * 16, workspace="cd" * 8, email="kim@example.org", name="Kim Doe", timezone="Asia/Kolkata", created_at=deps.now())


@pytest.fixture
def runner(ready: Deps) -> Iterator[DemoRunner]:
    """The demo's process, in this one."""
    made = DemoRunner(ready)
    yield made
    made.close()


@pytest.fixture
def made(ready: Deps, runner: DemoRunner) -> Workspace:
    """A demo with running servers."""
    found = demo.create_demo(ready, wait=0)
    runner.update()
    return found


def test_a_named_lead_walks_the_site_within_ten_seconds_and_rings(instance: Deps, rep: Rep):
    """One click creates forty leads; then Dana visits the site, and one alert is sent. The history sends no alerts."""
    began = time.monotonic()
    found = demo.create_demo(instance, wait=15)
    you = demo.enter_demo(instance, rep)
    here = instance.store.of(found.id)

    assert fetch(f"http://localhost:{instance.settings.demo_port}/pricing")[0] == 200
    on_site = until(lambda: [row for row in instance.bus.presence(found.id) if row.lead])
    assert time.monotonic() - began < 20
    lead = here.leads.get(on_site[0].lead)
    assert lead.name == "Dana Whitfield"
    assert lead.owner == you.id
    until(lambda: [alert for alert in here.alerts.latest() if alert.state is AlertState.STANDING and alert.rep == you.id])
    rung = [alert for alert in here.alerts.latest(limit=500) if alert.state is AlertState.STANDING]
    assert {alert.lead for alert in rung} == {lead.id}
    until(lambda: not instance.store.dirty.counts().get("live"))
    assert len({found.stage for found in here.leads.where({})}) == 7
    assert here.leads.get(lead.id).derived.score > 40
    assert len(here.visits.of_lead(lead.id)) >= 3

    demo.remove_demo(instance)
    until(lambda: not _listens(instance.settings.demo_port) and not _listens(instance.settings.demo_smtp_port))
    assert instance.bus.presence(found.id) == []


def test_you_mail_yourself_and_get_your_own_ring(instance: Deps, rep: Rep):
    """The mail lands in the demo inbox; opening it and clicking Pricing rings you, as a person and not as a machine."""
    found = demo.create_demo(instance, wait=15)
    you = demo.enter_demo(instance, rep)
    base = f"http://localhost:{instance.settings.demo_port}"

    message = demo.mail_yourself(instance, you)
    key = re.search(r'href="/inbox/(\w{32})"', fetch(f"{base}/inbox")[2])
    body = fetch(f"{base}/inbox/{key[1]}/body")[2]
    assert "Kim" in body
    pixel = html.unescape(re.search(r'src="([^"]+/o/[^"]+\.gif)"', body)[1])
    link = html.unescape(re.search(r'href="([^"]+/c/[^"]+)"', body)[1])
    assert fetch(pixel, **{"user-agent": AGENT})[0] == 200
    time.sleep(1.2)
    status, headers, _ = fetch(link, **{"user-agent": AGENT})
    assert status == 302
    assert headers["location"].startswith(f"{base}/pricing?ll=")
    here = instance.store.of(found.id)
    rings = until(lambda: [a for a in here.alerts.latest() if a.lead == message.lead and a.rule == "click"])
    assert [ring.rep for ring in rings] == [you.id]
    assert rings[0].title.startswith("Kim Doe")
    events = here.events.of_lead(message.lead)
    assert [(e.kind.value, e.stands) for e in events] == [("sent", True), ("open", True), ("click", True)]


def _listens(port: int) -> bool:
    try:
        # Whom a server that ends leaves without an answer need not wait for it.
        return fetch(f"http://127.0.0.1:{port}/healthz", seconds=5)[0] == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False
    except Exception as error:  # an SMTP greeting is no HTTP
        return "220" in str(error)


def test_creating_twice_makes_one_demo_and_removing_leaves_nothing(ready: Deps, rep: Rep):
    """The button can be pressed by two at once, and the demo goes without a trace."""
    first, again = demo.create_demo(ready, wait=0), demo.create_demo(ready, wait=0)
    you = demo.enter_demo(ready, rep)

    assert first.id == again.id
    assert demo.enter_demo(ready, rep) == you
    here = ready.store.of(first.id)
    assert here.leads.count() == 40
    assert here.leads.count({"owner": you.id}) == 12
    replies = ready.store.database.conversations.find({"ws": first.id})
    assert sorted(reply["is_open"] for reply in replies) == [False, True]
    assert demo.remove_demo(ready) is True
    others = ("prints", "hosts", "signing_keys")  # of the installation
    left = {
        name: ready.store.database[name].count_documents({}) for name in ready.store.database.list_collection_names() if name not in others
    }
    assert not any(left.values()), left
    assert demo.remove_demo(ready) is False


def test_the_servers_are_open_only_while_there_is_a_demo(ready: Deps, runner: DemoRunner):
    """Both ports open with the demo and close with it, and its mails are forgotten."""
    port, smtp = ready.settings.demo_port, ready.settings.demo_smtp_port
    runner.update()
    assert not _listens(port)

    demo.create_demo(ready, wait=0)
    runner.update()
    assert _listens(port)
    with smtplib.SMTP("127.0.0.1", smtp, timeout=60) as sender:
        sender.sendmail("a@x.example", ["b@x.example"], b"Subject: Kept\r\n\r\nWords\r\n")
    assert list((ready.settings.data / "demo").rglob("*.eml"))

    demo.remove_demo(ready)
    runner.update()
    assert not _listens(port)
    assert not list((ready.settings.data / "demo").rglob("*.eml"))
    demo.create_demo(ready, wait=0)
    runner.update()
    assert "Kept" not in fetch(f"http://localhost:{port}/inbox")[2]


def test_mail_is_accepted_once_the_site_is_open(ready: Deps, runner: DemoRunner):
    """The demo's mail server is up before its site: “Email yourself” right after the first page is not refused."""
    site, smtp = ready.settings.demo_port, ready.settings.demo_smtp_port
    for _ in range(5):
        demo.create_demo(ready, wait=0)
        with ThreadPoolExecutor(1) as probing:
            found = probing.submit(lambda: until(lambda: _accepts(site), pause=0.001) and _accepts(smtp))
            runner.update()
            assert found.result(), "the site was open before the mail server"
        demo.remove_demo(ready)
        runner.update()


def test_mailing_yourself_waits_for_the_mail_server(ready: Deps, runner: DemoRunner, rep: Rep):
    """A busy machine opens it late: the letter goes when it does, instead of being refused and said to be in the inbox."""
    demo.create_demo(ready, wait=0)
    you = demo.enter_demo(ready, rep)
    with ThreadPoolExecutor(1) as beside:
        mailing = beside.submit(demo.mail_yourself, ready, you)
        time.sleep(0.5)
        assert not mailing.done()
        runner.update()

    assert mailing.result().sent_at
    assert mailing.result().subject in html.unescape(fetch(f"http://localhost:{ready.settings.demo_port}/inbox")[2])


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.mark.parametrize("path", ["/", "/product", "/pricing", "/customers", "/security", "/contact", "/thanks", "/nothing"])
def test_every_page_carries_the_snippet_under_a_strict_policy(ready: Deps, made: Workspace, path: str):
    """Only the edge's script runs, and only the console may frame a page."""
    status, headers, body = fetch(f"http://localhost:{ready.settings.demo_port}{path}")

    assert status == (404 if path == "/nothing" else 200)
    assert f'<script async src="{ready.settings.edge_url}/t.js?s={made.sites[0].key}"></script>' in body
    assert f"script-src {ready.settings.edge_url};" in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].endswith(f"frame-ancestors {ready.settings.public_url}")
    assert "style=" not in body
    assert body.count("<script") == 1


def test_the_contact_form_thanks(ready: Deps, made: Workspace):
    """A plain form post that leads to a page of its own."""
    status, headers, _ = fetch(f"http://localhost:{ready.settings.demo_port}/contact", data=b"name=Kim")

    assert (status, headers["Location"]) == (303, "/thanks")


def test_strangers_names_are_refused(ready: Deps, made: Workspace):
    """A stranger's page cannot talk to the demo by pointing a name of its own at this machine."""
    assert fetch(f"http://localhost:{ready.settings.demo_port}/inbox", host="evil.example")[0] == 421


def test_hostile_mail_stays_in_its_box(ready: Deps, made: Workspace):
    """What a mail says cannot run, submit, frame or lead away the page that shows it."""
    hostile = (
        b"From: =?utf-8?q?Evil_=3Cscript=3E?= <e@x.example>\r\nTo: you@x.example\r\nSubject: <img src=x onerror=alert(1)>\r\n"
        b"Content-Type: text/html; charset=nonsense\r\n\r\n<base href=http://evil.example/><meta http-equiv=refresh content=0>"
        b"<script>alert(1)</script><form action=http://evil.example><a href='java\tscript:alert(1)' onclick=alert(1)>go</a></form>\xff\x00\r\n"
    )
    with smtplib.SMTP("127.0.0.1", ready.settings.demo_smtp_port, timeout=60) as sender:
        sender.sendmail("e@x.example", ["you@x.example"], hostile)
    base = f"http://localhost:{ready.settings.demo_port}"
    _, headers, listing = fetch(f"{base}/inbox")
    assert "<img src=x" not in listing
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    key = re.search(r'href="/inbox/(\w{32})"', listing)[1]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in fetch(f"{base}/inbox/{key}")[2]
    _, headers, body = fetch(f"{base}/inbox/{key}/body")
    assert headers["Content-Security-Policy"].startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    for harm in ("<script", "<base", "<meta http", "<form", "script:", "onclick"):
        assert harm not in body
    assert 'target="_blank"' in body


def test_filling_for_a_bench_is_exact_and_refuses_to_double(ready: Deps):
    """So many leads, so many events, the same for the same seed."""
    found = demo.create_demo(ready, wait=0)
    before = ready.store.database.events.count_documents({})

    assert fill.fill(ready, found.id, events=1234, leads=57, seed=3) == 1234
    assert ready.store.database.events.count_documents({}) == before + 1234
    assert ready.store.of(found.id).leads.count() == 40 + 57
    with pytest.raises(Conflict):
        fill.fill(ready, found.id, events=10, leads=5, seed=3)
