"""What the sweeps of the schedule cost that look at each workspace. Run in this process, since most come once in ten minutes."""

import time
from datetime import timedelta

from bench.scale.cluster import Cluster
from workers.periodic.background import Background
from workers.periodic.sweeps import SWEEPS, Sweep

_SLOW = timedelta(minutes=5)
"""More frequent ones cost the same with any number of workspaces that have nothing to do (tests/workers/test_many_workspaces.py)."""


def seconds_in_each(cluster: Cluster) -> tuple[float, float]:
    """CPU of these sweeps and of MongoDB meanwhile, in seconds a second. Nothing else may run that uses MongoDB."""
    mine = mongod = 0.0
    for sweep in (one for one in SWEEPS if one.every >= _SLOW):
        _run(cluster, sweep)  # what is done once a day, or never before
        before, start = cluster.used().cpu["mongod"], time.process_time()
        _run(cluster, sweep)
        mine += (time.process_time() - start) / sweep.every.total_seconds()
        mongod += (cluster.used().cpu["mongod"] - before) / sweep.every.total_seconds()
    return mine, mongod


def _run(cluster: Cluster, sweep: Sweep) -> None:
    sweep.run(cluster.deps, cluster.deps.now())
    owner = getattr(sweep.run, "__self__", None)
    if isinstance(owner, Background):
        owner.wait()
