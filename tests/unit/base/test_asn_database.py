"""The operator's ASN database, in the MaxMind DB format 2.0."""

import struct
from pathlib import Path

import pytest

from tracker.base.network.asn_database import AsnDatabase


def _text(value: str) -> bytes:
    return bytes([0x40 | len(value)]) + value.encode()


def _number(value: int, kind: int) -> bytes:
    raw = struct.pack(">I", value)
    return (bytes([kind << 5 | 4]) if kind < 8 else bytes([4, kind - 7])) + raw


def database(path: Path, number: int) -> Path:
    """A database in which addresses of 128.0.0.0/1 belong to one system, and no others to any."""
    data = bytes([0xE1]) + _text("autonomous_system_number") + _number(number, 6)
    nodes = 1
    tree = nodes.to_bytes(3, "big") + (nodes + 16).to_bytes(3, "big")
    metadata = {
        "node_count": _number(nodes, 6), "record_size": b"\xa1\x18", "ip_version": b"\xa1\x04", "database_type": _text("ASN"),
        "languages": b"\x01\x04" + _text("en"), "binary_format_major_version": b"\xa1\x02", "binary_format_minor_version": b"\xa0",
        "build_epoch": b"\x01\x02\x01", "description": b"\xe1" + _text("en") + _text("ASN"),
    }  # fmt: skip
    tail = bytes([0xE0 | len(metadata)]) + b"".join(_text(key) + value for key, value in metadata.items())
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + tail)
    return path


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
