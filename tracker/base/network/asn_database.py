"""The autonomous system of an address, from an MMDB file that the operator supplies (GeoLite2-ASN, DB-IP ASN Lite and alike)."""

import logging
from pathlib import Path

import maxminddb

_log = logging.getLogger(__name__)


class AsnDatabase:
    """Without a file, or with one that cannot be read, every address is unknown."""

    def __init__(self, path: Path | None) -> None:
        self._reader: maxminddb.Reader | None = None
        if path is not None:
            try:
                self._reader = maxminddb.open_database(path)
            except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
                _log.warning("the ASN database cannot be read, and is not used: %s", error)

    def number(self, address: str) -> int | None:
        """The number of the autonomous system, or None."""
        if self._reader is None:
            return None
        try:
            row = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return None
        number = row.get("autonomous_system_number") if isinstance(row, dict) else None
        return number if isinstance(number, int) else None
