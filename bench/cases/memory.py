"""Memory: RSS and PSS of each process of an idle Leadlight."""

from bench.plan import Plan
from bench.report import Row
from bench.targets.process import memory_mb, process_tree
from bench.targets.stack import running_stack


def run(plan: Plan) -> None:
    """Resident memory (RSS) and proportional share (PSS) of each idle process"""
    total = 0.0
    with running_stack(plan.case_folder("memory"), plan.port(6)) as stack:
        for name, row in stack.ps().items():
            if not row["pid"] or "." in name:
                continue
            found = [memory_mb(pid) for pid in process_tree(row["pid"])]
            resident, share = sum(one[0] for one in found), sum(one[1] for one in found)
            total += share
            plan.add(Row(case="memory", what=f"{name}, PSS", unit="MB", values=[share], more={"rss_mb": resident, "processes": len(found)}))
    plan.add(Row(case="memory", what="all processes, PSS", unit="MB", values=[total]))
