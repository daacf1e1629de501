"""The cases, in the order in which they run."""

from bench.cases import burst, chain, growth, latency, memory, peers, scored, sustained

CASES = {
    "burst": burst.run,
    "sustained": sustained.run,
    "peers": peers.run,
    "latency": latency.run,
    "chain": chain.run,
    "scored": scored.run,
    "size": growth.size,
    "growth": growth.run,
    "memory": memory.run,
}
