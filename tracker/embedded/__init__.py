"""The MongoDB and the Valkey that come with Leadlight: found, started and stopped for `leadlight up` and the tests."""

from tracker.embedded.binaries import NoServer, mongod_binary, valkey_binary
from tracker.embedded.mongod import is_primary, mongod_command, wait_for_mongod
from tracker.embedded.servers import servers
from tracker.embedded.valkey import is_valkey_up, valkey_command, wait_for_valkey

__all__ = [
    "NoServer",
    "is_primary",
    "is_valkey_up",
    "mongod_binary",
    "mongod_command",
    "servers",
    "valkey_binary",
    "valkey_command",
    "wait_for_mongod",
    "wait_for_valkey",
]
