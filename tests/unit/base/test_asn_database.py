"""The operator's ASN database, in the MaxMind DB format 2.0."""

from pathlib import Path

import pytest

from tests.unit.base.mmdb import database
from tracker.base.network.asn_database import AsnDatabase


@pytest.mark.parametrize(("address", "number"), [("200.1.1.1", 22843), ("1.1.1.1", None), ("no address", None), ("::1", None)])
def test_an_address_has_the_number_of_its_system(tmp_path: Path, address: str, number: int | None):
    """Unlisted and malformed addresses have none."""
    assert number == AsnDatabase(database(tmp_path / "asn.mmdb", 22843)).number(address)


def test_without_a_database_nothing_is_known():
    """The setting is empty."""
    assert AsnDatabase(None).number("200.1.1.1") is None


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_database_that_cannot_be_read_is_not_used(tmp_path: Path, content: bytes | None):
    """The rules that need it stay silent; the program starts."""
    path = tmp_path / "asn.mmdb"
    if content is not None:
        path.write_bytes(content)

    assert AsnDatabase(path).number("200.1.1.1") is None
