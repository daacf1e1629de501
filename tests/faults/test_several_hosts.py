"""Three hosts, of which anything dies at random: nothing acknowledged is lost or doubled. `tests/faults/several_hosts.py` runs it by hand."""

import pytest

from tests.faults.hosts.run import Wanted, run


@pytest.mark.long
def test_hosts_die_at_random(seed: int):
    """Processes, members, whole hosts, and a disk that comes back; the states are those of an undisturbed run."""
    made = run(Wanted(seconds=60, seed=seed))
    print("\n".join(made.lines()))
    assert not made.problems
    assert made.figures["kills"]
