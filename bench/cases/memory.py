"""Memory: what each process of a running Leadlight takes at rest, resident and its fair share."""

from bench.plan import Plan
from bench.report import Row
from bench.targets.process import family, memory_mb
from bench.targets.stack import leadlight


def run(plan: Plan) -> None:
    """Resident memory of each process at rest, and its share of what several have in common (PSS)"""
    total = 0.0
    with leadlight(plan.place("memory"), plan.port(6)) as home:
        for name, row in home.ps().items():
            if not row["pid"] or "." in name:
                continue
            found = [memory_mb(pid) for pid in family(row["pid"])]
            resident, share = sum(one[0] for one in found), sum(one[1] for one in found)
            total += share
            plan.add(Row(case="memory", what=f"{name}, PSS", unit="MB", values=[share], more={"rss_mb": resident, "processes": len(found)}))
    plan.add(Row(case="memory", what="all processes, PSS", unit="MB", values=[total]))
