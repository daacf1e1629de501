"""Reports of many leads let other requests of the console run."""

import subprocess
import sys

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import gevent
from tracker.actions.reports.patient_list import PatientList
turns = []
gevent.spawn(lambda: [(turns.append(1), gevent.sleep(0)) for _ in range(1000)])
read = [one for one in PatientList(range(1000))]
print(read == list(range(1000)), len(turns))
"""


def test_others_get_their_turn():
    """In a process as the console's: one turn for every 200 entries."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "5"]
