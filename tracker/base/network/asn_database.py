"""The autonomous system of an address, from an MMDB file that the operator supplies (GeoLite2-ASN, DB-IP ASN Lite and alike)."""

from pathlib import Path

import maxminddb


class AsnDatabase:
    """Without a file, or with one that cannot be read, every address is unknown."""

    def __init__(self, path: Path | None) -> None:
        self._reader: maxminddb.Reader | None = None
        self.error = ""
        """Why the file cannot be read; empty if it can, or if there is none."""
        if path is not None:
            try:
                self._reader = maxminddb.open_database(path)
            except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
                self.error = (error.strerror or "unreadable") if isinstance(error, OSError) else "it is no MMDB file"

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
