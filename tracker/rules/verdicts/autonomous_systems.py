"""The class of an autonomous system, for operators who supply an ASN database (tracker.base.network.asn_database)."""

from tracker.rules.verdicts.networks import UNKNOWN_NETWORK, Network, NetworkClass

_SYSTEMS = {
    NetworkClass.MAIL_SECURITY: {
        "Proofpoint": (13916, 22843, 26211, 52129),
        "Mimecast": (30031, 33538, 37235, 39588, 42427, 60492, 136792, 208638, 397726),
        "Barracuda": (15324,),
        "Cisco": (16417, 30214, 30215, 30238, 40427),
        "Broadcom Symantec": (7583, 21345),
        "Trend Micro": (16880,),
        "Hornetsecurity": (401943,),
        "Zix": (13380, 59519),
        "AppRiver": (53780,),
        "N-able SpamExperts": (43054,),
        "retarus": (48328,),
        "Trellix": (46484,),
    },
    NetworkClass.CLOUD: {
        "Amazon AWS": (14618, 16509),
        "Microsoft Azure": (8075,),
        "Google Cloud": (396982,),
        "DigitalOcean": (14061,),
        "Linode": (63949,),
        "Vultr": (20473,),
        "Oracle Cloud": (31898,),
        "OVHcloud": (16276,),
        "Hetzner": (24940, 213230),
        "Scaleway": (12876,),
        "Alibaba Cloud": (37963, 45102),
        "Leaseweb": (60781, 28753, 30633, 7203),
        "UpCloud": (202053,),
        "IBM Cloud": (36351,),
        "Tencent Cloud": (45090, 132203),
        "Huawei Cloud": (136907, 55990),
        "Rackspace": (19994, 27357, 33070),
    },
}
"""Networks of Microsoft are a cloud here: which part scans mail is known only by address (networks.csv)."""

_NETWORKS = {
    number: Network(kind, vendor) for kind, vendors in _SYSTEMS.items() for vendor, numbers in vendors.items() for number in numbers
}


def network_of_system(number: int | None) -> Network:
    """The network of an autonomous system; unknown for None and for systems in no list."""
    return _NETWORKS.get(number, UNKNOWN_NETWORK) if number is not None else UNKNOWN_NETWORK
