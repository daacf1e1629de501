"""Several hosts with random kills, by hand: `python -m tests.faults.several_hosts --minutes 10 --seed 3`."""

import argparse
import signal
import sys
from pathlib import Path

from tests.faults.hosts.run import Wanted, run


def main() -> int:
    """Prints the figures; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=12, help="opens and clicks a second")
    parser.add_argument("--loopback", action="store_true", help="loopback addresses, even where network namespaces are permitted")
    parser.add_argument("--keep", type=Path, help="a folder for the logs of all processes")
    given = parser.parse_args()
    wanted = Wanted(given.minutes * 60, given.seed, given.rate, wants_namespaces=not given.loopback, keep=given.keep)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the hosts end, and their network is removed
    made = run(wanted)
    sys.stdout.write("\n".join(made.lines()) + "\n")
    return 1 if made.problems else 0


if __name__ == "__main__":
    sys.exit(main())
