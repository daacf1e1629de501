"""`make truth`: how often the rules are wrong, on random episodes of known cause. ARGS="--seeds 7 8 --count 100 --kinds".

Rules are changed while looking at one half of the kinds only; the figures of the other half are what to expect of unseen traffic.
"""

import argparse
from collections.abc import Iterable

from tests.scenarios import fresh, machines, mixed, people
from tests.scenarios.draw import AS_DRAWN, FRESH, HALVES, HELD_OUT, KINDS, TUNING, Circumstances, Kind, episodes
from tests.scenarios.measure import Figures, measured
from tracker.rules.verdicts.reasons import RULES_VERSION

SEEDS = (1, 2)
COUNT = 40
MODULES = (people, machines, mixed, fresh)
"""Importing them fills the table of kinds."""
MARKS = {TUNING: " ", HELD_OUT: "*", FRESH: "+"}
GROUPS = (people.PEOPLE, machines.MACHINES, mixed.MIXED)


def measure_kinds(kinds: Iterable[Kind], seeds: Iterable[int], count: int, around: Circumstances = AS_DRAWN) -> dict[str, Figures]:
    """The figures of each kind, over all seeds."""
    return {each.name: measured(e for seed in seeds for e in episodes(each, seed, count, around)) for each in kinds}


def total(by_kind: dict[str, Figures], kinds: Iterable[Kind]) -> Figures:
    """The figures of several kinds together."""
    found = Figures()
    for each in kinds:
        found.add(by_kind[each.name])
    return found


def line(name: str, found: Figures) -> str:
    """One row of the table."""
    cells = (
        ("machine_alerts", "machine_runs"),
        ("missed", "person_runs"),
        ("unsure", "person_runs"),
        ("called_machine", "person_runs"),
        ("machine_opens_counted", "machine_opens"),
        ("machine_leads_scored", "machine_leads"),
    )
    return f"{name:28}" + "".join(f"{found.share(*c):8.1f} %" if getattr(found, c[1]) else f"{'-':>10}" for c in cells)


HEAD = "\n".join(
    f"{'':28}" + "".join(f"{word:>10}" for word in words)
    for words in (
        ("machines", "people", "people", "called", "machine", "machine"),
        ("alerting", "missed", "unsure", "machine", "opens", "scored"),
    )
)


def main() -> None:
    """Draws, plays and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--count", type=int, default=COUNT, help="episodes of each kind and seed")
    parser.add_argument("--half", choices=HALVES, nargs="*", default=HALVES)
    parser.add_argument("--unknown-exchangers", action="store_true", help="no mail exchanger is known to scan")
    parser.add_argument("--http", action="store_true", help="the edge is reached by plain http")
    asked = parser.parse_args()
    around = Circumstances(are_exchangers_known=not asked.unknown_exchangers, is_http=asked.http)
    kinds = [k for k in KINDS if k.half in asked.half]
    found = measure_kinds(kinds, asked.seeds, asked.count, around)
    print(f"rules version {RULES_VERSION}, seeds {asked.seeds}, {asked.count} episodes of each kind and seed\n{HEAD}")
    for group in GROUPS:
        for each in (k for k in kinds if k.group == group):
            mark = "~" if each.is_undecidable else MARKS[each.half]
            print(line(f"{mark} {each.name}", found[each.name]))
    decidable = [k for k in kinds if not k.is_undecidable]
    print(line("all", total(found, decidable)))
    for half in asked.half:
        print(line(f"{MARKS[half]} {half}", total(found, [k for k in decidable if k.half == half])))
    print("~ cannot be told by one message: not in the sums")
    print("agents: `python deploy/measure_agents.py` measures recall on public sets, which it fetches")


if __name__ == "__main__":
    main()
