"""Where a lead of a sequence is, in words."""

STATES = {"active": "In it", "parked": "Waits for you", "stopped": "Stopped", "finished": "Through"}
"""By the value of the state."""
