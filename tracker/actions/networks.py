"""The networks in use: the operator's file, then the list that comes with the program, then the operator's ASN database.

Read once in a process. `leadlight up` and `leadlight doctor` check the files; a process that cannot read one later works without it.
"""

import csv
import functools
import logging
from collections.abc import Callable
from pathlib import Path

from tracker.base.network.asn_database import AsnDatabase
from tracker.rules.verdicts.autonomous_systems import network_of_system
from tracker.rules.verdicts.networks import Network, Networks, shipped_lines, shipped_networks

_log = logging.getLogger(__name__)


@functools.cache
def networks_of(file: Path | None, asn_database: Path | None) -> Networks:
    """The networks with the operator's files. Lines of the operator's file win over ours, whatever the length of the prefix."""
    shipped = shipped_networks()
    if asn_database is not None:
        systems = AsnDatabase(asn_database)
        if systems.error:
            _log.warning("ASN_DATABASE is not used: %s", systems.error)

        def network_of(address: str) -> Network:
            return network_of_system(systems.number(address))

        shipped = Networks(shipped_lines(), network_of)
    if file is None:
        return shipped
    try:
        own = read_networks(file, shipped.of)
    except ValueError as error:
        _log.warning("NETWORKS_FILE is not used: %s", error)
        return shipped
    for problem in own.problems:
        _log.warning("NETWORKS_FILE: a line is not used: %s", problem)
    return own


def read_networks(file: Path, otherwise: Callable[[str], Network] | None = None) -> Networks:
    """The networks of the operator's file, and `otherwise` for other addresses. Raises ValueError if the file cannot be read."""
    try:
        return Networks(file.read_text("utf-8-sig").splitlines(), otherwise)
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} is not a CSV file in UTF-8") from error
