"""The operator's lists of networks, beside those that come with the program."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.base.mmdb import database
from tracker.actions.networks import networks_of
from tracker.base.settings import load
from tracker.cli.checks.operator_files import operator_files
from tracker.rules.verdicts.networks import NetworkClass

EOP, AZURE, PROOFPOINT = "40.94.34.9", "40.64.64.90", 22843


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_operators_lines_win_over_ours(tmp_path: Path):
    """Also where ours name a smaller network. Other addresses keep their class."""
    own = written(tmp_path / "own.csv", "\ufeff# ours\n40.64.0.0/10,access,Our office,us,2026-11-01\n198.18.7.0/24,mail_security,Scanner\n")
    found = networks_of(own, None)

    assert [(found.of(address).class_, found.of(address).vendor) for address in (AZURE, "203.0.114.9", "20.33.0.1")] == [
        (NetworkClass.ACCESS, "Our office"),
        (NetworkClass.UNKNOWN, ""),
        (networks_of(None, None).of("20.33.0.1").class_, networks_of(None, None).of("20.33.0.1").vendor),
    ]


def test_the_asn_database_answers_where_no_list_does(tmp_path: Path):
    """The operator's lines, then ours, then the system; private addresses belong to none."""
    asn = database(tmp_path / "asn.mmdb", PROOFPOINT)
    found = networks_of(written(tmp_path / "own.csv", "200.1.2.0/24,access,Office\n"), asn)

    assert [found.of(address).class_ for address in ("200.1.2.3", "200.1.3.3", "192.168.1.1", "209.222.82.7")] == [
        NetworkClass.ACCESS,
        NetworkClass.MAIL_SECURITY,
        NetworkClass.UNKNOWN,
        NetworkClass.MAIL_SECURITY,
    ]
    assert networks_of(None, None).of("200.1.3.3").class_ is NetworkClass.UNKNOWN


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"8.8.8.0/24,nonsense,A\n"])
def test_a_file_that_cannot_be_used_leaves_ours(tmp_path: Path, content: bytes | None):
    """A worker goes on without it."""
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)

    assert networks_of(path, tmp_path / "none.mmdb").of(EOP).class_ is NetworkClass.EOP


def test_the_start_names_the_file_and_the_line(tmp_path: Path):
    """Nothing is said of files that are not set."""
    settings = load({"DATA": str(tmp_path)}, tmp_path / "none")
    own = written(tmp_path / "own.csv", "8.8.8.0/24,cloud,A\n8.8.4.0/24,nonsense,B\n10.0.0.0/8,cloud,C\n")
    bad = replace(settings, networks_file=own, asn_database=written(tmp_path / "asn.mmdb", "nonsense"))
    missing = replace(settings, networks_file=tmp_path / "missing.csv")
    good = replace(
        settings, networks_file=written(tmp_path / "good.csv", "8.8.8.0/24,cloud,A\n"), asn_database=database(tmp_path / "good.mmdb", 1)
    )

    assert list(operator_files(settings)) == []
    half = replace(settings, relay_cert_file=own)
    assert [(check.level, check.text) for check in operator_files(half)] == [
        ("fail", "RELAY_CERT_FILE: needs RELAY_KEY_FILE, and the other way round")
    ]
    assert [(check.name, check.level) for check in operator_files(good)] == [("NETWORKS_FILE", "ok"), ("ASN_DATABASE", "ok")]
    assert [(check.level, check.text) for check in operator_files(missing)] == [
        ("fail", f"{tmp_path}/missing.csv cannot be read (No such file or directory)")
    ]
    assert [(check.level, check.text) for check in operator_files(bad)] == [
        ("fail", f"{own}, line 2: 'nonsense' is not one of eop, mail_security, cloud, relay, access, unknown, and 1 more"),
        ("fail", f"{tmp_path}/asn.mmdb cannot be read (it is no MMDB file)"),
    ]
