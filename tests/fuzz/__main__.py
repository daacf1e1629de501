"""`make fuzz`: random and damaged mails through splice, rewriting and the readers. ARGS="--minutes 10 --seed 3 --only splice".

No crash, no check over ten seconds, no changed foreign byte. What it finds is written to build/fuzz, and the exit code is 1.
"""

import argparse
import hashlib
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

from tests.fuzz.checks import CHECKS

LONGEST_SECONDS = 10
_FOLDER = Path("build/fuzz")
_MOST_FINDINGS = 20


class Hang(BaseException):
    """A check took too long. No code that handles exceptions of its own catches it."""


def run(
    seed: int, names: list[str], *, until: float = float("inf"), rounds: int | None = None
) -> tuple[Counter[str], list[tuple[str, bytes, str]]]:
    """Runs the checks in turn; how often each ran, and the findings: check, input, trace. Every round has a seed of its own."""
    ran: Counter[str] = Counter()
    findings: list[tuple[str, bytes, str]] = []
    signal.signal(signal.SIGALRM, _hang)
    number = 0
    while time.monotonic() < until and (rounds is None or number < rounds) and len(findings) < _MOST_FINDINGS:
        name = names[number % len(names)]
        check, given = CHECKS[name](random.Random(f"{seed}:{name}:{number}"))
        number += 1
        signal.alarm(LONGEST_SECONDS)
        try:
            check()
        except (Exception, Hang):
            findings.append((name, given, traceback.format_exc()))
        finally:
            signal.alarm(0)
        ran[name] += 1
    return ran, findings


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise Hang(f"over {LONGEST_SECONDS} s")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(CHECKS), nargs="+", default=list(CHECKS))
    args = parser.parse_args()
    ran, findings = run(args.seed, args.only, until=time.monotonic() + args.minutes * 60)
    for name, given, trace in findings:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        path = _FOLDER / f"{name}-{hashlib.sha256(given).hexdigest()[:12]}"
        path.write_bytes(given)
        print(f"{path}\n{trace}")
    print(f"seed {args.seed}: " + ", ".join(f"{name} {count:,}" for name, count in ran.items()) + f"; {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
