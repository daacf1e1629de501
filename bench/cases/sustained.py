"""Sustained: everything answered is in MongoDB at the end, with drain and MongoDB on the same cores; workers paused, then working."""

import contextlib

from bench.cases.scored import wait
from bench.load import requests as asked
from bench.load import rounds, wrk
from bench.load.rounds import Subject
from bench.plan import Plan
from bench.report import Bar
from bench.targets import dataset, servers
from bench.targets.stack import WORKERS, Stack, leadlight

LEADS, AGENTS = 2_000, 2_000


def run(plan: Plan) -> None:
    """pixels, counted until all of them are in MongoDB; drain and MongoDB on the same cores"""
    folder = plan.place("sustained")
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(leadlight(folder, plan.port(6)))
        people = dataset.invite(home.deps, LEADS)
        floor = stack.enter_context(servers.bare(folder, plan.port()))
        requests = asked.pixels(home.deps.keys, people.workspace, [m.id for m in people.messages], dataset.agents(AGENTS))
        file = wrk.write_requests(folder / "pixels", requests)
        for names, what, limit in ((WORKERS, "workers paused", 0.35), ((), "workers on", 0.15)):
            home.pause(*names)
            bare = Subject(floor.name, floor.port, file, floor.process.cpu_seconds)
            product = Subject("leadlight", home.deps.settings.edge_port, file, home.cpu_seconds, home.events, after=lambda: None)
            if not names:
                product.after = lambda: wait(lambda: not home.waiting(), "marks are left")
            before, had = home.cpu_by_name(), home.events()
            rounds.run([bare, product], plan.rounds, plan.seconds)
            after, count = home.cpu_by_name(), home.events() - had
            row = product.row("sustained", f"pixel: all in MongoDB, {what}", bare, Bar("≥", limit), unit="events/s")
            row.more["cpu_us_per_event"] = {name: round((after[name] - before.get(name, 0.0)) / count * 1e6, 1) for name in after}
            plan.add(row)
            home.resume(*names)
            wait(lambda: not home.waiting(), "marks are left")
        check(home, people.workspace)


def check(home: Stack, workspace: str) -> None:
    """What MongoDB says by its own count, counted for true. Raises Miscounted."""
    found = home.deps.store.database.events.count_documents({"w": bytes.fromhex(workspace)})
    if found != home.events():
        raise rounds.Miscounted(f"{home.events():,} events by MongoDB's own count, {found:,} when counted one by one")
