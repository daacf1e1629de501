"""One run: hosts, load, kills, and what they left."""

import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.hosts import report
from tests.faults.hosts.cluster import HOSTS, SeveralHosts, running_hosts
from tests.faults.hosts.killer import Killer
from tests.faults.hosts.network import Network, open_network
from tests.faults.hosts.report import Report
from tests.faults.hosts.traffic import Probes, SpreadLoad
from tests.faults.hosts.view import LiveView
from tests.faults.rig.dataset import new_company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.receivers import running_receivers
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle

_LEADS, _PROBE_LEADS = 120, 120
_FREE_BYTES = 6 * 2**30
_CALM_SECONDS = 10


@dataclass(frozen=True)
class Wanted:
    """How long, how much, and which random numbers."""

    seconds: float
    seed: int = 0
    rate: float = 12.0
    """Opens and clicks a second, beside walks."""
    wants_namespaces: bool = True
    keep: Path | None = None
    """A folder that stays, with all logs."""


def run(wanted: Wanted) -> Report:
    """Runs it; takes about two minutes longer than asked. Needs 6 GB in memory or on disk."""
    memory = Path("/dev/shm")
    root = memory if memory.is_dir() and shutil.disk_usage(memory).free > _FREE_BYTES else Path(tempfile.gettempdir())
    with (
        tempfile.TemporaryDirectory(prefix="hosts-", dir=root, ignore_cleanup_errors=True) as folder,
        open_network(HOSTS, wants_namespaces=wanted.wants_namespaces) as network,
    ):
        try:
            return _run(wanted, Path(folder), network)
        finally:
            if wanted.keep:
                shutil.copytree(folder, wanted.keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mongod", "*.sock", "probe.*"))


def _run(wanted: Wanted, folder: Path, network: Network) -> Report:
    _say(f"{'namespaces' if network.is_real else 'loopback addresses'}; folder {folder}")
    with running_receivers(network.hub) as receivers, running_hosts(folder, network) as hosts:
        _say("all hosts are up")
        company, ledger = new_company(hosts), Ledger()
        company.set_channels(webhook={"url": f"{receivers.hook.url}/hook/{company.workspace}"})
        leads, probed = company.add_leads(_LEADS), company.add_leads(_PROBE_LEADS)
        load = SpreadLoad(company, ledger, hosts, seed=wanted.seed)
        probes = Probes(load, hosts, probed)
        opened = [LiveView(each, company.key) for each in hosts.machines if "console" in each.processes]
        killer = Killer(hosts, random.Random(wanted.seed), _say)
        _say("load begins")
        load.go_on(leads, wanted.rate)
        probes.start()
        hosts.sleep(_CALM_SECONDS)
        killer.run(time.monotonic() + wanted.seconds)
        _say("the last kill is over")
        hosts.wait_for(hosts.is_whole)
        hosts.sleep(_CALM_SECONDS)
        until = time.time()
        load.end()
        probes.end()
        hosts.wait_for(hosts.is_settled)
        hosts.sleep(1)
        probes.forget()
        _say("all is worked through")
        made = Report({"kills": len(killer.kills), "by kind": dict(sorted(killer.counts().items()))})
        _fill(made, hosts, load, probes, killer)
        made.figures |= report.views(company, opened, until)
        made.figures |= report.deliveries(company, receivers)
        for view in opened:
            view.end()
        for check in (lambda: settle(company), lambda: assert_stored_once(company, ledger), lambda: assert_same_as_undisturbed(company)):
            try:
                check()
            except AssertionError as error:
                made.problems.append(str(error)[:4000])
        load.close()
        return made


def _fill(made: Report, hosts: SeveralHosts, load: SpreadLoad, probes: Probes, killer: Killer) -> None:
    company = load.company
    made.figures |= report.count(company, load.ledger)
    made.figures |= report.recoveries(killer.kills, probes) | report.waits(probes.made, killer.kills)
    made.figures |= {"disks taken over": [(k.kind, k.rows, round(k.taken_over - k.at, 1)) for k in killer.kills if k.taken_over]}
    made.figures["parked marks"] = hosts.deps.store.database.dirty.count_documents({"parked": True})
    for name in ("lost", "doubled"):
        if made.figures[name]:
            made.problems.append(f"{made.figures[name]} {name}")


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
