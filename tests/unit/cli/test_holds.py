"""A command that holds processes and is killed: they go on, and what it left is put in order, however often that takes."""

import os
import subprocess
import sys

import pytest

from tracker.base.errors import LeadlightError
from tracker.supervise.holds import Holds


def test_what_a_killed_command_held_goes_on_until_it_is_settled():
    holds = Holds()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        for name in ("live", "console"):
            holds.add(name, str(process.pid))
        holds.add("bulk", str(os.getpid()))
        assert holds.left_behind(0) == []
        process.kill()
    assert sorted(holds.left_behind(10)) == ["console", "live"]
    assert holds.left_behind(14) == []
    assert sorted(holds.left_behind(15)) == ["console", "live"]  # what was left could not be put in order yet
    holds.settle(["live", "console"])
    assert holds.left_behind(30) == []
    holds.release(str(os.getpid()))
    assert holds.left_behind(60) == []
    for text in ("", "x", "-1", "\u0661"):
        with pytest.raises(LeadlightError):
            holds.add("live", text)
