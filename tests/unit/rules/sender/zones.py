"""DNS as a table, for rules that ask it."""

from collections.abc import Mapping, Sequence

from tracker.base.network.dns_records import Ask, DnsAnswer, DnsStatus, RecordType

Names = Mapping[str, Mapping[str, Sequence[str]]]


def asking(names: Names, *, silent: Sequence[str] = ()) -> Ask:
    """Answers from the table; other names do not exist, and those in `silent` get no answer."""

    def ask(name: str, kind: RecordType) -> DnsAnswer:
        if name in silent:
            return DnsAnswer(DnsStatus.FAILED)
        if name not in names:
            return DnsAnswer(DnsStatus.MISSING)
        values = tuple(names[name].get(kind, ()))
        return DnsAnswer(DnsStatus.FOUND if values else DnsStatus.EMPTY, values)

    return ask
