"""Peers: alternatives to Leadlight, each with its own database, and servers that store nothing."""

import base64
import contextlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from bench.load import requests as http_requests
from bench.load import rounds, wrk
from bench.load.rounds import Target
from bench.peers.nginx import nginx, program
from bench.peers.postgres import postgres, programs
from bench.plan import Plan
from bench.report import Bar
from bench.targets import dataset
from bench.targets import servers as bench_servers
from bench.targets.process import ROOT, child_process, responds
from bench.targets.stack import WORKERS, running_stack
from tracker.embedded.servers import servers

PYTHON = ROOT / ".venv-bench" / "bin" / "python"
LEADS = 2_000
THREADS = 16


def run(plan: Plan) -> None:
    """Flask, pytracking with insert_one, django-mail-analytics and nginx, in the same rounds as the edge with its drain"""
    if not PYTHON.exists():
        plan.leave_out("the peers: .venv-bench is missing; `make bench` creates it")
        return
    folder = plan.case_folder("peers")
    with contextlib.ExitStack() as exits:
        stack = exits.enter_context(running_stack(folder, plan.port(6)))
        stack.pause(*WORKERS)
        recipients = dataset.make(stack.deps, LEADS)
        requests = http_requests.pixels(stack.deps.keys, recipients.workspace, [m.id for m in recipients.messages])
        file = wrk.write_requests(folder / "pixels", requests)
        baseline = exits.enter_context(bench_servers.bare(folder, plan.port()))
        bare = Target(baseline.name, baseline.port, file, baseline.process.cpu_seconds)
        product = Target("leadlight", stack.deps.settings.edge_port, file, stack.cpu_seconds, stack.events)
        route = _flask(plan, exits, folder, file)
        handmade = _handmade(plan, exits, folder)
        analytics, database = _mail_analytics(plan, exits, folder)
        fastest = _nginx(plan, exits, folder, file)
        rounds.run([s for s in (bare, product, route, handmade, analytics, fastest) if s], plan.rounds, plan.seconds)
    plan.add(route.row("peers", "Flask route, gthread: stores nothing", bare))
    if fastest:
        plan.add(fastest.row("peers", "nginx empty_gif: stores nothing", bare))
    plan.add(handmade.row("peers", "pytracking + Flask + insert_one", bare, unit="events/s"))
    plan.add(analytics.row("peers", f"django-mail-analytics, {database}", bare, unit="events/s"))
    plan.add(product.row("peers", "Leadlight, all in MongoDB, workers paused", handmade, Bar("≥", 10), unit="events/s"))
    plan.add(product.row("peers", "Leadlight, all in MongoDB, workers paused", analytics, Bar("≥", 20), unit="events/s"))


def _gthread(app: str, port: int) -> list[str]:
    """One process per core, so that no peer is limited by configuration."""
    words = ["-m", "gunicorn", "-k", "gthread", "-w", str(os.cpu_count() or 1), "--threads", str(THREADS)]
    return [str(PYTHON), *words, "-b", f"127.0.0.1:{port}", "--no-control-socket", "--keep-alive", "5", app]


def _flask(plan: Plan, exits: contextlib.ExitStack, folder: Path, file: Path) -> Target:
    port = plan.port()
    process = exits.enter_context(child_process("flask", _gthread("bench.peers.flask_route:app", port), folder))
    process.wait_until(responds(port, "/o/x.gif"))
    return Target("flask", port, file, process.cpu_seconds)


def _handmade(plan: Plan, exits: contextlib.ExitStack, folder: Path) -> Target:
    place, port = folder / "handmade", plan.port()
    place.mkdir()
    url, _ = exits.enter_context(servers(place, cache_gb=1.0))
    command = _gthread("bench.peers.handmade:app", port)
    process = exits.enter_context(child_process("handmade", command, folder, {"BENCH_MONGO_URL": url}))
    tokens = [
        base64.urlsafe_b64encode(json.dumps({"metadata": {"lead": f"{i:032x}", "message": f"{i:032x}"}}).encode()).decode()
        for i in range(LEADS)
    ]
    process.wait_until(responds(port, f"/o/{tokens[0]}"))
    file = wrk.write_requests(folder / "handmade-pixels", [http_requests.get(f"/o/{token}") for token in tokens])
    client: MongoClient[dict[str, Any]] = exits.enter_context(MongoClient(url))
    return Target("handmade", port, file, process.cpu_seconds, client.bench.events.estimated_document_count)


def _mail_analytics(plan: Plan, exits: contextlib.ExitStack, folder: Path) -> tuple[Target, str]:
    port, found = plan.port(), programs()
    if found:
        environ, database = {"BENCH_POSTGRES": exits.enter_context(postgres(found, folder))}, "PostgreSQL"
    else:
        environ, database = {"BENCH_SQLITE": str(folder / "analytics.sqlite")}, "SQLite"
        plan.leave_out("PostgreSQL under django-mail-analytics, which runs on SQLite instead (apt-get install postgresql)")
    keys = folder / "analytics-keys"
    _analytics(environ, "prepare", str(keys), str(LEADS))
    process = exits.enter_context(child_process("mail-analytics", _gthread("bench.peers.mail_analytics:app", port), folder, environ))
    queries = keys.read_text("utf-8").split()
    process.wait_until(responds(port, f"/i?q={queries[0]}"))
    file = wrk.write_requests(folder / "analytics-pixels", [http_requests.get(f"/i?q={query}") for query in queries])
    count: Callable[[], int] = lambda: int(_analytics(environ, "count"))  # noqa: E731 - shorter than a function
    return Target("django-mail-analytics", port, file, process.cpu_seconds, count), database


def _analytics(environ: dict[str, str], *words: str) -> str:
    command = [str(PYTHON), "-m", "bench.peers.mail_analytics", *words]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"django-mail-analytics: {done.stderr[-2000:]}")
    return done.stdout


def _nginx(plan: Plan, exits: contextlib.ExitStack, folder: Path, file: Path) -> Target | None:
    found = program()
    if found is None:
        plan.leave_out("nginx empty_gif: nginx is not installed (apt-get install nginx-light)")
        return None
    port = plan.port()
    process = exits.enter_context(nginx(found, folder, port))
    return Target("nginx", port, file, process.cpu_seconds)
