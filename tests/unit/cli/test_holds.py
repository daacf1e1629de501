"""A command that holds processes and is killed: they go on, and each is said once."""

import os
import subprocess
import sys

import pytest

from tracker.base.errors import LeadlightError
from tracker.supervise.holds import Holds


def test_what_a_killed_command_held_goes_on_once():
    holds = Holds()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        for name in ("live", "console"):
            holds.add(name, str(process.pid))
        holds.add("bulk", str(os.getpid()))
        assert holds.left_behind() == []
        process.kill()
    assert sorted(holds.left_behind()) == ["console", "live"]
    assert holds.left_behind() == []
    holds.release(str(os.getpid()))
    assert holds.left_behind() == []
    for text in ("", "x", "-1", "\u0661"):
        with pytest.raises(LeadlightError):
            holds.add("live", text)
