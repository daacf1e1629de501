"""The cases, in the order in which they run."""

from bench.cases import burst, scored

CASES = {
    "burst": burst.run,
    "scored": scored.run,
}
