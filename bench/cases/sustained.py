"""Sustained: throughput until every event is in MongoDB, with drain and MongoDB on the same cores; workers paused, then running."""

import contextlib

from bench.cases.scored import wait
from bench.load import requests as http_requests
from bench.load import rounds, wrk
from bench.load.rounds import Target
from bench.plan import Plan
from bench.report import Bar
from bench.targets import dataset, servers
from bench.targets.stack import WORKERS, Stack, running_stack

LEADS, AGENTS = 2_000, 2_000


def run(plan: Plan) -> None:
    """pixels, counted until all of them are in MongoDB; drain and MongoDB on the same cores"""
    folder = plan.case_folder("sustained")
    with contextlib.ExitStack() as exits:
        stack = exits.enter_context(running_stack(folder, plan.port(6)))
        recipients = dataset.make(stack.deps, LEADS)
        baseline = exits.enter_context(servers.bare(folder, plan.port()))
        requests = http_requests.pixels(stack.deps.keys, recipients.workspace, [m.id for m in recipients.messages], dataset.agents(AGENTS))
        file = wrk.write_requests(folder / "pixels", requests)
        for names, what, limit in ((WORKERS, "workers paused", 0.35), ((), "workers running", 0.15)):
            stack.pause(*names)
            bare = Target(baseline.name, baseline.port, file, baseline.process.cpu_seconds)
            product = Target("leadlight", stack.deps.settings.edge_port, file, stack.cpu_seconds, stack.events, after=lambda: None)
            if not names:
                product.after = lambda: wait(lambda: not stack.dirty_marks(), "dirty marks are left")
            before, had = stack.cpu_by_name(), stack.events()
            rounds.run([bare, product], plan.rounds, plan.seconds)
            after, count = stack.cpu_by_name(), stack.events() - had
            row = product.row("sustained", f"pixel: all in MongoDB, {what}", bare, Bar("≥", limit), unit="events/s")
            row.more["cpu_us_per_event"] = {name: round((after[name] - before.get(name, 0.0)) / count * 1e6, 1) for name in after}
            plan.add(row)
            stack.resume(*names)
            wait(lambda: not stack.dirty_marks(), "dirty marks are left")
        check(stack, recipients.workspace)


def check(stack: Stack, workspace: str) -> None:
    """Compares MongoDB's estimated count with an exact one. Raises Miscounted."""
    found = stack.deps.store.database.events.count_documents({"w": bytes.fromhex(workspace)})
    if found != stack.events():
        raise rounds.Miscounted(f"{stack.events():,} events by MongoDB's estimate, {found:,} by an exact count")
