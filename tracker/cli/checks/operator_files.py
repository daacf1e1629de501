"""Checks of files that the operator names in settings."""

from collections.abc import Iterator
from pathlib import Path

from tracker.actions.networks import read_networks
from tracker.base.errors import BadSetting
from tracker.base.network.asn_database import AsnDatabase
from tracker.base.settings import Settings
from tracker.cli.checks.check import Check
from tracker.relay.certificate import server_context


def operator_files(settings: Settings) -> Iterator[Check]:
    """Whether the operator's lists of networks, and the relay's certificate, can be read."""
    if settings.relay_cert_file is not None or settings.relay_key_file is not None:
        yield _relay_certificate(settings)
    if settings.networks_file is not None:
        yield _networks_file(settings.networks_file)
    if settings.asn_database is not None:
        yield _asn_database(settings.asn_database)


def _relay_certificate(settings: Settings) -> Check:
    try:
        server_context(settings)
    except BadSetting as error:
        return Check(
            "RELAY_CERT_FILE", "fail", str(error), "Correct both settings, or unset them: the relay then listens on loopback only."
        )
    return Check("RELAY_CERT_FILE", "ok", f"{settings.relay_cert_file} is used for email clients")


def _networks_file(file: Path) -> Check:
    try:
        problems = read_networks(file).problems
    except ValueError as error:
        return Check("NETWORKS_FILE", "fail", str(error), "Correct the path, or unset NETWORKS_FILE.")
    if problems:
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        todo = "Each line is: network, class, vendor, source, date. See docs/verdicts.md."
        return Check("NETWORKS_FILE", "fail", f"{file}, {problems[0]}{more}", todo)
    return Check("NETWORKS_FILE", "ok", f"{file} is used over Leadlight's own list")


def _asn_database(file: Path) -> Check:
    if error := AsnDatabase(file).error:
        return Check("ASN_DATABASE", "fail", f"{file} cannot be read ({error})", "Give the path of an MMDB file, or unset ASN_DATABASE.")
    return Check("ASN_DATABASE", "ok", f"{file} is used for addresses in no list")
